"""The truth trace: written beside the session, joined to its rows, never more exact than it is."""

import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.errors import InputError
from robot.tick import Array
from session_records.trace import Trace, TraceFacts
from session_records.truth import Truth, TruthWriter, join_truth, read_truth


def trace_at(times: Array, start_s: float) -> Trace:
    facts = TraceFacts("S", "0.1.0", 1000.0, start_s, ("knee",), {}, len(times), 0)
    return Trace(facts, {"time_s": times})


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "truth.arrows"
    with TruthWriter(path, ("knee_limb_q_rad", "knee_cuff_force_N")) as write:
        for index in range(10_000):
            write(100.0 + index / 4000, (index, -index))
    truth = read_truth(path)
    np.testing.assert_array_equal(truth.time_s, 100.0 + np.arange(10_000) / 4000)
    np.testing.assert_array_equal(truth.columns["knee_limb_q_rad"], np.arange(10_000.0))
    np.testing.assert_array_equal(truth.columns["knee_cuff_force_N"], -np.arange(10_000.0))


def _write_and_die(path: Path) -> None:
    write = TruthWriter(path, ("knee_limb_q_rad",))
    for index in range(1700):
        write(index / 1024, (index,))  # 513 rows are half a second
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_writer_loses_only_its_last_batch(tmp_path: Path) -> None:
    path = tmp_path / "truth.arrows"
    process = multiprocessing.get_context("spawn").Process(target=_write_and_die, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    np.testing.assert_array_equal(read_truth(path).columns["knee_limb_q_rad"], np.arange(3 * 513.0))


def test_a_disk_that_refuses_is_told_once_and_never_stops_the_simulation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write = TruthWriter(tmp_path / "no-such-folder" / "truth.arrows", ("a",))
    for index in range(2000):
        write(index / 1000, (index,))
    write.close()
    assert write.lost_rows == 2000
    assert capsys.readouterr().err.count("truth-not-written") == 1


def test_a_file_without_a_whole_batch_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "truth.arrows"
    path.write_bytes(b"\xff\xff\xff\xff")
    with pytest.raises(InputError, match="truth-unreadable"):
        read_truth(path)


def test_a_row_gets_the_last_truth_before_it_on_the_same_clock() -> None:
    truth = Truth(np.array([100.000, 100.001, 100.002, 100.010]), {"a": np.array([1.0, 2.0, 3.0, 4.0])})
    joined = join_truth(trace_at(np.array([-0.001, 0.0, 0.0015, 0.0065, 0.008, 0.010]), 100.0), truth)
    np.testing.assert_array_equal(joined["a"], [np.nan, 1.0, 2.0, 3.0, np.nan, 4.0])


@given(
    truth_ms=st.lists(st.integers(0, 100), min_size=1, max_size=30, unique=True).map(sorted),
    row_ms=st.lists(st.integers(0, 120), min_size=1, max_size=30).map(sorted),
)
def test_a_joined_value_is_never_later_than_its_row_nor_older_than_five_milliseconds(
    truth_ms: list[int], row_ms: list[int]
) -> None:
    times = np.array(truth_ms) / 1000.0
    rows = np.array(row_ms) / 1000.0
    joined = join_truth(trace_at(rows, 0.0), Truth(times, {"time": times}))["time"]
    for row, value in zip(rows, joined, strict=True):
        fitting = times[(times <= row) & (row - times <= 0.005)]
        assert np.isnan(value) if not fitting.size else value == fitting.max()
