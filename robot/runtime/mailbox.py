"""Where processes leave each other the latest word: a stop that latches, wishes, and a status.

All live in one small memory-mapped file. Each stop severity has a byte of its own that is only ever set, so that no
order of messages and no race of senders can erase a stop. Status and wishes are levels, not edges: the latest is all
that counts, so that one that was overtaken does no harm.
"""

import fcntl
import mmap
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from robot.errors import DeviceError
from robot.runtime.session_state import Severity
from robot.tick import Array

NUMBERS = 64
"""How many numbers a status or a wish may have."""

LOCK_PATIENCE_S = 1.0
"""A writer holds the lock for microseconds; one that was halted while it did is not waited for any longer."""

_LINE = 64  # bytes that a processor moves at once: what different processes write stands in lines of its own
_SLOTS_SIZE = _LINE + 2 * NUMBERS * 8
_ANSWERS_AT = _LINE
_STATUS_AT = 2 * _LINE
_WISHES_AT = _STATUS_AT + _SLOTS_SIZE
_SIZE = _WISHES_AT + _SLOTS_SIZE

_LOOKED_AT, _REFUSED, _HEEDED = range(3)


class Latest:
    """The latest of up to 64 numbers: two slots and a sequence number; one writer at a time, any number of readers.

    A writer fills the slot that nobody is sent to, then moves the sequence on; a reader never waits for it (x86-64's
    order of stores is relied on).
    """

    def __init__(self, memory: mmap.mmap, at: int) -> None:
        self._sequence: npt.NDArray[np.uint64] = np.frombuffer(memory, np.uint64, 1, at)
        self._slots: Array = np.frombuffer(memory, np.float64, 2 * NUMBERS, at + _LINE).reshape(2, NUMBERS)
        self._good: tuple[int, Array] | None = None

    @property
    def number(self) -> int:
        """How many were written so far."""
        return int(self._sequence[0])

    def write(self, values: Array) -> int:
        """Overwrite the latest; returns its number, from 1."""
        following = self.number + 1
        self._slots[following % 2, : values.size] = values
        self._sequence[0] = following
        return following

    def read(self) -> tuple[int, Array] | None:
        """The latest with its number, None while nothing was written; tries at most twice.

        Where it changed during both, the last that was read whole: the difference of its number to `number` is its age.
        """
        for _ in range(2):
            before = self.number
            values = self._slots[before % 2].copy()
            if before and before == self.number:
                self._good = before, values
                break
        return self._good


class Mailbox:
    """The shared file of one session; `create` it once, `attach` from the other processes."""

    def __init__(self, path: Path, memory: mmap.mmap) -> None:
        self._path = path
        self._memory = memory
        self._answers: npt.NDArray[np.uint64] = np.frombuffer(memory, np.uint64, 3, _ANSWERS_AT)
        self._status = Latest(memory, _STATUS_AT)
        self._wishes = Latest(memory, _WISHES_AT)

    @classmethod
    def create(cls, path: Path) -> "Mailbox":
        """A new mailbox at `path`, readable by its owner alone."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _SIZE)
            return cls(path, mmap.mmap(descriptor, _SIZE))
        finally:
            os.close(descriptor)

    @classmethod
    def attach(cls, path: Path) -> "Mailbox":
        """The mailbox that another process made."""
        with path.open("r+b") as file:
            return cls(path, mmap.mmap(file.fileno(), _SIZE))

    def stop(self, severity: Severity) -> None:
        """Ask for a stop. It stays asked for, whatever else is sent."""
        self._memory[int(severity)] = 1

    def asked_stop(self) -> Severity:
        """The highest severity that anyone asked for."""
        for severity in (Severity.OFF, Severity.SOFT, Severity.FINISH):
            if self._memory[int(severity)]:
                return severity
        return Severity.NONE

    def heed(self, severity: Severity) -> None:
        """Control says how strongly it is stopping."""
        self._answers[_HEEDED] = severity

    @property
    def heeded_stop(self) -> Severity:
        """How strongly control said that it is stopping."""
        return Severity(int(self._answers[_HEEDED]))

    def ask(self, change: Callable[[Array], None]) -> int:
        """Leave a new wish: `change` alters a copy of the latest one, in place; returns the new one's number.

        Writers wait for each other, so that none undoes what another has just changed. Raises `DeviceError` where one
        does not let go.
        """
        with self._alone():
            latest = self._wishes.read()
            values = np.zeros(NUMBERS) if latest is None else latest[1].copy()
            change(values)
            return self._wishes.write(values)

    @property
    def wished(self) -> int:
        """How many wishes were left so far."""
        return self._wishes.number

    def wish(self) -> tuple[int, Array] | None:
        """The latest wish, all 64 numbers of it, and its own number; as `Latest.read`."""
        return self._wishes.read()

    def acknowledge(self, number: int, *, taken: bool) -> None:
        """Control says that it has looked at the wish of this number, and whether it took it over."""
        if not taken:
            self._answers[_REFUSED] = number
        self._answers[_LOOKED_AT] = number

    @property
    def acknowledged(self) -> int:
        """The number of the last wish that control looked at."""
        return int(self._answers[_LOOKED_AT])

    @property
    def refused(self) -> int:
        """The number of the last wish that control did not take over, 0 for none."""
        return int(self._answers[_REFUSED])

    def publish(self, values: Array) -> None:
        """Overwrite the status with up to 64 numbers; one writer."""
        self._status.write(values)

    @property
    def published(self) -> int:
        """How many statuses were published so far."""
        return self._status.number

    def told(self) -> tuple[int, Array] | None:
        """The latest status, all 64 numbers of it, and its own number; as `Latest.read`."""
        return self._status.read()

    def status(self, count: int) -> Array | None:
        """The first `count` numbers of the latest status, the last good one where it changed twice while being read.

        None while nothing was published.
        """
        latest = self._status.read()
        return None if latest is None else latest[1][:count]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer of wishes at a time; the system gives the lock back where one dies."""
        until = time.monotonic() + LOCK_PATIENCE_S
        with self._path.open("rb") as file:
            while not _locked(file.fileno()):
                if time.monotonic() > until:
                    raise DeviceError("wishes-locked", file=str(self._path))
                time.sleep(0.001)
            yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
