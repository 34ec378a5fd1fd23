"""Voltage and temperature of drives that are not in a session."""

import time

from hardware.bus import Health
from hardware.dynamixel import instructions
from hardware.dynamixel.codec import Result
from hardware.dynamixel.handshake import Asker
from hardware.dynamixel.table import TABLES
from hardware.link import Clock, Link
from robot.drive import Drive

VOLT_PER_COUNT = 0.1


def drives_health(link: Link, drives: tuple[Drive, ...], clock: Clock = time.monotonic) -> tuple[Health | None, ...]:
    """The supply voltage and temperature that each drive of one bus, all of one model, tells; None without an answer.

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
        return tuple(_health(asker, drive) for drive in drives)
    finally:
        link.close()


def _health(asker: Asker, drive: Drive) -> Health | None:
    """Both in one question: they stand side by side in every table."""
    voltage, temperature = (TABLES[drive.model][name] for name in ("present_input_voltage", "present_temperature"))
    size = temperature.address + temperature.size - voltage.address
    answer = asker.ask(instructions.read(drive.id, voltage.address, size), drive.id)
    if answer is None or answer.result != Result.DONE or len(answer.data) != size:
        return None
    volts = voltage.unpack(answer.data[: voltage.size]) * VOLT_PER_COUNT
    return Health(volts, float(temperature.unpack(answer.data[-temperature.size :])))
