"""The emulator's process: a robot's drives on pseudo-terminals, turning a virtual patient's limb in real time."""

import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from math import radians
from pathlib import Path

from careloop.emulation.running import Emulator, announce
from careloop.messages.language import Words
from hardware.dynamixel.emulator.server import DynamixelEmulator
from hardware.stop_input.button import Button
from hardware.stop_input.emulator import EmulatedInputs
from robot.description import RobotDescription
from robot.plan import Posture
from robot.runtime.realtime import EMULATOR, enter_real_time
from session_records.process import this_process
from session_records.truth import TruthWriter
from sim_models.scenes import load_of
from sim_models.virtual_patient.patient import VirtualPatient


@dataclass(frozen=True, slots=True)
class Emulation:
    """What to emulate: a robot on the limb of a virtual patient, each joint at its `start_deg`, and where truth goes.

    `stop_input` asks for the digital inputs of the robot's emergency stop and hand switch as well.
    """

    robot: RobotDescription
    patient: VirtualPatient
    posture: Posture
    start_deg: tuple[float, ...]
    truth: Path | None
    stop_input: bool = False


def emulate(emulation: Emulation, runtime: Path, words: Words) -> None:
    """Serve until SIGINT or SIGTERM; prints one JSON line, see `ready_line`, once it is ready; notices in `words`."""
    stopped = False

    def stop(signal_number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    robot = emulation.robot
    start = [radians(one) for one in emulation.start_deg]
    with contextlib.ExitStack() as stack:
        load = load_of(robot, emulation.posture, emulation.patient, start)
        truth = stack.enter_context(TruthWriter(emulation.truth, load.truth_columns)) if emulation.truth else None
        button = _button(_button_of(runtime), stack)
        stop_input = _inputs(robot, _button_of(runtime), stack) if emulation.stop_input else None
        emulator = stack.enter_context(DynamixelEmulator(robot, load, truth=truth, rail_live=lambda: button.rail_live))
        for notice in enter_real_time(EMULATOR):
            print(words("emulator-says", what=words(notice.code, **notice.values)), file=sys.stderr)
        truth_file = str(emulation.truth) if emulation.truth else None
        running = Emulator(this_process(), robot.name, emulator.ports, truth_file, stop_input, str(_button_of(runtime)))
        listed = announce(runtime, running)
        stack.callback(listed.unlink, missing_ok=True)
        print(json.dumps(ready_line(robot, emulator.ports, stop_input)), flush=True)
        emulator.serve(lambda: stopped)


def _button_of(runtime: Path) -> Path:
    return runtime / f"emulator-{os.getpid()}.button"


def _button(path: Path, stack: contextlib.ExitStack) -> Button:
    """The button that cuts the motors' power."""
    path.unlink(missing_ok=True)
    stack.callback(path.unlink, missing_ok=True)
    return Button.create(path)


def _inputs(robot: RobotDescription, button: Path, stack: contextlib.ExitStack) -> str | None:
    """The port of the boards that tell of the button and of the hand switch, where the robot has them."""
    stop = robot.emergency_stop
    return stack.enter_context(EmulatedInputs(stop, robot.hand_switch, button)).port if stop else None


def ready_line(robot: RobotDescription, ports: dict[str, str], stop_input: str | None) -> dict[str, object]:
    """What a script needs to reach the emulator: by bus, the port, the baud rate and the drives' ids.

    `stop_input` is the port of the emergency stop's digital input, None without one.
    """
    return {
        "stop_input": stop_input,
        "ports": ports,
        "baud": {name: bus.baud for name, bus in robot.bus.items()},
        "ids": {name: [drive.id for drive in robot.drives if drive.bus == name] for name in robot.bus},
    }
