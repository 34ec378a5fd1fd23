"""What the tests of people share: a site with a patient whose every word is known."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from session_records.people.afterwards import Afterwards
from session_records.people.patients import Patients
from session_records.people.prescriptions import Prescriptions
from session_records.store import Ended, Registry, Started

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
SECRETS = {
    "name": "王小明 Wang",
    "born": "1961-05-30",
    "record_number": "H-778812",
    "contact": "13800001234",
    "diagnosis": "stroke of Mr Wang",
    "limits": "sore patella since the fall in Harbin",
    "contraindications": "no loading after the hip of doctor Zhao",
}
PLAIN = {
    "side": "left",
    "height_m": 1.71,
    "mass_kg": 64.0,
    "consent": "2026-11-17",
    "range_deg.left.knee": (10.0, 80.0),
}


@dataclass(frozen=True)
class Site:
    """The registry of a home, and what is kept in it."""

    home: Path
    registry: Registry
    patients: Patients
    prescriptions: Prescriptions
    afterwards: Afterwards

    def patient(self, **other: object) -> str:
        return self.patients.add("Anna", NOON, {**SECRETS, **PLAIN, **other}).pseudonym

    def session(self, patient: str | None = None, side: str | None = "left", at: datetime = NOON, **more: str) -> str:
        started = Started(plan="p", robot="knee-exo", on="sim", started_at=at, patient=patient, side=side, **more)  # type: ignore[arg-type]
        session = self.registry.add("KNEE", started).session
        self.registry.finish(session, Ended(end="stopped", reason="completed"))
        return session


@contextmanager
def site(home: Path) -> Iterator[Site]:
    (home / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
    with Registry.open(home) as registry:
        patients = Patients(registry, home / "keys")
        yield Site(home, registry, patients, Prescriptions(registry), Afterwards(registry, patients))


def found_in(folder: Path, words: str) -> list[str]:
    """The files below a folder that hold some words, as text or as JSON writes them, or are named so."""
    needles = [words.encode(), words.encode("unicode_escape"), words.encode("utf-16-le")]
    return [
        str(path)
        for path in folder.rglob("*")
        if words in path.name or (path.is_file() and any(one in path.read_bytes() for one in needles))
    ]
