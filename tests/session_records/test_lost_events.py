"""What the rows tell of a session whose control was killed before it could keep its events."""

from pathlib import Path

import pytest

from robot.runtime.session_state import Event, State
from robot.tick import Array
from session_records.events import read_events, write_events
from session_records.lost_events import state_changes
from session_records.recovery import recover
from session_records.store import Registry
from tests.session_records.conftest import LAYOUT, RATE_HZ, SessionFolder, rows_from
from tests.session_records.test_recovery import describe, session_of_a_dead_process

COURSE = [State.ARMED] * 4 + [State.RUNNING] * 3 + [State.PAUSED] * 2 + [State.RUNNING] + [State.STOPPED]
TOLD = [
    Event(at / RATE_HZ, f"state-{name}", {})
    for at, name in ((0, "armed"), (4, "running"), (7, "paused"), (9, "running"), (10, "stopped"))
]


def course() -> Array:
    rows = rows_from(0, len(COURSE))
    rows[:, LAYOUT.slices["state"]] = [[float(state)] for state in COURSE]
    return rows


@pytest.mark.parametrize("cut", range(len(COURSE)))
def test_each_change_is_told_once_wherever_a_recorder_was_killed(folder: SessionFolder, cut: int) -> None:
    rows = course()
    folder.journal(rows[: cut + 1])
    folder.journal(rows[max(cut - 2, 0) :])  # what a killed recorder had written is written again
    assert state_changes(folder.path) == TOLD


def test_a_number_that_is_no_state_is_no_event(folder: SessionFolder) -> None:
    folder.journal(rows_from(1, 20))
    assert state_changes(folder.path) == []


def test_without_a_row_nothing_is_told(folder: SessionFolder) -> None:
    assert state_changes(folder.path) == []


@pytest.mark.parametrize("kept", [(), (Event(0.5, "adjusted", {"name": "motion.speed"}),)])
def test_a_record_that_is_closed_afterwards_has_the_events_that_were_kept_or_else_those(
    tmp_path: Path, kept: tuple[Event, ...]
) -> None:
    session = session_of_a_dead_process(tmp_path)
    with Registry.open(tmp_path) as registry:
        folder = SessionFolder(describe(registry, session))
        folder.journal(course())
        if kept:
            write_events(folder.path, kept)
        assert recover(registry, session, "0.1.0", {}, pytest.fail).ended
    assert read_events(folder.path) == (kept or tuple(TOLD))
