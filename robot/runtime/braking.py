"""An end that brakes hold: they close before the torque is let go, and open once it is there."""

from robot.description import Brakes
from robot.tick import Row


class Braking:
    """Asks brakes to close and to open through `row.brake`, and knows by when they have; no sensor tells.

    At the start they are closed. Without brakes it never acts: such a robot may always move and always let go.
    """

    def __init__(self, brakes: Brakes | None = None) -> None:
        self._brakes = brakes
        self._closed = True
        self._since: float | None = None

    @property
    def present(self) -> bool:
        """Whether there are brakes."""
        return self._brakes is not None

    def hold(self, row: Row) -> bool:
        """Ask them to close; whether they hold, so that the torque may go."""
        return self._brakes is None or self._ask(row, True, self._brakes.closes_ms)

    def free(self, row: Row) -> bool:
        """Ask them to open; whether they are, so that the robot may move."""
        return self._brakes is None or self._ask(row, False, self._brakes.opens_ms)

    def _ask(self, row: Row, closed: bool, takes_ms: float) -> bool:
        time = row.numbers.time[0]
        if closed != self._closed:
            self._closed, self._since = closed, time
        row.numbers.brake[0] = float(closed)
        return self._since is None or 1000.0 * (time - self._since) >= takes_ms
