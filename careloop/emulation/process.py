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
from hardware.dynamixel.emulator.server import DynamixelEmulator
from hardware.stop_input.button import Button
from hardware.stop_input.emulator import EmulatedInput
from robot.description import RobotDescription
from robot.emergency_stop import EmergencyStop
from robot.plan import Posture
from robot.runtime.realtime import EMULATOR, enter_real_time
from session_records.process import this_process
from session_records.truth import TruthWriter
from sim_models.load import PatientLoad
from sim_models.virtual_patient.patient import VirtualPatient


@dataclass(frozen=True, slots=True)
class Emulation:
    """What to emulate: a robot on the limb of a virtual patient, its joints at `start_deg`, and where truth goes.

    `stop_input` asks for the digital input of the robot's emergency stop as well.
    """

    robot: RobotDescription
    patient: VirtualPatient
    posture: Posture
    start_deg: float
    truth: Path | None
    stop_input: bool = False


def emulate(emulation: Emulation, runtime: Path) -> None:
    """Serve until SIGINT or SIGTERM; prints one JSON line, see `ready_line`, once it is ready."""
    stopped = False

    def stop(signal_number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    robot = emulation.robot
    start = [radians(emulation.start_deg)] * len(robot.joints)
    with contextlib.ExitStack() as stack:
        load = PatientLoad(robot, emulation.patient, emulation.posture, start)
        truth = stack.enter_context(TruthWriter(emulation.truth, load.truth_columns)) if emulation.truth else None
        described = robot.emergency_stop if emulation.stop_input else None
        button, stop_input = _emergency_stop(described, _button(runtime), stack)
        emulator = stack.enter_context(DynamixelEmulator(robot, load, truth=truth, rail_live=lambda: button.rail_live))
        for line in enter_real_time(EMULATOR):
            print(f"emulator: {line}", file=sys.stderr)
        truth_file = str(emulation.truth) if emulation.truth else None
        running = Emulator(this_process(), robot.name, emulator.ports, truth_file, stop_input, str(_button(runtime)))
        listed = announce(runtime, running)
        stack.callback(listed.unlink, missing_ok=True)
        print(json.dumps(ready_line(robot, emulator.ports, stop_input)), flush=True)
        emulator.serve(lambda: stopped)


def _button(runtime: Path) -> Path:
    return runtime / f"emulator-{os.getpid()}.button"


def _emergency_stop(
    described: EmergencyStop | None, path: Path, stack: contextlib.ExitStack
) -> tuple[Button, str | None]:
    """The button that cuts the motors' power, and the port of the board that tells of it where one is described."""
    path.unlink(missing_ok=True)
    stack.callback(path.unlink, missing_ok=True)
    button = Button.create(path)
    return button, stack.enter_context(EmulatedInput(described, path)).port if described else None


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
