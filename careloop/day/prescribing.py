"""Whether a plan can be prescribed to a patient: inside the plan's adjustable ranges, and inside the patient's own."""

from collections.abc import Mapping
from dataclasses import dataclass

from careloop.build import Exercise
from careloop.proving.feasibility import check_feasible
from careloop.session.dose import REPETITIONS
from robot.controller import Person, check_person
from robot.errors import CheckFailed, InputError
from robot.planned_motion import RecordedMotion
from session_records.people.patients import Patient

MINUTES = (1.0, 120.0)
PER_WEEK = (1, 21)
"""Assumed: two hours of one exercise, and three sessions a day, are more than anybody prescribes."""


@dataclass(frozen=True, slots=True)
class PrescribedDose:
    """How much: `repetitions` or else `minutes` a session, `per_week` sessions from Monday to Sunday."""

    repetitions: int | None
    minutes: float | None
    per_week: int


def check_prescription(
    exercise: Exercise, patient: Patient, side: str, changes: Mapping[str, float], dose: PrescribedDose
) -> Exercise:
    """The exercise as it would run; refuses whatever is outside the plan's ranges or the patient's.

    Raises `InputError` naming the field and what is allowed, `CheckFailed` for a patient that was erased.
    """
    if patient.erased_at is not None:
        raise CheckFailed("patient-erased", patient=patient.pseudonym)
    if side not in patient.sides:
        raise InputError("side-not-affected", field="--side", given=side, affected=", ".join(patient.sides))
    check_person(exercise.plan, Person(patient.height_m, patient.mass_kg))
    wanted = exercise.adjusted(changes)
    _check_dose(dose, wanted)
    check_range(wanted, patient, side)
    check_feasible(wanted)
    return wanted


def check_range(exercise: Exercise, patient: Patient, side: str) -> None:
    """Refuse a motion that leaves the patient's own pain-free range, or a joint whose range nobody has entered."""
    for joint, (low, high) in exercise.range_deg.items():
        own = patient.ranges.get((side, joint))
        told = {"field": "--range", "joint": joint, "side": side, "patient": patient.pseudonym}
        if own is None:
            raise InputError("range-not-known", **told)
        if not own.low_deg <= low < high <= own.high_deg:
            bounds = {"low": low, "high": high, "own_low": own.low_deg, "own_high": own.high_deg}
            if isinstance(exercise.plan.motion, RecordedMotion):
                raise InputError("outside-patient-range", **told, **bounds)
            raise InputError("motion-outside-patient-range", **{**told, "field": "motion"}, **bounds)


def _check_dose(dose: PrescribedDose, exercise: Exercise) -> None:
    minutes = MINUTES[0], min(MINUTES[1], REPETITIONS[1] * exercise.cycle.lasts_s / 60.0)
    if (dose.repetitions is None) == (dose.minutes is None):
        raise InputError("dose-not-one", field="--repetitions")
    for field, given, (low, high) in (
        ("--repetitions", dose.repetitions, REPETITIONS),
        ("--minutes", dose.minutes, minutes),
        ("--per-week", dose.per_week, PER_WEEK),
    ):
        if given is not None and not low <= given <= high:
            raise InputError("off-scale", field=field, given=given, low=low, high=high)
