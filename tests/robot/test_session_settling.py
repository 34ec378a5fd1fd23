"""The damped end: braked until the joints are slow, and let go at a limit."""

import math

import numpy as np
import pytest

from robot.runtime import session as rules
from robot.runtime.session_state import Severity, State
from robot.runtime.settling import SETTLE_LIMIT_S, SETTLED_S, SETTLED_SPEED, Settling
from robot.tick import Column, Row, TickLayout
from tests.robot.ride import DAMPING, DT, Ride


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
