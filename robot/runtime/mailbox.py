"""Where processes leave each other the latest word: a stop that latches, and a status that is overwritten.

Both live in one small memory-mapped file. Each stop severity has a byte of its own that is only ever set, so that no
order of messages and no race of senders can erase a stop. The status has two slots and a sequence number; its reader
tries at most twice and never waits for its writer (x86-64's order of stores is relied on).
"""

import mmap
import os
from pathlib import Path

import numpy as np

from robot.runtime.session_state import Severity
from robot.tick import Array

_SLOT_NUMBERS = 64
_SEQUENCE_AT, _SLOTS_AT = 64, 128
_SIZE = _SLOTS_AT + 2 * _SLOT_NUMBERS * 8


class Mailbox:
    """The shared file of one session; `create` it once, `attach` from the other processes."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._sequence = np.frombuffer(memory, np.uint64, 1, _SEQUENCE_AT)
        self._slots: Array = np.frombuffer(memory, np.float64, 2 * _SLOT_NUMBERS, _SLOTS_AT).reshape(2, _SLOT_NUMBERS)
        self._last: Array | None = None

    @classmethod
    def create(cls, path: Path) -> "Mailbox":
        """A new mailbox at `path`, readable by its owner alone."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _SIZE)
            return cls(mmap.mmap(descriptor, _SIZE))
        finally:
            os.close(descriptor)

    @classmethod
    def attach(cls, path: Path) -> "Mailbox":
        """The mailbox that another process made."""
        with path.open("r+b") as file:
            return cls(mmap.mmap(file.fileno(), _SIZE))

    def stop(self, severity: Severity) -> None:
        """Ask for a stop. It stays asked for, whatever else is sent."""
        self._memory[int(severity)] = 1

    def asked_stop(self) -> Severity:
        """The highest severity that anyone asked for."""
        for severity in (Severity.OFF, Severity.SOFT, Severity.FINISH):
            if self._memory[int(severity)]:
                return severity
        return Severity.NONE

    def publish(self, values: Array) -> None:
        """Overwrite the status with up to 64 numbers; one writer."""
        following = int(self._sequence[0]) + 1
        self._slots[following % 2, : values.size] = values
        self._sequence[0] = following

    def status(self, count: int) -> Array | None:
        """The first `count` numbers of the latest status, the last good one where it changed twice while being read.

        None while nothing was published.
        """
        for _ in range(2):
            before = int(self._sequence[0])
            values = self._slots[before % 2, :count].copy()
            if before and before == int(self._sequence[0]):
                self._last = values
                break
        return self._last
