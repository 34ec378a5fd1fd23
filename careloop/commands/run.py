"""careloop run: one session, in simulation or on motors."""

from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, print_fields, print_json, progress, say, solving
from careloop.commands.values import named_numbers

if TYPE_CHECKING:
    from careloop.build import Exercise
    from careloop.messages.language import Words
    from careloop.session.prepare import Target
    from careloop.session.run import Outcome
    from careloop.settings import Home
    from robot.controller import Person

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name (plan list), or its file.")]
On = Annotated[str, typer.Option("--on", metavar="sim|serial:PORT", help="Simulation, or the motors on a port.")]
Height = Annotated[float, typer.Option("--height", metavar="M", help="The person's height in m.")]
Mass = Annotated[float, typer.Option("--mass", metavar="KG", help="The person's mass in kg.")]
Patient = Annotated[str, typer.Option("--patient", help="In simulation, the virtual patient: see careloop profiles.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An adjustable value, in its range.")
]
NoPerson = Annotated[
    bool, typer.Option("--no-person", help="Nobody is attached: asked for on any real port without --stop-input.")
]
StopInput = Annotated[
    str | None, typer.Option("--stop-input", metavar="PORT", help="The emergency stop's digital input.")
]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "run",
        epilog=examples(
            "careloop run knee-walking --on sim",
            "careloop run knee-walking --on serial:/dev/ttyUSB0 --no-person --set motion.speed=0.2",
            "careloop run knee-walking --on serial:/dev/ttyUSB0 --stop-input /dev/ttyUSB1",
        ),
    )(run)


def run(
    context: typer.Context,
    plan: Plan,
    on: On,
    height: Height = 1.75,
    mass: Mass = 75.0,
    patient: Patient = "passive",
    changes: Set = None,
    no_person: NoPerson = False,
    stop_input: StopInput = None,
    as_json: Json = False,
) -> int:
    """Run one session of a plan and keep its record.

    On motors the plan needs a proof (careloop validate). Ctrl-C brings the motion to rest and fades the torque out;
    pressed again it stops faster. With --stop-input you are asked to press the emergency stop and to release it before
    there is torque. Never tried on a real motor.
    """
    from careloop.build import load_exercise
    from robot.controller import Person

    exercise = load_exercise(plan, solving)
    target = target_of(exercise, on, patient, stop_input)
    outcome = run_with_bar(
        exercise,
        target,
        Person(height, mass),
        named_numbers(changes or [], "--set"),
        context.obj.home,
        context.obj.words,
        no_person,
    )
    if as_json:
        from careloop.session.summary import summary

        print_json(
            {
                **summary(outcome.record, outcome.folder),
                "notices": outcome.end.notices,
                "control_memory_mb": outcome.end.memory_mb,
            }
        )
    else:
        print_outcome(outcome, context.obj.words)
    return outcome.status


def target_of(exercise: "Exercise", on: str, patient: str, stop_input: str | None = None) -> "Target":
    """Where `--on` and `--stop-input` point; raises `InputError` where they point nowhere."""
    from careloop.session.prepare import Target
    from robot.errors import InputError
    from sim_models.virtual_patient.population import patient_named

    kind, _, rest = on.partition(":")
    if kind == "sim" and not rest:
        patient_named(patient, "--patient")
        if stop_input is not None:
            raise InputError("stop-input-in-simulation", field="--stop-input", given=stop_input)
        return Target(patient=patient)
    if kind != "serial" or not rest:
        raise InputError("target-unknown", field="--on", given=on)
    buses = list(exercise.robot.bus)
    named = dict(part.partition("=")[::2] for part in rest.split(",")) if "=" in rest else dict.fromkeys(buses, rest)
    if set(named) != set(buses) or (len(buses) > 1 and "=" not in rest):
        raise InputError("ports-not-matched", field="--on", given=on, known=", ".join(buses))
    if stop_input is not None and exercise.robot.emergency_stop is None:
        raise InputError("stop-input-not-described", field="--stop-input", robot=exercise.robot.name)
    return Target(ports=named, stop_input=stop_input)


def run_with_bar(
    exercise: "Exercise",
    target: "Target",
    person: "Person",
    changes: dict[str, float],
    home: "Home",
    words: "Words",
    no_person: bool = False,
) -> "Outcome":
    """Run a session with a progress bar on the error stream; it appears once the session runs."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from careloop.page.view import camera_news
    from careloop.session.run import run_session
    from careloop.session.status import Camera, Status
    from careloop.session.supervision import counted_interrupts

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = progress()
    bar = Progress(*columns, console=console)
    task = bar.add_task(words("page-approach"), total=None)
    seen = Camera.NONE

    def tell(said: Status) -> None:
        nonlocal seen
        bar.start()
        if news := camera_news(seen, said.camera, words):
            console.print(news)
        seen = said.camera
        told = [words("repetition-number", number=said.repetition) if said.repetition else words("page-approach")]
        told += [words("page-paused")] if said.paused else []
        bar.update(task, description=words.listed(told), total=said.duration_s, completed=said.time_s)

    try:
        with counted_interrupts() as interrupts:
            return run_session(
                exercise,
                target,
                person,
                changes,
                home,
                no_person=no_person,
                tell=tell,
                ask=lambda code: console.print(words(code)),
                interrupts=interrupts,
            )
    finally:
        if bar.live.is_started:
            bar.stop()


def print_outcome(outcome: "Outcome", words: "Words") -> None:
    """A session as a person reads it."""
    from careloop.session.summary import in_words, summary

    say(f"{outcome.record.session}: {words(outcome.end.reason)}")
    print_fields(in_words(summary(outcome.record, outcome.folder), words))
    if outcome.end.memory_mb is not None:
        say(words("control-memory", megabytes=round(outcome.end.memory_mb)))
    for notice in outcome.end.notices:
        say(words(notice.code, **notice.values))
