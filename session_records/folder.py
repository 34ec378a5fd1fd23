"""A session's folder: the names in it, what `session.json` says, and whether control still writes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from robot.errors import InputError
from robot.tick import TickLayout
from session_records.disk import replace_text
from session_records.process import lives, this_process

RING = "ring"
JOURNAL = "journal-*.arrows"
SESSION = "session.json"
CONTROL_PID = "control.pid"
RECORDER_LOCK = "recorder.lock"
TRACE = "trace.parquet"
TRUTH = "truth.arrows"
EVENTS = "events.json"

_FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """What a folder's readers need to know of its rows.

    `columns` the titles in the row's order, `units` one for each; `rate_hz` the nominal rate; `monotonic_start_s` what
    `time.monotonic` said at `time_s` = 0 (0.0 where the session ran on a virtual clock); `trial` whether the first
    repetition is one.
    """

    session: str
    columns: tuple[str, ...]
    units: tuple[str, ...]
    joints: tuple[str, ...]
    rate_hz: float
    monotonic_start_s: float
    trial: bool = False

    @classmethod
    def of(
        cls, layout: TickLayout, session: str, rate_hz: float, monotonic_start_s: float, trial: bool = False
    ) -> Self:
        """The description of a session whose rows have `layout`."""
        units = tuple(column.unit for columns in layout.fields.values() for column in columns)
        return cls(session, layout.columns, units, layout.joints, rate_hz, monotonic_start_s, trial)


def write_session(folder: Path, description: SessionDescription, facts: Mapping[str, Any] | None = None) -> None:
    """Write `session.json`, making the folder where it is missing; `facts` are the caller's own fields beside ours.

    It replaces an older file in one step, so that a reader never sees half of it.
    """
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    replace_text(folder / SESSION, json.dumps({**(facts or {}), **asdict(description)}, indent=1, ensure_ascii=False))


def read_facts(folder: Path) -> dict[str, Any]:
    """Everything in `session.json`; raises `InputError` where it cannot be read."""
    path = folder / SESSION
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InputError("session-unreadable", file=str(path), reason=str(problem)) from problem
    if not isinstance(content, dict):
        raise InputError("session-unreadable", file=str(path), reason="it is not a set of fields")
    return content


def read_columns(folder: Path) -> tuple[str, ...]:
    """The titles of the row's columns: all that the recorder has to know."""
    columns = read_facts(folder).get("columns")
    if not isinstance(columns, list) or "tick" not in columns:
        raise InputError("session-unreadable", file=str(folder / SESSION), reason="columns names no tick")
    return tuple(columns)


def read_session(folder: Path) -> SessionDescription:
    """What `write_session` wrote; raises `InputError` where a field is missing."""
    facts = read_facts(folder)
    try:
        return SessionDescription(
            session=str(facts["session"]),
            columns=tuple(facts["columns"]),
            units=tuple(facts["units"]),
            joints=tuple(facts["joints"]),
            rate_hz=float(facts["rate_hz"]),
            monotonic_start_s=float(facts["monotonic_start_s"]),
            trial=bool(facts.get("trial")),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise InputError("session-unreadable", file=str(folder / SESSION), reason=repr(problem)) from problem


def announce_control(folder: Path) -> None:
    """Say in `control.pid` that the calling process writes the ring."""
    replace_text(folder / CONTROL_PID, this_process() + "\n")


def control_announced(folder: Path) -> bool:
    """Whether a control process ever announced itself here."""
    return (folder / CONTROL_PID).exists()


def control_lives(folder: Path) -> bool:
    """Whether the process named in `control.pid` still runs; False without the file."""
    return control_announced(folder) and lives((folder / CONTROL_PID).read_text(encoding="ascii"))


def discard_journal(folder: Path) -> None:
    """Remove ring and journal: call it once the trace's hash is in the registry."""
    for path in [folder / RING, *folder.glob(JOURNAL)]:
        path.unlink(missing_ok=True)
