"""A damped end: while torque is let go the joints are braked by damping alone, until they are slow."""

import math
from collections.abc import Sequence

from robot.tick import Row

SETTLED_SPEED = math.radians(5.0)
"""A joint that is slower counts as stopped."""

SETTLED_S = 0.2
"""For this long: a limb that was held against its weight stands still at first, and is faster than that within some
10 ms (12 N·m, 1.3 kg·m²); with a tenth of that torque it takes 100. Assumed."""

SETTLE_LIMIT_S = 4.0
"""Damping is kept up for at most this long: a lower leg sinks from the horizontal in less than three, and a person who
goes on moving is let go. Assumed."""


class Settling:
    """Sets the guard's `settle_damping` while a session lets go, for a robot whose safe end is `damped`.

    `damping` in N·m·s/rad for each joint, and its places among `row.limits`; without any it never acts.
    """

    def __init__(self, places: Sequence[int] = (), damping: Sequence[float] = ()) -> None:
        self._places, self._damping = list(places), list(damping)
        self._over = not any(damping)
        self._faded_at: float | None = None
        self._slow_since = 0.0
        self.active = False

    def advance(self, row: Row, *, faded: bool) -> None:
        """Brake in this tick, or stop braking for good; `faded` says that the law's own torque is gone."""
        if self._over:
            return
        time = float(row.time[0])
        if not faded or self._faded_at is None:
            self._faded_at = self._slow_since = time
        # NaN is not slow: what is not measured has not stopped.
        if not (abs(row.dq) < SETTLED_SPEED).all():
            self._slow_since = time
        self._over = time - self._slow_since >= SETTLED_S or time - self._faded_at >= SETTLE_LIMIT_S
        self.active = not self._over
        row.limits[self._places] = self._damping if self.active else 0.0
