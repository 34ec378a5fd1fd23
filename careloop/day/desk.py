"""The therapist's desk: everything of a site that a command of the day reads or writes, opened together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from careloop.settings import Home
from session_records.people.afterwards import Afterwards
from session_records.people.checks import Calibrations, Preflights
from session_records.people.operators import Operators
from session_records.people.patients import Patients
from session_records.people.prescriptions import Prescriptions
from session_records.store import Registry


@dataclass(frozen=True, slots=True)
class Desk:
    """Sessions, people and papers of one site."""

    registry: Registry
    patients: Patients
    operators: Operators
    prescriptions: Prescriptions
    afterwards: Afterwards
    preflights: Preflights
    calibrations: Calibrations


@contextmanager
def desk(home: Home) -> Iterator[Desk]:
    """The desk of a home, made where there is none; raises `DeviceError` where that cannot be."""
    home.prepare()
    with Registry.open(home.root) as registry:
        patients = Patients(registry, home.keys)
        yield Desk(
            registry,
            patients,
            Operators(registry),
            Prescriptions(registry),
            Afterwards(registry, patients),
            Preflights(registry),
            Calibrations(registry),
        )
