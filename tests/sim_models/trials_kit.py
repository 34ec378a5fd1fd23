"""What the tests of trials share: the shipped plan and changed ones, short cases, and trials recorded once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from careloop.build import Exercise, load_exercise, make_law
from robot.plan import Plan
from sim_models.trials.cases import Case, standard_cases
from sim_models.trials.gates import Result, judge
from sim_models.trials.matrix import Matrix, standard_matrix
from sim_models.trials.trial import Recording, run_trial

SHIPPED = load_exercise("knee-walking")

SHORT = 1
"""Repetitions of a short case: approach, one cycle and rest, 7 s."""


def exercise(changes: Mapping[str, Any]) -> Exercise:
    """The shipped plan with fields changed, named by their dotted place; a law's by its name."""
    content = SHIPPED.plan.model_dump()
    for place, value in changes.items():
        *way, field = place.split(".")
        part: Any = content
        for step in way:
            part = next(one[step] for one in part if step in one) if isinstance(part, tuple) else part[step]
        part[field] = value
    plan = Plan.model_validate(content)
    return Exercise("test.yaml", plan, SHIPPED.robot, make_law(plan))


def matrix(changes: Mapping[str, Mapping[str, Any]] | None = None) -> Matrix:
    """The standard matrix with fields of its parts changed, a condition named by itself."""
    content = standard_matrix().model_dump()
    for part, fields in (changes or {}).items():
        content["conditions" if part in content["conditions"] else part] |= (
            {part: content["conditions"][part] | fields} if part in content["conditions"] else fields
        )
    return Matrix.model_validate(content)


def case(patient: str, condition: str, of: Exercise = SHIPPED) -> Case:
    """A short case of the standard matrix."""
    (found,) = (
        one for one in standard_cases(of.plan, matrix()) if (one.patient, one.condition) == (patient, condition)
    )
    return replace(found, repetitions=SHORT)


def recorded(of: Exercise, one: Case, standing: Matrix) -> Recording:
    """Run a case; a function of a module, so that a worker process finds it."""
    return run_trial(of.controller(one.changes, one.repetitions), one, standing)


@cache
def shipped_trial(patient: str, condition: str) -> tuple[Recording, Result]:
    """A short trial of the shipped plan and what came of it."""
    one = case(patient, condition)
    recording = recorded(SHIPPED, one, matrix())
    return recording, judge(recording, one, SHIPPED.plan, matrix().gates)


def judged(of: Exercise, patient: str, condition: str = "nominal") -> tuple[Recording, Result]:
    """A short trial of another plan and what came of it."""
    one = case(patient, condition, of)
    recording = recorded(of, one, matrix())
    return recording, judge(recording, one, of.plan, matrix().gates)
