"""Brakes in the simulated plant: springs close them, a current opens them, and both take their time."""

from robot.description import RobotDescription
from robot.load import Braked


class SimulatedBrakes:
    """The brakes of a robot that is held by them, closed at the start.

    They hold, each with its torque as friction, `closes_ms` after they were asked to or lost their power, and not a
    moment before; they are free `opens_ms` after they were asked to open. An asking that is taken back meanwhile
    leaves them as they were.
    """

    def __init__(self, description: RobotDescription, load: Braked) -> None:
        if description.brakes is None:
            raise TypeError("only a robot that is held by brakes has any")
        self._takes_s = {True: description.brakes.closes_ms / 1000.0, False: description.brakes.opens_ms / 1000.0}
        self._torques = {True: description.brake_torques, False: (0.0,) * len(description.drives)}
        self._load = load
        self.begin()

    def begin(self) -> None:
        """Closed, as without power."""
        self._asked = self._closed = True
        self._since = 0.0
        self._load.brake(self._torques[True])

    def heed(self, time: float, closed: bool) -> None:
        """What they are asked at `time` s; they act when they have been asked for long enough."""
        if closed != self._asked:
            self._asked, self._since = closed, time
        if closed != self._closed and time - self._since >= self._takes_s[closed] - 1e-9:
            self._closed = closed
            self._load.brake(self._torques[closed])
