"""The thing that is controlled, simulated or real; nothing above can tell which."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from robot.tick import Row


class Plant(Protocol):
    """Opened, then read and written once a tick, then stopped and closed; no method blocks longer than a period."""

    def open(self) -> None:
        """Connect, check that it is the robot described, and make it ready at zero torque; raises `DeviceError`."""

    def read(self, row: Row) -> None:
        """Measure into `row`: `q`, `dq`, `tau_measured`, `contact_force`, `drive_error`, `age`, `bus_misses`.

        `age` is the time in s since the last valid measurement, 0.0 if this one is. Without a valid measurement the
        measured columns are NaN: an old value is never given for a new one. Never raises.
        """

    def write(self, row: Row) -> None:
        """Send the torque in `row.tau_command`; never raises, a loss shows in the next `read`."""

    def stop(self) -> None:
        """Torque off now (category 0). Never raises; where the bus is gone, the drive's own watchdog does it."""

    def close(self) -> None:
        """Leave the plant without torque and give back what it holds; never raises."""


@contextmanager
def opened(plant: Plant) -> Iterator[Plant]:
    """An open plant; on every way out it is stopped and closed. Raises `DeviceError` where it cannot be opened."""
    plant.open()
    try:
        yield plant
    finally:
        plant.stop()
        plant.close()
