"""When ticks happen: absolute deadlines on a grid; an overrun is counted and resynchronised, never caught up."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Protocol


class Clock(Protocol):
    """Gives the ticks; injected, so that no test has to wait for the wall."""

    overruns: int
    grid_index: int

    def begin(self, in_s: float = 0.0) -> float:
        """Start the grid `in_s` s from now; returns the clock's time at its zero, in s."""

    def ticks(self) -> Iterator[float]:
        """For each tick its lateness in s behind the deadline; blocks until the deadline."""

    def now(self) -> float:
        """Seconds on the clock's own scale."""


class WallClock:
    """Ticks on the monotonic clock at `start + k·period`; deadlines that pass during a tick are skipped and counted.

    Sleep ends `spin_s` before a deadline, and the rest is waited for by looking at the clock. `now` and `sleep` can be
    replaced by a test's own.
    """

    def __init__(
        self,
        period_s: float,
        spin_s: float = 0.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._period = period_s
        self._spin = spin_s
        self._now = now
        self._sleep = sleep
        self.overruns = 0
        self.grid_index = 0
        self._start: float | None = None

    def begin(self, in_s: float = 0.0) -> float:
        """Start the grid `in_s` s from now, where its first tick is due; returns that moment on the monotonic clock."""
        self.grid_index = 0
        start = self._start = self._now() + in_s
        return start

    def now(self) -> float:
        """Seconds on the monotonic clock."""
        return self._now()

    def ticks(self) -> Iterator[float]:
        """Wait for each deadline and give how late the wake-up was, in s."""
        start = self.begin() if self._start is None else self._start
        while True:
            deadline = start + self.grid_index * self._period
            remaining = deadline - self._now() - self._spin
            if remaining > 0.0:
                self._sleep(remaining)
            while self._spin and self._now() < deadline:
                pass
            lateness = max(0.0, self._now() - deadline)
            yield lateness
            # From the grid, not from the last wake-up: this cannot drift.
            behind = self._now() - deadline
            missed = max(0, math.ceil(behind / self._period) - 1)
            self.overruns += missed
            self.grid_index += 1 + missed


class SimulatedClock:
    """Ticks as fast as they are asked for: simulated time, never late."""

    now = staticmethod(time.perf_counter)
    """Seconds on the monotonic clock, for the computing time alone."""

    def __init__(self) -> None:
        self.overruns = 0
        self.grid_index = 0

    def begin(self, in_s: float = 0.0) -> float:
        """Start the grid; simulated time is zero there, whatever `in_s`."""
        self.grid_index = 0
        return 0.0

    def ticks(self) -> Iterator[float]:
        """A lateness of zero, for ever."""
        while True:
            yield 0.0
            self.grid_index += 1
