"""The supply voltage of drives that are not in a session: is the motors' power there?"""

import time

from hardware.dynamixel import instructions
from hardware.dynamixel.codec import Result
from hardware.dynamixel.handshake import Asker
from hardware.dynamixel.table import TABLES
from hardware.link import Clock, Link
from robot.description import Drive

VOLT_PER_COUNT = 0.1


def supply_volts(link: Link, drives: tuple[Drive, ...], clock: Clock = time.monotonic) -> tuple[float | None, ...]:
    """The supply voltage in V that each drive of one bus, all of one model, tells; None where it does not answer.

    Opens the line, switches torque off, so that asking can never keep a torque alive by feeding a drive's watchdog,
    and closes the line again. Blocks some ms for a drive that answers, `REPLY_S` three times for one that does not.
    Raises `DeviceError` where the port is not there.
    """
    link.open()
    try:
        for name, value in (("status_return_level", 2), ("torque_enable", 0)):
            register = TABLES[drives[0].model][name]
            data = dict.fromkeys((drive.id for drive in drives), register.pack(value))
            link.write(instructions.sync_write(data, register.address))
        asker = Asker(link, clock)
        return tuple(_volts(asker, drive) for drive in drives)
    finally:
        link.close()


def _volts(asker: Asker, drive: Drive) -> float | None:
    register = TABLES[drive.model]["present_input_voltage"]
    answer = asker.ask(instructions.read(drive.id, register.address, register.size), drive.id)
    if answer is None or answer.result != Result.DONE or len(answer.data) != register.size:
        return None
    return register.unpack(answer.data) * VOLT_PER_COUNT
