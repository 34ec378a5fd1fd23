"""The tables of people and papers. What is `sealed` is readable with the patient's own key alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from session_records.database import Table


class PatientRow(Table):
    """That a patient is known, and since when they are erased."""

    __tablename__ = "patients"
    pseudonym: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    erased_at: Mapped[datetime | None]
    erased_by: Mapped[str | None]


class EntryRow(Table):
    """One field of a patient as somebody entered it; the newest of a field is what holds, none is ever changed."""

    __tablename__ = "patient_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    field: Mapped[str]
    value: Mapped[Any] = mapped_column(JSON, nullable=True)
    sealed: Mapped[bytes | None]


class OperatorRow(Table):
    """Who may run sessions; `tries` of the PIN since the last right one, the last at `tried_at_s` of a boot.

    `pin_at` and `pin_by` say when the PIN was changed last and who did it.
    """

    __tablename__ = "operators"
    name: Mapped[str] = mapped_column(primary_key=True)
    pin_hash: Mapped[str]
    added_at: Mapped[datetime]
    tries: Mapped[int]
    tried_boot: Mapped[str]
    tried_at_s: Mapped[float]
    pin_at: Mapped[datetime | None]
    pin_by: Mapped[str | None]


class PrescriptionRow(Table):
    """A plan for a patient; only its end is entered later."""

    __tablename__ = "prescriptions"
    prescription: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(index=True)
    plan: Mapped[str]
    side: Mapped[str]
    changes: Mapped[dict[str, Any]]
    repetitions: Mapped[int | None]
    minutes: Mapped[float | None]
    per_week: Mapped[int]
    prescribed_at: Mapped[datetime]
    prescribed_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class RemarkRow(Table):
    """What was said after a session; never changed."""

    __tablename__ = "session_remarks"
    id: Mapped[int] = mapped_column(primary_key=True)
    session: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    pain: Mapped[int | None]
    borg: Mapped[int | None]
    adverse: Mapped[str | None]
    because: Mapped[str | None]
    sealed: Mapped[bytes | None]


class AmendmentRow(Table):
    """What a session's line said before somebody corrected it, and what it said then; never changed."""

    __tablename__ = "session_amendments"
    id: Mapped[int] = mapped_column(primary_key=True)
    session: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    was: Mapped[dict[str, Any]]
    became: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None]


class CheckRow(Table):
    """One item of a session's pre-flight; `by` None where the machine measured it. Never changed."""

    __tablename__ = "preflight_items"
    id: Mapped[int] = mapped_column(primary_key=True)
    session: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str | None]
    item: Mapped[str]
    value: Mapped[Any] = mapped_column(JSON, nullable=True)


class CalibrationRow(Table):
    """That a robot was calibrated; never changed."""

    __tablename__ = "calibrations"
    id: Mapped[int] = mapped_column(primary_key=True)
    robot: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str]
