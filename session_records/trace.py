"""The trace: a session's journal made into one Parquet file, hashed and read back."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from robot.errors import CheckFailed, InputError
from robot.runtime.ring import Ring
from robot.tick import Array
from session_records.disk import sync_folder
from session_records.folder import RING, SESSION, TRACE, SessionDescription, read_session
from session_records.journal import JournalReading

ROWS_PER_GROUP = 65_536
"""Rows of a Parquet row group, whatever the journal's batches were: equal rows give equal files."""

ROWS_PER_BLOCK = 4096
"""Rows that are read at a time: a few megabytes, however long the session was."""

KEPT_COLUMNS = 4
"""Columns of an open trace that stay in memory: two hours at 500 Hz are 29 MB each, and a page needs few at a time."""

_KEY = b"careloop"


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """What a trace says of itself.

    `units` by column; `rows` in it; `missing` rows by number between the first and the last; `monotonic_start_s` what
    `time.monotonic` said at `time_s` = 0; `trial` whether the first repetition is one.
    """

    session: str
    careloop_version: str
    rate_hz: float
    monotonic_start_s: float
    joints: tuple[str, ...]
    units: Mapping[str, str]
    rows: int
    missing: int
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """A session's rows by column: SI units and radians, every array one number per row."""

    facts: TraceFacts
    columns: Mapping[str, Array]

    @property
    def time_s(self) -> Array:
        """Seconds on the session's grid."""
        return self.columns["time_s"]


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """A trace that was written and read back.

    `dropped` rows that the full ring refused (None where the ring is gone), `doubled` rows that a killed recorder had
    journaled twice and that are in the trace once.
    """

    path: Path
    sha256: str
    rows: int
    missing: int
    dropped: int | None
    doubled: int


def compact(folder: Path, careloop_version: str) -> StoredTrace:
    """Make `folder`'s journal into its `trace.parquet`; the journal stays until it is discarded.

    Blocks for about a second per ten minutes of session. Raises `CheckFailed` where rows still wait in the ring, where
    there is no row at all, or where the file does not read back as it was written.
    """
    dropped = _dropped(folder)
    description = read_session(folder)
    reading = JournalReading(folder)
    part = folder / (TRACE + ".part")
    written = _write(part, reading, description, careloop_version)
    if not reading.rows:
        part.unlink()
        raise CheckFailed("no-rows", folder=str(folder))
    if _content_of(part) != written:
        raise CheckFailed("trace-not-read-back", file=str(part))
    sha256 = sha256_of(part)
    path = folder / TRACE
    part.replace(path)
    sync_folder(folder)
    return StoredTrace(path, sha256, reading.rows, reading.missing, dropped, reading.doubled)


def open_trace(path: Path, sha256: str | None = None) -> Trace:
    """The trace at `path`; a column is read when it is asked for.

    Raises `InputError` where the file is no trace of ours, `CheckFailed` where it does not have the hash that is given.
    """
    try:
        if sha256 is not None and sha256_of(path) != sha256:
            raise CheckFailed("trace-changed", file=str(path), recorded=sha256)
        file = pq.ParquetFile(path, memory_map=True)
        content = json.loads((file.metadata.metadata or {})[_KEY])
        content["joints"] = tuple(content["joints"])
        facts = TraceFacts(**content)
    except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError) as problem:
        raise InputError("trace-unreadable", file=str(path), reason=str(problem)) from problem
    return Trace(facts, _ColumnsOnDemand(file))


def read_blocks(path: Path, columns: Sequence[str]) -> Iterator[Array]:
    """The rows of an open trace's file in their order, in blocks of whole rows with `columns` in the order given."""
    for batch in pq.ParquetFile(path, memory_map=True).iter_batches(ROWS_PER_BLOCK, columns=list(columns)):
        yield np.column_stack([batch.column(name).to_numpy() for name in columns])


def sha256_of(path: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _ColumnsOnDemand(Mapping[str, Array]):
    """A column is read when it is asked for; the few that were asked for last are kept."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._names: tuple[str, ...] = tuple(file.schema_arrow.names)
        self._kept: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        values = self._kept.pop(name) if name in self._kept else self._column(name)
        self._kept[name] = values  # the latest stands last
        if len(self._kept) > KEPT_COLUMNS:
            del self._kept[next(iter(self._kept))]
        return values

    def _column(self, name: str) -> Array:
        values: Array = self._file.read([name]).column(0).to_numpy()
        values.flags.writeable = False
        return values

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _dropped(folder: Path) -> int | None:
    if not (folder / RING).exists():
        return None
    ring = Ring.attach(folder / RING)
    if ring.waiting:
        raise CheckFailed("ring-not-drained", folder=str(folder), rows=ring.waiting)
    return ring.dropped


def _write(path: Path, reading: JournalReading, description: SessionDescription, careloop_version: str) -> str:
    """Write the Parquet file and wait for the disk; returns the hash of the numbers."""
    units = dict(zip(description.columns, description.units, strict=True))
    fields = [pa.field(name, pa.float64(), nullable=False, metadata={"unit": unit}) for name, unit in units.items()]
    schema = pa.schema(fields)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        with pq.ParquetWriter(
            file, schema, compression="zstd", use_dictionary=False, use_byte_stream_split=True
        ) as writer:
            for table in _regrouped(reading.batches(), schema):
                writer.write_table(table, row_group_size=ROWS_PER_GROUP)
                _hash_content(digest, table)
            facts = TraceFacts(
                session=description.session,
                careloop_version=careloop_version,
                rate_hz=description.rate_hz,
                monotonic_start_s=description.monotonic_start_s,
                joints=description.joints,
                units=units,
                rows=reading.rows,
                missing=reading.missing,
                trial=description.trial,
            )
            writer.add_key_value_metadata({_KEY: json.dumps(asdict(facts), ensure_ascii=False).encode()})
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _regrouped(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in tables of `ROWS_PER_GROUP`, the last one shorter."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if batch.schema.names != schema.names:
            raise CheckFailed("journal-columns-differ", file=SESSION)
        waiting.append(batch.cast(schema))
        rows += batch.num_rows
        while rows >= ROWS_PER_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, ROWS_PER_GROUP)
            rest = table.slice(ROWS_PER_GROUP)
            waiting, rows = rest.to_batches(), rest.num_rows
    if rows:
        yield pa.Table.from_batches(waiting)


def _content_of(path: Path) -> str:
    """The hash of the numbers in a Parquet file, as `_write` took it."""
    digest = hashlib.sha256()
    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        _hash_content(digest, file.read_row_group(group))
    return digest.hexdigest()


def _hash_content(digest: "hashlib._Hash", table: pa.Table) -> None:
    for column in table.columns:
        digest.update(column.to_numpy())
