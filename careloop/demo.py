"""The main job as a demonstration: plan, proof, deployment on emulated motors, record."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from careloop.build import load_exercise
from careloop.commands.run import record_lines, run_with_bar, summary_of
from careloop.commands.validate import validate_with_bar
from careloop.feasibility import check_feasible
from careloop.run import Target
from careloop.settings import Home
from careloop.validation import Validation
from controllers.motions.recorded import RECORDINGS
from robot.controller import Person
from robot.errors import DeviceError

PLAN = "knee-walking"
PERSON = Person(1.75, 75.0)
PATIENT = "passive"

Tell = Callable[[str, str], None]
"""Told a step's name (empty to go on with the last one) and a line of it."""


def run_demo(home: Home, tell: Tell) -> dict[str, Any]:
    """Plan, proof, deployment, record; returns what scripts read. Needs no motor, and touches none."""
    exercise = load_exercise(PLAN)
    plan = exercise.plan
    (need, *_) = check_feasible(exercise).joints
    tell("Plan", f"{PLAN} on {plan.robot}: {plan.motion.repetitions} strides at {plan.motion.speed:g} × walking speed")
    tell(
        "",
        f"{RECORDINGS[plan.motion.recorded].label}, mapped to {plan.motion.range_deg['knee'][0]:g}–"
        f"{plan.motion.range_deg['knee'][1]:g}°; its drive can do it: {need.peak_torque:.0f} N·m, {need.peak_velocity_deg_s:.0f}°/s",
    )
    proven = validate_with_bar(exercise, home)
    _tell_proof(proven, tell)
    if not proven.passed:
        return {"validated": False, "proof": None, "end": "refused", "reason": "not-proven", "report": proven.report}
    with emulated_robot(plan.robot, home) as ports:
        tell("Deployment", f"DYNAMIXEL emulator on {', '.join(ports.values())}, a virtual patient's limb attached")
        outcome = run_with_bar(exercise, Target(ports=ports), PERSON, {}, home)
    said = summary_of(outcome)
    tell("", f"session {said['session']}: {said['reason']}")
    for name, line in record_lines(said).items():
        tell("Record" if name == "tracking" else "", f"{name:<9} {line}")
    for note in outcome.end.notes:
        tell("", note)
    tell("Next", f"careloop sessions show {said['session']}")
    return {"validated": True, "proof": proven.proof, "proof_report": proven.report, **said}


def _tell_proof(proven: Validation, tell: Tell) -> None:
    """Each virtual patient's limb error in the nominal trial, or how it stopped; the verdict; the report."""
    by_patient = defaultdict(list)
    for one in proven.results:
        if not one.changes:
            by_patient[one.patient].append(one)
    tell(
        "Proof",
        f"{len(by_patient)} virtual patients × 4 conditions and the corners of the adjustable ranges: "
        f"{sum(one.passed for one in proven.results)} of {len(proven.results)} ended as they should",
    )
    nominal = [next(one for one in trials if one.condition == "nominal") for trials in by_patient.values()]
    tell(
        "",
        "limb  "
        + "  ".join(
            f"{one.patient} {one.limb_rms_deg:.1f}°"
            if one.end == "completes"
            else f"{one.patient} {one.end.replace('-', ' ')}"
            for one in nominal
        ),
    )
    for one in proven.results:
        if not one.passed:
            tell("", f"{one.patient}, {one.condition}: {'; '.join(one.failures)}")
    tell("", f"signed by this site: {proven.proof}" if proven.proof else f"not signed; report: {proven.report}")


@contextmanager
def emulated_robot(robot: str, home: Home) -> Iterator[dict[str, str]]:
    """The ports of an emulator in a process of its own, which ends with the context."""
    with tempfile.TemporaryDirectory(prefix="emulator-", dir=home.runtime) as folder:
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "careloop", "--home", str(home.root), "emulate", robot, "--patient", PATIENT]
        size = ["--height", str(PERSON.height_m), "--mass", str(PERSON.mass_kg)]
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [*command, *size, "--truth", str(Path(folder) / "truth.arrows"), "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                process_group=0,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise DeviceError("emulator-not-started", reason=log.read_text()[-300:])
            yield json.loads(line)["ports"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
            if process.stdout:
                process.stdout.close()
