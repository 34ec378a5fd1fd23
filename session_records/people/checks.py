"""What was checked before a session, item by item, and when a robot was calibrated. Nothing of it is changed later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from session_records.people.tables import CalibrationRow, CheckRow
from session_records.store import Registry


@dataclass(frozen=True, slots=True)
class Check:
    """One item of a pre-flight: what was found, when, and who confirmed it; `by` None where the machine measured it."""

    item: str
    value: Any
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """That a robot was calibrated, and who says so."""

    robot: str
    at: datetime
    by: str


class Preflights:
    """The pre-flights of a site's sessions."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def enter(self, session: str, checks: Iterable[Check]) -> None:
        """Enter what was checked before a session."""
        rows = [CheckRow(session=session, at=one.at, by=one.by, item=one.item, value=one.value) for one in checks]
        with self._registry.transaction() as database:
            database.add_all(rows)

    def of(self, session: str) -> tuple[Check, ...]:
        """What was checked before a session, in its order; nothing where there was no pre-flight."""
        query = select(CheckRow).where(CheckRow.session == session).order_by(CheckRow.id)
        with self._registry.transaction() as database:
            return tuple(Check(row.item, row.value, row.at, row.by) for row in database.scalars(query))


class Calibrations:
    """When the robots of a site were calibrated."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def enter(self, calibration: Calibration) -> Calibration:
        """Enter that a robot was calibrated."""
        row = CalibrationRow(robot=calibration.robot, at=calibration.at, by=calibration.by)
        with self._registry.transaction() as database:
            database.add(row)
        return calibration

    def last(self, robot: str) -> Calibration | None:
        """The last calibration of a robot; None where none was entered."""
        query = select(CalibrationRow).where(CalibrationRow.robot == robot).order_by(CalibrationRow.at.desc()).limit(1)
        with self._registry.transaction() as database:
            row = database.scalars(query).one_or_none()
            return None if row is None else Calibration(row.robot, row.at, row.by)
