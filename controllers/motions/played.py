"""A trajectory played: approached from wherever the joints are, run through a number of times, and left at rest."""

from collections.abc import Sequence
from copy import deepcopy
from math import isfinite

from controllers.motions.approach import approach_s
from controllers.motions.going import Going, GoingMotion
from controllers.motions.quintic import Sampled, Trajectory, resting
from controllers.motions.slewed import ROUNDING_S, SPACING_S, Slewed
from robot.errors import PlanError
from robot.motion import SPEED_SLEW
from robot.tick import Row


class PlayedMotion(GoingMotion):
    """A trajectory, `repetitions` times one after the other, at `speed` as a share of its own.

    A minimum-jerk approach leads from wherever the joints are to its first point. A trajectory is at rest at both ends,
    so nothing jumps between repetitions. A new speed is slewed; a pause or a stop lets the motion's own time run slower
    until it stands. Where the speed is not 1, velocities go with it, accelerations and torques of inertia with its
    square. Raises `PlanError` where a trajectory that does not come back is to be repeated.
    """

    def __init__(self, trajectory: Trajectory, speed: float, repetitions: int, dt: float) -> None:
        if repetitions > 1 and not trajectory.closed:
            raise PlanError("not-repeatable", field="motion.repetitions", given=repetitions)
        self._trajectory = trajectory
        self._speed = speed
        self._repetitions = repetitions
        self._dt = dt
        self.begin(trajectory.at(0.0)[0])

    def begin(self, q: Sequence[float]) -> None:
        """Start from joint angles `q` in rad, at rest, with what was adjusted so far; a pause or stop is forgotten."""
        first = self._trajectory.at(0.0)[0]
        self._approach_s = approach_s(q, first)
        self._approach = Trajectory((resting(0.0, q), resting(self._approach_s, first)))
        self._going = Going(self._dt)
        self._over = False
        self._take_speed(0.0)

    @property
    def trajectory(self) -> Trajectory:
        """What is played."""
        return self._trajectory

    @property
    def speed(self) -> float:
        """The speed that it has or goes over to, as a share of the trajectory's own."""
        return self._speed

    def adjust(self, name: str, value: float) -> None:
        """Go over to another `motion.speed`, a share of the trajectory's own above 0."""
        if name != "motion.speed" or not isfinite(value) or value <= 0.0:
            raise ValueError(f"{name} cannot be adjusted to {value}")
        self._speed = value

    def sample(self, row: Row) -> None:
        """Write this tick's reference into the row and go on by one tick."""
        time, rate, rate_change = self._going.advance()
        numbers = row.numbers
        if self._speed != self._pace.target and time >= self._free_at and not self._over:
            self._take_speed(time)
        if time <= self._approach_s:
            numbers.phase[0] = numbers.repetition[0] = 0.0
            q, dq, ddq = self._approach.at(time)
        else:
            pace, pace_change, _, played = self._pace.at(time - self._approach_s)
            rate, rate_change = pace * rate, pace_change * rate * rate + pace * rate_change
            q, dq, ddq = self._played(played, row)
        for joint, (angle, velocity, acceleration) in enumerate(zip(q, dq, ddq, strict=True)):
            numbers.q_ref[joint] = angle
            numbers.dq_ref[joint] = velocity * rate
            numbers.ddq_ref[joint] = acceleration * rate * rate + velocity * rate_change

    def _played(self, time: float, row: Row) -> Sampled:
        """Where the repetitions are at their own `time` in s; phase and repetition go into the row."""
        lasts = self._trajectory.duration_s
        self._over = time >= self._repetitions * lasts
        done = self._repetitions - 1 if self._over else int(time / lasts)
        within = time - done * lasts
        numbers = row.numbers
        numbers.phase[0] = 0.0 if self._over else within / lasts % 1.0
        numbers.repetition[0] = done + 1
        return self._trajectory.at(within)

    def _take_speed(self, time: float) -> None:
        """Lead the pace to the wanted speed, or begin with it; when the repetitions will be over follows from it."""
        if time <= self._approach_s:
            self._pace = Slewed(self._speed)
        else:
            self._pace.slew(time - self._approach_s, self._speed, SPEED_SLEW)
        self._free_at = time + SPACING_S
        ends_s = deepcopy(self._pace).stop_at_area(self._repetitions * self._trajectory.duration_s)
        self._over_s = self._approach_s + ends_s + 0.5 * ROUNDING_S
