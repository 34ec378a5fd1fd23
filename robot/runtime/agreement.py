"""What the encoders have against what a camera sees: too far apart, or a limb that does not follow when it is led."""

import math
from collections.abc import Callable, Sequence

from robot.runtime.session_state import Event
from robot.tick import Row
from robot.vision import Fault, FrameLimits

CALM = 0.5
"""A disagreement is told again only after it was below this share of its limit."""

FOLLOWS = 0.25
"""Of the way that an encoder made, the limb that is seen must have made so much, in the same direction. Assumed: a leg
that is seen at 60° shows half of it; a poster, a frozen picture and a bystander show nothing."""


class Agreement:
    """Compares each new frame with the encoders; `joints` are all the robot's, `observed` those that are seen.

    `tell` is given an event where they begin to disagree, and one where a limb begins not to follow.
    """

    def __init__(
        self, joints: tuple[str, ...], observed: tuple[str, ...], limits: FrameLimits, tell: Callable[[Event], None]
    ) -> None:
        self._names, self._tell = observed, tell
        self._places = [joints.index(name) for name in observed]
        self._apart_rad, self._led_rad = math.radians(limits.disagreement_deg), math.radians(limits.follow_deg)
        self._from: list[tuple[float, float] | None] = [None] * len(observed)
        self._disagrees = self._unmoved = False

    def faults(self, row: Row) -> Fault:
        """What speaks against a frame whose angles, predicted to now, are in the row; a joint without one is left out.

        A lost reply of a drive is the bus's matter, and told there.
        """
        pairs = zip(row.q[self._places].tolist(), row.observed_q.tolist(), strict=True)
        known = [(place, q, seen) for place, (q, seen) in enumerate(pairs) if math.isfinite(q) and math.isfinite(seen)]
        if not known:
            return Fault(0)
        return self._apart(row, known) | self._left_behind(row, known)

    def _apart(self, row: Row, known: Sequence[tuple[int, float, float]]) -> Fault:
        """Whether an angle is elsewhere than its encoder says."""
        largest, place = max((abs(q - seen), place) for place, q, seen in known)
        fault = Fault.ENCODER if largest > self._apart_rad else Fault(0)
        if fault and not self._disagrees:
            self._say(row, "encoder-disagrees", place, largest)
        self._disagrees = largest > self._apart_rad * (CALM if self._disagrees else 1.0)
        return fault

    def _left_behind(self, row: Row, known: Sequence[tuple[int, float, float]]) -> Fault:
        """Whether a limb did not follow: from where it last did, its joint was led far enough to tell."""
        behind = [(abs(led), place) for place, q, seen in known if (led := self._not_followed(place, q, seen))]
        if behind and not self._unmoved:
            led, place = max(behind)
            self._say(row, "limb-unmoved", place, led)
        self._unmoved = bool(behind)
        return Fault.UNMOVED if behind else Fault(0)

    def _not_followed(self, place: int, q: float, seen: float) -> float:
        """How far the joint was led without the limb that is seen, in rad; 0 where that follows, or it is too early."""
        q_from, seen_from = self._from[place] or (q, seen)
        led, followed = q - q_from, seen - seen_from
        if abs(led) >= self._led_rad and followed * math.copysign(1.0, led) < FOLLOWS * abs(led):
            return led
        if self._from[place] is None or abs(led) >= self._led_rad:
            self._from[place] = q, seen
        return 0.0

    def _say(self, row: Row, code: str, place: int, rad: float) -> None:
        values: dict[str, float | str] = {"name": self._names[place], "degrees": math.degrees(rad)}
        self._tell(Event(float(row.time[0]), code, values))
