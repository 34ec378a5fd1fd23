"""careloop run: one session, in simulation or on motors."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from careloop.commands.output import Json, examples, print_fields, print_json, progress, say

if TYPE_CHECKING:
    from pathlib import Path

    from careloop.build import Exercise
    from careloop.run import Outcome, Target
    from careloop.settings import Home
    from robot.controller import Person
    from session_records.store import SessionRecord

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name (plan list), or its file.")]
On = Annotated[str, typer.Option("--on", metavar="sim|serial:PORT", help="Simulation, or the motors on a port.")]
Height = Annotated[float, typer.Option("--height", metavar="M", help="The person's height in m.")]
Mass = Annotated[float, typer.Option("--mass", metavar="KG", help="The person's mass in kg.")]
Patient = Annotated[str, typer.Option("--patient", help="In simulation, the virtual patient.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An adjustable value, in its range.")
]
NoPerson = Annotated[bool, typer.Option("--no-person", help="Nobody is attached: asked for on any real port.")]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "run",
        epilog=examples(
            "careloop run knee-walking --on sim",
            "careloop run knee-walking --on serial:/dev/ttyUSB0 --no-person --set motion.speed=0.2",
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
    as_json: Json = False,
) -> int:
    """Run one session of a plan and keep its record.

    On motors the plan needs a proof (careloop validate). Ctrl-C brings the motion to rest and fades the torque out;
    pressed again it stops faster. Never tried on a real motor.
    """
    from careloop.build import load_exercise
    from robot.controller import Person

    exercise = load_exercise(plan)
    target = target_of(exercise, on, patient)
    outcome = run_with_bar(exercise, target, Person(height, mass), _changes(changes or []), context.obj.home, no_person)
    if as_json:
        print_json(summary_of(outcome))
    else:
        print_outcome(outcome)
    return outcome.status


def target_of(exercise: "Exercise", on: str, patient: str) -> "Target":
    """Where `--on` points; raises `InputError` where it points nowhere."""
    from careloop.run import Target
    from robot.errors import InputError
    from sim_models.virtual_patient.patient import STANDARD

    kind, _, rest = on.partition(":")
    if kind == "sim" and not rest:
        if patient not in STANDARD:
            raise InputError("patient-unknown", field="--patient", given=patient, known=", ".join(STANDARD))
        return Target(patient=patient)
    if kind != "serial" or not rest:
        raise InputError("target-unknown", field="--on", given=on)
    buses = list(exercise.robot.bus)
    named = dict(part.partition("=")[::2] for part in rest.split(",")) if "=" in rest else dict.fromkeys(buses, rest)
    if set(named) != set(buses) or (len(buses) > 1 and "=" not in rest):
        raise InputError("ports-not-matched", field="--on", given=on, known=", ".join(buses))
    return Target(ports=named)


def run_with_bar(
    exercise: "Exercise",
    target: "Target",
    person: "Person",
    changes: dict[str, float],
    home: "Home",
    no_person: bool = False,
) -> "Outcome":
    """Run a session with a progress bar on the error stream."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from careloop.run import run_session
    from careloop.supervision import Progress as Said

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress(), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def tell(said: Said) -> None:
            where = f"repetition {said.repetition}" if said.repetition else "approach"
            bar.update(task, description=where, total=said.duration_s, completed=said.time_s)

        return run_session(exercise, target, person, changes, home, no_person, tell)


def summary_of(outcome: "Outcome") -> dict[str, Any]:
    """A session that just ended, as scripts read it."""
    return {**summary_lines(outcome.record, outcome.folder), "not_granted": outcome.end.notes}


def summary_lines(record: "SessionRecord", folder: "Path") -> dict[str, Any]:
    """A session's figures from the registry, as scripts read them."""
    ended = record.ended
    metrics = (ended.metrics if ended else None) or {}
    lateness = metrics.get("lateness_us")
    return {
        "session": record.session,
        "end": ended.end if ended else None,
        "reason": ended.reason if ended else None,
        "trace": folder / "trace.parquet",
        "report": folder / "report.html",
        "encoder_rms_deg": metrics.get("encoder_rms_deg"),
        "peak_torque_Nm": metrics.get("peak_torque_Nm"),
        "rms_torque_Nm": metrics.get("rms_torque_Nm"),
        "truth_limb_rms_deg": metrics.get("truth_limb_rms_deg"),
        "truth_peak_cuff_force_N": metrics.get("truth_peak_cuff_force_N"),
        "bus_misses": metrics.get("bus_misses"),
        "guard_interventions": metrics.get("guard_interventions"),
        "loop": {"rate_hz": metrics.get("rate_hz"), "overruns": metrics.get("overruns"), "lateness_us": lateness},
        "rows": metrics.get("rows"),
        "rows_lost": metrics.get("dropped"),
    }


def print_outcome(outcome: "Outcome") -> None:
    """A session as a person reads it."""
    from careloop.messages import sentence

    said = summary_of(outcome)
    say(f"{outcome.record.session}: {sentence(outcome.end.reason, {})}")
    print_fields(record_lines(said))
    for note in outcome.end.notes:
        say(note)


def record_lines(said: dict[str, Any]) -> dict[str, str]:
    """The figures of `summary_of`, worded; what was not measured is said so."""
    loop, truth = said["loop"], said["truth_limb_rms_deg"]
    lateness = loop["lateness_us"] or {}
    acted = {name: count for name, count in (said["guard_interventions"] or {}).items() if count}
    limb = (
        "limb and cuff were not measured"
        if truth is None
        else f"limb {truth:.1f}° RMS, cuff peak {said['truth_peak_cuff_force_N']:.0f} N (simulated truth, not measured)"
    )
    return {
        "tracking": f"encoder {_figure(said['encoder_rms_deg'], '°', 1)} RMS; {limb}",
        "torque": f"peak {_figure(said['peak_torque_Nm'], ' N·m', 1)}, RMS {_figure(said['rms_torque_Nm'], ' N·m', 1)}",
        "loop": f"{_figure(loop['rate_hz'], ' Hz', 1)}; late p50 {_figure(lateness.get('p50'), ' µs', 0)}, "
        f"p99 {_figure(lateness.get('p99'), ' µs', 0)}, max {_figure(lateness.get('max'), ' µs', 0)}; "
        f"overruns {loop['overruns']}; bus misses {said['bus_misses']}; rows lost {said['rows_lost']}",
        "guard": ", ".join(f"{name} {count}×" for name, count in acted.items()) or "did not have to act",
        "trace": str(said["trace"]),
        "report": str(said["report"]),
    }


def _figure(value: object, unit: str, places: int) -> str:
    return f"{value:.{places}f}{unit}" if isinstance(value, int | float) else "not measured"


def _changes(given: list[str]) -> dict[str, float]:
    from robot.errors import InputError

    changes = {}
    for one in given:
        name, _, value = one.partition("=")
        try:
            changes[name] = float(value)
        except ValueError as problem:
            raise InputError("change-not-a-number", field="--set", given=one) from problem
    return changes
