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


def _require_room(folder: Path) -> None:
    """The trace takes at most what the journal does, and lies beside it for a moment."""
    needed = RING_BYTES + sum(path.stat().st_size for path in segments(folder))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DeviceError("disk-full", folder=folder, free_mb=free // 10**6, needed_mb=needed // 10**6)


def recover_all(registry: Registry, sessions: Iterable[SessionRecord], tell: Callable[[str], None]) -> None:
    """Close each session, and say so; one that cannot be closed now is said and left for the next look."""
    for one in sessions:
        try:
            _require_room(registry.folder(one.session))
            record = recover(registry, one.session, version("careloop"), FLAGS, tell)
        except CareloopError as problem:
            tell(f"{one.session}: {explain(problem)}")
            continue
        if record.ended is not None and record.ended.trace is not None:
            write_report(registry, one.session)
        tell(f"{one.session}: its process had died; the record was closed from what it left")
