"""A closed curve run through a number of times: approached, begun, repeated and left without a jump."""

from collections.abc import Mapping, Sequence
from math import isfinite, radians

from controllers.motions.approach import approach_s
from controllers.motions.going import Going, GoingMotion
from controllers.motions.minimum_jerk import minimum_jerk
from controllers.motions.slewed import ROUNDING_S, SPACING_S, Slewed
from robot.motion import RANGE_SLEW_DEG, SPEED_SLEW, Curve
from robot.tick import Row

_SPEED = "motion.speed"


class PeriodicMotion(GoingMotion):
    """`repetitions` cycles of a shape at `speed` strides of `stride_s` each, every joint's 0…1 mapped to its range.

    A script says where the reference is at each moment: from wherever the joints are, a minimum-jerk approach leads to
    the curve's first point; there the *phase* takes up speed along a minimum-jerk ramp, and gives it up at the end.
    Speed and ranges are slewed along the script. A pause or a stop lets the script's own time run slower until it
    stands. So angle, velocity and acceleration never jump: they are smooth functions of a time that never does.

    `range_deg` has the joints in the row's order.
    """

    def __init__(
        self,
        shape: Curve,
        range_deg: Mapping[str, tuple[float, float]],
        stride_s: float,
        speed: float,
        repetitions: int,
        dt: float,
    ) -> None:
        self._shape = shape
        self._stride_s = stride_s
        self._repetitions = repetitions
        self._dt = dt
        self._wanted = {_SPEED: speed}
        for joint, (low, high) in range_deg.items():
            self._wanted |= {f"motion.range_deg.{joint}.low": low, f"motion.range_deg.{joint}.high": high}
        self.begin([radians(low) for low, _ in range_deg.values()])

    def begin(self, q: Sequence[float]) -> None:
        """Start from joint angles `q` in rad, at rest, with what was adjusted so far; a pause or stop is forgotten."""
        self._ends = {name: Slewed(radians(value)) for name, value in self._wanted.items() if name != _SPEED}
        lows_and_highs = list(self._ends.values())
        self._ranges = list(zip(lows_and_highs[::2], lows_and_highs[1::2], strict=True))
        first = [
            low.target + (high.target - low.target) * x
            for (low, high), x in zip(self._ranges, self._shape.at(0.0)[0], strict=True)
        ]
        self._start = list(q)
        self._approach_s = approach_s(q, first)
        self._going = Going(self._dt)
        self._over = False
        self._end_s = 0.0
        self._waiting: set[str] = set()
        self._free_at = dict.fromkeys(self._wanted, 0.0)
        self._take_speed(0.0)
        self._over_s = self._end_s + ROUNDING_S

    @property
    def speed(self) -> float:
        """The speed that it has or goes over to, as a share of the recorded one."""
        return self._wanted[_SPEED]

    def adjust(self, name: str, value: float) -> None:
        """Go over to another `motion.speed` (share of the recorded one) or `motion.range_deg.JOINT.low|high` (°)."""
        if name not in self._wanted or not isfinite(value):
            raise ValueError(f"{name} cannot be adjusted to {value}")
        self._wanted[name] = value
        self._waiting.add(name)

    def sample(self, row: Row) -> None:
        """Write this tick's reference into the row and go on by one tick."""
        script, rate, rate_change = self._going.advance()
        if self._waiting and not self._over:
            self._heed_wishes(script)
        turned, q, dq, ddq = self._script(script)
        row.phase[0] = turned % 1.0
        row.repetition[0] = min(int(turned) + 1, self._repetitions) if script > self._approach_s else 0
        row.q_ref[:] = q
        for joint, (velocity, acceleration) in enumerate(zip(dq, ddq, strict=True)):
            row.dq_ref[joint] = velocity * rate
            row.ddq_ref[joint] = acceleration * rate * rate + velocity * rate_change
        self._over = script >= self._over_s

    def _heed_wishes(self, script: float) -> None:
        """Set out for what was adjusted, at a moment of the script."""
        for name in [one for one in self._waiting if script >= self._free_at[one]]:
            self._waiting.remove(name)
            self._free_at[name] = script + SPACING_S
            if name == _SPEED:
                self._take_speed(script)
            else:
                self._ends[name].slew(script, radians(self._wanted[name]), radians(RANGE_SLEW_DEG))
        settled = max(end.settled_s for end in self._ends.values())
        self._over_s = max(self._end_s + ROUNDING_S, settled)

    def _take_speed(self, script: float) -> None:
        """Lead the turning to the wanted speed; it ends where the repetitions are done, and is not changed after."""
        rate = self._wanted[_SPEED] / self._stride_s
        if script <= self._approach_s:
            self._turning = Slewed(0.0)
            self._turning.jump(self._approach_s, rate)
        elif script < self._end_s:
            self._turning.slew(script, rate, SPEED_SLEW / self._stride_s)
        else:
            return
        self._end_s = self._turning.stop_at_area(self._repetitions)

    def _script(self, time: float) -> tuple[float, list[float], list[float], list[float]]:
        """Cycles turned so far, and angles, velocities and accelerations at a moment of the script."""
        rate, change, _, turned = self._turning.at(time)
        q, dq, ddq = [], [], []
        for (low, high), x, slope, bend in zip(self._ranges, *self._shape.at(turned % 1.0), strict=True):
            begins, begins_1, begins_2, _ = low.at(time)
            ends, ends_1, ends_2, _ = high.at(time)
            x_1, x_2 = slope * rate, bend * rate * rate + slope * change
            span, span_1 = ends - begins, ends_1 - begins_1
            q.append(begins + span * x)
            dq.append(begins_1 + span_1 * x + span * x_1)
            ddq.append(begins_2 + (ends_2 - begins_2) * x + 2.0 * span_1 * x_1 + span * x_2)
        if time < self._approach_s:
            self._blend(time, q, dq, ddq)
        return turned, q, dq, ddq

    def _blend(self, time: float, q: list[float], dq: list[float], ddq: list[float]) -> None:
        """In the approach, lead over from where the joints were to the curve's first point, which may be moving."""
        s, ds, dds = minimum_jerk(time / self._approach_s)
        ds, dds = ds / self._approach_s, dds / self._approach_s**2
        for joint, start in enumerate(self._start):
            way = q[joint] - start
            ddq[joint] = ddq[joint] * s + 2.0 * dq[joint] * ds + way * dds
            dq[joint] = dq[joint] * s + way * ds
            q[joint] = start + way * s
