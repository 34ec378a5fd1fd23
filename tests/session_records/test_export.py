"""Exports: what another program reads back is what was recorded."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from robot.errors import DeviceError, InputError
from session_records.export import FORMATS
from session_records.trace import ROWS_PER_GROUP, compact
from tests.session_records.conftest import LAYOUT, SessionFolder, rows_from


def test_csv_reads_back_equal_with_units_in_the_header(folder: SessionFolder, tmp_path: Path) -> None:
    rows = rows_from(0, 20_000)
    rows[5, 2:5] = (np.nan, 1e-310, -0.0)
    folder.journal(rows)
    to = tmp_path / "trace.csv"
    FORMATS["csv"](compact(folder.path, "0.1.0").path, to)
    with to.open(encoding="utf-8") as file:
        header = file.readline().rstrip("\n").split(",")
        read = np.loadtxt(file, delimiter=",")
    assert tuple(header) == LAYOUT.columns
    assert "knee_tau_command_Nm" in header
    np.testing.assert_array_equal(read, rows)


MOST_MEMORY = """
import sys
from pathlib import Path
import pyarrow as pa
from session_records.export import FORMATS
FORMATS["csv"](Path(sys.argv[1]), Path(sys.argv[2]))
print(pa.default_memory_pool().max_memory())
"""


def test_a_long_session_is_never_in_memory_as_a_whole(folder: SessionFolder, tmp_path: Path) -> None:
    folder.journal(rows_from(0, 200_000))
    command = [sys.executable, "-c", MOST_MEMORY, str(compact(folder.path, "0.1.0").path), str(tmp_path / "trace.csv")]
    most = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert most < 2 * ROWS_PER_GROUP * LAYOUT.size * 8


def test_what_is_no_trace_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "trace.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="trace-unreadable"):
        FORMATS["csv"](tmp_path / "trace.parquet", tmp_path / "trace.csv")
    assert not (tmp_path / "trace.csv").exists()


def test_a_place_that_cannot_be_written_is_named(folder: SessionFolder, tmp_path: Path) -> None:
    folder.journal(rows_from(0, 10))
    path = compact(folder.path, "0.1.0").path
    with pytest.raises(DeviceError, match=r"export-not-written: file=.*nowhere/trace\.csv"):
        FORMATS["csv"](path, tmp_path / "nowhere" / "trace.csv")
