"""A robot that brakes hold: torque is never let go before they hold, and nothing moves before they are open."""

import pytest

from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import FourierCurve
from robot.description import Brakes
from robot.runtime.session import Session
from robot.runtime.session_state import Severity, State
from robot.tick import Row, TickLayout

DT = 1.0 / 128.0
BRAKES = Brakes(closes_ms=62.5, opens_ms=125.0)  # 8 and 16 ticks
STOPS = [Severity.FINISH, Severity.SOFT, Severity.OFF]
LONGEST = 3000


class Arm:
    """A session with brakes that answer as they are described, told tick by tick; its law follows the fade."""

    def __init__(self, brakes: Brakes | None = BRAKES) -> None:
        self.row = Row(TickLayout(("a1",), brakes=brakes is not None))
        self.row.brake[:] = 1.0
        curve = FourierCurve(((0.5 + 0j, -0.5 + 0j),))
        motion = PeriodicMotion(curve, {"a1": (10.0, 60.0)}, 1.2, 0.6, 1, DT)
        self.asked = (Severity.NONE, "")
        self.session = Session(motion, DT, 0.05, [lambda row: self.asked], brakes=brakes)
        self.session.arm()
        self.ticks, self.wanted = 0, [1.0]
        self.history: list[tuple[float, float, float]] = []

    @property
    def holds(self) -> bool:
        """Whether the brakes have been asked to be closed for as long as they take."""
        return self.wanted[-9:] == [1.0] * min(len(self.wanted), 9)

    @property
    def free(self) -> bool:
        return self.wanted[-17:] == [0.0] * 17

    def tick(self) -> None:
        row = self.row
        row.time[0] = self.ticks * DT
        row.q[:], row.dq[:], row.age[0] = 0.6, 0.0, 0.0
        self.session.before_law(row)
        row.tau_command[:] = 20.0 * row.fade[0]
        self.session.after_guard(row)
        if row.brake.size:
            self.wanted.append(float(row.brake[0]))
        self.history.append((float(row.fade[0]), float(row.brake[0]) if row.brake.size else 0.0, float(row.q_ref[0])))
        self.ticks += 1

    def until(self, done) -> None:
        while not done():
            assert self.ticks < LONGEST
            self.tick()


def test_nothing_moves_before_the_torque_is_there_and_the_brakes_are_open():
    arm = Arm()
    while arm.history[-1:] == [] or arm.history[-1][2] == 0.6:
        fade = arm.history[-1][0] if arm.history else 0.0
        arm.tick()
        if fade < 1.0:
            assert arm.history[-1][1] == 1.0 or arm.history[-1][0] == 1.0
        assert arm.ticks < LONGEST
    assert arm.history[-1][0] == 1.0
    assert arm.free


@pytest.mark.parametrize("severity", STOPS[:2])
def test_torque_goes_when_brakes_hold_and_not_before(severity):
    arm = Arm()
    arm.until(lambda: arm.session.state is State.RUNNING and arm.ticks > 400)
    arm.asked = (severity, "asked")
    before = 1.0
    while not arm.session.ended:
        arm.tick()
        fade = arm.history[-1][0]
        assert fade <= before
        if fade < 1.0:
            assert arm.holds, f"let go at tick {arm.ticks} of brakes that do not hold"
        before = fade
        assert arm.ticks < LONGEST
    assert arm.session.state is State.STOPPED
    assert arm.history[-1][:2] == (0.0, 1.0)


def test_at_the_end_of_the_exercise_brakes_hold_what_was_held():
    arm = Arm()
    arm.until(lambda: arm.session.ended)
    assert (arm.session.reason, arm.session.state) == ("completed", State.STOPPED)
    falls = [index for index, (fade, _, _) in enumerate(arm.history) if fade < 1.0 and index > 400]
    assert all(brake == 1.0 for _, brake, _ in arm.history[falls[0] - 8 :])


@pytest.mark.parametrize("at", [10, 60, 200, 500])
def test_torque_that_goes_off_at_once_asks_for_closed_brakes_in_the_same_tick(at):
    arm = Arm()
    arm.until(lambda: arm.ticks == at)
    arm.asked = (Severity.OFF, "asked")
    arm.tick()
    assert arm.session.state is State.FAULT
    assert (arm.row.tau_command[0], arm.row.brake[0]) == (0.0, 1.0)


@pytest.mark.parametrize("at", range(20, 200, 17))
def test_a_soft_stop_at_any_moment_of_the_start_ends_with_brakes_that_hold(at):
    arm = Arm()
    arm.until(lambda: arm.ticks == at)
    arm.asked = (Severity.SOFT, "asked")
    arm.until(lambda: arm.session.ended)
    assert arm.session.state is State.STOPPED
    assert arm.holds


def test_the_slowest_brakes_that_there_may_be_hold_before_an_overdue_stop_lets_go():
    arm = Arm(Brakes(closes_ms=200.0, opens_ms=125.0))
    arm.until(lambda: arm.session.state is State.RUNNING and arm.ticks > 400)
    arm.asked = (Severity.SOFT, "asked")
    arm.until(lambda: arm.session.ended)
    assert (arm.session.state, arm.session.reason) == (State.STOPPED, "asked")
    with pytest.raises(ValueError, match="closes_ms"):
        Brakes(closes_ms=201.0, opens_ms=125.0)


def test_a_robot_without_brakes_moves_and_lets_go_as_ever():
    arm = Arm(brakes=None)
    arm.until(lambda: arm.history[-1:] and arm.history[-1][2] != 0.6)
    assert arm.history[-1][0] < 0.1
    arm.until(lambda: arm.session.ended)
    assert arm.session.reason == "completed"
