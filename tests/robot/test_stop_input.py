"""The emergency stop's two channels: every combination, any number, and how long they may differ."""

import itertools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.emergency_stop import EmergencyStop
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity, State
from robot.runtime.stop_input import (
    VOLTAGE_ERROR,
    Said,
    TwoChannels,
    emergency_stop,
    input_said,
    rail_said,
    read_input,
    volts_said,
)
from robot.tick import Row, TickLayout

OFF, NONE = Severity.OFF, Severity.NONE
PRESSED, RELEASED, SILENT = Said.PRESSED, Said.RELEASED, Said.SILENT
SILENCE, DISAGREE = 0.1, 0.2
DESCRIBED = EmergencyStop(unit=1, input=0, supply_v=18.0)

ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)
SAID = st.sampled_from(Said)

TABLE = {
    (RELEASED, RELEASED): (NONE, ""),
    (RELEASED, PRESSED): (OFF, "emergency-stop"),
    (PRESSED, RELEASED): (OFF, "emergency-stop"),
    (PRESSED, PRESSED): (OFF, "emergency-stop"),
    (SILENT, RELEASED): (OFF, "stop-input-silent"),
    (RELEASED, SILENT): (OFF, "stop-input-silent"),
    (SILENT, SILENT): (OFF, "stop-input-silent"),
    (SILENT, PRESSED): (OFF, "emergency-stop"),
    (PRESSED, SILENT): (OFF, "emergency-stop"),
}
"""What is asked for at once, by what the digital input and the motors' power say."""


def row(*, age: float = 0.0, error: float = 0.0, state: State = State.RUNNING) -> Row:
    made = Row(TickLayout(("hip", "knee")))
    made.age[0], made.drive_error[1], made.state[0] = age, error, state
    return made


@pytest.mark.parametrize("both", list(itertools.product(Said, Said)), ids=str)
def test_every_combination_asks_for_what_the_table_says(both: tuple[Said, Said]) -> None:
    assert TwoChannels(DISAGREE).judge(5.0, *both) == TABLE[both]


@given(st.lists(st.tuples(st.floats(0.0, 0.3), SAID, SAID), max_size=40))
def test_channels_disagree_exactly_when_they_differ_without_a_break_for_too_long(
    course: list[tuple[float, Said, Said]],
) -> None:
    channels, now, differ_since = TwoChannels(DISAGREE), 0.0, None
    for passed, digital, rail in course:
        now += passed
        if {digital, rail} == {PRESSED, RELEASED}:
            differ_since = now if differ_since is None else differ_since
        else:
            differ_since = None
        too_long = differ_since is not None and now - differ_since > DISAGREE
        expected = (OFF, "stop-channels-disagree") if too_long else TABLE[digital, rail]
        assert channels.judge(now, digital, rail) == expected


@given(SAID, SAID, st.lists(ANY, min_size=1, max_size=5))
def test_whatever_the_clock_shows_only_two_released_channels_let_a_session_go_on(
    digital: Said, rail: Said, moments: list[float]
) -> None:
    channels = TwoChannels(DISAGREE)
    for now in moments:
        severity, _ = channels.judge(now, digital, rail)
        assert severity is (NONE if digital is rail is RELEASED else OFF)


@given(ANY, ANY, st.floats(0.0, 1e6), st.floats(0.0, 1.0))
def test_only_a_finite_word_of_one_or_zero_that_is_young_says_anything(
    asked: float, closed: float, before: float, lasted: float
) -> None:
    after = before + lasted
    said = input_said(np.array([asked, closed]), before, after, SILENCE)
    young = math.isfinite(asked) and before - asked <= SILENCE and asked <= after
    assert said is ({1.0: RELEASED, 0.0: PRESSED}.get(closed, SILENT) if young else SILENT)


def test_an_input_that_never_spoke_is_silent() -> None:
    assert input_said(None, 5.0, 5.0, SILENCE) is SILENT


def test_a_reader_that_was_halted_takes_the_answer_that_came_meanwhile() -> None:
    asked, halted_from, halted_to = 5.05, 5.0, 6.0
    assert input_said(np.array([asked, 1.0]), halted_from, halted_to, SILENCE) is RELEASED


