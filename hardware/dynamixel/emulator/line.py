"""An emulated bus line: bytes of the host in, bytes of the drives out, each with the time at which it is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hardware.dynamixel.codec import (
    BROADCAST,
    Instruction,
    Packet,
    Result,
    fast_status_frame,
    parse,
    split_frames,
    status_frame,
)
from hardware.dynamixel.emulator.drive import EmulatedDrive
from hardware.dynamixel.timing import wire_time_s

_INSTRUCTIONS = {int(instruction) for instruction in Instruction} - {int(Instruction.STATUS)}
_SINGLE = {
    Instruction.PING,
    Instruction.WRITE,
    Instruction.REG_WRITE,
    Instruction.ACTION,
    Instruction.FACTORY_RESET,
    Instruction.REBOOT,
    Instruction.CLEAR,
}


@dataclass(slots=True)
class Faults:
    """What is wrong with the line; nothing at first.

    `silent` from and until when (s on the emulator's clock) no drive hears or answers, `delay_s` added to every answer,
    `mangle` what becomes of an answer on its way (empty drops it).
    """

    silent: tuple[float, float] | None = None
    delay_s: float = 0.0
    mangle: Callable[[bytes], bytes] | None = None


class EmulatedLine:
    """The drives of one bus. Without `wire_time` every answer is there at once."""

    def __init__(self, drives: Sequence[EmulatedDrive], *, wire_time: bool) -> None:
        self.drives = tuple(drives)
        self.faults = Faults()
        self._wire_time = wire_time
        self._rest = b""
        self._free_at = 0.0

    def receive(self, data: bytes, now: float, baud: int) -> list[tuple[float, bytes]]:
        """Bytes of the host that came in at `now` (s) at `baud`; the answers, each with the time when it is complete.

        A sync or bulk read's answers come as one burst, as a USB adapter hands them on.
        """
        silent = self.faults.silent
        if silent is not None and silent[0] <= now < silent[1]:
            return []
        found = split_frames(self._rest + data)
        self._rest = found.rest
        listening = {drive.id: drive for drive in self.drives if drive.hears(baud, now)}
        answers: list[tuple[float, bytes]] = []
        for corrupt in found.corrupt:
            drive = listening.get(corrupt[4])
            if drive is not None:
                self._send(
                    answers, corrupt, [(drive, status_frame(drive.id, drive.error(Result.CRC_ERROR)))], now, baud
                )
        for frame in found.frames:
            self._send(answers, frame, self._answers(parse(frame), listening, now), now, baud)
        return answers

    def _send(
        self,
        answers: list[tuple[float, bytes]],
        request: bytes,
        replies: Sequence[tuple[EmulatedDrive, bytes]],
        now: float,
        baud: int,
    ) -> None:
        at = now
        if self._wire_time:
            at = max(now, self._free_at) + wire_time_s(len(request), baud)
            for drive, reply in replies:
                at += drive.return_delay_s + wire_time_s(len(reply), baud)
            self._free_at = at
        mangle = self.faults.mangle
        burst = b"".join(reply if mangle is None else mangle(reply) for _, reply in replies)
        if burst:
            answers.append((at + self.faults.delay_s, burst))

    def _answers(
        self, packet: Packet, listening: dict[int, EmulatedDrive], now: float
    ) -> Sequence[tuple[EmulatedDrive, bytes]]:
        kind, data = packet.instruction, packet.parameters
        if kind == Instruction.STATUS:
            return []
        if packet.id != BROADCAST:
            drive = listening.get(packet.id)
            return [] if drive is None else self._single(packet, [drive], now)
        if kind in _SINGLE:
            return self._single(packet, list(listening.values()), now)
        if kind in (Instruction.SYNC_READ, Instruction.FAST_SYNC_READ) and len(data) > 4:
            span = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
            return self._reads([(id_, *span) for id_ in data[4:]], listening, now, kind == Instruction.FAST_SYNC_READ)
        if kind in (Instruction.BULK_READ, Instruction.FAST_BULK_READ):
            return self._reads(_bulk_spans(data), listening, now, kind == Instruction.FAST_BULK_READ)
        writes = {Instruction.SYNC_WRITE: _sync_writes, Instruction.BULK_WRITE: _bulk_writes}
        if kind in (Instruction.SYNC_WRITE, Instruction.BULK_WRITE):
            for id_, address, value in writes[Instruction(kind)](data):
                if id_ in listening:
                    listening[id_].hear(now)
                    listening[id_].write(address, value)
        return []

    def _single(
        self, packet: Packet, drives: Sequence[EmulatedDrive], now: float
    ) -> Sequence[tuple[EmulatedDrive, bytes]]:
        replies: list[tuple[EmulatedDrive, bytes]] = []
        for drive in sorted(drives, key=lambda drive: drive.id):
            id_ = drive.id
            drive.hear(now)
            if packet.instruction not in _INSTRUCTIONS:
                replies.append((drive, status_frame(id_, drive.error(Result.INSTRUCTION_ERROR))))
                continue
            speaks = drive.answers(packet) and (packet.id != BROADCAST or packet.instruction == Instruction.PING)
            error, data = drive.execute(packet, now)
            if speaks:
                replies.append((drive, status_frame(id_, error, data)))
        return replies

    def _reads(
        self, spans: Sequence[tuple[int, int, int]], listening: dict[int, EmulatedDrive], now: float, fast: bool
    ) -> Sequence[tuple[EmulatedDrive, bytes]]:
        """Each drive waits for the one before it: who is missing silences those behind it."""
        parts: list[tuple[EmulatedDrive, int, bytes]] = []
        for id_, address, length in spans:
            drive = listening.get(id_)
            if drive is None or drive.memory["status_return_level"] < 1:
                break
            drive.hear(now)
            error, data = drive.read(address, length)
            parts.append((drive, error, data.ljust(length, b"\0") if fast else data))
        if not parts:
            return []
        if fast:
            return [(parts[0][0], fast_status_frame([(error, drive.id, data) for drive, error, data in parts]))]
        return [(drive, status_frame(drive.id, error, data)) for drive, error, data in parts]


def _bulk_spans(data: bytes) -> list[tuple[int, int, int]]:
    return [
        (data[at], int.from_bytes(data[at + 1 : at + 3], "little"), int.from_bytes(data[at + 3 : at + 5], "little"))
        for at in range(0, len(data) - 4, 5)
    ]


def _sync_writes(data: bytes) -> list[tuple[int, int, bytes]]:
    address, length = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
    step = 1 + length
    return [(data[at], address, data[at + 1 : at + step]) for at in range(4, len(data) - length, step)]


def _bulk_writes(data: bytes) -> list[tuple[int, int, bytes]]:
    writes: list[tuple[int, int, bytes]] = []
    at = 0
    while at + 5 <= len(data):
        address, length = (
            int.from_bytes(data[at + 1 : at + 3], "little"),
            int.from_bytes(data[at + 3 : at + 5], "little"),
        )
        writes.append((data[at], address, data[at + 5 : at + 5 + length]))
        at += 5 + length
    return writes
