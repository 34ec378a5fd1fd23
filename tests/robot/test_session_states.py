"""Every course that a session can take, stops, pauses and their races, on a joint with a torque in closed form."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import FourierCurve
from robot.guard import Flag
from robot.runtime import session as rules
from robot.runtime.session import Session
from robot.runtime.session_state import TRANSITIONS, Severity, State
from robot.runtime.settling import SETTLE_LIMIT_S, SETTLED_S, SETTLED_SPEED, Settling
from robot.tick import Column, Row, TickLayout

DT = 1.0 / 128.0
"""A power of two: times add up exactly, and a limit can be met to the bit."""

SILENCE_S = 0.0625
TORQUE, RATE = 20.0, 1500.0
DAMPING = 9.0
NOTHING = (Severity.NONE, "")
STOPS = [Severity.FINISH, Severity.SOFT, Severity.OFF]
MEASURED = ("q", "dq", "tau_measured", "drive_error")


class Ride:
    """A session with a real motion; in place of law and guard, a torque that is wanted, damped and limited in rate."""

    def __init__(self, *, damped=False, repetitions=1):
        columns = (Column("knee.settle_damping", "N·m·s/rad"),)
        self.row = Row(TickLayout(("knee",), limits=columns))
        there_and_back = FourierCurve(((0.5 + 0j, -0.5 + 0j),))
        self.motion = PeriodicMotion(there_and_back, {"knee": (10.0, 60.0)}, 1.2, 0.6, repetitions, DT)
        settling = Settling([0], [DAMPING]) if damped else None
        self.asked = NOTHING
        self.session = Session(self.motion, DT, SILENCE_S, [lambda row: self.asked], settling)
        self.session.arm()
        self.ticks, self.tau, self.dq = 0, 0.0, 0.0
        self.silent_s, self.lost, self.stuck = 0.0, False, False
        self.guard = (Severity.NONE, Flag(0))
        self.states = [State.ARMED]

    @property
    def time(self):
        return self.ticks * DT

    @property
    def codes(self):
        return [event.code for event in self.session.events]

    def tick(self, at=None):
        row, session = self.row, self.session
        row.time[0] = self.time if at is None else at
        self.silent_s = self.silent_s + DT if self.lost else 0.0
        row.age[0] = self.silent_s
        for name in MEASURED:
            getattr(row, name)[:] = math.nan if self.lost else 0.0
        if not self.lost:
            row.q[:], row.dq[:] = 0.6, self.dq
        session.before_law(row)
        wanted = row.fade[0] * TORQUE - row.limits[0] * self.dq
        self.tau += min(max(wanted - self.tau, -RATE * DT), RATE * DT)
        row.tau_command[:] = TORQUE if self.stuck else self.tau
        row.severity[0], row.flags[0] = self.guard
        session.after_guard(row)
        self.states.append(session.state)
        self.ticks += 1
        return self

    def until(self, state, at_most=6000):
        for _ in range(at_most):
            if self.session.state is state:
                return self
            self.tick()
        raise AssertionError(f"{self.session.state.name} and not {state.name}: {self.codes}")

    def to_full_torque(self):
        self.until(State.RUNNING)
        while self.row.fade[0] < 1.0:
            self.tick()
        return self

    def pause(self):
        self.session.pause_wished = True
        return self.until(State.PAUSED)


def test_the_limits_are_those_that_the_pages_name():
    names = ("ARMING_TICKS", "ARMING_LIMIT_S", "FADE_IN_S", "FADE_OUT_S", "SOFT_FADE_S", "SOFT_STOP_LIMIT_S")
    assert [getattr(rules, name) for name in names] == [25, 2.0, 1.0, 1.0, 0.06, 0.3]
    assert (rules.PAUSE_LIMIT_S, rules.LOST_ROWS_LIMIT_S, rules.ZERO_TORQUE) == (600.0, 2.0, 1e-6)
    assert (math.degrees(SETTLED_SPEED), SETTLED_S, SETTLE_LIMIT_S) == (pytest.approx(5.0), 0.2, 4.0)


def test_severities_and_states_keep_the_numbers_that_records_hold():
    assert [(one.name, int(one)) for one in State] == [
        ("IDLE", 0),
        ("ARMED", 1),
        ("RUNNING", 2),
        ("PAUSED", 3),
        ("STOPPED", 4),
        ("FAULT", 5),
    ]
    assert [(one.name, int(one)) for one in Severity] == [("NONE", 0), ("FINISH", 1), ("SOFT", 2), ("OFF", 3)]


# Arming, and what is measured


def test_it_arms_with_exactly_as_many_good_measurements_as_said():
    ride = Ride()
    for _ in range(rules.ARMING_TICKS - 1):
        ride.tick()
        assert ride.session.state is State.ARMED
    assert ride.tick().session.state is State.RUNNING


def test_arming_ends_in_fault_past_its_limit_and_not_at_it():
    for at, state in ((2.0, State.ARMED), (math.nextafter(2.0, 3.0), State.FAULT)):
        ride = Ride()
        ride.lost = True
        assert ride.tick(at).session.state is state
    assert ride.session.reason == "no-measurement"


def test_silence_counts_past_its_limit_and_only_once_something_was_heard():
    ride = Ride()
    ride.lost = True
    for _ in range(16):
        assert ride.tick().session.state is State.ARMED
    ride.lost = False
    ride.tick()
    ride.lost = True
    ride.silent_s = SILENCE_S - DT
    ride.tick()
    assert (ride.row.age[0], ride.session.state) == (SILENCE_S, State.ARMED)
    running = Ride().until(State.RUNNING)
    running.lost = True
    running.silent_s = SILENCE_S - DT
    assert running.tick().session.state is State.RUNNING
    assert running.tick().session.state is State.FAULT
    (event,) = (event for event in running.session.events if event.code == "bus-silent")
    assert event.values == {"age_ms": 1000.0 * (SILENCE_S + DT)}


def test_an_armed_session_that_has_not_heard_anything_in_its_last_tick_does_not_call_the_bus_silent():
    ride = Ride()
    ride.tick()
    ride.lost, ride.silent_s = True, SILENCE_S
    assert ride.tick().session.state is State.ARMED


@pytest.mark.parametrize(("error", "state"), [(0.0, State.RUNNING), (math.nan, State.RUNNING), (1.0, State.FAULT)])
def test_a_drive_error_is_a_number_above_zero(error, state):
    ride = Ride().until(State.RUNNING)
    ride.row.drive_error[:] = error
    ride.session.after_guard(ride.row)
    assert ride.session.state is state
    if state is State.FAULT:
        assert ride.session.events[-2].values == {"bits": 1}


@pytest.mark.parametrize("between", [0, 1])
def test_rows_may_be_lost_for_exactly_the_limit_and_one_that_is_kept_begins_it_anew(between):
    ride = Ride(repetitions=9).until(State.RUNNING)
    ride.session.lost_row = True
    for index in range(round(rules.LOST_ROWS_LIMIT_S / DT)):
        ride.session.lost_row = not (between and index == 100)
        ride.tick()
        assert not ride.session.stopping
    assert bool(ride.tick().session.stopping) is not bool(between)


def test_a_blind_guard_does_not_stop_an_armed_session_but_anything_else_does():
    for flags, stopping in (
        (Flag.BLIND, False),
        (Flag.BLIND | Flag.RATE, False),
        (Flag.POSITION_STOP, True),
        (Flag.BLIND | Flag.SPASM, True),
    ):
        ride = Ride()
        ride.guard = (Severity.SOFT, flags)
        ride.tick()
        assert bool(ride.session.stopping) is stopping
    running = Ride().until(State.RUNNING)
    running.guard = (Severity.SOFT, Flag.BLIND)
    assert running.tick().session.reason == "blind"


def test_of_several_flags_the_lowest_names_the_reason():
    ride = Ride().to_full_torque()
    ride.guard = (Severity.SOFT, Flag.RATE | Flag.VELOCITY_STOP | Flag.POSITION_STOP)
    assert ride.tick().session.reason == "position-stop"


# Torque, in and out


def smooth(x):
    return 10 * x**3 - 15 * x**4 + 6 * x**5


def test_torque_fades_in_over_its_second():
    ride = Ride(repetitions=9).until(State.RUNNING)
    for ticks in range(1, 140):
        assert ride.row.fade[0] == pytest.approx(smooth(min(ticks * DT / 1.0, 1.0)), abs=1e-12)
        ride.tick()


@pytest.mark.parametrize(("name", "seconds"), [("FADE_IN_S", 0.5), ("FADE_OUT_S", 0.25)])
def test_a_fade_lasts_as_long_as_its_constant_says(monkeypatch, name, seconds):
    monkeypatch.setattr(rules, name, seconds)
    ride = Ride(repetitions=9).to_full_torque()
    ticks = ride.ticks - rules.ARMING_TICKS
    if name == "FADE_OUT_S":
        ride.motion.come_to_rest()
        while ride.row.fade[0] == 1.0:
            ride.tick()
        ticks = 0
        while ride.row.fade[0] > 0.0:
            ride.tick()
            ticks += 1
    assert ticks == round(seconds / DT) - 1


@pytest.mark.parametrize(("severity", "seconds"), [(Severity.SOFT, 0.06), (Severity.FINISH, 1.0)])
def test_torque_fades_out_as_fast_as_the_stop_says(severity, seconds):
    ride = Ride(repetitions=9).to_full_torque()
    ride.session.stop(severity, "asked")
    while ride.row.fade[0] == 1.0:
        ride.tick()
    for ticks in range(1, math.ceil(seconds / DT)):
        assert ride.row.fade[0] == pytest.approx(smooth(1.0 - ticks * DT / seconds), abs=1e-12)
        ride.tick()
    assert ride.row.fade[0] == 0.0


def test_torque_that_is_not_below_zero_torque_is_torque():
    for tau, state in ((1e-6, State.RUNNING), (math.nextafter(1e-6, 0.0), State.STOPPED), (-1e-6, State.RUNNING)):
        ride = Ride().until(State.RUNNING)
        ride.session.stop(Severity.SOFT, "asked")
        ride.session.before_law(ride.row)
        assert ride.row.fade[0] == 0.0
        ride.row.tau_command[:] = tau
        ride.session.after_guard(ride.row)
        assert ride.session.state is state


@pytest.mark.parametrize("severity", [Severity.FINISH, Severity.SOFT])
def test_a_stop_that_keeps_torque_becomes_off_past_its_limit_and_not_at_it(severity):
    ride = Ride().until(State.RUNNING)
    ride.tick(0.0)
    ride.stuck = True
    ride.session.stop(severity, "asked")
    while not ride.motion.at_rest or ride.row.fade[0] > 0.0:
        ride.tick(0.0)
    assert ride.tick(0.3).session.state is State.RUNNING
    assert ride.tick(math.nextafter(0.3, 1.0)).session.state is State.FAULT
    assert ride.session.reason == "soft-stop-too-slow"
    assert ride.row.tau_command[0] == 0.0


def test_a_soft_stop_is_timed_from_when_it_was_asked_for_whatever_was_asked_before():
    ride = Ride(repetitions=9).to_full_torque()
    ride.stuck = True
    ride.session.stop(Severity.FINISH, "asked")
    for _ in range(60):
        ride.tick()
    asked = ride.time
    ride.session.stop(Severity.SOFT, "spasm")
    ride.until(State.FAULT)
    assert 0.3 < ride.row.time[0] - asked + DT <= 0.3 + 2 * DT


def test_each_source_is_heard_in_each_tick_also_while_a_weaker_stop_lasts():
    ride = Ride(repetitions=9).to_full_torque()
    ride.guard = (Severity.SOFT, Flag.SPASM)
    ride.tick()
    ride.asked = (Severity.OFF, "asked")
    ride.tick()
    assert (ride.session.state, ride.session.reason, ride.row.tau_command[0]) == (State.FAULT, "asked", 0.0)


def test_off_by_the_guard_is_off():
    ride = Ride(repetitions=9).to_full_torque()
    ride.guard = (Severity.OFF, Flag.POSITION_STOP)
    ride.tick()
    assert (ride.session.state, ride.row.tau_command[0]) == (State.FAULT, 0.0)


# Pause and resume


def test_a_pause_comes_to_rest_holds_with_torque_and_goes_on_without_a_jump():
    ride, references = Ride(repetitions=3).to_full_torque(), []
    for tick in range(1600):
        ride.session.pause_wished = 200 <= tick < 800 or 900 <= tick < 910
        ride.tick()
        references.append((ride.row.q_ref[0], ride.row.dq_ref[0], ride.row.ddq_ref[0], ride.session.state))
        assert ride.row.fade[0] == 1.0 or ride.motion.at_rest
    q, dq, ddq, states = map(np.array, zip(*references, strict=True))
    held = np.flatnonzero(states == State.PAUSED)
    assert held[0] > 200
    assert held[-1] == 799
    assert (q[held[1:]] == q[held[1]]).all()
    assert not dq[held[1:]].any()
    np.testing.assert_allclose(np.diff(q), 0.5 * DT * (dq[1:] + dq[:-1]), atol=2e-4)
    np.testing.assert_allclose(np.diff(dq), 0.5 * DT * (ddq[1:] + ddq[:-1]), atol=2e-2)
    assert ride.codes[2:] == ["state-paused", "state-running", "state-stopped"][: len(ride.codes) - 2]
    assert len(ride.codes) >= 4


def test_a_pause_that_is_taken_back_before_it_is_held_never_becomes_one():
    ride = Ride(repetitions=3).to_full_torque()
    ride.session.pause_wished = True
    for _ in range(20):
        ride.tick()
    ride.session.pause_wished = False
    ride.until(State.STOPPED)
    assert State.PAUSED not in ride.states
    assert ride.session.reason == "completed"


def test_a_pause_that_was_asked_for_while_arming_is_heeded_as_it_runs():
    ride = Ride()
    ride.session.pause_wished = True
    ride.until(State.PAUSED)
    assert ride.row.repetition[0] == 0
    ride.session.pause_wished = False
    assert ride.tick().session.state is State.RUNNING
    assert ride.until(State.STOPPED).session.reason == "completed"


@pytest.mark.parametrize(("at", "stopping"), [(601.0, Severity.NONE), (math.nextafter(601.0, 602.0), Severity.FINISH)])
def test_a_pause_that_is_too_long_finishes_past_its_limit_and_not_at_it(at, stopping):
    ride = Ride(repetitions=3).to_full_torque()
    ride.session.pause_wished = True
    while not ride.motion.held:
        ride.tick()
    ride.tick(1.0)
    assert ride.session.state is State.PAUSED
    ride.tick(at)
    assert ride.session.stopping is stopping
    if stopping:
        assert ride.session.reason == "paused-too-long"


def test_each_pause_is_timed_by_itself():
    ride = Ride(repetitions=3).to_full_torque().pause()
    ride.session.pause_wished = False
    ride.tick(rules.PAUSE_LIMIT_S)
    ride.session.pause_wished = True
    while ride.session.state is not State.PAUSED:
        ride.tick(rules.PAUSE_LIMIT_S)
    assert not ride.tick(2.0 * rules.PAUSE_LIMIT_S - 1.0).session.stopping


@pytest.mark.parametrize("severity", STOPS)
@pytest.mark.parametrize("moment", ["armed", "pausing", "paused", "resuming"])
def test_every_stop_works_in_every_moment_of_a_pause_and_is_not_late(severity, moment):
    ride = Ride(repetitions=9)
    if moment != "armed":
        ride.to_full_torque()
        ride.session.pause_wished = True
        ride.tick()
        if moment != "pausing":
            ride.until(State.PAUSED)
        if moment == "resuming":
            ride.session.pause_wished = False
            for _ in range(20):
                ride.tick()
    asked = ride.time
    ride.asked = (severity, "asked")
    while not ride.session.ended:
        ride.tick()
    assert ride.session.state is (State.FAULT if severity is Severity.OFF else State.STOPPED)
    assert ride.row.tau_command[0] == pytest.approx(0.0, abs=1e-6)
    within = {Severity.OFF: DT, Severity.SOFT: 0.1, Severity.FINISH: rules.FADE_OUT_S + 0.8 + 4 * DT}[severity]
    assert ride.time - asked <= within


@pytest.mark.parametrize("wished", [True, False])
def test_a_stop_cannot_be_paused_nor_resumed_away(wished):
    ride = Ride(repetitions=9).to_full_torque()
    if not wished:
        ride.pause()
    ride.session.stop(Severity.FINISH, "asked")
    before = ride.session.state
    ride.session.pause_wished = wished
    while not ride.session.ended:
        assert ride.session.state is before
        ride.tick()
    assert ride.session.state is State.STOPPED


# The damped end


def test_a_damped_end_brakes_while_torque_fades_until_the_joints_were_slow_for_long_enough():
    for severity in (Severity.SOFT, Severity.FINISH):
        ride = Ride(damped=True, repetitions=9).to_full_torque()
        assert ride.row.limits[0] == 0.0
        ride.session.stop(severity, "asked")
        ride.dq = 0.5
        while ride.row.fade[0] == 1.0:
            ride.tick()
        assert ride.row.limits[0] == DAMPING
        while ride.row.fade[0] > 0.0:
            ride.tick()
        ride.dq = -math.nextafter(SETTLED_SPEED, 0.0)
        slow_from = ride.time
        ride.tick()
        while ride.row.limits[0]:
            ride.tick()
        assert ride.row.time[0] - slow_from + DT == pytest.approx(SETTLED_S + DT, abs=DT)
        ride.until(State.STOPPED)
        assert abs(ride.row.tau_command[0]) < rules.ZERO_TORQUE


@pytest.mark.parametrize("speed", [SETTLED_SPEED, -SETTLED_SPEED, 2.0, math.nan])
def test_a_joint_that_never_is_slow_is_let_go_at_the_limit(speed):
    row = Ride().row
    settling = Settling([0], [DAMPING])
    for time, active in ((0.0, True), (1.0, True), (4.9999, True), (5.0, False), (6.0, False)):
        row.time[0], row.dq[:] = time, speed
        settling.advance(row, faded=time > 1.0)
        assert settling.active is active
        assert row.limits[0] == (DAMPING if active else 0.0)


def test_slow_for_exactly_long_enough_is_settled_and_a_fast_moment_begins_it_anew():
    row = Ride().row
    for speeds, active in (
        ({0.0: 0.0, 0.1: 0.0, 0.2: 0.0}, False),
        ({0.0: 0.0, 0.1: 0.0, 0.1999: 0.0}, True),
        ({0.0: 0.0, 0.125: 1.0, 0.25: 0.0}, True),
        ({0.0: 0.0, 0.125: 1.0, 0.325: 0.0}, False),
    ):
        settling = Settling([0], [DAMPING])
        for time, speed in speeds.items():
            row.time[0], row.dq[:] = time, speed
            settling.advance(row, faded=True)
        assert settling.active is active


def test_slowness_counts_once_the_torque_is_gone():
    row, settling = Ride().row, Settling([0], [DAMPING])
    for time in np.arange(0.0, 1.0, DT):
        row.time[0], row.dq[:] = time, 0.0
        settling.advance(row, faded=False)
        assert settling.active
    row.time[0] = 1.0
    settling.advance(row, faded=True)
    assert settling.active


def test_without_damping_nothing_is_ever_braked():
    row = Ride().row
    for settling in (Settling(), Settling([0], [0.0])):
        settling.advance(row, faded=True)
        assert not settling.active
        assert row.limits[0] == 0.0


def test_each_joint_gets_its_own_damping_and_the_other_limits_are_left_alone():
    columns = tuple(Column(f"limit{index}") for index in range(4))
    row = Row(TickLayout(("hip", "knee"), limits=columns))
    row.limits[:] = 7.0
    settling = Settling([1, 2], [3.0, 0.0])
    settling.advance(row, faded=False)
    assert row.limits.tolist() == [7.0, 3.0, 0.0, 7.0]


def test_a_damped_stop_that_keeps_torque_becomes_off_after_its_settling():
    ride = Ride(damped=True, repetitions=9).to_full_torque()
    ride.session.stop(Severity.SOFT, "asked")
    asked, ride.stuck, ride.dq = ride.time, True, 1.0
    ride.until(State.FAULT)
    assert ride.session.reason == "soft-stop-too-slow"
    longest = rules.SOFT_FADE_S + SETTLE_LIMIT_S + rules.SOFT_STOP_LIMIT_S
    assert longest - 0.05 < ride.time - asked < longest + 3 * DT


# Any course at all

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
