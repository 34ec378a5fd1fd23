"""An emulated drive's control table: its registers, and who may write what when."""

import struct

from hardware.dynamixel.codec import Result
from hardware.dynamixel.table import ControlTable, Mode, Register

_GOAL_LIMITS = {"goal_pwm": "pwm_limit", "goal_current": "current_limit", "goal_velocity": "velocity_limit"}
GOALS = (*_GOAL_LIMITS, "goal_position")
_FORMATS = {1: "B", 2: "H", 4: "I"}


class Refused(Exception):  # noqa: N818 - an answer of the protocol, not an error of ours
    """The drive does not do it: `result` is the error number of its answer."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.name)
        self.result = result


class Memory:
    """One control table with its access rules; `memory[name]` reads or sets a register from inside the drive.

    `shut_down` and `watchdog_tripped` are set by the drive: the one keeps torque off, the other makes goals read-only.
    """

    def __init__(self, table: ControlTable) -> None:
        self.table = table
        self.shut_down = False
        self.watchdog_tripped = False
        self._registers = {register.address: register for register in table.registers.values()}
        last = max(self._registers)
        self._size = last + self._registers[last].size
        self._values = {register.name: register.default for register in self._registers.values()}
        self._spans: dict[tuple[int, int], tuple[struct.Struct, int, tuple[str, ...]]] = {}

    def __getitem__(self, name: str) -> int:
        return self._values[name]

    def __setitem__(self, name: str, value: int) -> None:
        self._values[name] = value

    def reset(self, *, eeprom: bool, keep: tuple[str, ...]) -> None:
        """Back to the defaults: the RAM, and the EEPROM too if said, but for the registers to `keep`."""
        for register in self._registers.values():
            if (eeprom or not register.eeprom) and register.name not in keep:
                self._values[register.name] = register.default

    def read(self, address: int, length: int) -> bytes:
        """Bytes as they stand, gaps between the registers as zero; raises `Refused` beyond the table."""
        if length < 1 or address + length > self._size:
            raise Refused(Result.ACCESS_ERROR)
        span = self._spans.get((address, length))
        if span is None:
            span = self._spans[(address, length)] = self._span(address, length)
        layout, start, names = span
        data = layout.pack(*[self._values[name] for name in names])
        return data[address - start : address - start + length]

    def check(self, address: int, data: bytes) -> list[tuple[Register, int]]:
        """What a write would set; raises `Refused` with the error number that it earns."""
        wanted: list[tuple[Register, int]] = []
        at = 0
        while at < len(data):
            register = self._registers.get(address + at)
            if register is None or not register.writable or (register.eeprom and self["torque_enable"]):
                raise Refused(Result.ACCESS_ERROR)
            part = data[at : at + register.size]
            if len(part) < register.size:
                raise Refused(Result.DATA_LENGTH_ERROR)
            value = register.unpack(part)
            self._check_value(register, value)
            wanted.append((register, value))
            at += register.size
        if not wanted:
            raise Refused(Result.DATA_LENGTH_ERROR)
        return wanted

    def _span(self, address: int, length: int) -> tuple[struct.Struct, int, tuple[str, ...]]:
        """How to pack the registers that a read touches, where the first begins, and their names."""
        touched = [
            register
            for register in self._registers.values()
            if register.address < address + length and register.address + register.size > address
        ]
        start = at = min([address, *(register.address for register in touched)])
        layout = "<"
        for register in touched:
            code = _FORMATS[register.size]
            layout += f"{register.address - at}x{code.lower() if register.signed else code}"
            at = register.address + register.size
        layout += f"{max(0, address + length - at)}x"
        return struct.Struct(layout), start, tuple(register.name for register in touched)

    def _check_value(self, register: Register, value: int) -> None:
        name = register.name
        if name in GOALS and self.watchdog_tripped:
            raise Refused(Result.DATA_RANGE_ERROR)
        if name in _GOAL_LIMITS:
            low, high = -self[_GOAL_LIMITS[name]], self[_GOAL_LIMITS[name]]
        else:
            low = value if register.low is None else register.low
            high = value if register.high is None else register.high
        if not low <= value <= high or (name == "operating_mode" and value not in self.table.modes):
            raise Refused(Result.DATA_RANGE_ERROR)
        if name == "bus_watchdog" and self.watchdog_tripped and value:
            raise Refused(Result.DATA_RANGE_ERROR)
        in_position_mode = name == "goal_position" and self["operating_mode"] == Mode.POSITION
        if in_position_mode and not self["min_position_limit"] <= value <= self["max_position_limit"]:
            raise Refused(Result.DATA_LIMIT_ERROR)
        if name == "torque_enable" and value and self.shut_down:
            raise Refused(Result.RESULT_FAIL)
