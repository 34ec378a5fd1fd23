"""careloop prescriptions: which exercise a patient does, how much and how often."""

from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.asking import By, Pin, opened, operator
from careloop.commands.output import Json, examples, print_json, say

if TYPE_CHECKING:
    from careloop.build import Exercise

Pseudonym = Annotated[str, typer.Argument(metavar="PSEUDONYM", help="A patient's pseudonym (patients list).")]
Plan = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name (plan list), or its file.")]
Which = Annotated[str, typer.Argument(metavar="ID", help="A prescription's id (prescriptions list).")]
Whose = Annotated[str | None, typer.Option("--patient", metavar="PSEUDONYM", help="Of this patient only.")]
Side = Annotated[str | None, typer.Option("--side", metavar="left|right", help="Needed where both are affected.")]
Range = Annotated[
    list[str] | None, typer.Option("--range", metavar="JOINT=LOW:HIGH", help="Range of motion in degrees.")
]
Assistance = Annotated[float | None, typer.Option("--assistance", metavar="0..1", help="Share of full assistance.")]
Speed = Annotated[float | None, typer.Option("--speed", metavar="SHARE", help="Share of the recorded speed.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Another adjustable value.")]
Repetitions = Annotated[int | None, typer.Option("--repetitions", metavar="N", help="Repetitions a session.")]
Minutes = Annotated[float | None, typer.Option("--minutes", metavar="MIN", help="Or minutes a session.")]
PerWeek = Annotated[int, typer.Option("--per-week", metavar="N", help="Sessions from Monday to Sunday.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    made = "careloop prescriptions add P-7F3K9Q knee-walking"
    group.command(
        "add",
        epilog=examples(
            f"{made} --repetitions 20 --per-week 3",
            f"{made} --range knee=25:60 --assistance 0.8 --minutes 15 --per-week 5",
        ),
    )(add)
    group.command("list", epilog=examples("careloop prescriptions list"))(list_prescriptions)
    group.command("end", epilog=examples("careloop prescriptions end P-7F3K9Q-1"))(end)
    app.add_typer(
        group,
        name="prescriptions",
        help="Prescriptions: add one, list them, end one.",
        epilog=examples(f"{made} --repetitions 20 --per-week 3"),
    )


def add(
    context: typer.Context,
    pseudonym: Pseudonym,
    plan: Plan,
    per_week: PerWeek,
    side: Side = None,
    ranges: Range = None,
    assistance: Assistance = None,
    speed: Speed = None,
    changes: Set = None,
    repetitions: Repetitions = None,
    minutes: Minutes = None,
    by: By = None,
    pin: Pin = None,
    as_json: Json = False,
) -> None:
    """Prescribe a plan to a patient, inside the plan's adjustable ranges and the patient's own pain-free range.

    It takes the place of a prescription of the same plan for the same side.
    """
    from careloop.build import load_exercise
    from careloop.commands.values import now
    from careloop.day.prescribing import PrescribedDose, check_prescription

    words = context.obj.words
    exercise = load_exercise(plan)
    wanted = _wanted(exercise, ranges or [], assistance, speed, changes or [])
    with opened(context) as site:
        patient = site.patients.get(pseudonym)
        chosen = side or patient.side
        check_prescription(exercise, patient, chosen, wanted, PrescribedDose(repetitions, minutes, per_week))
        who = operator(words, site, by, pin)
        made = site.prescriptions.add(
            patient.pseudonym,
            plan=_kept(plan),
            side=chosen,
            changes=wanted,
            repetitions=repetitions,
            minutes=minutes,
            per_week=per_week,
            prescribed_at=now(),
            prescribed_by=who,
        )
        mind = site.patients.words(patient)
    if as_json:
        print_json(made)
        return
    say(words("prescribed", prescription=made.prescription))
    for field in ("limits", "contraindications"):
        if field in mind:
            say(words("mind", field=words(f"field-{field}"), said=mind[field]))


def list_prescriptions(context: typer.Context, whose: Whose = None, as_json: Json = False) -> None:
    """List the prescriptions, also those that have ended."""
    from careloop.commands.patient_tables import print_prescriptions

    words = context.obj.words
    with opened(context) as site:
        found = site.prescriptions.list(site.patients.get(whose).pseudonym if whose else None)
    if as_json:
        print_json(found)
    elif not found:
        say(words("prescriptions-none"))
    else:
        print_prescriptions(found, words)


def end(context: typer.Context, which: Which, by: By = None, pin: Pin = None, as_json: Json = False) -> None:
    """End a prescription. What was done of it stays."""
    from careloop.commands.values import now

    words = context.obj.words
    with opened(context) as site:
        found = site.prescriptions.get(which)
        ended = site.prescriptions.end(found.prescription, operator(words, site, by, pin), now())
    if as_json:
        print_json(ended)
    else:
        say(words("prescription-was-ended", prescription=ended.prescription))


def _wanted(
    exercise: "Exercise", ranges: list[str], assistance: float | None, speed: float | None, changes: list[str]
) -> dict[str, float]:
    """What is set, by the plan's own names; an end of a range that the plan has already is no change."""
    from careloop.commands.patient_fields import parsed_range
    from careloop.commands.values import named_numbers
    from robot.errors import InputError

    named = {"assistance": assistance, "motion.speed": speed}
    wanted = {name: value for name, value in named.items() if value is not None} | named_numbers(changes, "--set")
    plan = exercise.range_deg
    for joint, low, high in map(parsed_range, ranges):
        if joint not in plan:
            raise InputError("choice-unknown", field="--range", given=joint, known=", ".join(plan))
        if low >= high:
            raise InputError("range-empty", field="--range", low=low, high=high)
        for end_, given, own in zip(("low", "high"), (low, high), plan[joint], strict=True):
            wanted |= {} if given == own else {f"motion.range_deg.{joint}.{end_}": given}
    return wanted


def _kept(plan: str) -> str:
    """A shipped plan's name, or a file by its whole path: it must be found again from any folder."""
    from pathlib import Path

    from careloop.build import shipped_plans

    return plan if plan in shipped_plans() else str(Path(plan).absolute())
