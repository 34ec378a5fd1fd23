"""The report of a plan's trials: one HTML page that stands alone and prints on A4."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from robot.description import RobotDescription
from robot.plan import Plan
from robot.proof import Proof
from sim_models.trials.gates import Result
from sim_models.trials.limit_lines import limit_lines
from sim_models.trials.matrix import Gates, Matrix
from sim_models.trials.nearest import worst
from sim_models.trials.page import page
from sim_models.trials.pictures import Picture, corner_picture, matrix_picture, panels_of
from sim_models.trials.wording import (
    ENDS,
    Line,
    condition_words,
    end_words,
    error_words,
    force_words,
    named_trial,
    number,
    patient_words,
    plan_lines,
    repeating,
    stop_words,
)
from sim_models.worn import strapped_joints

MOST_NAMED = 3
"""Trials that the verdict names; the list below it names all of them."""


def write_report(
    path: Path,
    plan: Plan,
    robot: RobotDescription,
    results: Sequence[Result],
    matrix: Matrix,
    proof: Proof,
    called: str,
) -> Path:
    """Write the page of these trials to `path`; equal values give an equal page. Blocks on the disk."""
    path.write_text(render(plan, robot, results, matrix, proof, called), encoding="utf-8")
    return path


def render(
    plan: Plan, robot: RobotDescription, results: Sequence[Result], matrix: Matrix, proof: Proof, called: str
) -> str:
    """The page as text; `called` is the plan's name or file on the command line."""
    everybody, some, corners = _kinds(results)
    return page(
        "report.html",
        plan=plan,
        proof=proof,
        matrix=matrix,
        passed=_passed(results),
        verdict=verdict(results),
        failed=[result for result in results if not result.passed],
        plan_lines=plan_lines(plan),
        limit_lines=limit_lines(plan, robot),
        gate_lines=gate_lines(plan, matrix.gates),
        table=_table(everybody),
        conditions=_conditions(everybody, matrix, robot),
        by_some=_lines(some, matrix, robot),
        corners=corners,
        adjusted=list(plan.adjustable),
        pictures=_pictures(plan, everybody, corners, matrix.gates),
        worst=worst(results, plan, matrix.gates),
        repeat=partial(repeating, called),
        ends=ENDS,
        worn=plan.posture is not None,
        end_words=end_words,
        error_words=error_words,
        force_words=force_words,
        named_trial=named_trial,
        number=number,
        patient_words=patient_words,
        stop_words=stop_words,
    )


def verdict(results: Sequence[Result]) -> str:
    """One sentence: that all trials ended as they should, or which did not and why."""
    failed = [result for result in results if not result.passed]
    if not results:
        return "No trial was run, so nothing is proven."
    if not failed:
        return f"All {len(results)} trials ended as they should: {_composition(results)}."
    named = "; ".join(f"{named_trial(one)} ({', '.join(one.failures)})" for one in failed[:MOST_NAMED])
    more = f"; and {len(failed) - MOST_NAMED} more" if len(failed) > MOST_NAMED else ""
    return f"{len(failed)} of {len(results)} trials did not end as they should: {named}{more}."


def _composition(results: Sequence[Result]) -> str:
    """What the trials are made of, e.g. `24 with 6 virtual patients in 4 conditions each`."""
    everybody, some, corners = _kinds(results)
    patients, conditions = ({getattr(one, name) for one in everybody} for name in ("patient", "condition"))
    said = (
        (everybody, f" with {len(patients)} virtual patients in {len(conditions)} conditions each"),
        (some, f" with some of them in {len({one.condition for one in some})} conditions more"),
        (corners, " at the corners of the adjustable ranges"),
    )
    return ", ".join(f"{len(kind)}{words}" for kind, words in said if kind)


def _kinds(results: Sequence[Result]) -> tuple[list[Result], list[Result], list[Result]]:
    """The trials of conditions that every patient tries, those of the other conditions, and those at corners."""
    standard = [one for one in results if not one.changes]
    tried_by: dict[str, set[str]] = {}
    for one in standard:
        tried_by.setdefault(one.condition, set()).add(one.patient)
    everybody = set[str]().union(*tried_by.values())
    full = {condition for condition, patients in tried_by.items() if patients == everybody}
    return (
        [one for one in standard if one.condition in full],
        [one for one in standard if one.condition not in full],
        [one for one in results if one.changes],
    )


def gate_lines(plan: Plan, gates: Gates) -> list[Line]:
    """What a trial has to keep."""
    return [
        Line("Every trial", "ends as its condition expects, and keeps each limit of the plan at any moment"),
        Line(
            "A trial that completes",
            f"{_completing(plan, gates)}\nno limit of the guard has to act, but for the rate's",
        ),
        Line("A trial that stops or faults", _stopping(plan, gates)),
        *([Line("Cuff force", f"at most {plan.limits.cuff.force:g} N at any moment")] if plan.limits.cuff else []),
        *([Line("Foot on the ground", f"at most {plan.limits.ground.force:g} N")] if plan.limits.ground else []),
    ]


def _completing(plan: Plan, gates: Gates) -> str:
    if plan.stop.spasm is None:
        aside = ", aside of where it presses" if plan.task and plan.task.presses else ""
        return f"tool error at most {gates.tool_rms_mm:g} mm RMS{aside}"
    return (
        f"limb error at most {gates.limb_rms_deg:g}° RMS during the exercise, and never more than "
        f"{gates.overshoot_deg:g}° beyond the motion's range\ninteraction torque at most that of "
        "the joint’s spasm stop"
    )


def _stopping(plan: Plan, gates: Gates) -> str:
    goes = "robot and limb go" if plan.posture else "the robot goes"
    way = f"{goes} at most {gates.stop_within_deg:g}° meanwhile"
    if plan.posture is None:
        return (
            f"within {gates.stop_within_ms:g} ms of the cause every joint slower than {gates.slow_deg_s:g}°/s; {way}, "
            f"and its last link, what it sinks until brakes hold it included, {gates.stop_within_mm:g} mm"
        )
    return (
        f"within {gates.stop_within_ms:g} ms of the cause no motor torque, or a limb slower than "
        f"{gates.slow_deg_s:g}°/s; {way}"
    )


def _passed(results: Sequence[Result]) -> bool:
    return bool(results) and all(result.passed for result in results)


def _table(everybody: Sequence[Result]) -> Mapping[str, Mapping[str, Result]]:
    """Patient → condition → result, in the order in which they were tried."""
    table: dict[str, dict[str, Result]] = {}
    for result in everybody:
        table.setdefault(result.patient, {})[result.condition] = result
    return table


def _conditions(tried: Sequence[Result], matrix: Matrix, robot: RobotDescription) -> Mapping[str, str]:
    """Each condition that was tried, in words, in the matrix's order."""
    names = {result.condition for result in tried}
    strapped = strapped_joints(robot)
    return {name: condition_words(row, strapped) for name, row in matrix.conditions.items() if name in names}


def _lines(tried: Sequence[Result], matrix: Matrix, robot: RobotDescription) -> list[tuple[str, str, list[Result]]]:
    """Each condition with its words and its trials."""
    words = _conditions(tried, matrix, robot)
    return [(name, said, [one for one in tried if one.condition == name]) for name, said in words.items()]


def _pictures(plan: Plan, everybody: Sequence[Result], corners: Sequence[Result], gates: Gates) -> list[Picture]:
    pictures, panels = [], panels_of(plan, gates)
    if everybody:
        pictures.append(matrix_picture(everybody, panels))
    if corners:
        pictures.append(corner_picture(corners, panels))
    return pictures
