"""A motion's own time: it runs with the clock, and slows down without a jump where a pause or a stop is asked for."""

from math import inf

from controllers.motions.slewed import ROUNDING_S, SPACING_S, Slewed


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


class GoingMotion:
    """What motions share that are sampled at a time that may stand: pause, resume, rest, and how long they last.

    Such a motion gives itself a new `Going` at each beginning; it says at which time of its own it will be over,
    `_over_s`, and whether that has come, `_over`.
    """

    _going: Going
    _over: bool
    _over_s: float

    @property
    def duration_s(self) -> float:
        """How long from `begin` to rest in s, if nothing more changes: it grows while paused, and with less speed.

        True to a few ms, and exact where the speed does not change.
        """
        return min(self._over_s + self._going.lost_s, self._going.stands_by_s)

    def pause(self) -> None:
        """Slow down without a jump and hold, until `resume`."""
        self._going.paused = True

    def resume(self) -> None:
        """Take up speed again without a jump, from wherever a pause has got to."""
        self._going.paused = False

    @property
    def held(self) -> bool:
        """Whether the reference stands still because of a pause."""
        return self._going.paused and self._going.stands and not self.at_rest

    def come_to_rest(self) -> None:
        """From the next tick on, slow down and stay; calling it again changes nothing."""
        self._going.resting = True

    @property
    def at_rest(self) -> bool:
        """Whether the exercise is over and the reference stands still."""
        return self._over or (self._going.resting and self._going.stands)
