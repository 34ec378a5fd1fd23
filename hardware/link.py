"""Bytes over a serial line: written at once, read until an absolute deadline."""

import errno
import os
import select
import stat
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

import serial

from robot.errors import DeviceError

Clock = Callable[[], float]
"""A monotonic clock in s; every deadline is a time on it."""


class LinkLost(DeviceError):  # noqa: N818 - what happened, as CheckFailed
    """The line is gone: unplugged, or the other end of a pseudo-terminal closed."""


class Link(Protocol):
    """A line to the drives of one bus; `port` is its name."""

    @property
    def port(self) -> str:
        """The name by which a person knows it."""

    def open(self) -> None:
        """Take the line for oneself; raises `DeviceError`."""

    def drain(self) -> None:
        """Throw away what has come in and was not read; does not block; raises `LinkLost`."""

    def write(self, data: bytes) -> None:
        """Send; does not wait for the wire; raises `LinkLost`."""

    def read(self, deadline: float) -> bytes:
        """Whatever has come in, as soon as there is something; empty at the deadline; raises `LinkLost`."""

    def close(self) -> None:
        """Give the line back; never raises."""


class SerialLink:
    """A serial port, or a pseudo-terminal, taken exclusively: 8 bits, no parity, one stop bit, no flow control.

    `port` is best a name that stays, as under `/dev/serial/by-id`. Opened by `open` or as a context manager.
    """

    def __init__(self, port: str, baud: int, clock: Clock = time.monotonic) -> None:
        self.port = port
        self.low_latency = False
        self._baud = baud
        self._clock = clock
        self._serial: serial.Serial | None = None
        self._file = -1

    def open(self) -> None:
        """Open the port; raises `DeviceError` with a `port-…` code that says why not.

        `low_latency` says afterwards whether the driver took the setting; a pseudo-terminal has none.
        """
        _check_port(self.port)
        try:
            opened = serial.Serial(self.port, self._baud, timeout=0, write_timeout=0, exclusive=True)
        except (OSError, termios.error) as problem:  # SerialException is an OSError
            raise _opening_error(self.port, problem) from problem
        except ValueError as problem:
            raise DeviceError("port-failed", port=self.port, reason=str(problem)) from problem
        self._serial, self._file = opened, opened.fileno()
        try:
            opened.set_low_latency_mode(True)
            self.low_latency = True
        except (OSError, ValueError, NotImplementedError, termios.error):
            self.low_latency = False

    def drain(self) -> None:
        """Throw away what has come in and was not read; does not block; raises `LinkLost`."""
        try:
            termios.tcflush(self._file, termios.TCIFLUSH)
        except (OSError, ValueError, termios.error) as problem:  # ValueError: not open
            raise self._lost(problem) from problem

    def write(self, data: bytes) -> None:
        """Send; the driver's buffer takes it at once; raises `LinkLost`, also when it does not take all of it."""
        try:
            sent = os.write(self._file, data)
        except (OSError, termios.error) as problem:
            raise self._lost(problem) from problem
        if sent != len(data):
            raise LinkLost("link-lost", port=self.port, reason=f"{len(data) - sent} bytes were not taken")

    def read(self, deadline: float) -> bytes:
        """Whatever has come in, as soon as there is something; empty at the deadline; raises `LinkLost`."""
        try:
            wait = max(0.0, deadline - self._clock())
            if not select.select((self._file,), (), (), wait)[0]:
                return b""
            data = os.read(self._file, 4096)
        except BlockingIOError:
            return b""
        except (OSError, ValueError, termios.error) as problem:
            raise self._lost(problem) from problem
        if not data:
            raise LinkLost("link-lost", port=self.port, reason="end of file")
        return data

    def close(self) -> None:
        """Give the port back; never raises."""
        if self._serial is None:
            return
        opened, self._serial, self._file = self._serial, None, -1
        try:
            opened.close()
        except (OSError, termios.error):
            return  # the port is gone already: nothing is left to give back

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lost(self, problem: Exception) -> LinkLost:
        return LinkLost("link-lost", port=self.port, reason=str(problem))


def _check_port(port: str) -> None:
    try:
        mode = Path(port).stat().st_mode
    except FileNotFoundError as problem:
        raise DeviceError("port-missing", port=port) from problem
    except OSError as problem:
        raise _opening_error(port, problem) from problem
    if not stat.S_ISCHR(mode):
        raise DeviceError("port-not-serial", port=port)


def _opening_error(port: str, problem: Exception) -> DeviceError:
    number = problem.args[0] if problem.args and isinstance(problem.args[0], int) else getattr(problem, "errno", None)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return DeviceError("port-missing", port=port)
    if number in (errno.EACCES, errno.EPERM):
        return DeviceError("port-denied", port=port)
    if number in (errno.EBUSY, errno.EWOULDBLOCK):
        return DeviceError("port-busy", port=port)
    if number in (errno.ENOTTY, errno.EINVAL) or "Could not configure port" in str(problem):
        return DeviceError("port-not-serial", port=port)
    return DeviceError("port-failed", port=port, reason=str(problem))
