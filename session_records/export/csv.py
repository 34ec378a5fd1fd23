"""A trace as CSV: one line per tick, the columns' names with their units as the header."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from robot.errors import DeviceError
from session_records.trace import open_trace

ROWS_AT_ONCE = 16_384
"""Rows that are text in memory at a time; of the trace it is one row group, whatever the session's length."""


def write_csv(trace: Path, to: Path) -> None:
    """Write the trace at `trace` to `to`, every number so that it reads back equal, what was not measured as `nan`.

    The file appears whole or not at all. Raises `InputError`, `DeviceError`.
    """
    open_trace(trace)
    part = to.with_name(to.name + ".part")
    try:
        _copy(pq.ParquetFile(trace), part)
        part.replace(to)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise DeviceError("export-not-written", file=str(to), reason=problem.strerror or str(problem)) from problem


def _copy(source: pq.ParquetFile, to: Path) -> None:
    schema = pa.schema([pa.field(name, pa.float64()) for name in source.schema_arrow.names])
    options = pa_csv.WriteOptions(quoting_style="none", quoting_header="none")
    with to.open("wb") as file, pa_csv.CSVWriter(file, schema, write_options=options) as writer:
        for group in range(source.num_row_groups):  # all at once, Arrow would read ahead through the whole file
            for batch in source.iter_batches(ROWS_AT_ONCE, row_groups=[group]):
                writer.write_batch(batch.cast(schema))
