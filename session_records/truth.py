"""The truth trace: what a virtual patient's simulation knows and no robot measures.

It is joined to the session's trace for reports only, and never stored with it.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from robot.errors import InputError
from robot.tick import Array
from session_records.segment import SegmentWriter, read_batches
from session_records.trace import Trace

BATCH_S = 0.5
"""What a killed process loses at most."""

OLDEST_S = 0.005
"""A truth older than this at a row's time does not belong to the row."""

_LARGEST_BATCH = 4096
TIME = "time_s"


class TruthWriter:
    """Keeps a truth trace at `path`: call it once a physics tick with the time and the values of `columns`.

    A call copies into memory; every 0.5 s a batch goes to the file. Where that fails (also where the file exists
    already), the batch is counted in `lost_rows` and the first loss told on stderr: a simulation does not stop for its
    truth.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = (TIME, *columns)
        self._rows: Array = np.empty((_LARGEST_BATCH, len(self._columns)))
        self._count = 0
        self._segment: SegmentWriter | None = None
        self.lost_rows = 0

    def __call__(self, time_s: float, values: Sequence[float]) -> None:
        """Keep the truth at `time_s` (`time.monotonic`; the session's own time on a virtual clock)."""
        row = self._rows[self._count]
        row[0], row[1:] = time_s, values
        self._count += 1
        if self._count == _LARGEST_BATCH or time_s - self._rows[0, 0] >= BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Hand what is in memory to the file, which is made with the first batch."""
        if self._count == 0:
            return
        try:
            if self._segment is None:
                self._segment = SegmentWriter.create(self._path, self._columns)
            self._segment.append(self._rows[: self._count])
        except OSError as problem:
            if self.lost_rows == 0:
                print(f"truth-not-written: file={self._path}, reason={problem.strerror}", file=sys.stderr, flush=True)
            self.lost_rows += self._count
        self._count = 0

    def close(self) -> None:
        """Flush, and give the file back."""
        self.flush()
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth trace: `time_s` rising, on the writer's clock, and each column's values."""

    time_s: Array
    columns: Mapping[str, Array]


def read_truth(path: Path) -> Truth:
    """The truth trace at `path`, without a torn last batch; raises `InputError` where the file holds none."""
    try:
        batches = list(read_batches(path))
    except OSError as problem:
        raise InputError("truth-unreadable", file=str(path), reason=problem.strerror or str(problem)) from problem
    if not batches:
        raise InputError("truth-unreadable", file=str(path), reason="it holds no whole batch")
    columns = {
        name: np.concatenate([batch.column(name).to_numpy() for batch in batches]) for name in batches[0].schema.names
    }
    return Truth(columns.pop(TIME), columns)


def join_truth(trace: Trace, truth: Truth) -> dict[str, Array]:
    """Each column of `truth` at the trace's rows: the last value before the row and at most 5 ms older, else NaN.

    The row's clock time is `time_s` + `monotonic_start_s` + `lateness_s`: the row was measured when its tick began.
    """
    lateness = trace.columns.get("lateness_s", 0.0)
    at = trace.time_s + trace.facts.monotonic_start_s + lateness
    before = np.searchsorted(truth.time_s, at, side="right") - 1
    found = before >= 0
    found[found] = at[found] - truth.time_s[before[found]] <= OLDEST_S
    return {name: np.where(found, values[before], np.nan) for name, values in truth.columns.items()}
