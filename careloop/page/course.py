"""The last seconds of a session as the page draws them: reference and angle by column, and a steady effort."""

import math
from dataclasses import dataclass, field

COLUMN_S = 0.125
"""One column of the picture: at 80 columns about nine seconds, at least one repetition of a slow exercise in sight."""

KEPT = 400
"""Columns that are kept: wider terminals than this show no more."""

EFFORT_KEPT_S = 8.0
"""Time constant with which the way behind is forgotten: about two slow repetitions, so that the limb's weight nearly
cancels between its way up and its way down. Our choice."""

LEAST_WAY_RAD = math.radians(2.0)
"""With less way than this behind it there is no direction that an effort could go along. Our choice."""


@dataclass(slots=True)
class Course:
    """Reference and angle in degrees by column of time; the newest value of a column counts."""

    _columns: dict[int, tuple[float, float]] = field(default_factory=dict)

    def add(self, time_s: float, q_ref: float, q: float) -> None:
        """Take in one moment; what is not finite leaves its column empty."""
        if math.isfinite(time_s) and math.isfinite(q_ref) and math.isfinite(q):
            self._columns[math.floor(time_s / COLUMN_S)] = (q_ref, q)
            while len(self._columns) > KEPT:
                del self._columns[next(iter(self._columns))]

    @property
    def newest(self) -> int:
        """The number of the newest column."""
        return max(self._columns, default=0)

    def last(self, count: int) -> list[tuple[float, float] | None]:
        """The last `count` columns, the newest at the end; None where there was nothing."""
        newest = self.newest
        return [self._columns.get(newest - back) for back in reversed(range(count))]


@dataclass(slots=True)
class Effort:
    """The person's own torque along the reference in N·m, a mean over the way of the last seconds; positive helps.

    As `session_records.done` has it for a whole session: the interaction torque is what the robot gives the person, and
    less where the person helps. Weighted by the way, what depends on the angle alone cancels over a repetition.
    """

    _given: float = 0.0
    _way: float = 0.0
    _at: float | None = None

    @property
    def value(self) -> float:
        """The effort now; 0 where nothing moved for long."""
        return -self._given / self._way if self._way > LEAST_WAY_RAD else 0.0

    def advance(self, time_s: float, tau_interaction: float, dq_ref: float) -> None:
        """Go on to `time_s` (s) with the torque (N·m) and the reference's speed (rad/s) of now."""
        if not all(map(math.isfinite, (time_s, tau_interaction, dq_ref))):
            return
        passed = 0.0 if self._at is None else max(time_s - self._at, 0.0)
        kept = math.exp(-passed / EFFORT_KEPT_S)
        self._given = kept * self._given + tau_interaction * dq_ref * passed
        self._way = kept * self._way + abs(dq_ref) * passed
        self._at = time_s
