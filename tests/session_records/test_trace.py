"""The trace: what becomes of a journal, and what is refused."""

import json
import math
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from robot.errors import CheckFailed, InputError
from session_records.folder import (
    TRUTH,
    SessionDescription,
    discard_journal,
    read_facts,
    read_session,
    write_session,
)
from session_records.journal import segments
from session_records.trace import ROWS_PER_BLOCK, compact, open_trace, read_blocks, sha256_of
from session_records.truth import TruthWriter
from tests.session_records.conftest import LAYOUT, RATE_HZ, START_S, SessionFolder, rows_from


def test_a_trace_holds_the_journal_bit_for_bit(folder: SessionFolder) -> None:
    rows = rows_from(0, 1000)
    rows[7, 3] = math.nan
    folder.journal(rows[:300], rows[300:])
    stored = compact(folder.path, "0.1.0")
    trace = open_trace(stored.path, stored.sha256)
    assert np.column_stack([trace.columns[name] for name in LAYOUT.columns]).tobytes() == rows.tobytes()
    assert (stored.rows, stored.missing, stored.doubled, stored.dropped) == (1000, 0, 0, None)


def test_the_rows_of_a_trace_come_in_blocks_in_the_order_asked_for(folder: SessionFolder) -> None:
    rows = rows_from(0, ROWS_PER_BLOCK + 10)
    folder.journal(rows)
    backwards = LAYOUT.columns[::-1]
    blocks = list(read_blocks(compact(folder.path, "0.1.0").path, backwards))
    assert [len(block) for block in blocks] == [ROWS_PER_BLOCK, 10]
    assert np.array_equal(np.vstack(blocks), rows[:, ::-1])


def test_a_trace_that_is_gone_is_said_whether_or_not_its_hash_is_known(tmp_path: Path) -> None:
    for sha256 in (None, "0" * 64):
        with pytest.raises(InputError) as refusal:
            open_trace(tmp_path / "trace.parquet", sha256)
        assert refusal.value.code == "trace-unreadable"


def test_a_trace_says_what_it_is(folder: SessionFolder) -> None:
    folder.journal(rows_from(0, 10), rows_from(15, 10))
    facts = open_trace(compact(folder.path, "0.1.0").path).facts
    assert (facts.session, facts.careloop_version, facts.joints) == ("KNEE-20261121-0001", "0.1.0", ("knee",))
    assert (facts.rate_hz, facts.monotonic_start_s, facts.rows, facts.missing) == (RATE_HZ, START_S, 20, 5)
    assert (facts.units["knee_q_rad"], facts.units["knee_tau_command_Nm"]) == ("rad", "N·m")


def test_equal_rows_give_equal_files_however_they_were_journaled(tmp_path: Path) -> None:
    rows = rows_from(0, 70_000)
    plain, broken = SessionFolder(tmp_path / "plain"), SessionFolder(tmp_path / "broken")
    plain.journal(rows)
    broken.journal(rows[:12_345], rows[12_345:69_000])
    broken.journal(rows[60_000:])
    first, second = compact(plain.path, "0.1.0"), compact(broken.path, "0.1.0")
    assert first.sha256 == second.sha256
    assert (first.doubled, second.doubled) == (0, 9_000)


def test_others_read_the_parquet_file_with_units_in_the_columns(folder: SessionFolder) -> None:
    folder.journal(rows_from(0, 100))
    path = compact(folder.path, "0.1.0").path
    field = pq.read_schema(path).field("knee_q_rad")
    assert field.metadata[b"unit"] == b"rad"
    query = f"SELECT count(*), max(time_s), sum(knee_tau_command_Nm) FROM '{path}'"
    count, last, torque = duckdb.sql(query).fetchall()[0]
    assert (count, last) == (100, 0.099)
    assert torque == pytest.approx(rows_from(0, 100)[:, LAYOUT.slices["tau_command"]].sum())


def test_a_trace_never_holds_the_truth(folder: SessionFolder) -> None:
    folder.journal(rows_from(0, 10))
    with TruthWriter(folder.path / TRUTH, ("knee_limb_q_rad",)) as truth:
        truth(START_S, (0.1,))
    assert tuple(open_trace(compact(folder.path, "0.1.0").path).columns) == LAYOUT.columns


def test_a_changed_trace_is_refused(folder: SessionFolder) -> None:
    folder.journal(rows_from(0, 100))
    stored = compact(folder.path, "0.1.0")
    data = bytearray(stored.path.read_bytes())
    data[len(data) // 2] ^= 1
    stored.path.write_bytes(data)
    assert sha256_of(stored.path) != stored.sha256
    with pytest.raises(CheckFailed, match="trace-changed"):
        open_trace(stored.path, stored.sha256)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a trace at all"])
def test_a_file_that_is_no_trace_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"trace-unreadable: file=.*other\.parquet"):
        open_trace(path)


def test_nothing_is_compacted_while_rows_wait_in_the_ring(folder: SessionFolder) -> None:
    ring = folder.make_ring()
    ring.push(rows_from(0, 1)[0])
    with pytest.raises(CheckFailed, match=r"ring-not-drained.*rows=1"):
        compact(folder.path, "0.1.0")


def test_rows_that_the_ring_refused_are_counted_and_stated(folder: SessionFolder) -> None:
    ring = folder.make_ring()
    rows = rows_from(0, ring.capacity + 3)
    assert [ring.push(row) for row in rows].count(False) == 3
    folder.journal(ring.peek(ring.capacity), rows_from(len(rows), 1))
    ring.take(ring.capacity)
    stored = compact(folder.path, "0.1.0")
    assert (stored.dropped, stored.missing) == (3, 3)


def test_a_session_without_a_row_has_no_trace(folder: SessionFolder) -> None:
    with pytest.raises(CheckFailed, match="no-rows"):
        compact(folder.path, "0.1.0")
    assert [path.name for path in folder.path.iterdir()] == ["session.json"]


def test_ring_and_journal_go_and_the_trace_stays(folder: SessionFolder) -> None:
    folder.make_ring()
    folder.journal(rows_from(0, 10))
    stored = compact(folder.path, "0.1.0")
    discard_journal(folder.path)
    assert not segments(folder.path)
    assert sorted(path.name for path in folder.path.iterdir()) == ["session.json", "trace.parquet"]
    assert open_trace(stored.path, stored.sha256).facts.rows == 10


def test_the_callers_own_facts_stay_in_the_session_file(folder: SessionFolder) -> None:
    description = SessionDescription.of(LAYOUT, "KNEE-20261121-0002", 500, 1.5)
    write_session(folder.path, description, {"plan": "knee-passive"})
    assert read_session(folder.path) == description
    assert read_facts(folder.path)["plan"] == "knee-passive"


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"columns": ["tick"]})])
def test_a_damaged_session_file_is_refused_with_its_name(folder: SessionFolder, text: str) -> None:
    (folder.path / "session.json").write_text(text, encoding="utf-8")
    folder.journal(rows_from(0, 1))
    with pytest.raises(InputError, match=r"session-unreadable: file=.*session\.json"):
        compact(folder.path, "0.1.0")
