"""The emulator's process: a robot's drives on pseudo-terminals, turning a virtual patient's limb in real time."""

import contextlib
import json
import signal
import sys
from dataclasses import dataclass
from math import radians
from pathlib import Path

from careloop.emulation.running import announce
from hardware.dynamixel.emulator.server import DynamixelEmulator
from robot.description import RobotDescription
from robot.plan import Posture
from robot.runtime.realtime import EMULATOR_PRIORITY, enter_real_time
from session_records.truth import TruthWriter
from sim_models.load import PatientLoad
from sim_models.virtual_patient.patient import VirtualPatient


@dataclass(frozen=True, slots=True)
class Emulation:
    """What to emulate: a robot on the limb of a virtual patient, its joints at `start_deg`, and where truth goes."""

    robot: RobotDescription
    patient: VirtualPatient
    posture: Posture
    start_deg: float
    truth: Path | None


def emulate(emulation: Emulation, runtime: Path) -> None:
    """Serve until SIGINT or SIGTERM; prints one JSON line with `ports`, `baud` and `ids` once it is ready."""
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
        emulator = stack.enter_context(DynamixelEmulator(robot, load, truth=truth))
        for line in enter_real_time(EMULATOR_PRIORITY):
            print(f"emulator: {line}", file=sys.stderr)
        listed = announce(runtime, robot.name, emulator.ports, emulation.truth)
        stack.callback(listed.unlink, missing_ok=True)
        print(json.dumps(ready_line(robot, emulator.ports)), flush=True)
        emulator.serve(lambda: stopped)


def ready_line(robot: RobotDescription, ports: dict[str, str]) -> dict[str, object]:
    """What a script needs to reach the emulator: by bus, the port, the baud rate and the drives' ids."""
    return {
        "ports": ports,
        "baud": {name: bus.baud for name, bus in robot.bus.items()},
        "ids": {name: [drive.id for drive in robot.drives if drive.bus == name] for name in robot.bus},
    }
