"""After a session: why it ended, pain, exertion, a note, an adverse event; and the correction of a wrong line.

Nothing of it is changed later: what was said last holds, and what a correction replaced stands beside it. Words are
sealed under the key of the session's patient, and follow it when the patient is corrected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from robot.errors import CheckFailed, InputError
from session_records.people.fields import LONGEST_WORDS, one_line
from session_records.people.patients import Patients
from session_records.people.tables import AmendmentRow, RemarkRow
from session_records.store import Registry, SessionRecord, SessionRow

PAIN = (0, 10)
"""The numeric rating scale: 0 no pain, 10 the worst imaginable."""

BORG = (6, 20)
"""Borg's scale of perceived exertion, 1982: 6 no exertion, 20 the utmost."""

SEVERITIES = ("mild", "moderate", "severe")

REASONS = ("completed", "tired", "pain", "spasm", "technical", "other")
"""Why a session ended, as a person says it; what the machine knows of it stands in the session's own line."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said after a session; `words` None where there are none, or the patient is erased."""

    at: datetime
    by: str
    pain: int | None = None
    borg: int | None = None
    adverse: str | None = None
    words: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """A correction of a session's line: the fields before and after it; `why` None where the patient is erased."""

    at: datetime
    by: str
    was: Mapping[str, str | None]
    became: Mapping[str, str | None]
    why: str | None


class Afterwards:
    """What is entered at a site once sessions have ended."""

    def __init__(self, registry: Registry, patients: Patients) -> None:
        self._registry = registry
        self._patients = patients

    def note(self, session: str, remark: Remark) -> Remark:
        """Enter a remark. Raises `InputError` for a value outside its scale.

        Raises `CheckFailed` for a session without end or patient.
        """
        patient = self._ended(session).started.patient
        if patient is None:
            raise CheckFailed("session-without-patient", session=session)
        _scaled("--pain", remark.pain, PAIN)
        _scaled("--borg", remark.borg, BORG)
        _chosen("--adverse", remark.adverse, SEVERITIES)
        _chosen("--because", remark.because, REASONS)
        words = _words("--note", remark.words)
        if remark.adverse is not None and words is None:
            raise InputError("adverse-without-words", field="--note")
        if (remark.pain, remark.borg, remark.because, words) == (None, None, None, None):
            raise InputError("nothing-noted", session=session)
        row = RemarkRow(
            session=session,
            at=remark.at,
            by=remark.by,
            pain=remark.pain,
            borg=remark.borg,
            adverse=remark.adverse,
            because=remark.because,
            sealed=None if words is None else self._patients.seal(patient, session, words),
        )
        with self._registry.transaction() as database:
            database.add(row)
        return remark

    def remarks(self, session: str) -> tuple[Remark, ...]:
        """What was said after a session, oldest first."""
        patient = self._registry.get(session).started.patient
        with self._registry.transaction() as database:
            return tuple(
                Remark(
                    row.at,
                    row.by,
                    row.pain,
                    row.borg,
                    row.adverse,
                    self._unsealed(patient, session, row.sealed),
                    row.because,
                )
                for row in database.scalars(_rows(RemarkRow, session))
            )

    def amend(self, session: str, by: str, at: datetime, became: Mapping[str, str | None], why: str) -> SessionRecord:
        """Correct `patient`, `side` or `prescription` of a session; the values are the caller's to check.

        Raises `InputError` where nothing is given, `CheckFailed` for a session without end or patient, and for a new
        patient that was erased.
        """
        started = self._ended(session).started
        was = {name: getattr(started, name) for name in became}
        patient = became.get("patient", started.patient)
        words = _words("--why", why)
        if patient is None:
            raise CheckFailed("session-without-patient", session=session)
        if was == became or words is None:
            raise InputError("nothing-amended", session=session)
        sealed = self._patients.seal(patient, session, words)
        moved = self._moved(session, started.patient, patient)
        with self._registry.transaction() as database:
            row = database.get_one(SessionRow, session)
            for name, value in became.items():
                setattr(row, name, value)
            for kind, identity, again in moved:
                _get(database, kind, identity).sealed = again
            amendment = AmendmentRow(session=session, at=at, by=by, was=was, became=dict(became), sealed=sealed)
            database.add(amendment)
        return self._registry.get(session)

    def amendments(self, session: str) -> tuple[Amendment, ...]:
        """The corrections of a session, oldest first."""
        patient = self._registry.get(session).started.patient
        with self._registry.transaction() as database:
            return tuple(
                Amendment(row.at, row.by, row.was, row.became, self._unsealed(patient, session, row.sealed))
                for row in database.scalars(_rows(AmendmentRow, session))
            )

    def _moved(self, session: str, before: str | None, after: str) -> list[tuple[Any, int, bytes | None]]:
        """The session's sealed words under the key of another patient: those of one must not open with the other's."""
        if before in (None, after):
            return []
        with self._registry.transaction() as database:
            rows = [row for kind in (RemarkRow, AmendmentRow) for row in database.scalars(_rows(kind, session))]
            read = [(type(row), row.id, self._unsealed(before, session, row.sealed)) for row in rows]
        return [
            (kind, identity, None if words is None else self._patients.seal(after, session, words))
            for kind, identity, words in read
        ]

    def _unsealed(self, patient: str | None, session: str, sealed: bytes | None) -> str | None:
        return None if patient is None or sealed is None else self._patients.unseal(patient, session, sealed)

    def _ended(self, session: str) -> SessionRecord:
        record = self._registry.get(session)
        if record.ended is None:
            raise CheckFailed("session-still-runs", session=session)
        return record


def _rows(kind: Any, session: str) -> Any:
    return select(kind).where(kind.session == session).order_by(kind.id)


def _get(database: Session, kind: Any, identity: int) -> Any:
    return database.get_one(kind, identity)


def _scaled(field: str, given: int | None, scale: tuple[int, int]) -> None:
    if given is not None and not scale[0] <= given <= scale[1]:
        raise InputError("off-scale", field=field, given=given, low=scale[0], high=scale[1])


def _chosen(field: str, given: str | None, known: tuple[str, ...]) -> None:
    if given is not None and given not in known:
        raise InputError("choice-unknown", field=field, given=given, known=", ".join(known))


def _words(field: str, given: str | None) -> str | None:
    words = one_line(given or "")
    if len(words) > LONGEST_WORDS:
        raise InputError("words-too-long", field=field, longest=LONGEST_WORDS)
    return words or None
