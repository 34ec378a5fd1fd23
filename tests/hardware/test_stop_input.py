"""The emergency stop's digital input on a real terminal: the bytes of Modbus-RTU, and what a bad line gives."""

import os
import select
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastcrc import crc16

from hardware.link import SerialLink
from hardware.stop_input.button import Button
from hardware.stop_input.digital_input import DigitalInputs
from hardware.stop_input.emulator import EmulatedInputs
from robot.emergency_stop import Contact, EmergencyStop, HandSwitch

FIRST = EmergencyStop(unit=1, input=0, baud=115200, supply_v=18.0)
OTHER = EmergencyStop(unit=17, input=37, baud=9600, supply_v=18.0)

QUESTION = bytes.fromhex("01 02 00 00 00 01 b9 ca")
CLOSED, OPEN = bytes.fromhex("01 02 01 01 60 48"), bytes.fromhex("01 02 01 00 a1 88")
"""Read one discrete input at 0 of unit 1, and its answers: whole frames, written down."""


def framed(content: str) -> bytes:
    """A frame with a checksum that another library gives."""
    data = bytes.fromhex(content)
    return data + crc16.modbus(data).to_bytes(2, "little")


@pytest.fixture(scope="module", params=[FIRST, OTHER], ids=["first", "other"])
def board(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[EmergencyStop, str, Button]]:
    path = tmp_path_factory.mktemp("board") / "button"
    Button.create(path)
    with EmulatedInputs(request.param, None, path) as emulated:
        yield request.param, emulated.port, Button.attach(path)


def test_the_input_follows_the_button(board: tuple[EmergencyStop, str, Button]) -> None:
    described, port, button = board
    with DigitalInputs(port, described.baud) as digital:
        for pressed in (False, True, False, True, False):
            button.move(pressed)
            assert _word(digital, described) is not pressed


def test_the_button_moves_each_contact_alone(tmp_path: Path) -> None:
    button = Button.create(tmp_path / "button")
    assert (button.input_closed, button.rail_live) == (True, True)
    button.move(True, ("input",))
    assert (button.input_closed, button.rail_live) == (False, True)
    button.move(True, ("rail",))
    button.move(False, ("input",))
    assert (button.input_closed, button.rail_live, button.hand_closed) == (True, False, True)
    button.move(True, ("hand",))
    assert (button.input_closed, button.rail_live, button.hand_closed) == (True, False, False)


@pytest.mark.parametrize("place", [(1, 1), (1, 40), (2, 0)], ids=["beside", "farther", "on-another-board"])
def test_a_hand_switch_on_the_same_line_is_told_from_the_emergency_stop(place: tuple[int, int], tmp_path: Path) -> None:
    hand = HandSwitch(unit=place[0], input=place[1])
    button = Button.create(tmp_path / "button")
    with (
        EmulatedInputs(FIRST, hand, tmp_path / "button") as emulated,
        DigitalInputs(emulated.port, FIRST.baud) as digital,
    ):
        for stop_pressed, hand_pressed in ((False, False), (True, False), (False, True), (True, True)):
            button.move(stop_pressed)
            button.move(hand_pressed, ("hand",))
            assert (_word(digital, FIRST), _word(digital, hand)) == (not stop_pressed, not hand_pressed)


@pytest.mark.parametrize("wrong", [{"unit": 3}, {"input": 500}, {"baud": 19200}], ids=["unit", "address", "baud"])
def test_a_question_that_does_not_fit_the_board_gets_no_word(
    board: tuple[EmergencyStop, str, Button], wrong: dict[str, int]
) -> None:
    described, port, _ = board
    asked = described.model_copy(update=wrong)
    with DigitalInputs(port, asked.baud) as digital:
        assert digital.read(asked) is None
        assert digital.problem


def test_the_board_speaks_modbus_to_anybody(tmp_path: Path) -> None:
    button = Button.create(tmp_path / "button")
    with EmulatedInputs(FIRST, None, tmp_path / "button") as emulated, SerialLink(emulated.port, FIRST.baud) as link:
        for pressed, answer in ((False, CLOSED), (True, OPEN)):
            button.move(pressed)
            link.write(QUESTION)
            assert _bytes(link, len(answer)) == answer


@pytest.fixture
def line() -> Iterator[tuple[int, DigitalInputs]]:
    """A line whose other end the test holds, and an input on it that has opened its port."""
    master, slave = os.openpty()
    tty.setraw(slave)
    with DigitalInputs(os.ttyname(slave), FIRST.baud) as digital:
        digital.read(FIRST)  # opens the port; nobody answers
        os.read(master, 64)
        yield master, digital
    os.close(master)
    os.close(slave)


def answered(line: tuple[int, DigitalInputs], answer: bytes) -> bool | None:
    """What the input takes from an answer that is sent as soon as its question has come."""
    master, digital = line

    def board_() -> None:
        assert os.read(master, 64) == QUESTION
        os.write(master, answer)

    thread = threading.Thread(target=board_)
    thread.start()
    word = digital.read(FIRST)
    thread.join()
    return word


def test_frames_written_down_and_checksums_of_another_library_agree() -> None:
    assert framed("01 02 01 01") == CLOSED
    assert framed("01 02 01 00") == OPEN


def test_the_question_and_both_answers_are_those_of_the_standard(line: tuple[int, DigitalInputs]) -> None:
    assert answered(line, CLOSED) is True
    assert answered(line, OPEN) is False


@pytest.mark.parametrize(
    "answer",
    [
        CLOSED[:-1] + bytes([CLOSED[-1] ^ 1]),
        CLOSED[:4],
        framed("02 02 01 01"),
        framed("01 01 01 01"),  # a coil's
        framed("01 82 02"),  # no such address
        framed("01 02 00"),  # no bits
        b"",
    ],
    ids=["checksum", "truncated", "other-unit", "other-function", "exception", "empty", "nothing"],
)
def test_an_answer_that_is_not_one_is_no_word_and_the_next_good_one_is(
    line: tuple[int, DigitalInputs], answer: bytes
) -> None:
    assert answered(line, answer) is None
    assert line[1].problem
    assert answered(line, CLOSED) is True
    assert not line[1].problem


def test_an_answer_that_comes_late_is_not_taken_for_the_next_question() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    with DigitalInputs(os.ttyname(slave), FIRST.baud) as digital:
        assert digital.read(FIRST) is None
        os.read(master, 64)
        os.write(master, CLOSED)  # what the first question asked for, long after it
        select.select([slave], [], [])  # the kernel hands it over in its own time
        assert answered((master, digital), OPEN) is False
    os.close(master)
    os.close(slave)


def test_a_port_that_is_gone_is_no_word_and_no_error() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    with DigitalInputs(os.ttyname(slave), FIRST.baud) as digital:
        digital.read(FIRST)
        os.close(master)
        os.close(slave)
        for _ in range(3):
            assert digital.read(FIRST) is None
            assert digital.problem


def _word(digital: DigitalInputs, contact: Contact) -> bool:
    """The next word; a busy machine may lose some."""
    while (word := digital.read(contact)) is None:
        pass
    return word


def _bytes(link: SerialLink, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = link.read(time.monotonic() + 5.0)
        assert part, data
        data += part
    return data
