"""Which trials a plan has to pass: patients × conditions, and the corners of its adjustable ranges."""

from collections.abc import Mapping
from dataclasses import dataclass

from robot.adjustable import adjustable_corners
from robot.controller import Person
from robot.plan import Plan
from sim_models.trials.matrix import Expected, Matrix, Size


@dataclass(frozen=True, slots=True)
class Case:
    """One trial to run: who, in which condition, with which adjustable values changed, and the end that is expected.

    `repetitions` None leaves the plan's own.
    """

    patient: str
    person: Person
    condition: str
    expected: Expected
    changes: Mapping[str, float]
    repetitions: int | None = None


def standard_cases(plan: Plan, matrix: Matrix) -> tuple[Case, ...]:
    """Each patient in a body of its own within the plan's bounds: all in what all try, then some in the rest."""
    by_all = [
        (patient, name) for patient in matrix.patients for name, row in matrix.conditions.items() if not row.patients
    ]
    by_some = [(patient, name) for name, row in matrix.conditions.items() for patient in row.patients]
    return tuple(_standard(plan, matrix, patient, name) for patient, name in by_all + by_some)


def _standard(plan: Plan, matrix: Matrix, patient: str, condition: str) -> Case:
    row, person = matrix.conditions[condition], _person(plan, matrix.patients[patient])
    return Case(patient, person, condition, _expected(matrix, patient, row.expected), {}, row.repetitions)


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
