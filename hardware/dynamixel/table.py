"""Control tables as data: what stands at which address of a drive, who may write it and within which bounds.

ROBOTIS e-manual, PH54-200-S500-R and XH430-W350-R. Units: return delay 2 µs, bus watchdog 20 ms, realtime tick 1 ms,
voltage 0.1 V, temperature 1 °C; current, velocity and position as `robot.datasheets.DriveModel` gives them. Gains,
profiles, LEDs, external ports and indirect addresses are not used and not listed: writing there is an access error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Mode(IntEnum):
    """Operating modes that both families have."""

    CURRENT = 0
    VELOCITY = 1
    POSITION = 3
    EXTENDED_POSITION = 4
    CURRENT_BASED_POSITION = 5
    PWM = 16


BAUD_CODES = {9600: 0, 57600: 1, 115200: 2, 1_000_000: 3, 2_000_000: 4, 3_000_000: 5, 4_000_000: 6}
"""Symbol rate in baud to the value of the baud rate register."""

WATCHDOG_UNIT_S = 0.020
WATCHDOG_TRIPPED = 255
"""What the bus watchdog register reads (-1 in one byte) after it has stopped the drive."""

HARDWARE_ERRORS = {0: "voltage", 2: "overheating", 3: "encoder", 4: "electrical shock", 5: "overload"}
"""Bits of the hardware error register."""


@dataclass(frozen=True, slots=True)
class Register:
    """One entry of a control table; `low` and `high` bound what may be written, None means the whole size."""

    name: str
    address: int
    size: int
    default: int = 0
    low: int | None = None
    high: int | None = None
    writable: bool = False
    eeprom: bool = False
    signed: bool = False

    def pack(self, value: int) -> bytes:
        """The register's bytes for a value."""
        return value.to_bytes(self.size, "little", signed=self.signed)

    def unpack(self, data: bytes | bytearray) -> int:
        """The value in the register's bytes."""
        return int.from_bytes(data, "little", signed=self.signed)


@dataclass(frozen=True, slots=True)
class ControlTable:
    """All the registers of one drive model; `modes` are the operating modes it has."""

    model: str
    number: int
    modes: tuple[Mode, ...]
    registers: Mapping[str, Register]

    def __getitem__(self, name: str) -> Register:
        return self.registers[name]

    @property
    def feedback(self) -> tuple[int, int]:
        """Address and length of the block that is read every cycle: realtime tick to present position."""
        first, last = self["realtime_tick"], self["present_position"]
        return first.address, last.address + last.size - first.address


def _rom(
    name: str, address: int, size: int, default: int = 0, low: int | None = None, high: int | None = None
) -> Register:
    return Register(
        name, address, size, default, low, high, writable=True, eeprom=True, signed=low is not None and low < 0
    )


def _ram(
    name: str, address: int, size: int, default: int = 0, low: int | None = None, high: int | None = None
) -> Register:
    return Register(name, address, size, default, low, high, writable=True, signed=low is not None and low < 0)


def _goal(name: str, address: int, size: int) -> Register:
    return Register(name, address, size, writable=True, signed=True)


def _now(name: str, address: int, size: int, *, signed: bool = False) -> Register:
    return Register(name, address, size, signed=signed)


def _identity(number: int) -> tuple[Register, ...]:
    return (
        Register("model_number", 0, 2, number, eeprom=True),
        Register("model_information", 2, 4, eeprom=True),
        Register("firmware_version", 6, 1, 45, eeprom=True),
        _rom("id", 7, 1, 1, 0, 252),
    )


