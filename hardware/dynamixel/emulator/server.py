"""The emulated robot on pseudo-terminals, for a process of its own."""

import os
import select
import termios
import time
import tty
from collections import deque
from collections.abc import Callable
from typing import Self

from hardware.dynamixel.emulator.robot import EmulatedRobot, Truth
from robot.description import RobotDescription
from robot.load import Load

_ADVANCE_S = 0.001
_BAUD = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}


class _Terminal:
    """One pseudo-terminal: the drives' side is ours, `path` is what the host opens."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.path = os.ttyname(self.slave)  # the slave stays open: without it a host that leaves would end the line
        self.replies: deque[tuple[float, bytes]] = deque()

    @property
    def baud(self) -> int:
        """What the host has set the line to."""
        return _BAUD.get(termios.tcgetattr(self.slave)[5], 0)

    def receive(self) -> bytes:
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""

    def send_due(self, now: float) -> None:
        while self.replies and self.replies[0][0] <= now:
            _, data = self.replies.popleft()
            try:
                os.write(self.master, data)
            except BlockingIOError:
                continue  # nobody reads: a real line loses such bytes too

    def close(self) -> None:
        os.close(self.master)
        os.close(self.slave)


class DynamixelEmulator:
    """A robot's DYNAMIXEL drives at the byte level, one pseudo-terminal per bus, single-threaded.

    `load` is what the drives turn; `wire_time` False answers at once; `truth` gets the load's truth about every
    millisecond with the time in s on the monotonic clock; `rail_live`, asked as often, says whether the motors have
    power. Open it, or use it as a context manager, then `serve`.

    Emulated: both control tables of `hardware.dynamixel.table`, every instruction, current mode, bus watchdog,
    shutdown and reboot, and the host's baud rate. Not emulated: the controllers of the other modes, indirect addresses,
    heating, a USB adapter's latency timer.
    """

    def __init__(
        self,
        description: RobotDescription,
        load: Load,
        *,
        wire_time: bool = True,
        truth: Truth | None = None,
        rail_live: Callable[[], bool] = lambda: True,
    ) -> None:
        self.robot = EmulatedRobot(description, load, wire_time=wire_time, truth=truth)
        self._rail_live = rail_live
        self._terminals: dict[str, _Terminal] = {}

    @property
    def ports(self) -> dict[str, str]:
        """The port of every bus, once open."""
        return {bus: terminal.path for bus, terminal in self._terminals.items()}

    def open(self) -> None:
        """Make the pseudo-terminals."""
        self._terminals = {bus: _Terminal() for bus in self.robot.lines}

    def serve(self, until: Callable[[], bool]) -> None:
        """Answer, and let the load go on with the clock, until `until()` is true (asked about every millisecond)."""
        while not until():
            now = time.monotonic()
            self.robot.power(self._rail_live(), now)
            wake = now + _ADVANCE_S
            for terminal in self._terminals.values():
                terminal.send_due(now)
                if terminal.replies:
                    wake = min(wake, terminal.replies[0][0])
            self._receive(max(0.0, wake - time.monotonic()))

    def close(self) -> None:
        """Close the pseudo-terminals and the load."""
        terminals, self._terminals = self._terminals, {}
        for terminal in terminals.values():
            terminal.close()
        self.robot.load.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receive(self, wait_s: float) -> None:
        masters = {terminal.master: (bus, terminal) for bus, terminal in self._terminals.items()}
        for master in select.select(list(masters), (), (), wait_s)[0]:
            bus, terminal = masters[master]
            data = terminal.receive()
            now = time.monotonic()
            terminal.replies.extend(self.robot.receive(bus, data, now, terminal.baud))
            terminal.send_due(now)
