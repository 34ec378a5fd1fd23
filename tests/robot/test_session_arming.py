"""How a session arms, and what silent, wrong or lost measurements do to it."""

import math

import pytest

from robot.guard import Flag
from robot.runtime import session as rules
from robot.runtime.session_state import Severity, State
from tests.robot.ride import DT, MEASURED_Q, SILENCE_S, Ride


def test_it_arms_with_exactly_as_many_good_measurements_as_said():
    ride = Ride()
    for _ in range(rules.ARMING_TICKS - 1):
        ride.tick()
        assert ride.session.state is State.ARMED
    assert ride.tick().session.state is State.RUNNING


def test_until_it_runs_the_reference_is_what_is_measured_and_the_motion_begins_there():
    ride = Ride()
    while ride.session.state is State.ARMED:
        ride.row.q_ref[:] = -1.0
        ride.tick()
        assert ride.row.q_ref[0] == pytest.approx(MEASURED_Q, abs=1e-4)
    assert ride.session.state is State.RUNNING


def test_law_and_guard_are_told_the_state_of_their_own_tick():
    ride = Ride()
    for _ in range(rules.ARMING_TICKS - 1):
        ride.tick()
    ride.session.before_law(ride.row)
    assert ride.row.state[0] == ride.session.state == State.RUNNING


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


def test_of_several_drives_errors_the_largest_is_told():
    ride = Ride(joints=("hip", "knee")).until(State.RUNNING)
    ride.row.drive_error[:] = 2.0, 4.0
    ride.session.after_guard(ride.row)
    (event,) = (event for event in ride.session.events if event.code == "drive-error")
    assert event.values == {"bits": 4}


@pytest.mark.parametrize("between", [0, 1])
def test_rows_may_be_lost_for_exactly_the_limit_and_one_that_is_kept_begins_it_anew(between):
    ride = Ride(repetitions=9).until(State.RUNNING)
    ride.session.lost_row = True
    for index in range(round(rules.LOST_ROWS_LIMIT_S / DT)):
        ride.session.lost_row = not (between and index == 100)
        ride.tick()
        assert not ride.session.stopping
    assert bool(ride.tick().session.stopping) is not bool(between)


def test_rows_that_are_lost_from_the_first_tick_on_have_the_same_limit():
    ride = Ride(repetitions=9)
    ride.session.lost_row = True
    while not ride.session.stopping:
        ride.tick()
    assert ride.ticks == round(rules.LOST_ROWS_LIMIT_S / DT) + 1
    assert ride.session.reason == "rows-lost"


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
