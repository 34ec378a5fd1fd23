"""The journal: what is in it after a kill, a restart, a torn batch."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.errors import CheckFailed, DeviceError
from session_records.journal import Journal, JournalReading, read_journal, segments
from session_records.segment import SegmentWriter, read_batches
from tests.session_records.conftest import LAYOUT, SessionFolder, rows_from


def test_every_number_comes_back_bit_for_bit(folder: SessionFolder) -> None:
    rows = rows_from(0, 50)
    rows[3, 5:9] = (np.nan, np.inf, -0.0, 5e-324)
    folder.journal(rows[:20], rows[20:])
    assert read_journal(folder.path).tobytes() == rows.tobytes()


def test_each_writer_opens_a_segment_of_its_own(folder: SessionFolder) -> None:
    folder.journal(rows_from(0, 10))
    folder.journal(rows_from(10, 10))
    assert [path.name for path in segments(folder.path)] == ["journal-0000.arrows", "journal-0001.arrows"]
    np.testing.assert_array_equal(read_journal(folder.path), rows_from(0, 20))


def test_rows_journaled_again_after_a_restart_are_read_once(folder: SessionFolder) -> None:
    folder.journal(rows_from(0, 10), rows_from(10, 10))
    folder.journal(rows_from(10, 15))
    reading = JournalReading(folder.path)
    assert sum(batch.num_rows for batch in reading.batches()) == 25
    assert (reading.rows, reading.doubled, reading.missing) == (25, 10, 0)
    np.testing.assert_array_equal(read_journal(folder.path), rows_from(0, 25))


def test_numbers_that_are_not_there_are_counted(folder: SessionFolder) -> None:
    folder.journal(rows_from(3, 10), rows_from(20, 5))
    reading = JournalReading(folder.path)
    assert sum(batch.num_rows for batch in reading.batches()) == 15
    assert (reading.first, reading.last, reading.missing) == (3, 24, 7)


def test_a_batch_torn_at_any_byte_is_cut_and_the_whole_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "whole.arrows"
    writer = SegmentWriter.create(path, ("tick", "a"))
    ends = [0]
    for first in (0, 4, 8):
        writer.append(np.column_stack([np.arange(first, first + 4.0), np.zeros(4)]))
        ends.append(path.stat().st_size)
    writer.close()
    data = path.read_bytes()
    torn = tmp_path / "torn.arrows"
    for length in range(len(data) + 1):
        torn.write_bytes(data[:length])
        whole = sum(length >= end for end in ends[1:])
        assert [batch.column("tick")[0].as_py() for batch in read_batches(torn)] == [0.0, 4.0, 8.0][:whole]


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6), st.booleans()), min_size=1, max_size=8))
def test_whatever_was_torn_or_written_twice_each_row_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[int, int, bool]]
) -> None:
    """Each run takes some rows, then dies with more journaled but not taken, the last batch torn or not."""
    folder = tmp_path_factory.mktemp("runs")
    taken = safe = 0
    for take, more, torn in runs:
        journal = Journal(folder, LAYOUT.columns)
        journal.append(rows_from(taken, take))
        taken += take
        safe = max(safe, taken)
        if more:
            journal.append(rows_from(taken, more))
            if torn:
                path = segments(folder)[-1]
                os.truncate(path, path.stat().st_size - 1)
            else:
                safe = max(safe, taken + more)
        journal.close()
    np.testing.assert_array_equal(read_journal(folder), rows_from(0, safe))


def test_a_write_that_failed_half_way_leaves_nothing_and_can_be_repeated(
    folder: SessionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(folder.path, LAYOUT.columns)
    journal.append(rows_from(0, 10))
    write = os.pwrite

    def half_then_full(descriptor: int, data: memoryview, offset: int) -> int:
        if len(data) < 1000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[: len(data) - 500], offset)

    size = segments(folder.path)[0].stat().st_size
    monkeypatch.setattr(os, "pwrite", half_then_full)
    with pytest.raises(DeviceError, match="journal-not-written"):
        journal.append(rows_from(10, 10))
    assert segments(folder.path)[0].stat().st_size == size
    monkeypatch.undo()
    journal.append(rows_from(10, 10))
    journal.close()
    np.testing.assert_array_equal(read_journal(folder.path), rows_from(0, 20))


def test_segments_of_different_columns_are_refused(folder: SessionFolder) -> None:
    folder.journal(rows_from(0, 3))
    other = Journal(folder.path, ("tick", "knee_q_rad"))
    other.append(np.array([[3.0, 0.0]]))
    other.close()
    with pytest.raises(CheckFailed, match="journal-columns-differ"):
        read_journal(folder.path)


def test_an_empty_folder_has_an_empty_journal(folder: SessionFolder) -> None:
    assert read_journal(folder.path).size == 0
