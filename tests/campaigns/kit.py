"""What the campaigns share: a site with an emulator, sessions as processes, and what was seen of them."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from careloop.build import load_exercise
from careloop.session.files import MAILBOX
from careloop.session.status import STATUS
from careloop.settings import Home
from hardware.dynamixel.handshake import Asker, Handshake
from hardware.dynamixel.table import TABLES
from hardware.link import SerialLink
from robot.description import RobotDescription, load_robot
from robot.runtime.mailbox import Mailbox
from robot.runtime.ring import Ring
from robot.runtime.session_state import State
from session_records.folder import RING
from tests.careloop.sessions import SHORT, patient_robot, sign, start, write_plan

PATIENCE_S = 120.0
"""Nothing that a campaign waits for takes as long on a machine that works."""


class NotBegun(Exception):  # noqa: N818  (named after what happened)
    """A session that a campaign wanted to disturb did not come so far."""


@dataclass
class Campaign:
    """What a campaign counted and measured, and in words whatever was not as it should be."""

    name: str
    figures: dict[str, float | str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    not_begun: int = 0

    @property
    def held(self) -> bool:
        """Whether everything was as it should be."""
        return not self.troubles

    def check(self, holds: bool, session: str, what: str) -> None:
        """Note a trouble and go on: one flake must not hide what the other kills show."""
        if not holds:
            self.troubles.append(f"{session}: {what}")

    def sessions(
        self, where: "Site", kills: int, chance: random.Random, within_s: float, tell: Callable[[str], None]
    ) -> Iterator["Running"]:
        """A session for each kill, given out at a random moment within `within_s` after torque began to rise."""
        for count in range(kills):
            running = self.started(where)
            if running is not None:
                time.sleep(chance.uniform(0.0, within_s))
                yield running
                tell(f"{count + 1} of {kills} kills")

    def started(self, where: "Site") -> "Running | None":
        """A session to disturb; None, and noted, where it did not begin. Raises `NotBegun` at the third one."""
        try:
            return where.start()
        except NotBegun as problem:
            self.not_begun += 1
            self.check(False, where.plan.name, str(problem))
            if self.not_begun > 2:
                raise
            return None


@dataclass(frozen=True)
class Site:
    """A home with a proof of one plan, and the robot's emulator behind a port."""

    home: Home
    plan: Path
    robot: RobotDescription
    port: str

    def start(self) -> "Running":
        """A session as a process of its own; returns once torque may rise. Raises `NotBegun`."""
        before = set(self.home.sessions.iterdir())
        process = start(self.home, "run", str(self.plan), "--on", f"serial:{self.port}", "--json")
        folder = _until(lambda: next(iter(set(self.home.sessions.iterdir()) - before), None), process)
        ring = _until(lambda: _attached(Ring.attach, folder / RING), process)
        mailbox = _until(lambda: _attached(Mailbox.attach, folder / MAILBOX), process)
        running = Running(process, folder, ring, mailbox)
        _until(lambda: running.state == State.RUNNING or None, process)
        return running

    @contextmanager
    def drive(self) -> Iterator[Handshake]:
        """The first drive, to be asked for its registers; only while no session holds the port."""
        joint, described = next(iter(self.robot.joints.items()))
        drive = described.drive
        link = SerialLink(self.port, self.robot.bus[drive.bus].baud)
        link.open()
        try:
            table = TABLES[drive.model]
            yield Handshake(Asker(link), drive.bus, joint, drive, table, described.torque, self.robot.silence_s)
        finally:
            link.close()


@dataclass(frozen=True)
class Running:
    """A session that runs; its ring stays readable here after the record was closed."""

    process: "subprocess.Popen[str]"
    folder: Path
    ring: Ring
    mailbox: Mailbox

    @property
    def state(self) -> float | None:
        """What control said last of the session's state."""
        status = self.mailbox.status(len(STATUS))
        return None if status is None else float(status[STATUS.index("state")])

    def pid(self, module: str) -> int | None:
        """The process of this session that runs `module`, if it lives."""
        return process_of(module, self.folder)

    def gone(self, module: str, within_s: float = PATIENCE_S) -> bool:
        """Wait until no process of this session runs `module`."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self.pid(module) is None:
                return True
            time.sleep(0.01)
        return False

    def end(self) -> tuple[int, dict[str, Any], str]:
        """Wait for the command's end; its status, what it said as JSON, and its errors."""
        try:
            out, said = self.process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, said = self.process.communicate()
        return self.process.returncode, json.loads(out) if out.strip() else {}, said.strip()


CONTROL = "careloop.session.control"
RECORDER = "session_records.recorder"


@contextmanager
def site(folder: Path, emulated: Any, repetitions: int = 1, patient: bool = True) -> Iterator[Site]:
    """A site in `folder`; `emulated` runs its emulator. `patient` gives the robot's bus more time on a busy machine."""
    folder.mkdir(parents=True, exist_ok=True)
    home = Home(folder / "home")
    robot = str(patient_robot(folder)) if patient else "knee-exo"
    changes = {**SHORT, "repetitions: 3": f"repetitions: {repetitions}", "robot: knee-exo": f"robot: {robot}"}
    plan = write_plan(folder / "plan.yaml", changes)
    sign(home, load_exercise(plan))
    with emulated(home, robot=robot) as (_, port):
        yield Site(home, plan, load_robot(robot), port)


@contextmanager
def busy_cores() -> Iterator[None]:
    """A process for each core that only turns, at ordinary priority."""
    turning = "import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: pass"
    cores = os.sched_getaffinity(0)
    processes = [subprocess.Popen([sys.executable, "-c", turning, str(core)]) for core in cores]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def process_of(module: str, folder: Path) -> int | None:
    """The process that runs `module` for the session in `folder`, if it lives."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if module.encode() in words and str(folder).encode() in words:
            return int(process.name)
    return None


def kill(pid: int) -> float:
    """Kill a process that cannot see it coming; the moment, on the clock that control's grid has."""
    at = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    return at


def percentiles(values: list[float]) -> dict[str, float]:
    """Median and largest."""
    return {"median": float(np.median(values)), "slowest": float(np.max(values))} if values else {}


def _attached(attach: Callable[[Path], Any], path: Path) -> Any:
    try:
        return attach(path)
    except (ValueError, FileNotFoundError):  # not yet, or half made
        return None


def _until(found: Callable[[], Any], process: "subprocess.Popen[str]") -> Any:
    """What `found` gives as soon as it gives something; raises `NotBegun` where the session ends before."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        value = found()
        if value is not None:
            return value
        if process.poll() is not None:
            break
        time.sleep(0.002)
    process.kill()
    raise NotBegun(f"the session did not begin: {process.communicate()}")
