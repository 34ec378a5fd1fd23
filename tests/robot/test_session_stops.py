"""Stops that are asked for while a whole session runs: how they let go, and how fast."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.runtime.session import FADE_OUT_S, ZERO_TORQUE
from robot.runtime.session_state import Severity, State
from tests.robot.course import SOFT_STOP_GATE_S, STOPS, Course


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
