"""careloop profiles: the kinds of virtual patients that there are, one in full, and patients sampled from one."""

from collections.abc import Iterator
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, plain, print_fields, print_json, print_table, say

if TYPE_CHECKING:
    from careloop.messages.language import Words
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
    words = context.obj.words
    print_table((words("column-profile"), words("column-stands-for")), [(one.name, one.about) for one in found])
    say(words("profiles-synthetic"))


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
    body, words = found.body, context.obj.words
    years, height, mass = (_span(one, words) for one in (body.age_years, body.height_m, body.mass_kg))
    person = words("profile-body", sex=words(_SEXES[body.sex]), years=years, height=height, mass=mass)
    print_fields(
        {words("column-profile"): found.name, words("column-about"): found.about, words("column-body"): person}
    )
    print_table([words(code) for code in _COLUMNS], list(_rows(typical, words)))
    if picture:
        say(str(picture))
    say(words("profiles-synthetic"))


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
    words = context.obj.words
    print_table(
        [words(code) for code in _SAMPLED],
        [
            (
                one.name,
                words(_SEXES[one.body.sex or "either"]),
                round(one.body.age_years),
                one.body.height_m,
                one.body.mass_kg,
                one.left.knee.effort,
                one.right.knee.effort,
            )
            for one in people
        ],
    )
    say(words("profiles-synthetic"))


_SEXES = {"female": "sex-female", "male": "sex-male", "either": "sex-either"}

_SAMPLED = (
    *("column-patient", "column-sex", "column-years", "column-height", "column-mass"),
    *("column-effort-of-left-knee", "column-effort-of-right-knee"),
)

_COLUMNS = (
    *("column-joint", "column-effort", "column-strength", "column-reflex"),
    *("column-tremor", "column-tires", "column-range"),
)


def _rows(patient: "VirtualPatient", words: "Words") -> "Iterator[tuple[str, ...]]":
    from sim_models.virtual_patient.joints import LIMB_JOINTS, SIDES

    for side in SIDES:
        for joint in LIMB_JOINTS:
            numbers, state = patient.numbers(joint, side), patient.state(joint, side)
            yield (
                words("joint-and-side", side=words(f"side-{side}"), joint=words.joint(joint)),
                f"{state.effort:.2f}",
                f"{numbers.flexors.strength:.0f}, {numbers.extensors.strength:.0f}",
                f"{_reflex(state.flexors)}, {_reflex(state.extensors)}",
                f"{state.tremor.amplitude:.2g} N·m, {state.tremor.frequency:.2g} Hz" if state.tremor.amplitude else "–",
                ", ".join(f"{it.fatigue:.2g}" if it.fatigue else "–" for it in (state.flexors, state.extensors)),
                _span(state.range_deg, words) if state.range_deg else words("range-whole"),
            )


def _reflex(muscles: "Muscles") -> str:
    reflex = muscles.spasticity
    return f"{reflex.gain:.3g} > {degrees(reflex.threshold):.0f}" if reflex.gain else "–"


def _span(pair: tuple[float, float], words: "Words") -> str:
    low, high = (f"{one:g}" for one in pair)
    return low if low == high else words("from-to", low=low, high=high)
