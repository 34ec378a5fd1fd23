"""Whether the motors' power is there, as the drives themselves tell it: one channel of the emergency stop."""

from collections.abc import Mapping
from typing import Protocol

from hardware.dynamixel.supply import supply_volts
from hardware.link import Link, SerialLink
from hardware.plant import Connect
from robot.description import Drive, RobotDescription


class ReadSupply(Protocol):
    """Reads the supply voltage of a family's drives on one line that is not yet open."""

    def __call__(self, link: Link, drives: tuple[Drive, ...]) -> tuple[float | None, ...]:
        """Volts by drive, None where it does not answer; leaves torque off; raises `DeviceError` without a port."""


_FAMILIES: Mapping[str, ReadSupply] = {"dynamixel": supply_volts}


def read_supply(
    robot: RobotDescription, ports: Mapping[str, str], connect: Connect = SerialLink
) -> tuple[float | None, ...]:
    """The supply voltage in V at every drive, bus by bus, None where one does not answer; `ports` by bus.

    For a robot without a session: torque is off afterwards. Raises `DeviceError` where a port is not there.
    """
    volts: list[float | None] = []
    for name in dict.fromkeys(drive.bus for drive in robot.drives):
        drives = tuple(drive for drive in robot.drives if drive.bus == name)
        volts += _FAMILIES[drives[0].family](connect(ports[name], robot.bus[name].baud), drives)
    return tuple(volts)
