"""The instructions of Protocol 2.0 as whole frames, ready to be sent."""

# Every function here takes the parameter names of the protocol's own tables.
# ruff: noqa: A002

import struct
from collections.abc import Iterable, Mapping

from hardware.dynamixel.codec import BROADCAST, Instruction, frame

_SPAN = struct.Struct("<HH")
_ADDRESS = struct.Struct("<H")

CLEAR_TURNS = b"\x01DXL\x22"
"""Parameters of *clear* that bring the present position back into one turn."""


def ping(id: int = BROADCAST) -> bytes:
    """Ask one drive, or all, for model number and firmware."""
    return frame(id, Instruction.PING)


def read(id: int, address: int, length: int) -> bytes:
    """Ask one drive for `length` bytes of its control table."""
    return frame(id, Instruction.READ, _SPAN.pack(address, length))


def write(id: int, address: int, data: bytes) -> bytes:
    """Write into the control table at once."""
    return frame(id, Instruction.WRITE, _ADDRESS.pack(address) + data)


def reg_write(id: int, address: int, data: bytes) -> bytes:
    """Write into the control table at the next `action`."""
    return frame(id, Instruction.REG_WRITE, _ADDRESS.pack(address) + data)


def action(id: int = BROADCAST) -> bytes:
    """Carry out what `reg_write` left waiting."""
    return frame(id, Instruction.ACTION)


def factory_reset(id: int, option: int) -> bytes:
    """Back to the defaults: 0xFF all, 0x01 all but the ID, 0x02 all but ID and baud rate."""
    return frame(id, Instruction.FACTORY_RESET, bytes((option,)))


def reboot(id: int) -> bytes:
    """Start the drive again: the only way out of a shutdown."""
    return frame(id, Instruction.REBOOT)


def clear(id: int) -> bytes:
    """Bring the present position of a resting drive back into one turn."""
    return frame(id, Instruction.CLEAR, CLEAR_TURNS)


def sync_read(ids: Iterable[int], address: int, length: int) -> bytes:
    """Ask several drives for the same part of their tables; they answer one after the other."""
    return frame(BROADCAST, Instruction.SYNC_READ, _SPAN.pack(address, length) + bytes(ids))


def fast_sync_read(ids: Iterable[int], address: int, length: int) -> bytes:
    """As `sync_read`, answered in one common frame (X430 and X540 from firmware 45 on)."""
    return frame(BROADCAST, Instruction.FAST_SYNC_READ, _SPAN.pack(address, length) + bytes(ids))


def sync_write(data: Mapping[int, bytes], address: int) -> bytes:
    """Write the same part of several tables, `data` by ID and all of one length; nobody answers."""
    length = len(next(iter(data.values())))
    if any(len(value) != length for value in data.values()):
        raise ValueError("all the values of a sync write have one length")
    values = b"".join(bytes((id_,)) + value for id_, value in data.items())
    return frame(BROADCAST, Instruction.SYNC_WRITE, _SPAN.pack(address, length) + values)


def bulk_read(spans: Mapping[int, tuple[int, int]]) -> bytes:
    """Ask several drives for different parts, `(address, length)` by ID."""
    return frame(BROADCAST, Instruction.BULK_READ, _spans(spans))


def fast_bulk_read(spans: Mapping[int, tuple[int, int]]) -> bytes:
    """As `bulk_read`, answered in one common frame."""
    return frame(BROADCAST, Instruction.FAST_BULK_READ, _spans(spans))


def bulk_write(data: Mapping[int, tuple[int, bytes]]) -> bytes:
    """Write different parts of several tables, `(address, bytes)` by ID; nobody answers."""
    values = (bytes((id_,)) + _SPAN.pack(address, len(value)) + value for id_, (address, value) in data.items())
    return frame(BROADCAST, Instruction.BULK_WRITE, b"".join(values))


def _spans(spans: Mapping[int, tuple[int, int]]) -> bytes:
    return b"".join(bytes((id_,)) + _SPAN.pack(*span) for id_, span in spans.items())