def _running(torque_enable: int, watchdog: int, tick: int) -> tuple[Register, ...]:
    """The working part, which both families have in one order from three addresses on."""
    return (
        _ram("torque_enable", torque_enable, 1, 0, 0, 1),
        _ram("status_return_level", torque_enable + 4, 1, 2, 0, 2),
        _now("registered_instruction", torque_enable + 5, 1),
        _now("hardware_error_status", torque_enable + 6, 1),
        _ram("bus_watchdog", watchdog, 1, 0, 0, 127),
        _goal("goal_pwm", watchdog + 2, 2),
        _goal("goal_current", watchdog + 4, 2),
        _goal("goal_velocity", watchdog + 6, 4),
        _goal("goal_position", tick - 4, 4),
        _now("realtime_tick", tick, 2),
        _now("moving", tick + 2, 1),
        _now("moving_status", tick + 3, 1),
        _now("present_pwm", tick + 4, 2, signed=True),
        _now("present_current", tick + 6, 2, signed=True),
        _now("present_velocity", tick + 8, 4, signed=True),
        _now("present_position", tick + 12, 4, signed=True),
        _now("present_input_voltage", tick + 24, 2),
        _now("present_temperature", tick + 26, 1),
    )


def _table(model: str, number: int, modes: tuple[Mode, ...], *registers: Register) -> ControlTable:
    ordered = sorted((*_identity(number), *registers), key=lambda register: register.address)
    return ControlTable(model, number, modes, {register.name: register for register in ordered})


_COMMON_MODES = (Mode.CURRENT, Mode.VELOCITY, Mode.POSITION, Mode.EXTENDED_POSITION, Mode.PWM)

PH54_200_S500_R = _table(
    "ph54-200-s500-r",
    2020,
    _COMMON_MODES,
    _rom("baud_rate", 8, 1, 1, 0, 9),
    _rom("return_delay_time", 9, 1, 250, 0, 254),
    _rom("drive_mode", 10, 1, 0, 0, 13),
    _rom("operating_mode", 11, 1, 3, 0, 16),
    _rom("homing_offset", 20, 4, 0, -(2**31), 2**31 - 1),
    _rom("temperature_limit", 31, 1, 80, 0, 100),
    _rom("max_voltage_limit", 32, 2, 350, 150, 350),
    _rom("min_voltage_limit", 34, 2, 150, 150, 350),
    _rom("pwm_limit", 36, 2, 2009, 0, 2009),
    _rom("current_limit", 38, 2, 22740, 0, 22740),
    _rom("velocity_limit", 44, 4, 2900, 0, 2900),
    _rom("max_position_limit", 48, 4, 501433, -501923, 501923),
    _rom("min_position_limit", 52, 4, -501433, -501923, 501923),
    _rom("shutdown", 63, 1, 52, 0, 63),
    *_running(torque_enable=512, watchdog=546, tick=568),
)

XH430_W350_R = _table(
    "xh430-w350-r",
    1000,
    (*_COMMON_MODES, Mode.CURRENT_BASED_POSITION),
    _rom("baud_rate", 8, 1, 1, 0, 7),
    _rom("return_delay_time", 9, 1, 250, 0, 254),
    _rom("drive_mode", 10, 1, 0, 0, 5),
    _rom("operating_mode", 11, 1, 3, 0, 16),
    _rom("homing_offset", 20, 4, 0, -1044479, 1044479),
    _rom("temperature_limit", 31, 1, 80, 0, 100),
    _rom("max_voltage_limit", 32, 2, 160, 95, 160),
    _rom("min_voltage_limit", 34, 2, 95, 95, 160),
    _rom("pwm_limit", 36, 2, 885, 0, 885),
    _rom("current_limit", 38, 2, 648, 0, 648),
    _rom("velocity_limit", 44, 4, 130, 0, 1023),
    _rom("max_position_limit", 48, 4, 4095, 0, 4095),
    _rom("min_position_limit", 52, 4, 0, 0, 4095),
    _rom("shutdown", 63, 1, 52, 0, 63),
    *_running(torque_enable=64, watchdog=98, tick=120),
)

TABLES = {table.model: table for table in (PH54_200_S500_R, XH430_W350_R)}
"""Drive model, named as in `robot.datasheets.DRIVES`, to its control table."""

MODEL_NAMES = {table.number: table.model for table in TABLES.values()}
"""Model number, as a ping answers it, to the model's name."""
