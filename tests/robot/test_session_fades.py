"""How torque comes and goes: fades, stops and their limits in time."""

import math

import pytest

from robot.guard import Flag
from robot.runtime import session as rules
from robot.runtime.session_state import Severity, State
from tests.robot.ride import DT, Ride


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


@pytest.mark.parametrize("torques", [(1.0, 0.0), (0.0, -1.0)])
def test_torque_in_one_joint_is_torque(torques):
    ride = Ride(joints=("hip", "knee")).until(State.RUNNING)
    ride.session.stop(Severity.SOFT, "asked")
    ride.session.before_law(ride.row)
    ride.row.tau_command[:] = torques
    ride.session.after_guard(ride.row)
    assert ride.session.state is State.RUNNING
    ride.row.tau_command[:] = 0.0
    ride.session.after_guard(ride.row)
    assert ride.session.state is State.STOPPED


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


def test_a_stop_ends_once_the_fade_is_over_though_no_torque_was_needed():
    ride = Ride(repetitions=9).to_full_torque()
    ride.session.stop(Severity.SOFT, "asked")
    while not ride.session.ended:
        assert ride.row.fade[0] > 0.0
        ride.session.before_law(ride.row)
        ride.row.tau_command[:] = 0.0
        ride.session.after_guard(ride.row)
    assert (ride.session.state, ride.row.fade[0]) == (State.STOPPED, 0.0)


def test_after_torque_off_no_torque_is_asked_for_any_more():
    ride = Ride(repetitions=9).to_full_torque()
    ride.session.stop(Severity.OFF, "asked")
    ride.session.before_law(ride.row)
    assert (ride.session.state, ride.row.fade[0]) == (State.FAULT, 0.0)
