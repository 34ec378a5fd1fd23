"""What `careloop treat` decides without asking: which prescription, how much of it today, and how a refusal is kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from careloop.build import Exercise, load_exercise
from careloop.day.desk import Desk
from careloop.day.dose import Share, left_of, whole_repetitions
from careloop.day.progress import visits
from robot.controller import Person
from robot.errors import CareloopError, CheckFailed, InputError
from session_records.people.checks import Check
from session_records.people.patients import Patient
from session_records.people.prescriptions import Prescription
from session_records.store import Ended, Started


@dataclass(frozen=True, slots=True)
class Case:
    """Whom a session treats, and with what: the prescription, its exercise as prescribed, and today's share of it."""

    patient: Patient
    prescription: Prescription
    exercise: Exercise
    share: Share

    @property
    def person(self) -> Person:
        """Height and mass, for the law."""
        return Person(self.patient.height_m, self.patient.mass_kg)

    @property
    def prescribed(self) -> Exercise:
        """The exercise with what is set in the prescription; raises `InputError` where the plan no longer allows it."""
        return self.exercise.adjusted(self.prescription.changes)


def held(site: Desk, patient: Patient, which: str | None, moment: datetime) -> tuple[Prescription, ...]:
    """The prescriptions of a patient that hold at a moment, or the one of them that is named.

    Raises `CheckFailed` for a patient that was erased, `InputError` where there is none.
    """
    if patient.erased_at is not None:
        raise CheckFailed("patient-erased", patient=patient.pseudonym)
    holding = tuple(one for one in site.prescriptions.list(patient.pseudonym) if one.holds_at(moment))
    if which is not None:
        named = site.prescriptions.get(which)
        if named not in holding:
            raise InputError("prescription-over", prescription=named.prescription, patient=patient.pseudonym)
        return (named,)
    if not holding:
        raise InputError("nothing-prescribed", patient=patient.pseudonym)
    return holding


def case_of(site: Desk, patient: Patient, prescribed: Prescription, moment: datetime, from_start: bool) -> Case:
    """The case of a prescription; what was interrupted on the same day is gone on with, unless `from_start`."""
    exercise = load_exercise(prescribed.plan)
    cycle_s = exercise.adjusted(prescribed.changes).cycle.lasts_s
    of = prescribed.repetitions or whole_repetitions(prescribed.minutes or 0.0, cycle_s)
    today = [] if from_start else _today(site, prescribed, moment)
    return Case(patient, prescribed, exercise, left_of(of, today))


def _today(site: Desk, prescribed: Prescription, moment: datetime) -> Sequence[tuple[Share, int, bool]]:
    """The day's sessions of a prescription: what each was to do, what it did, and whether it was completed."""
    return [
        (one.share, one.repetitions or 0, one.completed)
        for one in visits(site, prescribed.patient)
        if one.prescription == prescribed.prescription
        and one.share is not None
        and one.started_at.astimezone().date() == moment.astimezone().date()
    ]


@contextmanager
def kept_refusal(site: Desk, started: Started, checks: Sequence[Check]) -> Iterator[None]:
    """Enter a session that is refused before it begins, with the reason and what had been checked until then."""
    try:
        yield
    except (CareloopError, KeyboardInterrupt) as problem:
        session = site.registry.add(started.robot.partition("-")[0].upper(), started).session
        site.preflights.enter(session, checks)
        site.registry.finish(session, Ended(end="refused", reason=getattr(problem, "code", "asked")))
        raise


def started_of(case: Case, on: str, operator: str, moment: datetime) -> Started:
    """What the registry keeps of a session that was refused before it had a proof."""
    return Started(
        plan=case.exercise.plan.name,
        robot=case.exercise.robot.name,
        on=on,
        started_at=moment,
        height_m=case.patient.height_m,
        mass_kg=case.patient.mass_kg,
        patient=case.patient.pseudonym,
        side=case.prescription.side,
        operator=operator,
        prescription=case.prescription.prescription,
    )
