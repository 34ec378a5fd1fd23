"""The main job as a demonstration: plan, proof, deployment on emulated motors, record."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from careloop.build import Exercise, load_exercise
from careloop.commands.run import run_with_bar
from careloop.commands.validate import validate_with_bar
from careloop.messages.language import Words
from careloop.proving.feasibility import check_feasible
from careloop.proving.validation import Validation
from careloop.session.prepare import Target
from careloop.session.summary import in_words, summary
from careloop.settings import Home
from controllers.motions.recorded import RECORDINGS
from robot.controller import Person
from robot.errors import DeviceError
from robot.planned_motion import RecordedMotion

PLAN = "knee-walking"
PERSON = Person(1.75, 75.0)
PATIENT = "passive"

Tell = Callable[[str, str], None]
"""Told a step's name (empty to go on with the last one) and a line of it."""


def run_demo(home: Home, words: Words, tell: Tell) -> tuple[dict[str, Any], int]:
    """Plan, proof, deployment, record; returns what scripts read and the exit status. It touches no motor."""
    exercise = load_exercise(PLAN)
    _tell_plan(exercise, tell)
    proven = validate_with_bar(exercise, home)
    _tell_proof(proven, tell)
    said = {"validated": proven.passed, "proof": proven.proof, "proof_report": proven.report}
    if not proven.passed:
        return {**said, "end": "refused", "reason": "not-proven"}, 1
    with emulated_robot(exercise.plan.robot, home) as ports:
        tell("Deployment", f"DYNAMIXEL emulator on {', '.join(ports.values())}, a virtual patient's limb attached")
        outcome = run_with_bar(exercise, Target(ports=ports), PERSON, {}, home, words)
    session = summary(outcome.record, outcome.folder)
    tell("", f"session {session['session']}: {words(outcome.end.reason)}")
    for index, (name, line) in enumerate(in_words(session, words).items()):
        tell("" if index else "Record", f"{name:<9} {line}")
    for notice in outcome.end.notices:
        tell("", words(notice.code, **notice.values))
    tell("Next", f"careloop sessions show {session['session']}")
    return {**said, **session}, outcome.status


def _tell_plan(exercise: Exercise, tell: Tell) -> None:
    plan = exercise.plan
    (need, *_) = check_feasible(exercise).joints
    tell("Plan", f"{PLAN} on {plan.robot}: {plan.motion.in_words}")
    if isinstance(plan.motion, RecordedMotion):
        tell("", f"the curve: {RECORDINGS[plan.motion.recorded].label}, slowed and mapped")
    tell(
        "", f"its drive can do it: at most {need.peak_torque:.0f} N·m and {need.peak_velocity_deg_s:.0f}°/s are needed"
    )


def _tell_proof(proven: Validation, tell: Tell) -> None:
    """The verdict, each virtual patient's limb error in the nominal trial, and what failed if anything did."""
    passed = sum(one.passed for one in proven.results)
    nominal = [one for one in proven.results if one.condition == "nominal" and not one.changes]
    corners = sum(bool(one.changes) for one in proven.results)
    tell(
        "Proof",
        f"{len(nominal)} virtual patients, {len({one.condition for one in proven.results})} conditions, "
        f"{corners} trials at corners: {passed} of {len(proven.results)} trials ended as they should",
    )
    ends = {one.patient: f"{one.limb_rms_deg:.1f}°" if one.end == "completes" else "stopped safely" for one in nominal}
    tell("", "limb RMS: " + ", ".join(f"{patient} {end}" for patient, end in ends.items()))
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
