"""Patients: a pseudonym beside what sessions need; who it is, and what is written about them, under a key of their own.

Everything is entered and nothing changed: a patient is the newest entry of each field, and the older ones are the
history. Erasing destroys the key; what sessions need stays, and so their records still open.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, select, true, update
from sqlalchemy.orm import Session

from robot.errors import CheckFailed, InputError
from session_records.people.fields import SEALED, SIDES, checked, joint_of
from session_records.people.keys import PatientKeys, seal, unseal
from session_records.people.tables import AmendmentRow, EntryRow, PatientRow, PrescriptionRow, RemarkRow
from session_records.store import Registry, SessionRow

ALPHABET = "34679CDEFHJKMNPQRTVWXY"
"""No two of these are taken for each other in a hurry or in handwriting: no 0 O, 1 I L, 2 Z, 5 S, 8 B, G, U, A."""

_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Range:
    """A joint's pain-free range in degrees, and when it was entered."""

    low_deg: float
    high_deg: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A patient as known now.

    `side` is the affected one (left, right, both); `ranges` by side and joint; `consent` the day it was read.
    """

    pseudonym: str
    added_at: datetime
    erased_at: datetime | None
    side: str
    height_m: float
    mass_kg: float
    consent: date | None
    ranges: Mapping[tuple[str, str], Range]

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that may be treated."""
        return SIDES if self.side == "both" else (self.side,)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody's entry of one field; `value` None where it was sealed and the patient is erased."""

    at: datetime
    by: str
    field: str
    value: Any


