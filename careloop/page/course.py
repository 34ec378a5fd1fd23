"""The last seconds of a session as the page draws them: reference and angle by column, and a steady effort."""

import math
from dataclasses import dataclass, field

COLUMN_S = 0.125
"""One column of the picture: at 80 columns about nine seconds, at least one repetition of a slow exercise in sight."""

KEPT = 400
"""Columns that are kept: wider terminals than this show no more."""

EFFORT_SMOOTHING_S = 1.0
"""Time constant of the effort's low-pass: a number that can be read off, still faster than a repetition. Our choice."""

MOVING_RAD_S = math.radians(2.0)
"""Below this speed the reference has no direction that an effort could go along. Our choice."""


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

    def last(self, count: int) -> list[tuple[float, float] | None]:
        """The last `count` columns, the newest at the end; None where there was nothing."""
        newest = max(self._columns, default=0)
        return [self._columns.get(newest - back) for back in reversed(range(count))]


@dataclass(slots=True)
class Effort:
    """Estimated interaction torque along the reference's direction in N·m, smoothed; positive where the person helps.

    Where the reference stands, it has no direction, and the last value fades.
    """

    value: float = 0.0
    _at: float | None = None

    def advance(self, time_s: float, tau_interaction: float, dq_ref: float) -> None:
        """Go on to `time_s` (s) with the torque (N·m) and the reference's speed (rad/s) of now."""
        if not all(map(math.isfinite, (time_s, tau_interaction, dq_ref))):
            return
        passed = 0.0 if self._at is None else max(time_s - self._at, 0.0)
        along = tau_interaction * math.copysign(1.0, dq_ref) if abs(dq_ref) > MOVING_RAD_S else 0.0
        self.value += (1.0 - math.exp(-passed / EFFORT_SMOOTHING_S)) * (along - self.value)
        self._at = time_s
