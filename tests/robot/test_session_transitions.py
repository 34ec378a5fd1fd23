"""A session fed by hand: transitions that exist, and what it tells of a stop."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.guard import Flag
from robot.runtime.session import SOFT_STOP_LIMIT_S
from robot.runtime.session_state import TRANSITIONS, Severity, State, TransitionRefused
from tests.robot.course import STOPS


def test_every_transition_that_is_not_named_is_refused(quiet):
    for before, after in itertools.product(State, State):
        session, _ = quiet()
        session.state = before
        if after in TRANSITIONS[before]:
            session._go(after)
            assert session.state is after
        else:
            with pytest.raises(TransitionRefused, match=f"from {before.name} to {after.name}") as refused:
                session._go(after)
            assert (refused.value.before, refused.value.after) == (before, after)
            assert (session.state, session.events) == (before, [])


def test_from_an_end_nothing_follows_and_a_fault_can_come_from_everywhere_else():
    for state in State:
        if state in (State.STOPPED, State.FAULT):
            assert not TRANSITIONS[state]
        else:
            assert State.FAULT in TRANSITIONS[state]


@pytest.mark.parametrize("state", set(State) - {State.IDLE})
def test_only_an_idle_session_can_be_armed(quiet, state):
    session, _ = quiet()
    session.state = state
    with pytest.raises(TransitionRefused):
        session.arm()


@pytest.mark.parametrize(("field", "value"), [("q", math.nan), ("age", 0.002), ("age", math.nan)])
def test_a_measurement_that_is_stale_or_not_finite_does_not_arm(quiet, field, value):
    session, row = quiet()
    session.arm()
    getattr(row, field)[:] = value
    for tick in range(500):
        row.time[0] = tick * session.dt
        session.before_law(row)
        assert session.state is State.ARMED
        assert row.fade[0] == 0.0


@settings(max_examples=100, deadline=None)
@given(stops=st.lists(st.sampled_from([Severity.NONE, *STOPS]), max_size=6))
def test_reason_and_events_tell_the_strongest_stop_once_each(quiet, stops):
    session, _ = quiet()
    session.arm()
    session.state = State.RUNNING
    for index, severity in enumerate(stops):
        session.stop(severity, f"stop-{index}")
    rising = [index for index, severity in enumerate(stops) if severity > max(stops[:index], default=Severity.NONE)]
    assert [event.code for event in session.events if event.code.startswith("stop-")] == [f"stop-{i}" for i in rising]
    assert session.reason == (f"stop-{rising[-1]}" if rising else "")


def test_off_is_heard_while_the_guard_asks_softly_in_every_tick(quiet):
    session, row = quiet(lambda row: (Severity.OFF, "asked"))
    session.arm()
    session.state = State.RUNNING
    row.severity[0], row.flags[0] = Severity.SOFT, Flag.POSITION_STOP
    row.tau_command[:] = 20.0
    session.after_guard(row)
    assert (session.state, session.reason) == (State.FAULT, "asked")
    assert row.tau_command[0] == 0.0


def test_a_soft_stop_that_does_not_let_go_becomes_torque_off(quiet):
    session, row = quiet()
    session.arm()
    session.state = State.RUNNING
    session.stop(Severity.SOFT, "spasm")
    row.tau_command[:] = 20.0  # whatever is commanded, it does not fall
    while not session.ended:
        row.time[0] += session.dt
        session.before_law(row)
        session.after_guard(row)
    assert (session.state, session.reason) == (State.FAULT, "soft-stop-too-slow")
    assert SOFT_STOP_LIMIT_S < row.time[0] < SOFT_STOP_LIMIT_S + 2 * session.dt
    assert row.tau_command[0] == 0.0
