"""Which trials a plan has to pass: patients × conditions, and the corners of its adjustable ranges."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from robot.adjustable import adjustable_corners
from robot.controller import Person
from robot.description import RobotDescription
from robot.errors import InputError, PlanError
from robot.plan import Plan
from sim_models.trials.matrix import LENIENT, Expected, Matrix, Size
from sim_models.virtual_patient.population import patient_named, sampled
from sim_models.virtual_patient.profile import load_profile

SOUGHT = 20
"""So many are sampled for each that is wanted before a plan's bounds are called too narrow for the profile."""


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


def standard_cases(plan: Plan, robot: RobotDescription, matrix: Matrix) -> tuple[Case, ...]:
    """Each patient in a body of its own within the plan's bounds: all in what all try, then some in the rest."""
    suiting = {name: row for name, row in matrix.conditions.items() if row.suits(robot)}
    by_all = [
        (patient, name)
        for patient in _who_matters(plan, matrix, matrix.patients)
        for name, row in suiting.items()
        if not row.patients
    ]
    by_some = [(patient, name) for name, row in suiting.items() for patient in _who_matters(plan, matrix, row.patients)]
    return tuple(_standard(plan, matrix, patient, name) for patient, name in by_all + by_some)


def sampled_cases(plan: Plan, profiles: Sequence[str], count: int, seed: int) -> tuple[Case, ...]:
    """`count` patients sampled from these profiles in turn, undisturbed: each one's first whom the plan's bounds admit.

    Raises `PlanError` where it admits too few of a profile to be found.
    """
    of_each = -(-count // len(profiles))
    each = [_admitted(plan, name, of_each, seed) for name in profiles]
    return tuple(one for turn in zip(*each, strict=True) for one in turn)[:count]


def _admitted(plan: Plan, profile: str, count: int, seed: int) -> list[Case]:
    """The first `count` of a profile and a seed whom the plan's bounds admit."""
    admitted: list[Case] = []
    found = load_profile(profile)
    for number in range(1, SOUGHT * count + 1):
        body = sampled(found, seed, number).body
        person = Person(body.height_m, body.mass_kg)
        if _admits(plan, person):
            admitted.append(Case(f"{profile}.{seed}.{number}", person, "nominal", "completes", {}))
        if len(admitted) == count:
            return admitted
    raise PlanError("population-not-admitted", profile=profile, admitted=len(admitted), sampled=SOUGHT * count)


def _admits(plan: Plan, person: Person) -> bool:
    (low_m, high_m), (low_kg, high_kg) = plan.patient.height_m, plan.patient.mass_kg
    return low_m <= person.height_m <= high_m and low_kg <= person.mass_kg <= high_kg


def case_of(plan: Plan, matrix: Matrix, patient: str, condition: str, changes: Mapping[str, float]) -> Case:
    """The trial of one patient in one condition, with adjustable values changed: the same as among all others.

    Raises `InputError` for a patient or condition that nobody knows.
    """
    virtual = patient_named(patient)
    if condition not in matrix.conditions:
        raise InputError("condition-unknown", field="condition", given=condition, known=", ".join(matrix.conditions))
    if patient in matrix.patients:
        one = _standard(plan, matrix, patient, condition)
    else:
        person = Person(virtual.body.height_m, virtual.body.mass_kg)
        row = matrix.conditions[condition]
        one = Case(patient, person, condition, row.expected, {}, row.repetitions)
    return replace(one, changes=changes, repetitions=matrix.corners.repetitions if changes else one.repetitions)


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
        for patient in _who_matters(plan, matrix, matrix.corners.patients)
    )


def _who_matters(plan: Plan, matrix: Matrix, patients: Collection[str]) -> Sequence[str]:
    """These patients; where the plan's robot meets nobody, the matrix's first in place of them."""
    meets = plan.posture or plan.task
    return tuple(patients) if meets or not patients else tuple(matrix.patients)[:1]


def _person(plan: Plan, size: Size) -> Person:
    (low_m, high_m), (low_kg, high_kg) = plan.patient.height_m, plan.patient.mass_kg
    return Person(low_m + size.height * (high_m - low_m), low_kg + size.mass * (high_kg - low_kg))


def _expected(matrix: Matrix, patient: str, expected: Expected) -> Expected:
    return LENIENT[expected] if patient in matrix.may_stop_safely else expected
