"""The recorder's process: moves rows from the ring to the journal until no more can come.

`python -m session_records.recorder FOLDER SUPERVISOR`, the latter its parent's process id. It may be killed at any
moment and started again: a row leaves the ring only once the journal has it. Where control was killed, the recorder
writes the session's end, a fault, and ends too.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from robot.errors import CareloopError, CheckFailed, DeviceError
from robot.runtime.ring import SECONDS, Ring
from robot.runtime.session_state import Event
from session_records.ending import CONTROL_DIED, End
from session_records.events import read_events, write_events
from session_records.folder import RECORDER_LOCK, RING, control_announced, control_lives, read_columns
from session_records.journal import Journal
from session_records.lost_events import state_changes

BATCH_S = 0.1
"""A batch holds about this much of a session, or less where rows come slowly."""

LARGEST_BATCH_S = 1.0
"""A recorder that has fallen behind writes at most this much in one go."""

SYNC_S = 1.0
RETRY_S = 0.2
_POLL_S = 0.01


class Recorder:
    """Drains `ring` into `journal`. `writer_gone` says that no row can follow although the ring was not closed.

    A write that fails is told once to `report` and tried again until it succeeds; the rows wait in the ring meanwhile.
    """

    def __init__(
        self, ring: Ring, journal: Journal, writer_gone: Callable[[], bool], report: Callable[[str], None]
    ) -> None:
        self._ring = ring
        self._journal = journal
        self._writer_gone = writer_gone
        self._report = report
        self._told: set[str] = set()
        self._synced_at = time.monotonic()
        rate_hz = ring.capacity / SECONDS
        self._batch = max(1, int(BATCH_S * rate_hz))
        self._largest = max(1, int(LARGEST_BATCH_S * rate_hz))

    def run(self) -> None:
        """Record until the ring is empty and nobody writes it; blocks. Raises `DeviceError` if the last sync fails."""
        while True:
            over = self._ring.closed or self._writer_gone()  # asked before the look for rows: none can come after it
            if self._ring.waiting == 0 and over:
                break
            self._gather(over)
            if not self._write_waiting():
                time.sleep(RETRY_S)
            if time.monotonic() - self._synced_at >= SYNC_S:
                self._sync()
        self._journal.sync()

    def _gather(self, over: bool) -> None:
        """Wait for a batch's worth of rows, but not longer than a batch lasts."""
        until = time.monotonic() + BATCH_S
        while not over and not self._ring.closed and self._ring.waiting < self._batch and time.monotonic() < until:
            time.sleep(_POLL_S)

    def _write_waiting(self) -> bool:
        rows = self._ring.peek(self._largest)
        if not len(rows):
            return True
        try:
            self._journal.append(rows)
        except DeviceError as problem:
            self._tell(problem)
            return False
        self._ring.take(len(rows))
        self._well("journal-not-written")
        return True

    def _sync(self) -> None:
        self._synced_at = time.monotonic()
        try:
            self._journal.sync()
        except DeviceError as problem:
            self._tell(problem)
        else:
            self._well("journal-not-synced")

    def _tell(self, problem: DeviceError) -> None:
        if problem.code not in self._told:
            self._told.add(problem.code)
            self._report(str(problem))

    def _well(self, code: str) -> None:
        if code in self._told:
            self._told.remove(code)
            self._report(f"{code}: over")


def record(folder: Path, report: Callable[[str], None], supervisor: int | None = None) -> None:
    """Record the session in `folder` until its ring is empty and nobody writes it; blocks.

    `supervisor` is the process id of the parent that is about to start control; None where a session is only looked at
    afterwards. Raises `DeviceError` where there is no ring, `CheckFailed` where another recorder is at work in the
    folder or the rows are not as `session.json` says.
    """
    with _alone(folder):
        ring = _attach(folder)
        columns = read_columns(folder)
        if len(columns) != ring.width:
            raise CheckFailed("ring-width-differs", folder=str(folder), width=ring.width, columns=len(columns))
        journal = Journal(folder, columns)

        def writer_gone() -> bool:
            return not control_lives(folder) if control_announced(folder) else os.getppid() != supervisor

        try:
            Recorder(ring, journal, writer_gone, report).run()
        finally:
            journal.close()
        if supervisor is not None and not ring.closed and control_announced(folder):
            _enter_fault(folder, dict(zip(columns, ring.latest, strict=True)))


def _enter_fault(folder: Path, row: Mapping[str, float]) -> None:
    """Control did not live to say what happened nor how it ended: leave both in its place, the end at `row`'s time."""
    if End.read(folder) is not None:
        return
    time_s = float(row["time_s"])
    faults = [Event(time_s, CONTROL_DIED.reason, {}), Event(time_s, "state-fault", {})]
    try:
        write_events(folder, [*(read_events(folder) or state_changes(folder)), *faults])
        CONTROL_DIED.write(folder)
    except OSError as problem:
        raise DeviceError("folder-unusable", folder=str(folder), reason=problem.strerror or str(problem)) from problem


def _attach(folder: Path) -> Ring:
    try:
        return Ring.attach(folder / RING)
    except (OSError, ValueError) as problem:
        raise DeviceError("ring-unreadable", file=str(folder / RING), reason=str(problem)) from problem


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's recorder lock, which ends with the process: two recorders would lose each other's rows."""
    try:
        descriptor = os.open(folder / RECORDER_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise DeviceError("folder-unusable", folder=str(folder), reason=problem.strerror or str(problem)) from problem
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(descriptor)
        raise CheckFailed("recorder-already-runs", folder=str(folder)) from problem
    try:
        yield
    finally:
        os.close(descriptor)


def main(arguments: list[str]) -> int:
    """Run as a process; returns the exit status. The keyboard's interrupt does not stop it: the supervisor does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, supervisor = Path(arguments[0]), int(arguments[1])

    def report(line: str) -> None:
        print(f"recorder: {folder}: {line}", file=sys.stderr, flush=True)

    try:
        record(folder, report, supervisor)
    except CareloopError as problem:
        report(str(problem))
        return problem.status
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
