"""Which trials a plan has to pass: patients × conditions, and the corners of its adjustable ranges."""

from collections.abc import Mapping
from dataclasses import dataclass

from robot.adjustable import adjustable_corners
from robot.controller import Person
from robot.plan import Plan
from sim_models.trials.matrix import ConditionName, Expected, Matrix, Size


@dataclass(frozen=True, slots=True)
class Case:
    """One trial to run: who, in which condition, with which adjustable values changed, and the end that is expected.

    `repetitions` None leaves the plan's own.
    """

    patient: str
    person: Person
    condition: ConditionName
    expected: Expected
    changes: Mapping[str, float]
    repetitions: int | None = None


def standard_cases(plan: Plan, matrix: Matrix) -> tuple[Case, ...]:
    """Patients × conditions, each patient in a body of its own within the plan's bounds."""
    return tuple(
        Case(patient, _person(plan, size), condition, _expected(matrix, patient, row.expected), {})
        for patient, size in matrix.patients.items()
        for condition, row in matrix.conditions.items()
    )


def corner_cases(plan: Plan, matrix: Matrix) -> tuple[Case, ...]:
    """Each corner of the adjustable ranges, nominal, for the patients that the matrix names."""
    return tuple(
        Case(
            patient,
            _person(plan, matrix.patients[patient]),
            "nominal",
            _expected(matrix, patient, matrix.conditions["nominal"].expected),
            corner,
            matrix.corners.repetitions,
        )
        for corner in adjustable_corners(plan)
        if corner
        for patient in matrix.corners.patients
    )


def _person(plan: Plan, size: Size) -> Person:
    (low_m, high_m), (low_kg, high_kg) = plan.patient.height_m, plan.patient.mass_kg
    return Person(low_m + size.height * (high_m - low_m), low_kg + size.mass * (high_kg - low_kg))


def _expected(matrix: Matrix, patient: str, expected: Expected) -> Expected:
    lenient = patient in matrix.may_stop_safely and expected == "completes"
    return "completes-or-stops-safely" if lenient else expected
