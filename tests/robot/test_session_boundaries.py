"""What a session does in the very tick that decides, and no tick later."""

from robot.runtime.session_state import State
from tests.robot.test_session_states import Ride


def test_a_pause_begins_in_the_tick_that_hears_of_it_and_a_resume_too():
    """Beside a motion that is paused and resumed directly, to the bit."""
    ride, beside = (Ride(repetitions=9).to_full_torque() for _ in range(2))
    for tick in range(600):
        if tick in {100, 400}:
            (beside.motion.pause if tick == 100 else beside.motion.resume)()
            ride.session.pause_wished = tick == 100
        ride.tick()
        beside.tick()
        assert ride.row.q_ref[0] == beside.row.q_ref[0]
    assert State.PAUSED in ride.states
    assert State.PAUSED not in beside.states
