"""What the tests of trials share: the shipped plan and changed ones, short cases, and trials recorded once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from careloop.build import Exercise, load_exercise, make_law
from robot.plan import Plan
from sim_models.trials.cases import Case, standard_cases
from sim_models.trials.gates import Result, judge
from sim_models.trials.matrix import Matrix, standard_matrix
from sim_models.trials.trial import Recording, run_trial

SHIPPED = load_exercise("knee-walking")

HANDOVER = Path(__file__).with_name("handover.yaml")
"""A plan of an arm by itself."""

REPETITIONS = 1
"""A short case's: approach, one cycle and rest, 9 s in all."""

AMID = 0.61
"""The share of a short case's motion at which its joint swings into flexion."""


def changed(content: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A file's content with fields changed, each named by its dotted place; a law is named by itself."""
    for place, value in changes.items():
        *way, field = place.split(".")
        part: Any = content
        for step in way:
            part = next(one[step] for one in part if step in one) if isinstance(part, tuple) else part[step]
        part[field] = value
    return content


def exercise(changes: Mapping[str, Any]) -> Exercise:
    """The shipped plan with fields changed."""
    plan = Plan.model_validate(changed(SHIPPED.plan.model_dump(), changes))
    return Exercise("test.yaml", plan, SHIPPED.robot, make_law(plan))


def matrix(changes: Mapping[str, Any]) -> Matrix:
    """The standard matrix with fields changed."""
    return Matrix.model_validate(changed(standard_matrix().model_dump(), changes))


SHORT = matrix({"conditions.nan-measurement.nonsense.at": AMID, "conditions.bus-silence.silence.at": AMID})
"""The standard matrix for short cases."""


def case(patient: str, condition: str = "nominal", of: Exercise = SHIPPED) -> Case:
    """A short case of the standard matrix."""
    wanted = (patient, condition)
    (found,) = (one for one in standard_cases(of.plan, of.robot, SHORT) if (one.patient, one.condition) == wanted)
    return replace(found, repetitions=REPETITIONS)


def recorded(one: Case, of: Exercise = SHIPPED) -> Recording:
    """Run a case; a function of a module, so that a worker process finds it."""
    return run_trial(of.controller(one.changes, one.repetitions), one, SHORT)


def judged(one: Case, of: Exercise = SHIPPED) -> tuple[Recording, Result]:
    """Run a case and hold it against the gates."""
    recording = recorded(one, of)
    return recording, judge(recording, one, of.plan, SHORT.gates)


@cache
def shipped_trial(patient: str, condition: str = "nominal") -> tuple[Recording, Result]:
    """A short trial of the shipped plan and what came of it; run once."""
    return judged(case(patient, condition))
