"""The motor families there are: a folder beside this file and a line in it."""

from collections.abc import Mapping
from typing import Protocol

from hardware.bus import MotorBus
from hardware.dynamixel.bus import DynamixelBus
from hardware.link import Clock, Link
from robot.description import RobotDescription


class MakeBus(Protocol):
    """Makes the motor bus named `bus` of a description on a line that is not yet open."""

    def __call__(self, description: RobotDescription, bus: str, link: Link, clock: Clock) -> MotorBus:
        """Nothing is opened here; raises `DeviceError` for what one bus cannot carry together."""


FAMILIES: Mapping[str, MakeBus] = {
    "dynamixel": DynamixelBus,
}
