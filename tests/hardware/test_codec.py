"""The frames against the bytes in the vendor's manual, and against noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.dynamixel import instructions
from hardware.dynamixel.codec import (
    BROADCAST,
    HEADER,
    Instruction,
    Status,
    checksum,
    fast_status_frame,
    frame,
    parse,
    parse_fast_status,
    parse_status,
    split_frames,
    status_frame,
    stuffed,
    unstuffed,
)

REQUESTS = {
    "ping": (instructions.ping(1), "FF FF FD 00 01 03 00 01 19 4E"),
    "ping all": (instructions.ping(), "FF FF FD 00 FE 03 00 01 31 42"),
    "read": (instructions.read(1, 132, 4), "FF FF FD 00 01 07 00 02 84 00 04 00 1D 15"),
    "write": (
        instructions.write(1, 116, (512).to_bytes(4, "little")),
        "FF FF FD 00 01 09 00 03 74 00 00 02 00 00 CA 89",
    ),
    "reg write": (
        instructions.reg_write(1, 104, (200).to_bytes(4, "little")),
        "FF FF FD 00 01 09 00 04 68 00 C8 00 00 00 AE 8E",
    ),
    "action": (instructions.action(1), "FF FF FD 00 01 03 00 05 02 CE"),
    "factory reset": (instructions.factory_reset(1, 0x01), "FF FF FD 00 01 04 00 06 01 A1 E6"),
    "reboot": (instructions.reboot(1), "FF FF FD 00 01 03 00 08 2F 4E"),
    "clear": (instructions.clear(1), "FF FF FD 00 01 08 00 10 01 44 58 4C 22 B1 DC"),
    "sync read": (instructions.sync_read([1, 2], 132, 4), "FF FF FD 00 FE 09 00 82 84 00 04 00 01 02 CE FA"),
    "sync write": (
        instructions.sync_write({1: (150).to_bytes(4, "little"), 2: (170).to_bytes(4, "little")}, 116),
        "FF FF FD 00 FE 11 00 83 74 00 04 00 01 96 00 00 00 02 AA 00 00 00 82 87",
    ),
    "bulk read": (
        instructions.bulk_read({1: (144, 2), 2: (146, 1)}),
        "FF FF FD 00 FE 0D 00 92 01 90 00 02 00 02 92 00 01 00 1A 05",
    ),
    "fast sync read": (
        instructions.fast_sync_read([3, 7, 4], 132, 4),
        "FF FF FD 00 FE 0A 00 8A 84 00 04 00 03 07 04 20 F2",
    ),
    # The manual prints 20 F2 here, the checksum of its fast sync read; DA 2D is right.
    "fast bulk read": (
        instructions.fast_bulk_read({3: (132, 4), 7: (124, 2), 4: (146, 1)}),
        "FF FF FD 00 FE 12 00 9A 03 84 00 04 00 07 7C 00 02 00 04 92 00 01 00 DA 2D",
    ),
}

ANSWERS = {
    "ping": (Status(1, 0, False, bytes.fromhex("060426")), "FF FF FD 00 01 07 00 55 00 06 04 26 65 5D"),
    "ping of 2": (Status(2, 0, False, bytes.fromhex("060426")), "FF FF FD 00 02 07 00 55 00 06 04 26 6F 6D"),
    "read": (Status(1, 0, False, bytes.fromhex("A6000000")), "FF FF FD 00 01 08 00 55 00 A6 00 00 00 8C C0"),
    "read of 2": (Status(2, 0, False, bytes.fromhex("1F080000")), "FF FF FD 00 02 08 00 55 00 1F 08 00 00 BA BE"),
    "write": (Status(1, 0, False, b""), "FF FF FD 00 01 04 00 55 00 A1 0C"),
    "bulk read": (Status(1, 0, False, bytes.fromhex("7700")), "FF FF FD 00 01 06 00 55 00 77 00 C3 69"),
    "bulk read of 2": (Status(2, 0, False, bytes.fromhex("24")), "FF FF FD 00 02 05 00 55 00 24 8B A9"),
}

FAST_SYNC_ANSWER = bytes.fromhex(
    "FF FF FD 00 FE 19 00 55 00 03 A6 00 00 00 84 08 00 07 1F 08 00 00 16 CA 00 04 FF 03 00 00 D1 9E"
)

bodies = st.lists(
    st.sampled_from([b"\xff", b"\xfd", b"\x00", b"\xff\xff\xfd", b"\xff\xff\xfd\xfd", b"\x55", b"\x7a"]), max_size=12
).map(b"".join)
ids = st.integers(0, 252)


def test_checksum_gives_the_check_value_of_its_polynomial() -> None:
    assert checksum(b"123456789") == 0xFEE8


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_the_manuals_byte_for_byte(name: str) -> None:
    built, manual = REQUESTS[name]
    assert built == bytes.fromhex(manual)


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_of_the_manual_is_understood_and_built(name: str) -> None:
    meaning, manual = ANSWERS[name]
    assert parse_status(bytes.fromhex(manual)) == meaning
    assert status_frame(meaning.id, meaning.result, meaning.data) == bytes.fromhex(manual)


def test_fast_sync_answer_of_the_manual_is_understood_and_built() -> None:
    values = [(3, "A6000000"), (7, "1F080000"), (4, "FF030000")]
    assert parse_fast_status(FAST_SYNC_ANSWER, [4, 4, 4]) == tuple(
        Status(id_, 0, False, bytes.fromhex(data)) for id_, data in values
    )
    assert fast_status_frame([(0, id_, bytes.fromhex(data)) for id_, data in values]) == FAST_SYNC_ANSWER
    assert split_frames(FAST_SYNC_ANSWER).frames == (FAST_SYNC_ANSWER,)


def test_fast_answer_is_used_up_to_the_part_that_is_damaged() -> None:
    damaged = bytearray(FAST_SYNC_ANSWER)
    damaged[18] ^= 0x01
    assert [answer.id for answer in parse_fast_status(bytes(damaged), [4, 4, 4])] == [3]


def test_bulk_write_names_address_and_length_for_each_drive() -> None:
    packet = parse(instructions.bulk_write({1: (102, b"\x05\x00"), 2: (116, b"\x01\x02\x03\x04")}))
    assert (packet.id, packet.instruction) == (BROADCAST, Instruction.BULK_WRITE)
    assert packet.parameters == bytes.fromhex("01 6600 0200 0500 02 7400 0400 01020304")


def test_sync_write_refuses_values_of_different_length() -> None:
    with pytest.raises(ValueError, match="one length"):
        instructions.sync_write({1: b"\x00", 2: b"\x00\x00"}, 102)


def test_alert_bit_is_kept_apart_from_the_error_number() -> None:
    assert parse_status(status_frame(5, 0x87)) == Status(5, 7, True, b"")


def test_own_request_echoed_by_the_adapter_is_no_answer() -> None:
    assert parse_status(instructions.read(1, 132, 4)) is None


@given(bodies)
def test_stuffing_hides_every_header_and_is_undone(body: bytes) -> None:
    assert HEADER not in stuffed(body)
    assert unstuffed(stuffed(body)) == body


@given(ids, st.sampled_from(list(Instruction)), bodies)
def test_frame_is_parsed_back_to_what_it_was_built_from(id_: int, instruction: Instruction, body: bytes) -> None:
    assert parse(frame(id_, instruction, body)) == (id_, instruction, body)


@given(
    st.lists(st.tuples(st.binary(max_size=12), ids, bodies), max_size=5),
    st.binary(max_size=12),
    st.lists(st.integers(1, 40), max_size=8),
)
def test_every_frame_is_found_between_noise_however_the_bytes_arrive(
    parts: list[tuple[bytes, int, bytes]], tail: bytes, cuts: list[int]
) -> None:
    frames = [status_frame(id_, 0, body) for _, id_, body in parts]
    stream = b"".join(noise + sent for (noise, _, _), sent in zip(parts, frames, strict=True)) + tail
    found, rest = [], b""
    for size in [*cuts, len(stream)]:
        chunk, stream = stream[:size], stream[size:]
        seen = split_frames(rest + chunk)
        rest = seen.rest
        found += seen.frames
    assert found == frames


@given(st.binary(max_size=6), bodies, st.data())
def test_frame_with_a_flipped_bit_is_never_taken(noise: bytes, body: bytes, data: st.DataObject) -> None:
    sent = bytearray(status_frame(7, 0, body))
    bit = data.draw(st.integers(0, 8 * len(sent) - 1))
    sent[bit // 8] ^= 1 << bit % 8
    assert not split_frames(noise + bytes(sent)).frames


def test_header_with_a_false_length_does_not_hide_the_frame_behind_it() -> None:
    good = status_frame(1, 0, b"\x01\x02")
    assert split_frames(HEADER + b"\x01\xff\x03" + good).frames == (good,)


def test_corrupt_frame_is_reported_once() -> None:
    sent = bytearray(status_frame(1, 0, b"\x01\x02"))
    sent[9] ^= 0x10
    assert split_frames(bytes(sent)).corrupt == (bytes(sent),)
