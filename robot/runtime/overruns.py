"""What follows when the loop is late: it is counted, the torque limit falls, or the session stops, as a robot says."""

from collections import deque
from collections.abc import Callable

import numpy as np

from robot.description import RobotDescription
from robot.errors import Notice
from robot.runtime.session_state import Event, Severity, State
from robot.tick import Array, Row

OVER_BELOW = 0.5
"""Trouble ends when less than this share of what began it is lost within the window, so that it does not flicker."""

FALL_PER_S = 1.0
"""The torque limit falls to half within half a second: soon against the window, and no jolt. Assumed."""

RISE_PER_S = 0.1
"""It rises from half to whole within 5 s, ten times slower than it falls. Assumed."""


_NOTICED = {"tolerate": "loss-tolerated", "derate": "loss-derated", "stop": "loss-stopped"}
"""What a person should know at the end, by the policy."""


class OverrunPolicy:
    """Watches the times in the rows of a session that starts with `row`; a `StopSource` by being called.

    What the clock skips is control time lost: torque that was computed for one period is held for several. `lower` must
    be called between ticks: it lowers the row's torque limits while there is trouble. Whatever the policy, a soft
    stop follows when the loop stood still for longer than the robot's buses may be silent: the drives' own watchdog may
    have let go by then. Only ticks in which torque may flow are judged. `tell` is given an event at each change.
    """

    def __init__(self, robot: RobotDescription, row: Row, tell: Callable[[Event], None]) -> None:
        self._asked = robot.scheduling.overruns
        self._period_s, self._silence_s = robot.dt, robot.silence_s
        self._tell = tell
        self._limits = row.limits
        self._torques = np.flatnonzero([column.name.endswith(".limit_tau") for column in row.layout.limits])
        self._whole: Array = row.limits[self._torques]
        self._share = self._written = 1.0
        self._missed: deque[tuple[float, int]] = deque()  # when (s), how many periods
        self._missed_now = self._missed_most = 0
        self._troubled = False
        self._time = self._began = 0.0
        self._overruns = 0

    def lower(self) -> None:
        """Write the torque limits of the coming tick into the row, where they changed."""
        if self._share != self._written:
            self._limits[self._torques] = self._share * self._whole
            self._written = self._share

    def __call__(self, row: Row) -> tuple[Severity, str]:
        """The stop that a tick asks for, by its times; `(Severity.NONE, "")` for none."""
        time, began = float(row.time[0]), float(row.time[0] + row.lateness[0])
        elapsed, gap = time - self._time, began - self._began
        missed = int(row.overruns[0]) - self._overruns
        self._time, self._began, self._overruns = time, began, int(row.overruns[0])
        if not State.RUNNING <= row.state[0] <= State.PAUSED:
            return Severity.NONE, ""
        self._count(missed)
        self._judge()
        if self._asked.policy == "derate":
            self._move_share(elapsed)
        if gap > self._silence_s:
            return Severity.SOFT, "control-gap"
        if self._troubled and self._asked.policy == "stop":
            return Severity.SOFT, "overruns"
        return Severity.NONE, ""

    def notices(self) -> list[Notice]:
        """What a person should know at the end: nothing where there was no trouble."""
        asked, most_ms = self._asked, self._ms(self._missed_most)
        if most_ms <= asked.lost_ms:
            return []
        values = {"lost_ms": round(most_ms), "within_s": asked.within_s, "allowed_ms": asked.lost_ms}
        return [Notice(_NOTICED[asked.policy], {**values, "percent": 100.0 * asked.share})]

    def _count(self, missed: int) -> None:
        if missed:
            self._missed.append((self._time, missed))
            self._missed_now += missed
        while self._missed and self._time - self._missed[0][0] >= self._asked.within_s:
            self._missed_now -= self._missed.popleft()[1]
        self._missed_most = max(self._missed_most, self._missed_now)

    def _judge(self) -> None:
        asked, before = self._asked, self._troubled
        limit_ms = asked.lost_ms * (OVER_BELOW if before else 1.0)
        self._troubled = self._ms(self._missed_now) > limit_ms
        if self._troubled is before or asked.policy == "stop":  # the session tells a stop itself
            return
        if self._troubled:
            code = "torque-lowered" if asked.policy == "derate" else "overruns-tolerated"
            lost_ms = self._ms(self._missed_now)
            self._say(code, lost_ms=lost_ms, within_s=asked.within_s, percent=100.0 * asked.share)
        elif asked.policy == "derate":
            self._say("torque-rises")

    def _move_share(self, elapsed_s: float) -> None:
        before = self._share
        if self._troubled:
            self._share = max(before - FALL_PER_S * elapsed_s, self._asked.share)
        else:
            self._share = min(before + RISE_PER_S * elapsed_s, 1.0)
        if before < 1.0 <= self._share:
            self._say("torque-restored")

    def _ms(self, missed: int) -> float:
        return 1e3 * missed * self._period_s

    def _say(self, code: str, **values: float | str) -> None:
        self._tell(Event(self._time, code, values))
