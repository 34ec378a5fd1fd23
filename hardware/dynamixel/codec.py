"""DYNAMIXEL Protocol 2.0, bytes in and values out: frames, byte stuffing, checksums, status packets.

A frame is `FF FF FD 00 | id | length | instruction | parameters | CRC`, little-endian; `length` counts instruction,
parameters and CRC after stuffing. ROBOTIS e-manual, "DYNAMIXEL Protocol 2.0".
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from fastcrc import crc16

HEADER = b"\xff\xff\xfd\x00"
BROADCAST = 0xFE
LARGEST_ID = 252
LARGEST_FRAME = 1024
"""Longest frame in bytes that is waited for: a damaged length must not swallow what follows."""

ALERT = 0x80
"""Bit of the error byte that says: the hardware error register is not zero."""

_STUFFING = b"\xff\xff\xfd"
_STUFFED = b"\xff\xff\xfd\xfd"
_HEAD = struct.Struct("<4sBH")
_WORD = struct.Struct("<H")


class Instruction(IntEnum):
    """What a frame asks for; `STATUS` marks an answer."""

    PING = 0x01
    READ = 0x02
    WRITE = 0x03
    REG_WRITE = 0x04
    ACTION = 0x05
    FACTORY_RESET = 0x06
    REBOOT = 0x08
    CLEAR = 0x10
    STATUS = 0x55
    SYNC_READ = 0x82
    SYNC_WRITE = 0x83
    FAST_SYNC_READ = 0x8A
    BULK_READ = 0x92
    BULK_WRITE = 0x93
    FAST_BULK_READ = 0x9A


class Result(IntEnum):
    """The error number in a status packet, bits 0 to 6 of its error byte."""

    DONE = 0
    RESULT_FAIL = 1
    INSTRUCTION_ERROR = 2
    CRC_ERROR = 3
    DATA_RANGE_ERROR = 4
    DATA_LENGTH_ERROR = 5
    DATA_LIMIT_ERROR = 6
    ACCESS_ERROR = 7


class Packet(NamedTuple):
    """A frame taken apart, without its stuffing: sender's or receiver's `id`, instruction byte, parameters."""

    id: int
    instruction: int
    parameters: bytes


class Status(NamedTuple):
    """A drive's answer: its `id`, the error number (see `Result`), the alert bit, and the data asked for."""

    id: int
    result: int
    alert: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """What `split_frames` saw: whole frames, the bytes still to be completed, and frames whose checksum is wrong."""

    frames: tuple[bytes, ...]
    rest: bytes
    corrupt: tuple[bytes, ...] = ()


def checksum(data: bytes) -> int:
    """CRC-16 of the protocol: polynomial 0x8005, initial value 0, not reflected."""
    return int(crc16.umts(data))


def stuffed(body: bytes) -> bytes:
    """Instruction and parameters with `FD` put after every `FF FF FD`, so that no header appears inside."""
    return body.replace(_STUFFING, _STUFFED) if _STUFFING in body else body


def unstuffed(body: bytes) -> bytes:
    """The inverse of `stuffed`."""
    return body.replace(_STUFFED, _STUFFING) if _STUFFED in body else body


def frame(id: int, instruction: int, parameters: bytes = b"") -> bytes:  # noqa: A002 - the protocol's own word
    """One whole frame, stuffed and with its checksum."""
    body = stuffed(bytes((instruction,)) + parameters)
    data = _HEAD.pack(HEADER, id, len(body) + 2) + body
    return data + _WORD.pack(checksum(data))


def status_frame(id: int, error: int, data: bytes = b"") -> bytes:  # noqa: A002 - the protocol's own word
    """A drive's answer; `error` with the alert bit."""
    return frame(id, Instruction.STATUS, bytes((error,)) + data)


def fast_status_frame(parts: Sequence[tuple[int, int, bytes]]) -> bytes:
    """The one answer of all drives to a fast read, `(error, id, data)` each; it is not stuffed.

    After every part stands the checksum of all that came before it.
    """
    length = 1 + sum(len(data) + 4 for _, _, data in parts)
    reply = _HEAD.pack(HEADER, BROADCAST, length) + bytes((Instruction.STATUS,))
    for error, id_, data in parts:
        reply += bytes((error, id_)) + data
        reply += _WORD.pack(checksum(reply))
    return reply


def parse(data: bytes) -> Packet:
    """Take a whole, checked frame apart, as `split_frames` gives it."""
    body = unstuffed(data[7:-2])
    return Packet(data[4], body[0], body[1:])


def parse_status(data: bytes) -> Status | None:
    """A drive's answer in a whole, checked frame; None if it is something else (an echo of our own request)."""
    if data[7] != Instruction.STATUS or len(data) < 11:
        return None
    error = data[8]
    return Status(data[4], error & ~ALERT, error >= ALERT, unstuffed(data[7:-2])[2:])


def parse_fast_status(data: bytes, lengths: Sequence[int]) -> tuple[Status, ...]:
    """The answers in one fast reply, with so many data bytes each; stops at the first part that does not check."""
    answers: list[Status] = []
    start = 8
    for length in lengths:
        end = start + 2 + length
        if end + 2 > len(data) or checksum(data[:end]) != _WORD.unpack_from(data, end)[0]:
            break
        error, id_ = data[start], data[start + 1]
        answers.append(Status(id_, error & ~ALERT, bool(error & ALERT), data[start + 2 : end]))
        start = end + 2
    return tuple(answers)


def split_frames(data: bytes) -> Found:
    """Find the whole frames in a stream, whatever noise stands between them.

    A frame that is not finished never hides a later one that is, and a wrong checksum costs its own header only.
    Give `rest` again in front of the next bytes.
    """
    frames: list[bytes] = []
    corrupt: list[bytes] = []
    done, unfinished = 0, -1
    at = data.find(HEADER)
    while at >= 0:
        end = _end_of_frame(data, at)
        if end > len(data):
            unfinished = at if unfinished < 0 else unfinished
        elif end > 0:
            candidate = data[at:end]
            if checksum(candidate[:-2]) == _WORD.unpack_from(candidate, len(candidate) - 2)[0]:
                frames.append(candidate)
                done, unfinished = end, -1
                at = data.find(HEADER, end)
                continue
            if unfinished < 0:
                corrupt.append(candidate)
        at = data.find(HEADER, at + 1)
    rest = data[unfinished:] if unfinished >= 0 else _beginning_of_header(data[done:])
    return Found(tuple(frames), rest, tuple(corrupt))


def _end_of_frame(data: bytes, at: int) -> int:
    """Where the frame that begins at `at` ends: beyond the data if it is not all there, 0 if it is no frame."""
    if len(data) - at < _HEAD.size:
        return len(data) + 1
    _, id_, length = _HEAD.unpack_from(data, at)
    if not 3 <= length <= LARGEST_FRAME or (id_ > LARGEST_ID and id_ != BROADCAST):
        return 0
    return at + _HEAD.size + int(length)


def _beginning_of_header(data: bytes) -> bytes:
    return next((HEADER[:n] for n in (3, 2, 1) if data.endswith(HEADER[:n])), b"")
