"""Where a session counts from, in the very tick that decides."""

from robot.runtime.session import LOST_ROWS_LIMIT_S
from tests.robot.test_session_states import DT, Ride


def test_rows_that_are_lost_from_the_first_tick_on_have_the_same_limit():
    ride = Ride(repetitions=9)
    ride.session.lost_row = True
    while not ride.session.stopping:
        ride.tick()
    assert ride.ticks == round(LOST_ROWS_LIMIT_S / DT) + 1
    assert ride.session.reason == "rows-lost"
