"""careloop trial: one trial of a plan once more, with its figures and a picture over time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, print_fields, print_json, progress, say, solving
from careloop.commands.values import named_numbers

if TYPE_CHECKING:
    from robot.controller import Controller
    from robot.tick import Array
    from sim_models.trials.cases import Case
    from sim_models.trials.gates import Result
    from sim_models.trials.trial import Recording

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name (plan list), or its file.")]
Patient = Annotated[
    str, typer.Option(metavar="NAME", help="Of the matrix, of a profile, or sampled: stroke-left-moderate.7.12.")
]
Condition = Annotated[str, typer.Option(metavar="NAME", help="One of the matrix.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An adjustable value; repeatable.")]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE", help="Draw it over time: .png or .svg.")]
Animation = Annotated[
    Path | None, typer.Option("--animation", metavar="FILE", help="Draw robot and person as they moved: .gif.")
]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "trial",
        epilog=examples(
            "careloop trial knee-walking --patient severely-spastic --picture trial.png",
            "careloop trial knee-walking --patient passive --condition bus-silence",
            "careloop trial knee-walking --patient weak --condition spasm --animation spasm.gif",
            "careloop trial knee-walking --patient stroke-left-moderate.7.12 --set motion.speed=0.2",
        ),
    )(run_one)


def run_one(
    context: typer.Context,
    plan: Plan,
    patient: Patient = "passive",
    condition: Condition = "nominal",
    changes: Set = None,
    picture: Picture = None,
    animation: Animation = None,
    as_json: Json = False,
) -> int:
    """Repeat one trial: one virtual patient in one condition, bit for bit as `validate` runs it.

    Status 1 where it did not end as it should, or did not keep a gate.
    """
    from careloop.build import load_exercise
    from sim_models.trials.cases import case_of
    from sim_models.trials.film import Film
    from sim_models.trials.gates import judge
    from sim_models.trials.matrix import standard_matrix
    from sim_models.trials.trial import run_trial

    _check_files(picture, animation)
    matrix, exercise = standard_matrix(), load_exercise(plan, solving)
    case = case_of(exercise.plan, matrix, patient, condition, named_numbers(changes or [], "--set"))
    controller, film = exercise.controller(case.changes, case.repetitions), Film()
    recording = run_trial(controller, case, matrix, watch=film) if animation else run_trial(controller, case, matrix)
    result = judge(recording, case, exercise.plan, matrix.gates)
    if picture:
        from sim_models.trials.trace_picture import draw_trial

        draw_trial(picture, recording, result, exercise.plan)
    if animation:
        _animate(animation, recording, film.stands, result, controller, case)
    if as_json:
        print_json(result.figures)
    else:
        _print(result)
        say(context.obj.words("profiles-synthetic"))
    return 0 if result.passed else 1


def _check_files(picture: Path | None, animation: Path | None) -> None:
    """Refuse what cannot be drawn before anything is run."""
    if picture:
        from sim_models.trials.trace_picture import check_format

        check_format(picture)
    if animation:
        from sim_models.trials.animation import check_animated

        check_animated(animation)


def _animate(
    file: Path, recording: "Recording", stands: "Array", result: "Result", controller: "Controller", case: "Case"
) -> None:
    """Draw the frames, with a progress bar on the error stream."""
    from rich.progress import Progress

    from sim_models.trials.animation import animate_trial
    from sim_models.virtual_patient.population import patient_named

    body = patient_named(case.patient).sized(case.person.height_m, case.person.mass_kg).body
    with Progress(console=progress(), transient=True) as bar:
        task = bar.add_task(f"drawing {file.name}", total=None)
        animate_trial(
            file,
            recording,
            stands,
            result,
            controller,
            body,
            lambda done, of: bar.update(task, completed=done, total=of),
        )


def _stop(result: "Result") -> str:
    """How long a stop took, and how far the robot went meanwhile."""
    from sim_models.trials.wording import number, stop_words

    way = "" if result.stop_mm is None else f", the tool {number(result.stop_mm, 1, ' mm')} in all"
    return "–" if result.stop_ms is None else f"{stop_words(result.stop_ms)}, {number(result.stop_deg, 1, '°')}{way}"


def _error_and_force(result: "Result") -> dict[str, str]:
    """The figures of limbs and straps, or of a last link that nothing is strapped to."""
    from sim_models.trials.wording import number, task_words

    if result.limb_rms_deg is None:
        return {
            "tool error RMS": number(result.tool_rms_mm, 1, " mm"),
            "peak contact force": number(result.peak_contact_N, 0, " N"),
            **({"task": task_words(result)} if result.task else {}),
        }
    return {
        "limb error RMS": number(result.limb_rms_deg, 1, "°"),
        "beyond the motion": number(result.overshoot_deg, 1, "°"),
        "peak cuff force": number(result.peak_cuff_force_N, 0, " N"),
        "peak interaction": number(result.peak_interaction_Nm, 1, " N·m"),
    }


def _print(result: "Result") -> None:
    """Every figure, a line each, and the verdict."""
    from sim_models.trials.wording import end_words, number

    print_fields(
        {
            "virtual patient": f"{result.patient}, {result.height_m:.2f} m, {result.mass_kg:.0f} kg",
            "condition": result.condition,
            "ended": f"{end_words(result)}, expected: {result.expected.replace('-', ' ')}",
            **_error_and_force(result),
            "peak command": number(result.peak_tau_Nm, 1, " N·m"),
            "stopped after": _stop(result),
            "gates": "kept" if result.passed else "; ".join(result.failures),
        }
    )
