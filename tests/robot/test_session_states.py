"""The numbers of a session's states and limits, and any course at all: no transition but the named ones."""

import itertools
import math
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.guard import Flag
from robot.runtime import session as rules
from robot.runtime.session_state import TRANSITIONS, Severity, State, Trial
from robot.runtime.settling import SETTLE_LIMIT_S, SETTLED_S, SETTLED_SPEED
from tests.robot.ride import DT, NOTHING, STOPS, Ride


def test_the_limits_are_those_that_the_pages_name():
    names = ("ARMING_TICKS", "ARMING_LIMIT_S", "FADE_IN_S", "FADE_OUT_S", "SOFT_FADE_S", "SOFT_STOP_LIMIT_S")
    assert [getattr(rules, name) for name in names] == [25, 2.0, 1.0, 1.0, 0.06, 0.3]
    assert (rules.PAUSE_LIMIT_S, rules.LOST_ROWS_LIMIT_S, rules.ZERO_TORQUE) == (600.0, 2.0, 1e-6)
    assert (math.degrees(SETTLED_SPEED), SETTLED_S, SETTLE_LIMIT_S) == (pytest.approx(5.0), 0.2, 4.0)


def test_severities_states_and_trials_keep_the_numbers_that_records_and_pages_hold():
    assert [(one.name, int(one)) for one in State] == [
        ("IDLE", 0),
        ("ARMED", 1),
        ("RUNNING", 2),
        ("PAUSED", 3),
        ("STOPPED", 4),
        ("FAULT", 5),
    ]
    assert [(one.name, int(one)) for one in Severity] == [("NONE", 0), ("FINISH", 1), ("SOFT", 2), ("OFF", 3)]
    assert [(one.name, int(one)) for one in Trial] == [("NONE", 0), ("RUNNING", 1), ("DONE", 2)]


def test_what_happened_stays_as_it_was_told():
    event = Ride().session.events[0]
    with pytest.raises(FrozenInstanceError):
        event.time_s = 1.0


ACTIONS = st.one_of(
    st.tuples(st.just("stop"), st.sampled_from(STOPS)),
    st.tuples(st.just("asked"), st.sampled_from([NOTHING, *((one, "asked") for one in STOPS)])),
    st.tuples(st.just("pause"), st.booleans()),
    st.tuples(st.just("lost"), st.booleans()),
    st.tuples(st.just("row"), st.booleans()),
    st.tuples(st.just("speed"), st.sampled_from([0.0, 0.05, 2.0, math.nan])),
    st.tuples(st.just("adjust"), st.sampled_from([0.2, 0.6, 1.0])),
    st.tuples(
        st.just("guard"),
        st.sampled_from(
            [(Severity.NONE, Flag(0)), (Severity.SOFT, Flag.SPASM), (Severity.OFF, Flag.POSITION_STOP)],
        ),
    ),
    st.tuples(st.just("wait"), st.integers(1, 100)),
)


def act(ride, action, value):
    match action:
        case "stop":
            ride.session.stop(value, "asked")
        case "asked":
            ride.asked = value
        case "pause":
            ride.session.pause_wished = value
        case "lost":
            ride.lost = value
        case "row":
            ride.session.lost_row = value
        case "speed":
            ride.dq = 0.0 if math.isnan(value) else value
        case "guard":
            ride.guard = value
        case "adjust":
            ride.motion.adjust("motion.speed", value)


@settings(max_examples=60, deadline=None)
@given(script=st.lists(ACTIONS, max_size=20), damped=st.booleans())
def test_no_course_leaves_the_named_transitions_weakens_a_stop_or_ends_with_torque(script, damped):
    ride = Ride(damped=damped)
    longest = rules.SOFT_FADE_S + rules.SOFT_STOP_LIMIT_S + (SETTLE_LIMIT_S if damped else 0.0) + 3 * DT
    soft_at, severity, before = math.inf, Severity.NONE, State.ARMED
    for action, value in [*script, ("asked", (Severity.FINISH, "asked")), ("wait", 2000)]:
        act(ride, action, value)
        for _ in range(value if action == "wait" else 1):
            fade, paused_before = ride.row.fade[0], before is State.PAUSED
            ride.tick()
            now, stopping = ride.session.state, ride.session.stopping
            assert now is before or now in TRANSITIONS[before]
            assert stopping >= severity
            assert 0.0 <= ride.row.fade[0] <= 1.0
            assert ride.row.state[0] == now
            if stopping >= Severity.SOFT:
                soft_at = min(soft_at, ride.row.time[0])
                assert ride.row.fade[0] <= fade or severity < Severity.SOFT
                assert ride.session.ended or ride.row.time[0] - soft_at <= longest
            if stopping is Severity.OFF:
                assert now is State.FAULT
            if now is State.PAUSED and paused_before and not stopping:
                assert not ride.row.dq_ref.any()
            before, severity = now, stopping
            if ride.session.ended:
                break
        if ride.session.ended:
            break
    assert ride.session.ended
    assert abs(ride.row.tau_command[0]) < rules.ZERO_TORQUE
    assert ride.session.reason
    codes = [code for code in ride.codes if code.startswith("state-")]
    named = [State[code.removeprefix("state-").upper()] for code in codes]
    assert all(after in TRANSITIONS[first] for first, after in itertools.pairwise(named))
    # Whatever is wished afterwards, no torque follows.
    ended = ride.session.state
    for wish, severity in itertools.product((True, False), STOPS):
        ride.session.pause_wished = wish
        ride.session.stop(severity, "later")
        ride.row.tau_command[:] = 0.0
        ride.session.before_law(ride.row)
        assert ride.row.fade[0] == 0.0
        ride.session.after_guard(ride.row)
        assert (ride.session.state, ride.row.tau_command[0]) == (ended, 0.0)
    assert "later" not in ride.codes
