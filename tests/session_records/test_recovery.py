"""From folder to record, also where the process died."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from robot.errors import CheckFailed
from robot.runtime.ring import Ring
from robot.runtime.session_state import Event
from session_records.ending import End
from session_records.events import read_events, write_events
from session_records.folder import RING, TRUTH, SessionDescription, announce_control, write_session
from session_records.journal import Journal
from session_records.recovery import close_session, recover
from session_records.store import Registry, Started
from session_records.trace import open_trace
from session_records.truth import TruthWriter
from tests.session_records.conftest import LAYOUT, RATE_HZ, START_S, exercise, rows_from

ADD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from session_records.store import Registry, Started
started = Started(plan="p", robot="knee-exo", on="emulator", started_at=datetime(2026, 11, 21, tzinfo=UTC))
print(Registry.open(Path(sys.argv[1])).add("KNEE", started).session)
"""


def session_of_a_dead_process(home: Path) -> str:
    out = subprocess.run([sys.executable, "-c", ADD, str(home)], check=True, capture_output=True, text=True).stdout
    return out.strip()


def describe(registry: Registry, session: str) -> Path:
    folder = registry.folder(session)
    write_session(folder, SessionDescription.of(LAYOUT, session, RATE_HZ, START_S))
    return folder


def test_a_session_that_ended_has_trace_hash_and_figures_in_the_registry(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry:
        moment = datetime(2026, 11, 21, tzinfo=UTC)
        session = registry.add("KNEE", Started(plan="p", robot="r", on="emulator", started_at=moment)).session
        folder = describe(registry, session)
        journal = Journal(folder, LAYOUT.columns)
        journal.append(exercise(1.0, error_deg=1.0))
        journal.close()
        with TruthWriter(folder / TRUTH, ("knee_limb_q_rad", "knee_cuff_force_N")) as truth:
            for tick in range(1100):
                truth(START_S + tick / RATE_HZ, (0.0, 12.0))
        ended = close_session(registry, session, "stopped", "completed", "0.1.0", {1: "a"}).ended
        assert ended is not None
        assert ended.metrics is not None
        assert ended.trace == f"sessions/{session}/trace.parquet"
        assert ended.metrics["truth_peak_cuff_force_N"] == 12.0
        assert open_trace(tmp_path / ended.trace, ended.trace_sha256).facts.rows == 1100
        assert sorted(path.name for path in folder.iterdir()) == ["session.json", "trace.parquet", "truth.arrows"]


def test_a_session_whose_processes_died_is_closed_from_journal_and_ring(tmp_path: Path) -> None:
    session = session_of_a_dead_process(tmp_path)
    with Registry.open(tmp_path) as registry:
        folder = describe(registry, session)
        journal = Journal(folder, LAYOUT.columns)
        journal.append(rows_from(0, 30))
        journal.close()
        ring = Ring.create(folder / RING, LAYOUT.size, RATE_HZ)
        for row in rows_from(20, 25):
            ring.push(row)
        (folder / "control.pid").write_text("1 1\n", encoding="ascii")
        ended = recover(registry, session, "0.1.0", {1: "a"}, pytest.fail).ended
        assert ended is not None
        assert ended.metrics is not None
        assert (ended.end, ended.reason) == ("interrupted", "process-died")
        assert (ended.metrics["rows"], ended.metrics["missing"], ended.metrics["dropped"]) == (45, 0, 0)
        assert registry.unfinished() == ()
        with pytest.raises(CheckFailed, match="session-already-ended"):
            recover(registry, session, "0.1.0", {1: "a"}, pytest.fail)


def test_a_session_whose_control_left_its_end_keeps_it(tmp_path: Path) -> None:
    session = session_of_a_dead_process(tmp_path)
    with Registry.open(tmp_path) as registry:
        folder = describe(registry, session)
        with Ring.create(folder / RING, LAYOUT.size, RATE_HZ) as ring:
            for row in rows_from(0, 25):
                ring.push(row)
        End("stopped", "supervisor-gone").write(folder)
        ended = recover(registry, session, "0.1.0", {1: "a"}, pytest.fail).ended
    assert ended is not None
    assert (ended.end, ended.reason) == ("stopped", "supervisor-gone")


def test_a_session_that_died_before_its_control_began_does_not_hold_the_next_look_up(tmp_path: Path) -> None:
    session = session_of_a_dead_process(tmp_path)
    with Registry.open(tmp_path) as registry:
        Ring.create(describe(registry, session) / RING, LAYOUT.size, RATE_HZ)
        ended = recover(registry, session, "0.1.0", {}, pytest.fail).ended
    assert ended is not None
    assert (ended.end, ended.reason, ended.trace) == ("interrupted", "process-died", None)


def test_a_session_that_died_before_its_first_row_is_closed_without_a_trace(tmp_path: Path) -> None:
    session = session_of_a_dead_process(tmp_path)
    with Registry.open(tmp_path) as registry:
        ended = recover(registry, session, "0.1.0", {}, pytest.fail).ended
    assert ended is not None
    assert (ended.end, ended.trace, ended.metrics, ended.duration_s) == ("interrupted", None, None, None)


def test_a_session_whose_control_still_runs_is_left_alone(tmp_path: Path) -> None:
    session = session_of_a_dead_process(tmp_path)
    with Registry.open(tmp_path) as registry:
        announce_control(describe(registry, session))
        with pytest.raises(CheckFailed, match="session-still-runs"):
            recover(registry, session, "0.1.0", {}, pytest.fail)


def test_events_come_back_in_order(tmp_path: Path) -> None:
    events = (Event(0.1, "state-armed", {}), Event(2.5, "bus-silent", {"age_ms": 61.0, "drive": "knee"}))
    assert read_events(tmp_path) == ()
    write_events(tmp_path, events)
    assert read_events(tmp_path) == events
