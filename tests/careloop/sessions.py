"""What the tests of whole sessions share: a short plan, its proof, an emulator, and the command line as a process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from careloop.build import Exercise, load_exercise, shipped_plans
from careloop.proving.parts import made_with, proof_parts
from careloop.settings import Home
from robot.description import shipped_robots
from robot.proof import Proof, site_key, write_proof
from sim_models.trials.matrix import standard_matrix

SHORT = {"repetitions: 3": "repetitions: 1", "speed: 0.3": "speed: 0.35"}
"""One stride: about nine seconds of session."""


def write_plan(path: Path, changes: dict[str, str] | None = None) -> Path:
    """The shipped plan with pieces of its text replaced; each must be there once."""
    text = shipped_plans()["knee-walking"].read_text()
    for old, new in (SHORT if changes is None else changes).items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text)
    return path


def sign(home: Home, exercise: Exercise) -> Path:
    """A proof of an exercise as the site would sign it, its trials left out: they have tests of their own."""
    home.prepare()
    controller = exercise.controller()
    parts = proof_parts(exercise, controller, standard_matrix())
    proof = Proof(exercise.plan.name, "2026-01-01T00:00:00+00:00", parts, [], made_with(controller))
    return write_proof(proof, site_key(home.keys), home.proofs)


def patient_robot(folder: Path) -> Path:
    """The shipped robot with lines that may be silent for longer: a stalled machine must not look like a torn cable."""
    text = shipped_robots()["knee-exo"].read_text()
    for old, new in {"silence_ms: 90": "silence_ms: 240", "supply_v: 18": "supply_v: 18, silence_ms: 500"}.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "robot.yaml"
    path.write_text(text)
    return path


def proven_plan(folder: Path) -> tuple[Home, Path]:
    """A home with a proof of a short plan, and that plan's file."""
    home = Home(folder / "home")
    robot = patient_robot(folder)
    plan = write_plan(folder / "short.yaml", {**SHORT, "robot: knee-exo": f"robot: {robot}"})
    sign(home, load_exercise(plan))
    return home, plan


ORDINARY = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
"""Before a command: run it as an ordinary user, which for root means without any capability."""


def command(home: Home, *words: str) -> list[str]:
    return [sys.executable, "-m", "careloop", "--home", str(home.root), *words]


def careloop_as_ordinary_user(home: Home, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end without privileges."""
    return subprocess.run([*ORDINARY, *command(home, *words)], capture_output=True, text=True, timeout=240, check=False)


def careloop(home: Home, *words: str, **how: object) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(command(home, *words), capture_output=True, text=True, timeout=240, check=False, **how)  # type: ignore[call-overload,no-any-return]


def start(home: Home, *words: str, **how: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        command(home, *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )


@contextmanager
def emulator(home: Home, *options: str, robot: Path | None = None) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """An emulator's process and the port of its one bus; by default of the patient robot beside the home."""
    described = str(robot or home.root.parent / "robot.yaml")
    process = start(home, "emulate", described, "--json", *options)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield process, ready["ports"]["main"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def wait_for_rows(home: Home, count: int, process: "subprocess.Popen[str]") -> Path:
    """Wait until the only session of a home has `count` rows in its ring; returns its folder."""
    from robot.runtime.ring import Ring

    while process.poll() is None:
        for ring in home.sessions.glob("*/ring"):
            try:
                pushed = Ring.attach(ring).pushed
            except (ValueError, FileNotFoundError):  # half made, or ended just now
                continue
            if pushed >= count:
                return ring.parent
        time.sleep(0.005)
    raise AssertionError(f"the session ended first: {process.communicate()}")


def rows(folder: Path) -> dict[str, list[float]]:
    """A session's trace by column."""
    columns: dict[str, list[float]] = pq.read_table(folder / "trace.parquet").to_pydict()
    return columns


def one_line(text: str) -> str:
    """The only line of an error stream."""
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1, text
    return lines[0]


def only_session(home: Home) -> Path:
    (folder,) = home.sessions.iterdir()
    return folder
