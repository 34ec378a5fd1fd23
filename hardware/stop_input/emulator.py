"""The stops' emulated digital inputs: Modbus-RTU boards on a pseudo-terminal, served by another process."""

import os
import subprocess
import sys
import tty
from pathlib import Path
from typing import Self

from robot.emergency_stop import Contact, EmergencyStop, HandSwitch


class EmulatedInputs:
    """The boards on a pseudo-terminal: `port` is what the host opens. Use it as a context manager.

    The terminal's other end stays open here as well, so that the port is this process's as the drives' ports are.
    """

    def __init__(self, stop: EmergencyStop, hand: HandSwitch | None, button: Path) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        contacts = [Contact(unit=one.unit, input=one.input) for one in (stop, hand) if one is not None]
        words = [str(self._master), str(button), str(stop.baud), *(one.model_dump_json() for one in contacts)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hardware.stop_input.board", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            process_group=0,
            pass_fds=(self._master,),
        )

    def __enter__(self) -> Self:
        if self._process.stdout:
            self._process.stdout.readline()  # it serves now
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        os.close(self._master)
        os.close(self._slave)
