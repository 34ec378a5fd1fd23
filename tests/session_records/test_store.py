"""The registry: ids that are given once, sessions that end once, and those that never ended."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from robot.errors import CheckFailed, DeviceError, InputError
from session_records.store import Ended, Registry, Started

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))

ADD_MANY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from session_records.store import Registry, Started
with Registry.open(Path(sys.argv[1])) as registry:
    for _ in range(int(sys.argv[2])):
        started = Started(plan="p", robot="knee-exo", on="sim", started_at=datetime(2026, 11, 21, tzinfo=UTC))
        print(registry.add("KNEE", started).session)
"""


def started(at: datetime = NOON, plan: str = "knee-passive") -> Started:
    return Started(plan=plan, robot="knee-exo", on="emulator", started_at=at, height_m=1.71, mass_kg=64.0)


def test_a_session_comes_back_as_it_was_entered(tmp_path: Path) -> None:
    ended = Ended(end="stopped", reason="completed", duration_s=61.5, trace="t", trace_sha256="ab", metrics={"rows": 3})
    with Registry.open(tmp_path) as registry:
        session = registry.add("KNEE", started()).session
        registry.finish(session, ended)
    with Registry.open(tmp_path) as registry:
        record = registry.get(session)
    assert (record.session, record.started, record.ended) == ("KNEE-20261121-0001", started(), ended)


def test_numbers_run_by_prefix_and_day(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry:
        ids = [
            registry.add("KNEE", started()).session,
            registry.add("KNEE", started()).session,
            registry.add("LEG", started()).session,
            registry.add("KNEE", started(NOON + timedelta(days=1))).session,
        ]
    assert ids == ["KNEE-20261121-0001", "KNEE-20261121-0002", "LEG-20261121-0001", "KNEE-20261122-0001"]


def test_the_day_is_the_one_on_the_therapists_calendar_and_the_moment_is_utc(tmp_path: Path) -> None:
    morning = datetime(2026, 11, 22, 7, tzinfo=CHINA)
    with Registry.open(tmp_path) as registry:
        record = registry.add("KNEE", started(morning))
    assert record.session == "KNEE-20261122-0001"
    assert record.started.started_at == morning
    assert record.started.started_at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry, pytest.raises(InputError, match="moment-without-zone"):
        registry.add("KNEE", started(datetime(2026, 11, 21)))


def test_processes_at_once_never_get_the_same_id(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADD_MANY, str(tmp_path / "home"), "40"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    ids = [line for process in processes for line in process.communicate()[0].split()]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(ids) == [f"KNEE-20261121-{number:04d}" for number in range(1, 81)]


def test_a_session_ends_once(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry:
        session = registry.add("KNEE", started()).session
        registry.finish(session, Ended(end="stopped", reason="completed"))
        with pytest.raises(CheckFailed, match="session-already-ended"):
            registry.finish(session, Ended(end="fault", reason="bus-silent"))
        record = registry.get(session)
    assert record.ended == Ended(end="stopped", reason="completed")


def test_an_unknown_session_is_refused_by_its_name(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry:
        for ask in (registry.get, lambda name: registry.finish(name, Ended(end="stopped", reason="completed"))):
            with pytest.raises(InputError, match="session-unknown: session=KNEE-1"):
                ask("KNEE-1")


def test_the_newest_sessions_come_first_and_a_plan_can_be_chosen(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry:
        for hour, plan in enumerate(("a", "b", "a")):
            registry.add("KNEE", started(NOON + timedelta(hours=hour), plan))
        assert [one.started.plan for one in registry.list()] == ["a", "b", "a"]
        assert [one.session[-4:] for one in registry.list(at_most=2)] == ["0003", "0002"]
        assert [one.session[-4:] for one in registry.list(plan="a")] == ["0003", "0001"]


def test_a_session_of_a_dead_process_is_unfinished_and_one_that_runs_is_not(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", ADD_MANY, str(tmp_path), "1"], check=True, capture_output=True)
    with Registry.open(tmp_path) as registry:
        running = registry.add("KNEE", started()).session
        died = registry.unfinished()
        assert [one.session for one in died] == ["KNEE-20261121-0001"]
        registry.finish(died[0].session, Ended(end="interrupted", reason="process-died"))
        assert registry.unfinished() == ()
        assert registry.get(running).ended is None


def test_the_registry_is_in_wal_mode_and_needs_neither_arrow_nor_plots(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from session_records.store import Registry; import sqlite3\n"
        "Registry.open(Path(sys.argv[1]))\n"
        "print(sqlite3.connect(Path(sys.argv[1]) / 'registry.db').execute('PRAGMA journal_mode').fetchone()[0])\n"
        "print(sorted({'pyarrow', 'matplotlib'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True).stdout
    assert out == "wal\n[]\n"


def test_a_home_that_cannot_be_is_an_error_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DeviceError, match="home-unusable"):
        Registry.open(tmp_path / "file" / "home")
