"""Prescriptions: a plan for a patient, with what may be set in it, how much of it, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from robot.errors import CheckFailed, InputError
from session_records.people.tables import PrescriptionRow
from session_records.store import Registry, next_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """What was prescribed.

    `plan` a shipped plan's name or a file; `changes` its adjustable values by name; `repetitions` or else `minutes` a
    session; `per_week` sessions from Monday to Sunday; `ended_at` None while it holds.
    """

    prescription: str
    patient: str
    plan: str
    side: str
    changes: Mapping[str, float]
    repetitions: int | None
    minutes: float | None
    per_week: int
    prescribed_at: datetime
    prescribed_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it was in force at a moment."""
        return self.prescribed_at <= moment and (self.ended_at is None or moment < self.ended_at)


class Prescriptions:
    """The prescriptions of a site. What they may be is checked where plans are known."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add(self, patient: str, **what: Any) -> Prescription:
        """Enter a prescription, under the patient's pseudonym and a running number; fields as in `Prescription`.

        It takes the place of one that holds for the same plan and side: that one ends.
        """
        row = PrescriptionRow(patient=patient, **what)
        same = (PrescriptionRow.patient == patient, PrescriptionRow.plan == row.plan, PrescriptionRow.side == row.side)
        ended = {"ended_at": row.prescribed_at, "ended_by": row.prescribed_by}
        with self._registry.transaction() as database:
            row.prescription = name = f"{patient}-{next_number(database, patient)}"
            database.execute(update(PrescriptionRow).where(*same, PrescriptionRow.ended_at.is_(None)).values(**ended))
            database.add(row)
        return self.get(name)

    def get(self, prescription: str) -> Prescription:
        """One prescription; raises `InputError` where there is none of that name."""
        with self._registry.transaction() as database:
            row = database.get(PrescriptionRow, prescription.strip().upper())
            if row is None:
                raise InputError("prescription-unknown", given=prescription)
            return _prescription(row)

    def list(self, patient: str | None = None) -> tuple[Prescription, ...]:
        """All prescriptions of a patient or of the site, oldest first."""
        query = select(PrescriptionRow).order_by(PrescriptionRow.prescribed_at, PrescriptionRow.prescription)
        if patient is not None:
            query = query.where(PrescriptionRow.patient == patient)
        with self._registry.transaction() as database:
            return tuple(_prescription(row) for row in database.scalars(query))

    def end(self, prescription: str, by: str, at: datetime) -> Prescription:
        """End a prescription, once; raises `CheckFailed` for one that has ended."""
        found = self.get(prescription)
        name, running = PrescriptionRow.prescription == found.prescription, PrescriptionRow.ended_at.is_(None)
        with self._registry.transaction() as database:
            change = update(PrescriptionRow).where(name, running).values(ended_at=at, ended_by=by)
            if not database.scalars(change.returning(PrescriptionRow.prescription)).all():
                raise CheckFailed("prescription-ended", prescription=found.prescription)
        return self.get(found.prescription)


def _prescription(row: PrescriptionRow) -> Prescription:
    return Prescription(**{field.name: getattr(row, field.name) for field in fields(Prescription)})
