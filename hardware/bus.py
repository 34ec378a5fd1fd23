"""What every family of motors offers the plant: all the drives of one bus, in SI units at the joint side."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

READ_SHARE = 0.75
"""Part of a tick's period in which the answers must have come."""

ERROR_ALERT = 0x80
"""Bit of a reading's `error`: the drive raises its alert and has not yet said why."""

ERROR_WATCHDOG = 0x100
"""Bit of a reading's `error`: the drive's own watchdog took its torque away, because the host was silent too long."""


@dataclass(slots=True)
class Reading:
    """The latest of one drive: rad, rad/s and N·m at the joint, NaN if this cycle brought no valid answer.

    `error` the drive's hardware error bits and the bits above; `time` of the last valid answer on the monotonic clock.
    """

    q: float = math.nan
    dq: float = math.nan
    tau: float = math.nan
    error: float = math.nan
    time: float = math.nan

    def miss(self) -> None:
        """Forget the measurement: an old value is never given for a new one."""
        self.q = self.dq = self.tau = self.error = math.nan


@dataclass(frozen=True, slots=True)
class Identity:
    """What a drive said of itself at the handshake."""

    joint: str
    bus: str
    id: int
    model: str
    firmware: int


@dataclass(frozen=True, slots=True)
class Health:
    """How a drive is outside of a session: its supply in V, and its temperature in °C as it tells it itself."""

    volts: float
    celsius: float


class MotorBus(Protocol):
    """The drives of one bus in the description's joint order; for one thread; only `open` blocks without a deadline."""

    @property
    def joints(self) -> tuple[str, ...]:
        """The joints that the drives turn."""

    @property
    def readings(self) -> Sequence[Reading]:
        """One reading per joint; the same objects for ever."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        """What the drives said of themselves when they were opened."""

    @property
    def misses(self) -> Mapping[str, int]:
        """How often what spoiled an answer, since it was made."""

    def open(self) -> None:
        """Check every drive against the description and put it in torque mode at zero torque; raises `DeviceError`."""

    def request(self) -> None:
        """Ask all the drives for their state; does not wait; never raises."""

    def collect(self, deadline: float) -> int:
        """Wait for the answers, refresh the readings, and give the number of drives that missed; never raises."""

    def command(self, torques: Sequence[float]) -> None:
        """Send one joint torque in N·m per drive; does not wait; raises `DeviceError` while torque is off."""

    def release(self) -> None:
        """Zero torque, then torque off; best effort; never raises."""

    def close(self) -> None:
        """Give the line back; never raises."""
