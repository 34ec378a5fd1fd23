"""Where a session counts from, in the very tick that decides."""

from robot.runtime.session import LOST_ROWS_LIMIT_S
from robot.runtime.session_state import Severity, State
from tests.robot.test_session_states import DT, Ride


def test_rows_that_are_lost_from_the_first_tick_on_have_the_same_limit():
    ride = Ride(repetitions=9)
    ride.session.lost_row = True
    while not ride.session.stopping:
        ride.tick()
    assert ride.ticks == round(LOST_ROWS_LIMIT_S / DT) + 1
    assert ride.session.reason == "rows-lost"


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