class Patients:
    """The patients of a site: their registry, and the folder of the site's keys. Raises `DeviceError` as those do."""

    def __init__(self, registry: Registry, keys: Path) -> None:
        self._registry = registry
        self._keys = PatientKeys(keys)

    def add(self, by: str, at: datetime, entries: Mapping[str, Any]) -> Patient:
        """Enter a patient under a new pseudonym. Raises `InputError`, also for one whose record number is known."""
        given = {field: checked(field, value, at.date()) for field, value in entries.items()}
        for field in ("name", "side", "height_m", "mass_kg"):
            if field not in given:
                raise InputError("field-missing", field=field)
        self._refuse_known(given.get("record_number"))
        pseudonym = self._new_pseudonym()
        key = self._keys.make(pseudonym)
        with self._registry.transaction() as database:
            database.add(PatientRow(pseudonym=pseudonym, added_at=at, added_by=by))
            _enter(database, key, pseudonym, by, at, given)
        return self.get(pseudonym)

    def amend(self, pseudonym: str, by: str, at: datetime, entries: Mapping[str, Any]) -> Patient:
        """Enter fields anew; raises `InputError`, and `CheckFailed` for a patient that was erased."""
        patient = self.get(pseudonym)
        if patient.erased_at is not None:
            raise CheckFailed("patient-erased", patient=patient.pseudonym)
        given = {field: checked(field, value, at.date()) for field, value in entries.items()}
        with self._registry.transaction() as database:
            _enter(database, self._keys.open(patient.pseudonym), patient.pseudonym, by, at, given)
        return self.get(patient.pseudonym)

    def get(self, pseudonym: str) -> Patient:
        """One patient, by the pseudonym in any case of its letters; raises `InputError` where there is none."""
        name = pseudonym.strip().upper()
        found = self._found(PatientRow.pseudonym == name)
        if not found:
            raise InputError("pseudonym-unknown", given=pseudonym)
        return found[0]

    def list(self) -> tuple[Patient, ...]:
        """All patients, oldest first."""
        return self._found(true())

    def words(self, patient: Patient) -> Mapping[str, str]:
        """Who it is, and what is written about them, as far as it was entered; nothing where they were erased."""
        return {entry.field: entry.value for entry in self.history(patient) if entry.field in SEALED and entry.value}

    def history(self, patient: Patient) -> tuple[Entry, ...]:
        """Every entry of a patient, oldest first."""
        key = None if patient.erased_at is not None else self._keys.open(patient.pseudonym)
        query = select(EntryRow).where(EntryRow.patient == patient.pseudonym).order_by(EntryRow.id)
        with self._registry.transaction() as database:
            return tuple(_entry(row, key) for row in database.scalars(query))

    def erase(self, pseudonym: str, by: str, at: datetime) -> Patient:
        """Destroy the patient's key, end what is prescribed, and take away what the key had sealed."""
        patient = self.get(pseudonym)
        self._keys.destroy(patient.pseudonym)  # first: whatever fails after it, nobody can read them any more
        with self._registry.transaction() as database:
            whom, entries, prescriptions = PatientRow.pseudonym, EntryRow.patient, PrescriptionRow.patient
            new = PatientRow.erased_at.is_(None)
            database.execute(
                update(PatientRow).where(whom == patient.pseudonym, new).values(erased_at=at, erased_by=by)
            )
            database.execute(update(EntryRow).where(entries == patient.pseudonym).values(sealed=None))
            sessions = select(SessionRow.session).where(SessionRow.patient == patient.pseudonym)
            for said in (RemarkRow, AmendmentRow):
                database.execute(update(said).where(said.session.in_(sessions)).values(sealed=None))
            running = (prescriptions == patient.pseudonym, PrescriptionRow.ended_at.is_(None))
            database.execute(update(PrescriptionRow).where(*running).values(ended_at=at, ended_by=by))
        return self.get(patient.pseudonym)

    def seal(self, pseudonym: str, where: str, words: str) -> bytes:
        """Words about a patient under their key; raises `CheckFailed` for one that was erased."""
        patient = self.get(pseudonym)
        if patient.erased_at is not None:
            raise CheckFailed("patient-erased", patient=patient.pseudonym)
        return seal(self._keys.open(patient.pseudonym), f"{patient.pseudonym}/{where}", words)

    def unseal(self, pseudonym: str, where: str, sealed: bytes) -> str | None:
        """What `seal` was given; None for a patient that was erased."""
        patient = self.get(pseudonym)
        if patient.erased_at is not None:
            return None
        return unseal(self._keys.open(patient.pseudonym), f"{patient.pseudonym}/{where}", sealed)

    def _new_pseudonym(self) -> str:
        with self._registry.transaction() as database:
            while True:
                drawn = "P-" + "".join(secrets.choice(ALPHABET) for _ in range(_LETTERS))
                if database.get(PatientRow, drawn) is None:
                    return drawn

    def _refuse_known(self, number: str | None) -> None:
        """Two pseudonyms for one person would part their history."""
        for one in self.list() if number is not None else ():
            if self.words(one).get("record_number") == number:
                raise InputError("patient-known", patient=one.pseudonym)

    def _found(self, which: ColumnElement[bool]) -> tuple[Patient, ...]:
        plain = select(EntryRow).join(PatientRow, PatientRow.pseudonym == EntryRow.patient)
        with self._registry.transaction() as database:
            newest: dict[str, dict[str, EntryRow]] = defaultdict(dict)
            for row in database.scalars(plain.where(which, EntryRow.sealed.is_(None)).order_by(EntryRow.id)):
                newest[row.patient][row.field] = row
            people = database.scalars(select(PatientRow).where(which).order_by(PatientRow.added_at))
            return tuple(_patient(one, newest[one.pseudonym]) for one in people)


def _patient(row: PatientRow, newest: Mapping[str, EntryRow]) -> Patient:
    consent = newest.get("consent")
    return Patient(
        pseudonym=row.pseudonym,
        added_at=row.added_at,
        erased_at=row.erased_at,
        side=newest["side"].value,
        height_m=newest["height_m"].value,
        mass_kg=newest["mass_kg"].value,
        consent=None if consent is None else date.fromisoformat(consent.value),
        ranges={
            place: Range(entry.value[0], entry.value[1], entry.at)
            for field, entry in newest.items()
            if (place := joint_of(field)) is not None
        },
    )


def _enter(database: Session, key: bytes, pseudonym: str, by: str, at: datetime, entries: Mapping[str, Any]) -> None:
    for field, value in entries.items():
        sealed = seal(key, f"{pseudonym}/{field}", json.dumps(value, ensure_ascii=False)) if field in SEALED else None
        plain = None if sealed else value
        database.add(EntryRow(patient=pseudonym, at=at, by=by, field=field, value=plain, sealed=sealed))


def _entry(row: EntryRow, key: bytes | None) -> Entry:
    value = row.value
    if row.sealed is not None and key is not None:
        value = json.loads(unseal(key, f"{row.patient}/{row.field}", row.sealed))
    return Entry(row.at, row.by, row.field, value)
