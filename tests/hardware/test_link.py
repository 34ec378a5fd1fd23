"""The serial link on ports that are not there, not allowed, or not serial, and on a line that ends."""

import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from hardware.link import LinkLost, SerialLink
from robot.errors import DeviceError


@pytest.fixture
def line() -> Iterator[tuple[int, SerialLink]]:
    """The far end of a pseudo-terminal, and an open link on it."""
    master, slave = os.openpty()
    tty.setraw(slave)
    link = SerialLink(os.ttyname(slave), 1_000_000)
    link.open()
    os.close(slave)
    yield master, link
    link.close()
    try:
        os.close(master)
    except OSError:
        return  # the test has closed it


def code_of(port: str) -> str:
    with pytest.raises(DeviceError) as caught:
        SerialLink(port, 1_000_000).open()
    assert caught.value.values["port"] == port
    return caught.value.code


def test_port_that_does_not_exist_is_missing() -> None:
    assert code_of("/dev/no-such-port") == "port-missing"


def test_file_is_not_a_serial_port(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("")
    assert code_of(str(file)) == "port-not-serial"


def test_character_device_without_a_line_is_not_a_serial_port() -> None:
    assert code_of("/dev/null") == "port-not-serial"


@pytest.mark.parametrize("problem", [PermissionError(13, "denied"), serial.SerialException(13, "could not open port")])
def test_port_that_may_not_be_opened_is_denied(
    problem: OSError, monkeypatch: pytest.MonkeyPatch, line: tuple[int, SerialLink]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(serial, "Serial", refuse)
    assert code_of(line[1].port) == "port-denied"


def test_port_in_use_is_busy(line: tuple[int, SerialLink]) -> None:
    assert code_of(line[1].port) == "port-busy"


def test_bytes_go_both_ways(line: tuple[int, SerialLink]) -> None:
    master, link = line
    link.write(b"\x00\xff\x11\x13\n\r")
    assert os.read(master, 100) == b"\x00\xff\x11\x13\n\r"
    os.write(master, b"\x03\x04\x1a\xff")
    assert link.read(time.monotonic() + 10.0) == b"\x03\x04\x1a\xff"


def test_read_is_empty_at_its_deadline(line: tuple[int, SerialLink]) -> None:
    deadline = time.monotonic() + 0.01
    assert line[1].read(deadline) == b""
    assert time.monotonic() >= deadline


def test_read_past_its_deadline_takes_what_is_there(line: tuple[int, SerialLink]) -> None:
    master, link = line
    os.write(master, b"abc")
    assert link.read(time.monotonic() + 10.0) == b"abc"
    assert link.read(0.0) == b""


def test_drain_throws_away_what_was_not_read(line: tuple[int, SerialLink]) -> None:
    master, link = line
    os.write(master, b"old")
    assert link.read(time.monotonic() + 10.0)[:1] == b"o"
    os.write(master, b"older")
    os.write(master, b"!")
    while b"!" not in link.read(time.monotonic() + 10.0):
        pass
    link.drain()
    assert link.read(time.monotonic() + 0.01) == b""


@pytest.mark.parametrize("use", ["drain", "write", "read"])
def test_end_of_the_line_is_one_error_whatever_is_done(use: str, line: tuple[int, SerialLink]) -> None:
    master, link = line
    os.close(master)
    with pytest.raises(LinkLost) as caught:
        {"drain": link.drain, "write": lambda: link.write(b"x"), "read": lambda: link.read(time.monotonic() + 1.0)}[
            use
        ]()
    assert (caught.value.code, caught.value.values["port"]) == ("link-lost", link.port)


@pytest.mark.parametrize("use", ["drain", "write", "read"])
def test_link_that_is_not_open_is_lost(use: str) -> None:
    link = SerialLink("/dev/null", 1_000_000)
    with pytest.raises(LinkLost):
        {"drain": link.drain, "write": lambda: link.write(b"x"), "read": lambda: link.read(0.0)}[use]()


def test_reader_who_never_reads_cannot_block_the_writer(line: tuple[int, SerialLink]) -> None:
    with pytest.raises(LinkLost):
        for _ in range(1000):
            line[1].write(bytes(1000))


def test_closing_twice_or_after_the_end_raises_nothing(line: tuple[int, SerialLink]) -> None:
    master, link = line
    os.close(master)
    link.close()
    link.close()
