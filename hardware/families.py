"""The motor families there are: a folder beside this file and a line in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hardware.bus import Health, MotorBus
from hardware.dynamixel.bus import DynamixelBus
from hardware.dynamixel.health import drives_health
from hardware.link import Clock, Link
from robot.description import RobotDescription
from robot.drive import Drive
from robot.errors import DeviceError


class MakeBus(Protocol):
    """Makes the motor bus named `bus` of a description on a line that is not yet open."""

    def __call__(self, description: RobotDescription, bus: str, link: Link, clock: Clock) -> MotorBus:
        """Nothing is opened here; raises `DeviceError` for what one bus cannot carry together."""


class ReadHealth(Protocol):
    """Reads how the drives of one bus are, outside of a session, on a line that is not yet open."""

    def __call__(self, link: Link, drives: tuple[Drive, ...]) -> tuple[Health | None, ...]:
        """By drive, None where it does not answer; leaves torque off; raises `DeviceError` without a port."""


@dataclass(frozen=True, slots=True)
class Family:
    """What a family's drives need of us: a bus in a session, and their health outside of one."""

    bus: MakeBus
    health: ReadHealth


FAMILIES: Mapping[str, Family] = {
    "dynamixel": Family(DynamixelBus, drives_health),
}


def check_driven(description: RobotDescription) -> None:
    """Refuse a robot with a drive that no driver of ours drives: raises `DeviceError` naming its first such joint."""
    for name, joint in description.joints.items():
        if joint.drive.family not in FAMILIES:
            raise DeviceError("drive-simulated", robot=description.name, joint=name, model=joint.drive.model)
