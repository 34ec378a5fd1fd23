"""The emulators that run on this machine, and whether a port is one of theirs."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hardware.stop_input.button import EMERGENCY_STOP, Button
from robot.errors import DeviceError
from session_records.disk import replace_text
from session_records.process import lives


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator: its process, its robot, the port of every bus, and its truth trace where it keeps one.

    `button` is the file of its emergency stop's button, `stop_input` the port of the button's digital input, if any.
    """

    process: str
    robot: str
    ports: Mapping[str, str]
    truth: str | None
    stop_input: str | None
    button: str


def announce(folder: Path, emulator: Emulator) -> Path:
    """List the calling process as an emulator in `folder`; remove the returned file at its end."""
    path = folder / f"emulator-{os.getpid()}.json"
    replace_text(path, json.dumps(asdict(emulator)))
    return path


def move_button(folder: Path, robot: str, pressed: bool, contacts: tuple[str, ...] = EMERGENCY_STOP) -> None:
    """Move contacts, the emergency stop's both, of every emulator of `robot` that runs; `DeviceError` without one."""
    buttons = [
        emulator.button
        for emulator in map(_read, folder.glob("emulator-*.json"))
        if emulator and emulator.robot == robot and lives(emulator.process)
    ]
    if not buttons:
        raise DeviceError("button-missing", robot=robot)
    for button in buttons:
        Button.attach(Path(button)).move(pressed, contacts)


def emulator_of(folder: Path, port: str) -> Emulator | None:
    """The emulator that holds the other end of `port`.

    None unless `port` is a pseudo-terminal whose master is held by a live process listed in `folder`: on anything else
    a person could be strapped to the motor.
    """
    slave = os.path.realpath(port)
    number = re.fullmatch(r"/dev/pts/(\d+)", slave)
    if number is None:
        return None
    for path in folder.glob("emulator-*.json"):
        emulator = _read(path)
        if emulator and slave in {*emulator.ports.values(), emulator.stop_input} and lives(emulator.process):
            pid = emulator.process.split()[0]
            if _holds_master(Path("/proc") / pid, number[1]):
                return emulator
    return None


def _read(path: Path) -> Emulator | None:
    try:
        return Emulator(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # another emulator's file, gone or half a version older: not the one that is looked for


def _holds_master(process: Path, number: str) -> bool:
    """Whether a process holds the master of pseudo-terminal `number`."""
    try:
        descriptors = list((process / "fd").iterdir())
    except OSError:
        return False  # gone, or another user's: then nothing is known of it
    for descriptor in descriptors:
        try:
            if descriptor.readlink().name not in {"ptmx", "ptmx (deleted)"}:
                continue
            told = (process / "fdinfo" / descriptor.name).read_text()
        except OSError:
            continue  # closed while we looked
        if re.search(rf"^tty-index:\s*{number}$", told, re.MULTILINE):
            return True
    return False
