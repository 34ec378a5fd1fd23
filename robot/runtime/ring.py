"""The ring of rows between control and recorder: shared memory in a file, one writer, one reader.

Control writes a row and then moves the head; the recorder moves the tail only after the rows are safe in its journal.
Both are single aligned 8-byte stores, and x86-64 keeps the order of stores (relied on: another architecture needs
barriers here).
"""

import mmap
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from robot.tick import Array

SECONDS = 10.0
"""How much the ring holds: the time that a dead recorder has to come back."""

_MAGIC = 0x63_61_72_65_72_69_6E_67
_HEADER_BYTES = 4096
_HEAD, _TAIL, _DROPPED, _CLOSED = 0, 8, 16, 24  # a cache line each, in 8-byte words
_MAGIC_AT, _CAPACITY_AT, _WIDTH_AT = 32, 33, 34
_NUMBERS_PER_PAGE = mmap.PAGESIZE // 8


class Ring:
    """A fixed number of rows in shared memory. `push` never blocks; a full ring drops the new row and counts it."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._words = _words(memory)
        self.capacity = self._words[_CAPACITY_AT]
        self.width = self._words[_WIDTH_AT]
        shape = (self.capacity, self.width)
        self._rows: Array = np.frombuffer(memory, np.float64, self.capacity * self.width, _HEADER_BYTES).reshape(shape)
        # What is pushed goes from view to view: with cold caches, as in a paced loop, in half of NumPy's time.
        self._numbers = memoryview(memory)[_HEADER_BYTES:].cast("d")
        self._pushed_from = self._rows[0]
        self._view = self._pushed_from.data
        self._head = self._words[_HEAD]
        # The tail as it was last seen. It only moves on, so there is never less room than this says: looked at again
        # only when it says that there is none.
        self._tail = self._words[_TAIL]

    @classmethod
    def create(cls, path: Path, width: int, rate_hz: int) -> "Ring":
        """A new ring at `path` for rows of `width` numbers; the disk space is taken now, not at the first write."""
        capacity = int(SECONDS * rate_hz)
        size = _HEADER_BYTES + capacity * width * 8
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
            memory = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        words = _words(memory)
        words[_CAPACITY_AT], words[_WIDTH_AT], words[_MAGIC_AT] = capacity, width, _MAGIC
        return cls(memory)

    @classmethod
    def attach(cls, path: Path) -> "Ring":
        """The ring that another process made at `path`; raises `ValueError` where the file is none, or is cut short."""
        foreign = ValueError(f"{path} is not a ring of rows")
        with path.open("r+b") as file:
            if os.fstat(file.fileno()).st_size < _HEADER_BYTES:
                raise foreign
            memory = mmap.mmap(file.fileno(), 0)
        words = _words(memory)
        rows_bytes = words[_CAPACITY_AT] * words[_WIDTH_AT] * 8
        if words[_MAGIC_AT] != _MAGIC or len(memory) != _HEADER_BYTES + rows_bytes:
            raise foreign
        return cls(memory)

    def begin_writing(self) -> None:
        """Bring every page into this process now, so that no push waits for the kernel to do so; by the one writer."""
        self._rows.reshape(-1)[::_NUMBERS_PER_PAGE] += 0.0

    def push(self, values: Array) -> bool:
        """Copy one row in; False, and counted, where there is no room."""
        head = self._head
        if head - self._tail >= self.capacity:
            self._tail = self._words[_TAIL]
            if head - self._tail >= self.capacity:
                self._words[_DROPPED] += 1
                return False
        if values is not self._pushed_from:  # a session pushes the same row again and again
            self._pushed_from, self._view = values, values.data
        begins = head % self.capacity * self.width
        self._numbers[begins : begins + self.width] = self._view
        self._head = self._words[_HEAD] = head + 1
        return True

    def peek(self, at_most: int) -> Array:
        """A copy of the oldest rows that are not yet taken, without taking them."""
        tail, head = self._words[_TAIL], self._words[_HEAD]
        count = min(head - tail, at_most)
        return self._rows[np.arange(tail, tail + count) % self.capacity]

    def take(self, count: int) -> None:
        """Give the oldest `count` rows' places back to the writer: call it once they are safe."""
        self._words[_TAIL] += count

    def close_writing(self) -> None:
        """Say that no row will follow."""
        self._words[_CLOSED] = 1

    @property
    def closed(self) -> bool:
        """Whether the writer said that no row will follow."""
        return bool(self._words[_CLOSED])

    @property
    def waiting(self) -> int:
        """Rows pushed and not yet taken."""
        return self._words[_HEAD] - self._words[_TAIL]

    @property
    def pushed(self) -> int:
        """Rows that were taken in since the ring was made."""
        return self._words[_HEAD]

    @property
    def latest(self) -> Array:
        """A copy of the row that was pushed last, taken or not; zeros where there was none."""
        row: Array = self._rows[(self._words[_HEAD] - 1) % self.capacity].copy()
        return row

    @property
    def dropped(self) -> int:
        """Rows lost because the ring was full."""
        return self._words[_DROPPED]

    def __enter__(self) -> Self:
        self.begin_writing()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close_writing()


def _words(memory: mmap.mmap) -> "memoryview[int]":
    """The header, where each number of 8 bytes is read and written whole."""
    return memoryview(memory)[:_HEADER_BYTES].cast("Q")
