"""From an open line to drives at zero torque: who answers, is it the robot described, and how is it set."""

import time
from dataclasses import dataclass

from hardware.bus import Identity
from hardware.dynamixel import instructions
from hardware.dynamixel.codec import BROADCAST, Result, Status, parse_status, split_frames
from hardware.dynamixel.table import HARDWARE_ERRORS, MODEL_NAMES, WATCHDOG_UNIT_S, ControlTable, Mode
from hardware.link import Clock, Link
from robot.drive import Drive
from robot.errors import DeviceError

REPLY_S = 0.05
"""How long one answer is waited for: a latency timer of 16 ms, twice, and more."""

ATTEMPTS = 3
BROADCAST_REPLY_S = 0.8
"""A ping of all: each ID has a slot of 3 ms."""


@dataclass(frozen=True, slots=True)
class Asker:
    """One question at a time on a line, each with its answer; blocks up to `REPLY_S` an attempt."""

    link: Link
    clock: Clock = time.monotonic

    def ask(self, request: bytes, drive_id: int) -> Status | None:
        """The drive's answer, or None after three attempts."""
        for attempt in range(ATTEMPTS):
            answers = self._answers(request, REPLY_S, drive_id)
            if answers:
                if attempt:
                    self._absorb_late()
                return answers[-1]
        return None

    def ids_present(self) -> tuple[int, ...]:
        """Every ID that answers on this line; blocks `BROADCAST_REPLY_S`."""
        return tuple(sorted({answer.id for answer in self._answers(instructions.ping(), BROADCAST_REPLY_S, BROADCAST)}))

    def _absorb_late(self) -> None:
        """Let the answers to repeated questions come in, so that none passes for the answer to the next question."""
        deadline = self.clock() + REPLY_S
        while self.link.read(deadline):
            continue

    def _answers(self, request: bytes, wait_s: float, drive_id: int) -> list[Status]:
        self.link.drain()
        self.link.write(request)
        deadline = self.clock() + wait_s
        answers: list[Status] = []
        rest = b""
        while chunk := self.link.read(deadline):
            found = split_frames(rest + chunk)
            rest = found.rest
            for data in found.frames:
                answer = parse_status(data)
                if answer is not None and drive_id in (answer.id, BROADCAST):
                    answers.append(answer)
            if answers and drive_id != BROADCAST:
                break
        return answers


@dataclass(frozen=True, slots=True)
class Handshake:
    """Brings the drive of one joint to the state that the control loop needs; every step raises `DeviceError`."""

    asker: Asker
    bus: str
    joint: str
    drive: Drive
    table: ControlTable
    largest_torque: float
    silence_s: float

    @property
    def _where(self) -> dict[str, object]:
        return {"joint": self.joint, "bus": self.bus, "port": self.asker.link.port, "id": self.drive.id}

    @property
    def watchdog(self) -> int:
        """Value of the bus watchdog register: the host's silence limit rounded down to the drive's grid of 20 ms.

        So it trips no later than the host gives up, except below 20 ms, where the grid has no smaller step.
        """
        return min(max(1, int(self.silence_s / WATCHDOG_UNIT_S + 1e-9)), 127)

    def identify(self) -> Identity | None:
        """Who answers at the drive's ID, None if nobody does; refuses another model."""
        answer = self.asker.ask(instructions.ping(self.drive.id), self.drive.id)
        if answer is None or len(answer.data) != 3:
            return None
        number = int.from_bytes(answer.data[:2], "little")
        found = MODEL_NAMES.get(number, f"model number {number}")
        if found != self.drive.model:
            raise DeviceError("drive-model", **self._where, expected=self.drive.model, found=found)
        return Identity(self.joint, self.bus, self.drive.id, found, answer.data[2])

    def configure(self) -> None:
        """Torque off, then check and set what the description assumes; the drive stays without torque."""
        self._refuse_hardware_error()
        self.write("torque_enable", 0)
        self.write("bus_watchdog", 0)
        for name in ("drive_mode", "homing_offset"):
            self._require(name, 0)
        self._require_current()
        for name, value in (("return_delay_time", 0), ("operating_mode", int(Mode.CURRENT))):
            if self.read(name) != value:  # the EEPROM wears: write it only where it differs
                self.write(name, value)
        self.write("goal_current", 0)

    def enable(self) -> None:
        """Watchdog on, goal current zero, and only then torque on."""
        self.write("bus_watchdog", self.watchdog)
        self.write("goal_current", 0)
        self.write("torque_enable", 1)

    def read(self, name: str) -> int:
        """One register's value."""
        register = self.table[name]
        answer = self._answer(instructions.read(self.drive.id, register.address, register.size), name)
        if len(answer.data) != register.size:
            raise DeviceError("drive-refused", **self._where, register=name, reason="wrong length")
        return register.unpack(answer.data)

    def write(self, name: str, value: int) -> None:
        """Set one register, acknowledged by the drive."""
        register = self.table[name]
        self._answer(instructions.write(self.drive.id, register.address, register.pack(value)), name)

    def _answer(self, request: bytes, name: str) -> Status:
        answer = self.asker.ask(request, self.drive.id)
        if answer is None:
            raise DeviceError("drive-silent", **self._where, register=name)
        if answer.result != Result.DONE:
            known = answer.result in {result.value for result in Result}
            reason = Result(answer.result).name.lower().replace("_", " ") if known else f"error {answer.result}"
            raise DeviceError("drive-refused", **self._where, register=name, reason=reason)
        return answer

    def _refuse_hardware_error(self) -> None:
        bits = self.read("hardware_error_status")
        if bits:
            found = ", ".join(HARDWARE_ERRORS.get(bit, f"bit {bit}") for bit in range(8) if bits >> bit & 1)
            raise DeviceError("drive-hardware-error", **self._where, found=found)

    def _require(self, name: str, expected: int) -> None:
        found = self.read(name)
        if found != expected:
            raise DeviceError("drive-setting", **self._where, register=name, expected=expected, found=found)

    def _require_current(self) -> None:
        needed = abs(self.drive.counts_of_torque(self.largest_torque))
        found = self.read("current_limit")
        if found < needed:
            unit = self.drive.datasheet.current_unit
            raise DeviceError("drive-current-limit", **self._where, expected=needed * unit, found=found * unit)
