"""A session's course on a plant known in closed form, through the real loop, law and guard."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.errors import DeviceError
from robot.guard import Flag
from robot.plant import opened
from robot.runtime.clock import SimulatedClock
from robot.runtime.loop import run_loop
from robot.runtime.session import (
    ARMING_LIMIT_S,
    ARMING_TICKS,
    FADE_IN_S,
    FADE_OUT_S,
    LOST_ROWS_LIMIT_S,
    SOFT_STOP_LIMIT_S,
    ZERO_TORQUE,
    Session,
)
from robot.runtime.session_state import TRANSITIONS, Severity, State, TransitionRefused

SOFT_STOP_GATE_S = 0.100
STOPS = [Severity.FINISH, Severity.SOFT, Severity.OFF]
FIELDS = ("time", "q", "q_ref", "dq_ref", "fade", "state", "tau_command", "severity", "phase", "repetition", "age")


class Course:
    """One run to its end: the session, the rows and what was done to the plant."""

    def __init__(self, controller, person, plant, recorder, asked=(), replaced=None):
        """`asked` are (time in s, severity); `replaced` are stages to use instead of the compiled ones."""
        row = controller.row(person)
        law, guard = controller.stages(row)
        stages = {"law": law, "guard": guard, "after_tick": lambda row: None, **(replaced or {})}

        def asked_stop(row):
            due = [severity for time, severity in asked if row.time[0] >= time]
            return max(due, default=Severity.NONE), "asked"

        motion = controller.motion()
        self.session = Session(motion, controller.robot.dt, controller.robot.silence_s, [asked_stop])
        self.plant, self.rows, self.row = plant, recorder, row
        with opened(plant):
            run_loop(row, SimulatedClock(), plant, session=self.session, recorder=recorder, **stages)

    def __getattr__(self, field):
        if field in FIELDS:
            return self.rows[field]
        raise AttributeError(field)

    @property
    def codes(self):
        return [event.code for event in self.session.events]

    def when(self, code):
        return next(event.time_s for event in self.session.events if event.code == code)


@pytest.fixture(scope="module")
def run(controller, person, rotor, rows):
    """Runs the session on a rotor; `full` is when the recorder has no room."""

    def course(asked=(), replaced=None, full=(math.inf, math.inf), **plant):
        return Course(controller, person, rotor(**plant), rows(full=full), asked, replaced)

    return course


@pytest.fixture(scope="module")
def quiet(controller, person):
    """A session and a row to be fed by hand, measuring something good."""

    def made(asked=lambda row: (Severity.NONE, "")):
        session = Session(controller.motion(), controller.robot.dt, controller.robot.silence_s, [asked])
        row = controller.row(person)
        row.q[:], row.age[:] = 0.7, 0.0
        return session, row

    return made


def test_every_transition_that_is_not_named_is_refused(quiet):
    for before, after in itertools.product(State, State):
        session, _ = quiet()
        session.state = before
        if after in TRANSITIONS[before]:
            session._go(after)
            assert session.state is after
        else:
            with pytest.raises(TransitionRefused, match=f"from {before.name} to {after.name}"):
                session._go(after)
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


def test_an_undisturbed_session_runs_to_its_end(run, controller):
    course = run()
    assert (course.session.state, course.session.reason) == (State.STOPPED, "completed")
    assert course.codes == ["state-armed", "state-running", "state-stopped"]
    assert (np.diff(course.state) >= 0).all()
    assert course.repetition.max() == 1
    assert course.time[-1] == pytest.approx(
        ARMING_TICKS * controller.robot.dt + controller.motion().duration_s + FADE_OUT_S, abs=0.4
    )
    low, high = controller.plan.motion.range_deg["knee"]
    assert np.degrees(course.q.max()) == pytest.approx(high, abs=6.0)
    assert np.degrees(course.q.min()) == pytest.approx(low, abs=6.0)
    assert course.plant.calls == ["open", "stop", "stop", "close"]


def test_the_same_session_gives_the_same_rows(run):
    first, second = run(), run()
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(first, field), getattr(second, field))


def test_torque_fades_in_and_out_smoothly_and_is_zero_before_and_after(run, controller):
    course, dt = run(), controller.robot.dt
    fade, top = course.fade, int(np.argmax(course.fade))
    assert fade[top] == 1.0
    assert (np.diff(fade[: top + 1]) >= 0.0).all()
    falling = fade[np.flatnonzero(fade == 1.0)[-1] :]
    assert (np.diff(falling) <= 0.0).all()
    assert falling[-1] == 0.0
    # Minimum jerk: at most 1.875 of its mean speed, and no jump of that speed above what its acceleration explains.
    steepest, sharpest = 1.875 * dt / FADE_IN_S, 5.78 * (dt / FADE_IN_S) ** 2
    assert np.abs(np.diff(fade)).max() <= steepest * (1.0 + 1e-9)
    assert np.abs(np.diff(fade, 2)).max() <= sharpest
    np.testing.assert_array_equal(course.tau_command[course.state == State.ARMED], 0.0)
    assert abs(course.tau_command[-1]) < ZERO_TORQUE


def test_what_is_recorded_is_what_was_sent(run):
    course = run()
    np.testing.assert_array_equal(course.tau_command, course.plant.commands)


def test_arming_needs_as_many_good_measurements_in_a_row(run, controller):
    dt = controller.robot.dt
    straight = run()
    assert straight.when("state-running") == pytest.approx((ARMING_TICKS - 1) * dt)
    interrupted = run(silent=(10 * dt, 13 * dt))
    assert interrupted.when("state-running") == pytest.approx((13 + ARMING_TICKS - 1) * dt, abs=1.5 * dt)
    assert interrupted.session.reason == "completed"


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


def test_a_plant_that_never_measures_ends_in_fault_without_torque(run):
    course = run(silent=(0.0, math.inf))
    assert (course.session.state, course.session.reason) == (State.FAULT, "no-measurement")
    assert course.time[-1] == pytest.approx(ARMING_LIMIT_S, abs=0.01)
    np.testing.assert_array_equal(course.tau_command, 0.0)


def test_a_robot_that_stands_beyond_its_limits_gets_no_torque(run):
    course = run(q=math.radians(101.0))
    assert course.session.state is State.STOPPED
    assert course.session.reason == "position-stop"
    np.testing.assert_array_equal(course.tau_command, 0.0)


@pytest.mark.parametrize("at", [0.5, 3.0, 4.1])
def test_silence_leads_to_fault_with_no_torque_in_the_row(run, controller, at):
    course = run(silent=(at, math.inf))
    assert (course.session.state, course.session.reason) == (State.FAULT, "bus-silent")
    assert course.time[-1] == pytest.approx(at + controller.robot.silence_s, abs=2 * controller.robot.dt)
    assert course.age[-2] <= controller.robot.silence_s < course.age[-1]
    assert course.tau_command[-1] == 0.0
    (event,) = (event for event in course.session.events if event.code == "bus-silent")
    assert event.values["age_ms"] == pytest.approx(1000.0 * course.age[-1])
    assert len(course.plant.commands) == len(course.rows.kept) - 1  # the fault's tick sends a stop, no torque
    assert course.plant.calls[-2:] == ["stop", "close"]


def test_torque_never_rises_while_nothing_is_measured(run):
    course = run(silent=(3.0, math.inf))
    blind = np.abs(course.tau_command[course.age > 0.0])
    assert (np.diff(blind) <= 0.0).all()


def test_a_short_silence_ends_nothing(run):
    course = run(silent=(3.0, 3.010))
    assert course.session.reason == "completed"
    assert not course.severity.any()


def test_a_drive_error_ends_in_fault_at_once(run):
    course = run(error_at=2.0)
    assert (course.session.state, course.session.reason) == (State.FAULT, "drive-error")
    assert course.time[-1] == pytest.approx(2.0, abs=0.003)
    assert course.tau_command[-1] == 0.0
    (event,) = (event for event in course.session.events if event.code == "drive-error")
    assert event.values["bits"] == 0x20


def test_rows_that_are_lost_for_long_stop_it_softly(run):
    course = run(full=(2.0, math.inf))
    assert (course.session.state, course.session.reason) == (State.STOPPED, "rows-lost")
    assert course.when("rows-lost") == pytest.approx(2.0 + LOST_ROWS_LIMIT_S, abs=0.01)
    assert course.row.time[0] - course.when("rows-lost") <= SOFT_STOP_GATE_S


def test_rows_that_are_lost_for_a_while_stop_nothing(run):
    assert run(full=(2.0, 2.0 + 0.95 * LOST_ROWS_LIMIT_S)).session.reason == "completed"


def test_asked_to_finish_it_comes_to_rest_before_torque_fades(run):
    course = run(asked=[(3.0, Severity.FINISH)])
    assert (course.session.state, course.session.reason) == (State.STOPPED, "asked")
    moving = np.flatnonzero(np.abs(course.dq_ref) > math.radians(0.5))
    falling = np.flatnonzero(np.diff(course.fade) < 0.0)
    assert moving[-1] < falling[0]
    assert course.time[moving[-1]] - 3.0 < 0.85
    assert course.time[-1] - course.time[falling[0]] == pytest.approx(FADE_OUT_S, abs=0.01)


@pytest.mark.parametrize("at", [0.02, 0.4, 1.2, 2.5, 3.3])
def test_a_soft_stop_takes_the_torque_away_within_its_gate_and_the_rate_limit(run, controller, at):
    course = run(asked=[(at, Severity.SOFT)])
    assert (course.session.state, course.session.reason) == (State.STOPPED, "asked")
    assert course.time[-1] - at <= SOFT_STOP_GATE_S
    assert abs(course.tau_command[-1]) < ZERO_TORQUE
    rate = controller.plan.limits.joints["knee"].torque_rate
    assert np.abs(np.diff(course.tau_command)).max() <= rate * controller.robot.dt * (1.0 + 1e-9)


@pytest.mark.parametrize("at", [0.02, 0.4, 2.5])
def test_off_takes_the_torque_away_in_its_own_tick(run, at):
    course = run(asked=[(at, Severity.OFF)])
    assert (course.session.state, course.session.reason) == (State.FAULT, "asked")
    assert course.time[-1] == pytest.approx(at, abs=0.003)
    assert course.tau_command[-1] == 0.0


@settings(max_examples=40, deadline=None)
@given(asked=st.lists(st.tuples(st.floats(0.1, 4.0), st.sampled_from(STOPS)), min_size=1, max_size=4))
def test_the_strongest_stop_counts_and_a_weaker_one_undoes_nothing(controller, person, rotor, rows, asked):
    course = Course(controller, person, rotor(), rows(), asked)
    strongest = max(severity for time, severity in asked if time <= course.row.time[0])
    assert course.session.state is (State.FAULT if strongest is Severity.OFF else State.STOPPED)
    soft = [time for time, severity in asked if severity is not Severity.FINISH]
    if soft:
        assert course.row.time[0] <= min(soft) + SOFT_STOP_GATE_S
    alone = Course(controller, person, rotor(), rows(), [one for one in asked if one[1] is strongest])
    assert course.row.time[0] <= alone.row.time[0] + 1e-9


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


@pytest.mark.parametrize("stage", ["law", "guard", "after_tick"])
def test_the_plant_is_stopped_and_closed_where_a_stage_breaks(controller, person, rotor, rows, stage):
    ticks, plant = itertools.count(), rotor()

    def breaks(*_):
        if next(ticks) > 100:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Course(controller, person, plant, rows(), replaced={stage: breaks})
    assert plant.calls[0] == "open"
    assert plant.calls[-2:] == ["stop", "close"]
    assert plant.tau == 0.0


def test_the_plant_is_stopped_and_closed_where_the_recorder_breaks(controller, person, rotor, rows):
    plant, recorder = rotor(), rows(full=(None, None))
    with pytest.raises(TypeError):
        Course(controller, person, plant, recorder)
    assert plant.calls == ["open", "stop", "stop", "close"]


def test_a_plant_that_cannot_be_opened_is_left_alone(controller, person, rotor, rows):
    plant = rotor(opens=False)
    with pytest.raises(DeviceError):
        Course(controller, person, plant, rows())
    assert plant.calls == ["open"]


def test_a_memory_goes_from_each_row_into_the_next(run):
    course = run()
    before, after = (course.rows[field] for field in ("guard_memory", "guard_memory_next"))
    np.testing.assert_array_equal(before[1:], after[:-1])
