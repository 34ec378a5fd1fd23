"""A whole session: armed, run to its end, and what silence, errors and lost rows make of it."""

import math

import numpy as np
import pytest

from robot.runtime.session import ARMING_LIMIT_S, ARMING_TICKS, FADE_IN_S, FADE_OUT_S, LOST_ROWS_LIMIT_S, ZERO_TORQUE
from robot.runtime.session_state import State
from tests.robot.course import FIELDS, SOFT_STOP_GATE_S


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


def test_a_memory_goes_from_each_row_into_the_next(run):
    course = run()
    before, after = (course.rows[field] for field in ("guard_memory", "guard_memory_next"))
    np.testing.assert_array_equal(before[1:], after[:-1])
