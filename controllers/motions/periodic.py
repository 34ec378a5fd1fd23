"""A closed curve run through a number of times: approached, begun, repeated and left without a jump."""

from collections.abc import Mapping, Sequence
from math import isfinite, radians

import numpy as np

from controllers.motions.approach import approach_s
from controllers.motions.going import Going, GoingMotion
from controllers.motions.mapped import END, MOMENT, compiled_reference
from controllers.motions.minimum_jerk import minimum_jerk
from controllers.motions.recorded import FourierCurve
from controllers.motions.slewed import ROUNDING_S, SPACING_S, Slewed
from robot.motion import RANGE_SLEW_DEG, SPEED_SLEW
from robot.tick import Row, numbers_of

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
        shape: FourierCurve,
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
        joints = len(range_deg)
        moment, ends, start = np.zeros(len(MOMENT)), np.zeros(joints * 2 * len(END)), np.zeros(joints)
        reference, amplitudes = [np.zeros(joints) for _ in range(3)], shape.polynomials
        compiled = compiled_reference(joints, shape.powers)
        self._evaluate = compiled.bind([moment, ends, start, amplitudes], reference)
        self._moment, self._range, self._start = numbers_of(moment), numbers_of(ends), numbers_of(start)
        self._q, self._dq, self._ddq = (numbers_of(one) for one in reference)
        self._wanted = {_SPEED: speed}
        for joint, (low, high) in range_deg.items():
            self._wanted |= {f"motion.range_deg.{joint}.low": low, f"motion.range_deg.{joint}.high": high}
        self.begin([radians(low) for low, _ in range_deg.values()])

    def begin(self, q: Sequence[float]) -> None:
        """Start from joint angles `q` in rad, at rest, with what was adjusted so far; a pause or stop is forgotten."""
        self._ends = {name: Slewed(radians(value)) for name, value in self._wanted.items() if name != _SPEED}
        self._range_moves = True
        targets = [end.target for end in self._ends.values()]
        first = [
            low + (high - low) * x
            for low, high, x in zip(targets[::2], targets[1::2], self._shape.at(0.0)[0], strict=True)
        ]
        for joint, angle in enumerate(q):
            self._start[joint] = angle
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
        turning, change, _, turned = self._turning.at(script)
        moment, numbers = self._moment, row.numbers
        moment[0] = numbers.phase[0] = turned % 1.0
        moment[1], moment[2], moment[3], moment[4] = turning, change, rate, rate_change
        moment[5] = script < self._approach_s
        if moment[5]:
            self._lead(script)
        if self._range_moves:
            self._move_range(script)
        self._evaluate()
        numbers.repetition[0] = min(int(turned) + 1, self._repetitions) if script > self._approach_s else 0
        numbers.q_ref[:], numbers.dq_ref[:], numbers.ddq_ref[:] = self._q, self._dq, self._ddq
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
                self._range_moves = True
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

    def _move_range(self, script: float) -> None:
        """Where the ends of the joints' ranges are at a moment of the script; once they stand they need no asking."""
        for place, end in enumerate(self._ends.values()):
            first = place * len(END)
            self._range[first], self._range[first + 1], self._range[first + 2], _ = end.at(script)
        self._range_moves = any(script < end.settled_s for end in self._ends.values())

    def _lead(self, script: float) -> None:
        """The unit step that leads over from where the joints were to the curve's first point, which may be moving."""
        lead, lead_1, lead_2 = minimum_jerk(script / self._approach_s)
        moment = self._moment
        moment[6], moment[7], moment[8] = lead, lead_1 / self._approach_s, lead_2 / self._approach_s**2
