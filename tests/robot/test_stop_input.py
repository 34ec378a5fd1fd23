"""The emergency stop's two channels and the hand switch: every combination, any number."""

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
    emergency_stop,
    hand_switch,
    input_said,
    judge,
    rail_said,
    read_input,
    volts_said,
)
from robot.tick import Row, TickLayout

OFF, SOFT, NONE = Severity.OFF, Severity.SOFT, Severity.NONE
PRESSED, RELEASED, SILENT = Said.PRESSED, Said.RELEASED, Said.SILENT
SILENCE = 0.1
DESCRIBED = EmergencyStop(unit=1, input=0, supply_v=18.0)

ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)

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
    assert judge(*both) == TABLE[both]


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


def test_the_hand_switch_stops_softly_when_pressed_and_when_it_says_nothing_more(mailbox: Mailbox) -> None:
    now = [100.0]
    source = hand_switch(mailbox, SILENCE, clock_at(now))
    assert source(row()) == (SOFT, "hand-switch-silent")
    mailbox.publish(np.array([100.0, 0.0, 100.0, 1.0]))  # the emergency stop is another matter
    assert source(row()) == (NONE, "")
    mailbox.publish(np.array([100.0, 1.0, 100.0, 0.0]))
    assert source(row(state=State.ARMED)) == (SOFT, "hand-switch")
    mailbox.publish(np.array([100.0, 1.0, math.nan, math.nan]))
    assert source(row()) == (SOFT, "hand-switch-silent")
    mailbox.publish(np.array([100.0, 1.0, 100.0, 1.0]))
    now[0] += 1.001 * SILENCE
    assert source(row()) == (SOFT, "hand-switch-silent")


def test_a_word_that_is_no_number_is_no_word(mailbox: Mailbox) -> None:
    for word in ([math.nan, 1.0], [5.0, math.nan], [math.inf, 1.0], [-math.inf, 1.0], [5.0, 0.5]):
        mailbox.publish(np.array(word))
        assert read_input(mailbox, SILENCE, lambda: 5.0) is SILENT
