"""careloop profiles: the kinds of virtual patients that there are, one in full, and patients sampled from one."""

from collections.abc import Iterator
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, plain, print_fields, print_json, print_table, say

if TYPE_CHECKING:
    from sim_models.virtual_patient.joint import Muscles
    from sim_models.virtual_patient.patient import VirtualPatient

NameOrFile = Annotated[str, typer.Argument(metavar="PROFILE", help="A profile's name (profiles list), or its file.")]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE", help="Draw the patient: .png or .svg.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    stroke = "stroke-left-moderate"
    group.command("list", epilog=examples("careloop profiles list"))(list_profiles)
    group.command(
        "show",
        epilog=examples(f"careloop profiles show {stroke}", f"careloop profiles show {stroke} --picture patient.png"),
    )(show)
    group.command("sample", epilog=examples(f"careloop profiles sample {stroke} --patients 5 --seed 7"))(sample)
    app.add_typer(
        group,
        name="profiles",
        help="Virtual patients, all of them synthetic: list the profiles, show one, sample patients from one.",
        epilog=examples("careloop profiles list"),
    )


def list_profiles(context: typer.Context, as_json: Json = False) -> None:
    """List the profiles of virtual patients that come with careloop."""
    from sim_models.virtual_patient.profile import load_profile, shipped_profiles

    found = [load_profile(name) for name in shipped_profiles()]
    if as_json:
        print_json([{"name": one.name, "about": one.about, "synthetic": True} for one in found])
        return
    print_table(("profile", "whom it stands for"), [(one.name, one.about) for one in found])
    say(context.obj.words("profiles-synthetic"))


def show(context: typer.Context, profile: NameOrFile, picture: Picture = None, as_json: Json = False) -> None:
    """Show a profile's typical patient: the body and what ails each joint."""
    from sim_models.virtual_patient.profile import load_profile

    found = load_profile(profile)
    typical = found.typical
    if picture:
        from sim_models.virtual_patient.picture import draw_patient

        draw_patient(typical, picture)
    if as_json:
        print_json({**found.model_dump(mode="json"), "synthetic": True, "typical": plain(typical), "picture": picture})
        return
    body = found.body
    person = f"{_span(body.age_years)} years, {_span(body.height_m)} m, {_span(body.mass_kg)} kg"
    print_fields({"profile": found.name, "about": found.about, "body": f"{body.sex} sex, {person}"})
    print_table(_COLUMNS, list(_rows(typical)))
    if picture:
        say(str(picture))
    say(context.obj.words("profiles-synthetic"))


def sample(
    context: typer.Context,
    profile: NameOrFile,
    patients: Annotated[int, typer.Option("--patients", min=1, max=10000, help="How many.")] = 10,
    seed: Annotated[int, typer.Option("--seed", min=0, max=999_999_999, help="The same seed, the same people.")] = 1,
    as_json: Json = False,
) -> None:
    """Sample patients from a profile: the same seed gives the same people, on every machine."""
    from sim_models.virtual_patient.population import population

    people = population(profile, patients, seed)
    if as_json:
        print_json([{**plain(one), "synthetic": True} for one in people])
        return
    print_table(
        ("patient", "sex", "years", "height m", "mass kg", "effort of knees, left", "right"),
        [
            (
                one.name,
                str(one.body.sex),
                round(one.body.age_years),
                one.body.height_m,
                one.body.mass_kg,
                one.left.knee.effort,
                one.right.knee.effort,
            )
            for one in people
        ],
    )
    say(context.obj.words("profiles-synthetic"))


_COLUMNS = ("joint", "effort", "strength N·m + −", "reflex N·m·s/rad > °/s + −", "tremor", "tires × + −", "range °")


def _rows(patient: "VirtualPatient") -> "Iterator[tuple[str, ...]]":
    from sim_models.virtual_patient.joints import LIMB_JOINTS, SIDES

    for side in SIDES:
        for joint in LIMB_JOINTS:
            numbers, state = patient.numbers(joint, side), patient.state(joint, side)
            yield (
                f"{side} {joint.replace('_', ' ')}",
                f"{state.effort:.2f}",
                f"{numbers.flexors.strength:.0f}, {numbers.extensors.strength:.0f}",
                f"{_reflex(state.flexors)}, {_reflex(state.extensors)}",
                f"{state.tremor.amplitude:.2g} N·m, {state.tremor.frequency:.2g} Hz" if state.tremor.amplitude else "–",
                ", ".join(f"{it.fatigue:.2g}" if it.fatigue else "–" for it in (state.flexors, state.extensors)),
                _span(state.range_deg) if state.range_deg else "whole",
            )


def _reflex(muscles: "Muscles") -> str:
    reflex = muscles.spasticity
    return f"{reflex.gain:.3g} > {degrees(reflex.threshold):.0f}" if reflex.gain else "–"


def _span(pair: tuple[float, float]) -> str:
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
