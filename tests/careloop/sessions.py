"""What the tests of whole sessions share: a short plan, its proof, an emulator, and the command line as a process."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from careloop.__main__ import main
from careloop.build import Exercise, load_exercise, shipped_plans
from careloop.emulation.running import move_button
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


def careloop(home: Home, *words: str, typed: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end in this process, which has its libraries already; `typed` comes by a pipe."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as here, contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        here.setattr("sys.stdin", io.StringIO(typed))
        for name, value in environment.items():
            here.setenv(name, value)
        status = main(["--home", str(home.root), *words])
    return subprocess.CompletedProcess(words, status, out.getvalue(), errors.getvalue())


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
    with emulated(home, robot or home.root.parent / "robot.yaml", *options) as (process, ready):
        yield process, ready["ports"]["main"]


@contextmanager
def emulated(home: Home, robot: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """An emulator's process, and what it says once it is ready."""
    process = start(home, "emulate", str(robot), "--json", *options)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@dataclass(frozen=True)
class Site:
    """A home with a proof of a short plan, and the port of an emulator that serves one session after the other."""

    home: Home
    plan: Path
    port: str

    @property
    def words(self) -> tuple[str, ...]:
        """Of a session of that plan on that port."""
        return "run", str(self.plan), "--on", f"serial:{self.port}", "--json"


@dataclass(frozen=True)
class Bench:
    """An emulator with a stop input in a home of its own, so that its ports are those of a stranger."""

    home: Home
    ready: dict[str, Any]

    @property
    def options(self) -> tuple[str, ...]:
        return "--on", f"serial:{self.ready['ports']['main']}", "--stop-input", self.ready["stop_input"]

    def move(self, pressed: bool, *contacts: str) -> None:
        move_button(self.home.runtime, "knee-exo", pressed, contacts or ("input", "rail"))


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
