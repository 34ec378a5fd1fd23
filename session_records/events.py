"""A session's events on disk, beside its trace."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from robot.errors import InputError
from robot.runtime.session_state import Event
from session_records.disk import replace_text
from session_records.folder import EVENTS


def write_events(folder: Path, events: Iterable[Event]) -> None:
    """Keep what happened in `folder`, in the order given."""
    replace_text(folder / EVENTS, json.dumps([asdict(event) for event in events], indent=1, ensure_ascii=False))


def read_events(folder: Path) -> tuple[Event, ...]:
    """What `write_events` kept; none where a session ended before it could. Raises `InputError` on a damaged file."""
    path = folder / EVENTS
    if not path.exists():
        return ()
    try:
        return tuple(Event(**one) for one in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as problem:
        raise InputError("events-unreadable", file=str(path), reason=str(problem)) from problem
