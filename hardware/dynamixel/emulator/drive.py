"""One emulated drive: what it does with an instruction, and the torque it gives.

Only current mode turns the shaft. The other modes can be selected, as on the real drive, but give no torque: their
controllers are not emulated. Of failures of its own only those that a test asks for happen.
"""

import math

from hardware.dynamixel.codec import ALERT, Instruction, Packet, Result
from hardware.dynamixel.emulator.memory import GOALS, Memory, Refused
from hardware.dynamixel.instructions import CLEAR_TURNS
from hardware.dynamixel.table import BAUD_CODES, TABLES, WATCHDOG_TRIPPED, WATCHDOG_UNIT_S, Mode
from robot.drive import Drive

BOOT_S = 0.2
"""From power on until a drive hears anything. Assumed."""

RISE_S = 0.4
"""From power on until its supply has its whole voltage: in between it answers, and reports too little. Assumed."""

_VOLTAGE_ERROR = 1 << 0
_VOLTAGE_COUNTS = {"ph54-200-s500-r": 240, "xh430-w350-r": 120}
_TEMPERATURE = 35  # °C
_KEPT_BY_RESET = {0xFF: (), 0x01: ("id",), 0x02: ("id", "baud_rate")}
_RESTING_COUNTS = 2


class EmulatedDrive:
    """A drive set up with its ID and baud rate and otherwise as it leaves the factory; times in s on one clock.

    `memory` is its control table, for tests to look into; `temperature` in °C is always what they set.
    """

    def __init__(self, drive: Drive, baud: int) -> None:
        self.drive = drive
        self.temperature = _TEMPERATURE
        self.memory = Memory(TABLES[drive.model])
        self.memory["id"] = drive.id
        self.memory["baud_rate"] = BAUD_CODES[baud]
        self._waiting: tuple[int, bytes] | None = None
        self._turns = 0
        self._booted = 0.0
        self._live, self._live_since, self._rising = True, -math.inf, False
        self._heard = -math.inf
        self._current = 0.0
        self._shaft = (0.0, 0.0, 0.0)

    @property
    def id(self) -> int:
        """The ID it answers to now."""
        return self.memory["id"]

    @property
    def return_delay_s(self) -> float:
        """How long it waits before an answer."""
        return self.memory["return_delay_time"] * 2e-6

    def hears(self, baud: int, now: float) -> bool:
        """Whether it is up, and set to this symbol rate."""
        up = self._live and now - self._live_since >= BOOT_S
        return up and self.memory["baud_rate"] == BAUD_CODES.get(baud)

    def power(self, live: bool, now: float) -> None:
        """Whether its supply is there. Without it there is no torque and no answer; once it is back the drive boots."""
        if live == self._live:
            return
        self._live, self._live_since, self._rising = live, now, live
        self._restart(now + BOOT_S)
        if live:
            self.memory["hardware_error_status"] = _VOLTAGE_ERROR

    def fail(self, bits: int) -> None:
        """Raise hardware error bits; those that are in the shutdown register take the torque away until a reboot."""
        self.memory["hardware_error_status"] |= bits
        if bits & self.memory["shutdown"]:
            self.memory.shut_down = True
            self.memory["torque_enable"] = 0
            self._settle_current()

    def watch(self, now: float) -> None:
        """Trip the bus watchdog if nothing was heard for as long as it is set to while torque is on."""
        limit = self.memory["bus_watchdog"]
        if not limit or self.memory.watchdog_tripped or not self.memory["torque_enable"]:
            return
        if now - self._heard > limit * WATCHDOG_UNIT_S:
            self.memory.watchdog_tripped = True
            self.memory["bus_watchdog"] = WATCHDOG_TRIPPED
            for name in GOALS:
                self.memory[name] = 0
            self._settle_current()

    def torque(self, joint_speed: float) -> float:
        """Joint torque in N·m before friction, at a joint speed in rad/s."""
        return self.drive.motor_torque(self._current, joint_speed) if self._current else 0.0

    def feel(self, q: float, dq: float, now: float) -> None:
        """Where the shaft is at `now` (s): joint angle in rad and speed in rad/s."""
        self._shaft = (q, dq, now)

    def _settle_current(self) -> None:
        memory = self.memory
        driving = memory["torque_enable"] and memory["operating_mode"] == Mode.CURRENT
        self._current = memory["goal_current"] * self.drive.datasheet.current_unit if driving else 0.0

    def _measure(self) -> None:
        """Put the present state into the table."""
        memory, drive, (q, dq, now) = self.memory, self.drive, self._shaft
        memory["realtime_tick"] = int((now - self._booted) * 1000.0) % 32768
        memory["present_position"] = drive.counts_of_position(q) + self._turns * drive.datasheet.encoder_counts
        memory["present_velocity"] = drive.counts_of_velocity(dq)
        memory["present_current"] = drive.counts_of_torque(self.torque(dq))
        memory["moving"] = int(abs(memory["present_velocity"]) > _RESTING_COUNTS)
        memory["present_input_voltage"] = self._voltage_counts(now)
        memory["present_temperature"] = self.temperature

    def _voltage_counts(self, now: float) -> int:
        risen = min(1.0, (now - self._live_since) / RISE_S)
        return int(_VOLTAGE_COUNTS[self.drive.model] * risen)

    def hear(self, now: float) -> None:
        """An instruction reached it: the bus is alive. The watchdog has its say before."""
        self.watch(now)
        if self._rising and self._voltage_counts(now) >= self.memory["min_voltage_limit"]:
            self._rising = False
            self.memory["hardware_error_status"] &= ~_VOLTAGE_ERROR
        self._heard = now

    def slip(self, lost_s: float) -> None:
        """Forget `lost_s` seconds of silence: nobody listened."""
        self._heard += lost_s

    def read(self, address: int, length: int) -> tuple[int, bytes]:
        """Error byte and data of a read."""
        if address + length > self.memory.table["realtime_tick"].address:
            self._measure()
        try:
            return self.error(Result.DONE), self.memory.read(address, length)
        except Refused as refused:
            return self.error(refused.result), b""

    def write(self, address: int, data: bytes) -> int:
        """Write at once; the error byte."""
        try:
            wanted = self.memory.check(address, data)
        except Refused as refused:
            return self.error(refused.result)
        for register, value in wanted:
            if register.name == "operating_mode" and value != self.memory["operating_mode"]:
                for name in GOALS:
                    self.memory[name] = 0
            if register.name == "bus_watchdog" and value == 0:
                self.memory.watchdog_tripped = False
            self.memory[register.name] = value
        self._settle_current()
        return self.error(Result.DONE)

    def error(self, result: Result) -> int:
        """The error byte: result number, and the alert bit while there is a hardware error."""
        return int(result) | (ALERT if self.memory["hardware_error_status"] else 0)

    def answers(self, packet: Packet) -> bool:
        """Whether the status return level lets it answer to an instruction addressed to it alone."""
        least = {Instruction.PING: 0, Instruction.READ: 1}.get(Instruction(packet.instruction), 2)
        return self.memory["status_return_level"] >= least

    def execute(self, packet: Packet, now: float) -> tuple[int, bytes]:
        """Carry out one instruction addressed to it; error byte and data of the answer."""
        try:
            return self._execute(packet, now)
        except Refused as refused:
            return self.error(refused.result), b""

    def _execute(self, packet: Packet, now: float) -> tuple[int, bytes]:
        data = packet.parameters
        address = int.from_bytes(data[:2], "little")
        match packet.instruction:
            case Instruction.PING:
                identity = self.memory.read(0, 2) + self.memory.read(6, 1)
                return self.error(Result.DONE), identity
            case Instruction.READ if len(data) == 4:
                return self.read(address, int.from_bytes(data[2:], "little"))
            case Instruction.WRITE if len(data) > 2:
                return self.write(address, data[2:]), b""
            case Instruction.REG_WRITE if len(data) > 2:
                self.memory.check(address, data[2:])
                self._waiting = (address, data[2:])
                self.memory["registered_instruction"] = 1
            case Instruction.ACTION:
                return self._act(), b""
            case Instruction.FACTORY_RESET if len(data) == 1:
                self._reset(data[0], everyone=packet.id != self.id)
            case Instruction.REBOOT:
                error = self.error(Result.DONE)  # the answer leaves before the drive starts again
                self._restart(now)
                return error, b""
            case Instruction.CLEAR if data == CLEAR_TURNS:
                self._clear_turns()
            case _:
                raise Refused(Result.INSTRUCTION_ERROR)
        return self.error(Result.DONE), b""

    def _act(self) -> int:
        if self._waiting is None:
            raise Refused(Result.INSTRUCTION_ERROR)
        (address, data), self._waiting = self._waiting, None
        self.memory["registered_instruction"] = 0
        return self.write(address, data)

    def _reset(self, option: int, *, everyone: bool) -> None:
        if self.memory["torque_enable"] or option not in _KEPT_BY_RESET or (everyone and option == 0xFF):
            raise Refused(Result.RESULT_FAIL)
        self.memory.reset(eeprom=True, keep=_KEPT_BY_RESET[option])

    def _restart(self, now: float) -> None:
        self.memory.reset(eeprom=False, keep=())
        self.memory.shut_down = self.memory.watchdog_tripped = False
        self._waiting, self._turns, self._booted = None, 0, now
        self._settle_current()

    def _clear_turns(self) -> None:
        self._measure()
        if self.memory["moving"]:
            raise Refused(Result.RESULT_FAIL)
        self._turns -= self.memory["present_position"] // self.drive.datasheet.encoder_counts