@pytest.mark.parametrize(
    ("age", "error", "state", "said"),
    [
        (0.0, 0.0, State.RUNNING, RELEASED),
        (SILENCE, 0.0, State.RUNNING, RELEASED),
        (0.11, 0.0, State.RUNNING, PRESSED),
        (0.11, 0.0, State.PAUSED, PRESSED),
        (0.11, 0.0, State.ARMED, RELEASED),  # no torque yet, and the first answers are still waited for
        (math.nan, 0.0, State.RUNNING, PRESSED),
        (math.inf, 0.0, State.RUNNING, PRESSED),
        (0.0, VOLTAGE_ERROR, State.RUNNING, PRESSED),
        (0.0, VOLTAGE_ERROR | 1 << 5, State.ARMED, PRESSED),
        (0.0, 1 << 5, State.RUNNING, RELEASED),
        (0.0, math.nan, State.RUNNING, RELEASED),  # no answer in this tick: its age tells
        (0.0, math.inf, State.RUNNING, PRESSED),
    ],
)
def test_the_motors_power_is_told_by_silence_and_by_the_drives_own_voltage_error(
    age: float, error: float, state: State, said: Said
) -> None:
    assert rail_said(row(age=age, error=error, state=state), SILENCE) is said


@given(ANY, ANY, st.sampled_from(State))
def test_no_number_in_a_row_is_too_much_for_the_channel(age: float, error: float, state: State) -> None:
    assert rail_said(row(age=age, error=error, state=state), SILENCE) in (RELEASED, PRESSED)


@pytest.mark.parametrize(
    ("volts", "said"),
    [
        ((24.0, 23.5), RELEASED),
        ((18.0,), RELEASED),
        ((17.9,), PRESSED),
        ((None, None), PRESSED),
        ((None, 3.0), PRESSED),
        ((24.0, None), SILENT),  # power that is cut for one drive only is not cut
        ((24.0, 12.0), SILENT),
        ((), SILENT),
    ],
)
def test_power_is_there_or_cut_for_all_the_drives_or_it_is_not_known(
    volts: tuple[float | None, ...], said: Said
) -> None:
    assert volts_said(volts, 18.0) is said


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox.create(tmp_path / "stop-input")


def clock_at(now: list[float]) -> Callable[[], float]:
    return lambda: now[0]


def test_control_stops_when_the_watcher_says_pressed_and_when_it_says_nothing_more(mailbox: Mailbox) -> None:
    now = [100.0]
    source = emergency_stop(mailbox, DESCRIBED, SILENCE, clock_at(now))
    assert source(row()) == (OFF, "stop-input-silent")
    mailbox.publish(np.array([100.0, 1.0]))
    assert source(row()) == (NONE, "")
    now[0] = 100.0 + DESCRIBED.silence_s
    assert source(row()) == (NONE, "")
    now[0] += 0.001
    assert source(row()) == (OFF, "stop-input-silent")
    mailbox.publish(np.array([now[0], 0.0]))
    assert source(row(state=State.ARMED)) == (OFF, "emergency-stop")


def test_control_stops_when_the_power_is_gone_whatever_the_input_says(mailbox: Mailbox) -> None:
    now = [100.0]
    source = emergency_stop(mailbox, DESCRIBED, SILENCE, clock_at(now))
    mailbox.publish(np.array([100.0, 1.0]))
    assert source(row(age=0.2)) == (OFF, "emergency-stop")
    assert source(row(error=VOLTAGE_ERROR)) == (OFF, "emergency-stop")


def test_channels_that_keep_differing_are_named(mailbox: Mailbox) -> None:
    now = [100.0]
    source = emergency_stop(mailbox, DESCRIBED, SILENCE, clock_at(now))
    for _ in range(20):
        now[0] += 0.02
        mailbox.publish(np.array([now[0], 0.0]))
        said = source(row())
    assert said == (OFF, "stop-channels-disagree")


def test_a_word_that_is_no_number_is_no_word(mailbox: Mailbox) -> None:
    for word in ([math.nan, 1.0], [5.0, math.nan], [math.inf, 1.0], [-math.inf, 1.0], [5.0, 0.5]):
        mailbox.publish(np.array(word))
        assert read_input(mailbox, SILENCE, lambda: 5.0) is SILENT
