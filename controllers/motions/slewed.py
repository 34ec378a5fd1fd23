"""A number that follows its target without a jump: slewed, and rounded at every corner."""

from math import inf, sqrt
from typing import NamedTuple

from controllers.motions.minimum_jerk import minimum_jerk, minimum_jerk_integral

ROUNDING_S = 0.8
"""Time over which a target is rounded: a jump of it becomes a minimum-jerk step of this length. Our choice."""

SPACING_S = 0.1
"""The same number is led elsewhere at most this often; of more wishes the last one counts. So a tick's work is bounded
however fast somebody asks."""

_KERNEL_VARIANCE = ROUNDING_S**2 / 28.0
"""Of the weights 30 s² (1 − s)², a beta distribution (3, 3)."""


class _Knot(NamedTuple):
    """From `time` on the target is `value` + `slope` · (time since); `area` lies under it before."""

    time: float
    value: float
    slope: float
    area: float

    def value_at(self, time: float) -> float:
        return self.value + self.slope * (time - self.time)

    def area_at(self, time: float) -> float:
        since = time - self.time
        return self.area + since * (self.value + 0.5 * self.slope * since)


class Slewed:
    """A number whose target is made of straight lines and jumps: the target's weighted mean over the last `ROUNDING_S`.

    The weights are the velocity of a minimum-jerk step. They are positive and sum to one, so the number never leaves
    the range of its targets, changes no faster than they are slewed, and in the long run covers their very area. Where
    the target jumps it makes a minimum-jerk step; where the target bends, its slope does. Value, slope, bend and area
    are closed forms of the time: nothing adds up from tick to tick. Times in s never go back.
    """

    def __init__(self, value: float) -> None:
        self._knots = [_Knot(-0.5 * ROUNDING_S, value, 0.0, 0.0)]  # as if it had always been so; the area is 0 at 0

    @property
    def target(self) -> float:
        """Where it will be in the end."""
        return self._knots[-1].value

    @property
    def settled_s(self) -> float:
        """From this time on it is what its target is."""
        return self._knots[-1].time + ROUNDING_S

    def jump(self, time: float, value: float) -> None:
        """Set the target at once, from `time` on."""
        here = self._dropped_from(time)
        self._knots.append(_Knot(time, value, 0.0, here.area_at(time)))

    def slew(self, time: float, value: float, slew: float) -> None:
        """Lead the target to `value` from `time` on, by `slew` per s."""
        here = self._dropped_from(time)
        begins = here.value_at(time)
        way = value - begins
        leg = _Knot(time, begins, slew if way > 0.0 else -slew, here.area_at(time))
        arrives = time + abs(way) / slew
        self._knots += [leg, _Knot(arrives, value, 0.0, leg.area_at(arrives))]

    def stop_at_area(self, area: float) -> float:
        """Let the target jump to zero when this area lies under it, which is the number's own in the end; that time."""
        ends = [knot.time for knot in self._knots[1:]] + [inf]
        within = next(knot for knot, end in zip(self._knots, ends, strict=True) if _passes(knot, end, area))
        left = area - within.area
        time = within.time + 2.0 * left / (within.value + sqrt(within.value**2 + 2.0 * within.slope * left))
        self._dropped_from(time)
        self._knots.append(_Knot(time, 0.0, 0.0, area))
        return time

    def at(self, time: float) -> tuple[float, float, float, float]:
        """The number at a time, its first and second derivative, and the area under it since 0."""
        knots = self._knots
        while len(knots) > 1 and knots[1].time + ROUNDING_S <= time:
            del knots[0]
        before = knots[0]
        since = time - 0.5 * ROUNDING_S - before.time
        if before.slope == 0.0 and (len(knots) == 1 or knots[1].time >= time):  # it stands: by far most ticks
            return before.value, 0.0, 0.0, before.area + since * before.value
        value, slope, bend = before.value + before.slope * since, before.slope, 0.0
        area = before.area + since * before.value + 0.5 * before.slope * (since * since + _KERNEL_VARIANCE)
        for knot in knots[1:]:
            if knot.time >= time:
                break
            jump, turn = knot.value - before.value_at(knot.time), knot.slope - before.slope
            s = (time - knot.time) / ROUNDING_S
            step, velocity, acceleration = minimum_jerk(s)
            ramp = ROUNDING_S * minimum_jerk_integral(s)
            value += jump * step + turn * ramp
            slope += jump * velocity / ROUNDING_S + turn * step
            bend += jump * acceleration / ROUNDING_S**2 + turn * velocity / ROUNDING_S
            area += jump * ramp + turn * ROUNDING_S**2 * _ramp_area(s)
            before = knot
        return value, slope, bend, area

    def _dropped_from(self, time: float) -> _Knot:
        """Forget what was to come from `time` on; the line that goes on."""
        while len(self._knots) > 1 and self._knots[-1].time >= time:
            del self._knots[-1]
        return self._knots[-1]


def _passes(knot: _Knot, end: float, area: float) -> bool:
    """Whether the target's area passes `area` on the line from `knot` until `end`."""
    return end == inf or knot.area_at(end) >= area


def _ramp_area(s: float) -> float:
    """The area under `minimum_jerk_integral` from 0 to `s`: s⁵/2 − s⁶/2 + s⁷/7, and (s − ½)²/2 + 1/56 after 1."""
    if s >= 1.0:
        return 0.5 * (s - 0.5) ** 2 + 1.0 / 56.0
    return s**5 * (0.5 - 0.5 * s + s * s / 7.0)
