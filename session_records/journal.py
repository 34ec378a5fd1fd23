"""The journal: the session's rows on disk, in segments `journal-0000.arrows`, …, safe against kill and full disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from robot.errors import CheckFailed, DeviceError
from robot.tick import Array
from session_records.folder import JOURNAL
from session_records.segment import SegmentWriter, read_batches


def segments(folder: Path) -> list[Path]:
    """The journal's files in the order of writing."""
    return sorted(folder.glob(JOURNAL), key=lambda path: int(path.stem.partition("-")[2]))


class Journal:
    """Writes rows to a new segment of `folder`, opened with the first row.

    A failed `append` leaves no part of its rows behind and may be repeated.
    """

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._folder = folder
        self._columns = tuple(columns)
        self._segment: SegmentWriter | None = None
        self.path: Path | None = None

    def append(self, rows: Array) -> None:
        """Hand the rows to the kernel: from then on a kill loses none. Raises `DeviceError`."""
        try:
            if self._segment is None:
                self._open()
            if self._segment is not None:
                self._segment.append(rows)
        except OSError as problem:
            raise self._failed("journal-not-written", problem) from problem

    def sync(self) -> None:
        """Wait until the rows are on the disk: from then on a power cut loses none. Raises `DeviceError`."""
        if self._segment is None:
            return
        try:
            self._segment.sync()
        except OSError as problem:
            raise self._failed("journal-not-synced", problem) from problem

    def close(self) -> None:
        """Give the segment back."""
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _open(self) -> None:
        existing = segments(self._folder)
        number = int(existing[-1].stem.partition("-")[2]) + 1 if existing else 0
        path = self._folder / f"journal-{number:04d}.arrows"
        self._segment, self.path = SegmentWriter.create(path, self._columns), path

    def _failed(self, code: str, problem: OSError) -> DeviceError:
        return DeviceError(code, file=str(self.path or self._folder), reason=problem.strerror or str(problem))


class JournalReading:
    """A journal read once from its beginning; the counts are complete when `batches` has ended.

    `rows` given, `doubled` rows met again and left out, `missing` rows by number between the first and the last.
    """

    def __init__(self, folder: Path) -> None:
        self._segments = segments(folder)
        self.rows = 0
        self.doubled = 0
        self.first: int | None = None
        self.last: int | None = None

    @property
    def missing(self) -> int:
        """Numbers between the first row and the last that are not in the journal."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1 - self.rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, each once: they come by rising number, so one met again has a number already passed."""
        schema: pa.Schema | None = None
        for path in self._segments:
            for batch in read_batches(path):
                schema = schema or batch.schema
                if not batch.schema.equals(schema):
                    raise CheckFailed("journal-columns-differ", file=str(path))
                fresh = self._fresh(batch)
                if fresh.num_rows:
                    yield fresh

    def _fresh(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        ticks = batch.column("tick").to_numpy()
        passed = -np.inf if self.last is None else self.last
        new = ticks > np.maximum.accumulate(np.concatenate(([passed], ticks[:-1])))
        self.doubled += int(np.count_nonzero(~new))
        if not new.any():
            return batch.slice(0, 0)
        fresh = batch if new.all() else batch.filter(pa.array(new))
        if self.first is None:
            self.first = int(ticks[new][0])
        self.last = int(ticks[new][-1])
        self.rows += fresh.num_rows
        return fresh


def read_journal(folder: Path) -> Array:
    """All rows of a journal in one array, each once, in the order of the columns."""
    tables = [np.column_stack([column.to_numpy() for column in batch]) for batch in JournalReading(folder).batches()]
    return np.concatenate(tables) if tables else np.empty((0, 0))
