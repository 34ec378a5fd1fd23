"""The site's registry: which sessions there were, how each ended, and where its trace is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from robot.errors import CheckFailed, InputError
from session_records.database import Table, open_database
from session_records.process import lives, this_process

SESSIONS = "sessions"


class _Number(Table):
    """The last running number given for a prefix and a day."""

    __tablename__ = "session_numbers"
    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class SessionRow(Table):
    """A session's line in the registry."""

    __tablename__ = "sessions"
    session: Mapped[str] = mapped_column(primary_key=True)
    plan: Mapped[str] = mapped_column(index=True)
    robot: Mapped[str]
    on: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(index=True)
    proof_hash: Mapped[str | None]
    height_m: Mapped[float | None]
    mass_kg: Mapped[float | None]
    patient: Mapped[str | None] = mapped_column(index=True)
    side: Mapped[str | None]
    operator: Mapped[str | None]
    prescription: Mapped[str | None] = mapped_column(index=True)
    end: Mapped[str | None] = mapped_column(index=True)
    reason: Mapped[str | None]
    duration_s: Mapped[float | None]
    trace: Mapped[str | None]
    trace_sha256: Mapped[str | None]
    metrics: Mapped[dict[str, Any] | None]
    process: Mapped[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What is known when a session starts.

    `on` where it runs (`sim`, `emulator`, `serial:…`); `proof_hash` None where none was asked for; `height_m` and
    `mass_kg` of the person as run parameters, not as identity. `patient` a pseudonym, `side` the one that was treated,
    `operator` who ran it, `prescription` what for; None where nobody was treated.
    """

    plan: str
    robot: str
    on: str
    started_at: datetime
    proof_hash: str | None = None
    height_m: float | None = None
    mass_kg: float | None = None
    patient: str | None = None
    side: str | None = None
    operator: str | None = None
    prescription: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What is known when a session has ended.

    `end` the last state (`stopped`, `fault`, or `interrupted` where the process died) and `reason` its stable code;
    `trace` relative to the home folder.
    """

    end: str
    reason: str
    duration_s: float | None = None
    trace: str | None = None
    trace_sha256: str | None = None
    metrics: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session in the registry; `ended` is None while it runs or when its process died."""

    session: str
    started: Started
    ended: Ended | None


class Registry:
    """The sessions of the site whose data are in `home`. Every change is on the disk when its method returns."""

    def __init__(self, home: Path, engine: Engine) -> None:
        self.home = home
        self._engine = engine

    @classmethod
    def open(cls, home: Path) -> "Registry":
        """The registry in `home`/registry.db, made where there is none, or upgraded; raises `DeviceError`."""
        return cls(home, open_database(home))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """The database for several statements: all of them are on the disk at the end, or none."""
        with Session(self._engine, expire_on_commit=False) as database, database.begin():
            yield database

    def add(self, prefix: str, started: Started) -> SessionRecord:
        """Enter a session that starts now; its id is like `KNEE-20261121-0001`.

        The day is the one that `started_at` shows in its own zone; the running number is never given twice, also not to
        two processes at once.
        """
        if started.started_at.tzinfo is None:
            raise InputError("moment-without-zone", field="started_at", given=str(started.started_at))
        series = f"{prefix}-{started.started_at:%Y%m%d}"
        with self.transaction() as database:
            session = f"{series}-{next_number(database, series):04d}"
            database.add(SessionRow(session=session, process=this_process(), **_fields(started)))
        return self.get(session)

    def finish(self, session: str, ended: Ended) -> SessionRecord:
        """Enter how a session ended, once.

        Raises `InputError` for a session that is not in the registry, `CheckFailed` for one that has ended already.
        """
        change = (
            update(SessionRow).where(SessionRow.session == session, SessionRow.end.is_(None)).values(**_fields(ended))
        )
        with self.transaction() as database:
            found = database.scalars(change.returning(SessionRow.session)).all()
        record = self.get(session)
        if not found and record.ended is not None:
            raise CheckFailed("session-already-ended", session=session, end=record.ended.end)
        return record

    def get(self, session: str) -> SessionRecord:
        """One session; raises `InputError` where there is none of that id."""
        with Session(self._engine) as database:
            return _record(self._row(database, session))

    def list(
        self, at_most: int = 100, plan: str | None = None, patient: str | None = None, since: datetime | None = None
    ) -> tuple[SessionRecord, ...]:
        """The newest sessions, newest first: of one plan or patient, or that started at or after `since`, or all."""
        query = select(SessionRow).order_by(SessionRow.started_at.desc(), SessionRow.session.desc()).limit(at_most)
        if plan is not None:
            query = query.where(SessionRow.plan == plan)
        if patient is not None:
            query = query.where(SessionRow.patient == patient)
        if since is not None:
            query = query.where(SessionRow.started_at >= since)
        with Session(self._engine) as database:
            return tuple(_record(row) for row in database.scalars(query))

    def unfinished(self) -> tuple[SessionRecord, ...]:
        """Sessions without an end whose process has died, oldest first; those that run now are not among them."""
        return self._without_end(alive=False)

    def running(self) -> tuple[SessionRecord, ...]:
        """Sessions without an end whose process lives, oldest first."""
        return self._without_end(alive=True)

    def _without_end(self, *, alive: bool) -> tuple[SessionRecord, ...]:
        query = select(SessionRow).where(SessionRow.end.is_(None)).order_by(SessionRow.started_at)
        with Session(self._engine) as database:
            return tuple(_record(row) for row in database.scalars(query) if lives(row.process) is alive)

    def folder(self, session: str) -> Path:
        """Where a session's files are."""
        return self.home / SESSIONS / session

    def relative(self, path: Path) -> str:
        """A path below the home folder as the registry keeps it."""
        return path.relative_to(self.home).as_posix()

    @staticmethod
    def _row(database: Session, session: str) -> SessionRow:
        row = database.get(SessionRow, session)
        if row is None:
            raise InputError("session-unknown", session=session)
        return row


def next_number(database: Session, series: str) -> int:
    """The next running number of a series, never given twice."""
    # One statement that writes: it takes the database's lock before it reads, so no two see the same number.
    statement = text(
        "INSERT INTO session_numbers (series, last) VALUES (:series, 1) "
        "ON CONFLICT (series) DO UPDATE SET last = session_numbers.last + 1 RETURNING last"
    )
    return int(database.execute(statement, {"series": series}).scalar_one())


def _fields(part: Started | Ended) -> dict[str, Any]:
    return {field.name: getattr(part, field.name) for field in fields(part)}


def _record(row: SessionRow) -> SessionRecord:
    started = Started(**{field.name: getattr(row, field.name) for field in fields(Started)})
    if row.end is None:
        return SessionRecord(row.session, started, None)
    return SessionRecord(
        row.session, started, Ended(**{field.name: getattr(row, field.name) for field in fields(Ended)})
    )
