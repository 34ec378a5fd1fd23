"""One Arrow IPC stream file that grows by whole batches: a batch is either in it or cut from it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from robot.tick import Array


class SegmentWriter:
    """Appends batches of rows to a new file. After a failed `append` the file is as it was before."""

    def __init__(self, descriptor: int, columns: Sequence[str]) -> None:
        self._descriptor = descriptor
        self._schema = pa.schema([pa.field(name, pa.float64(), nullable=False) for name in columns])
        self._size = 0

    @classmethod
    def create(cls, path: Path, columns: Sequence[str]) -> "SegmentWriter":
        """A new empty segment; raises `FileExistsError` where there is one."""
        return cls(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), columns)

    def append(self, rows: Array) -> None:
        """Write a batch, one row of `rows` per tick; returns once the kernel has all of it. Raises `OSError`."""
        columns = [pa.array(column) for column in np.ascontiguousarray(rows.T)]
        batch = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        data = memoryview(batch.serialize())
        if self._size == 0:
            data = memoryview(bytes(self._schema.serialize()) + bytes(data))
        try:
            self._write(data)
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def _write(self, data: memoryview) -> None:
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, data[written:], self._size + written)

    def sync(self) -> None:
        """Wait until the disk has what was appended. Raises `OSError`."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Give the file back; what was appended stays."""
        os.close(self._descriptor)


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The whole batches of a segment in order; what a killed writer left of a torn one is cut."""
    if path.stat().st_size == 0:
        return
    with pa.memory_map(str(path)) as source:
        # The file is mapped: a problem below is one of its content, never of the disk.
        try:
            stream = pa.ipc.open_stream(source)
        except (pa.ArrowInvalid, OSError):
            return
        while True:
            try:
                batch = stream.read_next_batch()
            except (pa.ArrowInvalid, OSError, StopIteration):
                return
            yield batch
