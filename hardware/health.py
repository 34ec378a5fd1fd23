"""How the drives are before and after a session: is the motors' power there, and are they cool?"""

from collections.abc import Mapping

from hardware.bus import Health
from hardware.families import FAMILIES, check_driven
from hardware.link import SerialLink
from hardware.plant import Connect
from robot.description import RobotDescription


def read_health(
    robot: RobotDescription, ports: Mapping[str, str], connect: Connect = SerialLink
) -> tuple[Health | None, ...]:
    """The health of every drive, bus by bus, None where one does not answer; `ports` by bus.

    For a robot without a session: torque is off afterwards. Raises `DeviceError` where a port is not there, or a drive
    has no driver.
    """
    check_driven(robot)
    health: list[Health | None] = []
    for name in dict.fromkeys(drive.bus for drive in robot.drives):
        drives = tuple(drive for drive in robot.drives if drive.bus == name)
        health += FAMILIES[drives[0].family].health(connect(ports[name], robot.bus[name].baud), drives)
    return tuple(health)
