"""Sessions whose processes were killed: closed from what their ring and journal hold."""

import shutil
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

from careloop.messages import explain
from careloop.session.run import FLAGS, write_report
from robot.errors import CareloopError, DeviceError
from session_records.journal import segments
from session_records.recovery import recover
from session_records.store import Registry, SessionRecord

RING_BYTES = 50_000_000
"""Room for a ring's rows in the journal: more than any robot of ours needs."""

SOON_BYTES = 75_000_000
"""A journal of this size is a trace after about a second; nobody is told of less before it is done. Measured."""


def _journal_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in segments(folder))


def _require_room(folder: Path) -> None:
    """The trace takes at most what the journal does, and lies beside it for a moment."""
    needed = RING_BYTES + _journal_bytes(folder)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DeviceError("disk-full", folder=folder, free_mb=free // 10**6, needed_mb=needed // 10**6)


def recover_all(registry: Registry, sessions: Iterable[SessionRecord], tell: Callable[[str], None]) -> None:
    """Close each session, and say so, before it too where it takes long; one that cannot be closed now is said and left
    for the next look."""
    for one in sessions:
        try:
            _require_room(registry.folder(one.session))
            size = _journal_bytes(registry.folder(one.session))
            if size > SOON_BYTES:
                tell(f"{one.session}: its process had died; {size // 10**6} MB of rows are made into its record")
            record = recover(registry, one.session, version("careloop"), FLAGS, tell)
        except CareloopError as problem:
            tell(f"{one.session}: {explain(problem)}")
            continue
        if record.ended is not None and record.ended.trace is not None:
            write_report(registry, one.session)
        tell(f"{one.session}: its process had died; the record was closed from what it left")
