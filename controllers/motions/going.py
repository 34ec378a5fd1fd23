"""A motion's own time: it runs with the clock, and slows down without a jump where a pause or a stop is asked for."""

from math import inf

from controllers.motions.periodic import SPACING_S
from controllers.motions.slewed import ROUNDING_S, Slewed


class Going:
    """Time of a motion, tick by tick: its rate goes between 1 and 0 by minimum-jerk steps of `ROUNDING_S`.

    A smooth path sampled at this time stays smooth. A pause or its end is heeded every `SPACING_S` at most, so that a
    tick's work is bounded however fast somebody asks. A stop is heeded at once, and for good.
    """

    def __init__(self, dt: float) -> None:
        self._dt = dt
        self._ticks = 0
        self._rate = Slewed(1.0)
        self._free_at = 0.0
        self.paused = False
        self.resting = False
        self.stands = False
        self.lost_s = 0.0

    @property
    def stands_by_s(self) -> float:
        """The clock's time in s at which a stop will have brought it to stand; infinite where none was asked for."""
        if not self.resting:
            return inf
        return self._rate.settled_s if self._rate.target == 0.0 else self._ticks * self._dt + ROUNDING_S

    def advance(self) -> tuple[float, float, float]:
        """This tick's time in s, its rate and the rate's change per s; then the next tick's turn."""
        clock = self._ticks * self._dt
        asked = 0.0 if self.paused or self.resting else 1.0
        if asked != self._rate.target and (self.resting or clock >= self._free_at):
            self._rate.jump(clock, asked)
            self._free_at = clock + SPACING_S
        rate, change, _, time = self._rate.at(clock)
        self.stands = rate == 0.0 and self._rate.target == 0.0
        self.lost_s = clock - time
        self._ticks += 1
        return time, rate, change
