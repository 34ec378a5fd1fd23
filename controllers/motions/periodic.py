"""A closed curve run through a number of times: approached, begun, repeated and left without a jump."""

from collections.abc import Sequence
from math import radians

from controllers.motions.minimum_jerk import PEAK_VELOCITY, minimum_jerk, minimum_jerk_integral
from robot.motion import Curve
from robot.tick import Row

APPROACH_SPEED = radians(25.0)
"""Peak speed of the approach in rad/s: a third of what a slow walking exercise reaches, so that nobody is surprised."""

APPROACH_AT_LEAST_S = 1.5
"""Even a short approach outlasts the torque's fade in."""

RAMP_S = 0.8
"""Time in which the phase takes up its speed, gives it up again, and in which a stop brings the reference to rest."""


class PeriodicMotion:
    """`repetitions` cycles of a curve at `cycle_s` each.

    A script says where the reference is at each moment: from wherever the joints are, a minimum-jerk approach leads to
    the curve's first point; there the *phase* takes up speed along a minimum-jerk ramp, and gives it up at the end. A
    stop lets the script's own time run slower until it stands. So angle, velocity and acceleration never jump: they are
    smooth functions of a time that never does.
    """

    def __init__(self, curve: Curve, cycle_s: float, repetitions: int, dt: float) -> None:
        self._curve = curve
        self._rate = 1.0 / cycle_s
        self._repetitions = repetitions
        self._ramp_s = min(RAMP_S, 0.5 * repetitions * cycle_s)
        self._dt = dt
        self._ticks = 0
        self._braked_at: int | None = None
        self.begin(curve.at(0.0)[0])

    def begin(self, q: Sequence[float]) -> None:
        """Start from joint angles `q` in rad, at rest."""
        first = self._curve.at(0.0)[0]
        self._start = list(q)
        self._way = [there - here for there, here in zip(first, q, strict=True)]
        farthest = max(abs(way) for way in self._way)
        self._approach_s = max(APPROACH_AT_LEAST_S, PEAK_VELOCITY * farthest / APPROACH_SPEED)
        self._ticks = 0
        self._braked_at = None

    @property
    def duration_s(self) -> float:
        """How long the whole script takes, approach included, in s."""
        return self._approach_s + self._repetitions / self._rate + self._ramp_s

    def come_to_rest(self) -> None:
        """From the next tick on, slow down and stay; calling it again changes nothing."""
        if self._braked_at is None:
            self._braked_at = self._ticks

    @property
    def at_rest(self) -> bool:
        """Whether the exercise is over and the reference stands still."""
        if self._braked_at is not None and (self._ticks - self._braked_at) * self._dt >= RAMP_S:
            return True
        return self._script_time()[0] >= self.duration_s

    def sample(self, row: Row) -> None:
        """Write this tick's reference into the row and go on by one tick."""
        time, rate, rate_change = self._script_time()
        turned, q, dq, ddq = self._script(time)
        row.phase[0] = turned % 1.0
        row.repetition[0] = min(int(turned) + 1, self._repetitions) if time > self._approach_s else 0
        row.q_ref[:] = q
        for joint, (velocity, acceleration) in enumerate(zip(dq, ddq, strict=True)):
            row.dq_ref[joint] = velocity * rate
            row.ddq_ref[joint] = acceleration * rate * rate + velocity * rate_change
        self._ticks += 1

    def _script_time(self) -> tuple[float, float, float]:
        """The script's own time in s, its rate (1 but for a stop) and how that changes, in 1/s."""
        if self._braked_at is None:
            return self._ticks * self._dt, 1.0, 0.0
        s = (self._ticks - self._braked_at) * self._dt / RAMP_S
        slowed, change, _ = minimum_jerk(s)
        time = self._braked_at * self._dt + RAMP_S * (min(s, 1.0) - minimum_jerk_integral(min(s, 1.0)))
        return time, 1.0 - slowed, -change / RAMP_S

    def _script(self, time: float) -> tuple[float, Sequence[float], Sequence[float], Sequence[float]]:
        """Cycles turned so far, and angles, velocities and accelerations at a moment of the script."""
        if time < self._approach_s:
            s, ds, dds = minimum_jerk(time / self._approach_s)
            return (
                0.0,
                [start + way * s for start, way in zip(self._start, self._way, strict=True)],
                [way * ds / self._approach_s for way in self._way],
                [way * dds / self._approach_s**2 for way in self._way],
            )
        turned, rate, change = self._turned(time - self._approach_s)
        q, slope, bend = self._curve.at(turned % 1.0)
        return (
            turned,
            q,
            [one * rate for one in slope],
            [two * rate * rate + one * change for one, two in zip(slope, bend, strict=True)],
        )

    def _turned(self, time: float) -> tuple[float, float, float]:
        """Cycles after `time` on the curve, cycles per s and its change: up a ramp, steady, down a ramp."""
        ramp = self._ramp_s
        down = self._repetitions / self._rate  # the ramp down begins here; both ramps together cover one ramp's way
        up_s, down_s = time / ramp, (time - down) / ramp
        up, up_change, _ = minimum_jerk(up_s)
        slowed, down_change, _ = minimum_jerk(down_s)
        turned = self._rate * ramp * (minimum_jerk_integral(up_s) - minimum_jerk_integral(down_s))
        return turned, self._rate * (up - slowed), self._rate * (up_change - down_change) / ramp
