"""How punctually the loop wakes at 1 kHz: beside cyclictest, which is the limit, and beside loops that others ship."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import loops
from benchmarks.peers import OPENSOURCELEG, own_python, python_with
from careloop.messages import sentence
from robot.scheduling import Scheduling

Array = npt.NDArray[np.float64]

TICKS = 1500
ROUNDS = 4
"""Each loop runs so many ticks at a time; they take turns, so that each meets the same disturbances."""

LAST = 100
"""The most punctual of the last so many ticks tells how far a loop has drifted."""

LIMIT_GOAL = 2.0
"""Times cyclictest's own 99th percentile."""

JITTER_GOAL = 0.1
"""Times a peer's median jitter."""

SHIPPED, ORDINARY = "as shipped", "ordinary scheduling"


@dataclass(frozen=True)
class Course:
    """One loop's ticks in s, all rounds together: lateness on the grid of the first tick, periods, and how far each
    round was behind at its end. `missing` is what real time was not granted.
    """

    lateness: Array
    periods: Array
    behind: Array
    missing: tuple[str, ...]

    @property
    def jitter(self) -> float:
        """Median deviation of a period from the nominal one, in s."""
        return float(np.median(np.abs(self.periods - loops.PERIOD_S)))


def run() -> list[dict[str, Any]]:
    """Every figure of the loop's punctuality."""
    kinds: dict[str, Callable[[], Any]] = {name: _loop(own_python(), name) for name in (*loops.OURS, loops.PLAIN)}
    why_not = ""
    try:
        peer = python_with(OPENSOURCELEG)
        kinds |= {name: _loop(peer, name) for name in loops.PEERS}
    except OSError as problem:
        why_not = f"{OPENSOURCELEG} could not be installed: {problem}"
    cyclictest = shutil.which("cyclictest")
    privileged = not _course([_loop(own_python(), SHIPPED)()]).missing
    if cyclictest:
        kinds["cyclictest"] = _cyclictest(cyclictest, privileged)
    rounds = [{name: kind() for name, kind in kinds.items()} for _ in range(ROUNDS)]
    courses = {name: _course([one[name] for one in rounds]) for name in kinds if name != "cyclictest"}
    limit = np.concatenate([one["cyclictest"] for one in rounds]) if cyclictest else None
    return [
        _against_the_limit(courses[SHIPPED], limit, privileged),
        *(_variant(name, courses[name]) for name in loops.OURS),
        *(_drift(name, course) for name, course in courses.items() if name in {SHIPPED, loops.PLAIN, *loops.PEERS}),
        *(_against(courses[SHIPPED], name, courses.get(name), why_not) for name in (loops.PLAIN, *loops.PEERS)),
    ]


def _loop(python: Path, name: str) -> Callable[[], dict[str, Any]]:
    script = Path(loops.__file__)
    environment = {"PYTHONPATH": str(script.parent.parent)} if python == own_python() else {}

    def once() -> dict[str, Any]:
        command = [python, script, name, str(TICKS)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        told: dict[str, Any] = json.loads(answer.stdout)
        return told

    return once


def _course(rounds: list[dict[str, Any]]) -> Course:
    begun = [np.array(one["begun"]) for one in rounds]
    grid = [np.array(one["indices"]) * loops.PERIOD_S for one in rounds]
    late = [times - places for times, places in zip(begun, grid, strict=True)]
    return Course(
        lateness=np.concatenate(late),
        periods=np.concatenate([np.diff(times) for times in begun]),
        behind=np.array([one[-LAST:].min() for one in late]),
        missing=tuple(sentence(code, values) for code, values in rounds[0]["missing"]),
    )


def _cyclictest(program: str, privileged: bool) -> Callable[[], Array]:
    """The wake-ups of cyclictest in s, with our priority where that is granted; its histogram has whole µs."""
    asked = ["-m", f"-p{Scheduling().priority}"] if privileged else []
    period_us = round(1e6 * loops.PERIOD_S)
    command = [program, *asked, "-q", "-t1", f"-i{period_us}", f"-l{TICKS}", "-h", "20000"]

    def once() -> Array:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows = re.findall(r"^(\d{6}) (\d{6})$", said, re.MULTILINE)
        return np.repeat([int(late) for late, _ in rows], [int(count) for _, count in rows]) * 1e-6

    return once


def _against_the_limit(ours: Course, limit: Array | None, privileged: bool) -> dict[str, Any]:
    name = "wake-up lateness, 99 %, of cyclictest's"
    goal: dict[str, Any] = {"name": name, "unit": "×", "goal": LIMIT_GOAL}
    if limit is None:
        return {**goal, "measured": None, "met": None, "beside": "cyclictest is not here: apt-get install rt-tests"}
    ratio = float(np.percentile(ours.lateness, 99) / np.percentile(limit, 99))
    how = "both FIFO" if privileged else "neither FIFO: " + "; ".join(ours.missing)
    beside = f"ours {_told(ours.lateness)}, cyclictest {_told(limit)} µs (p50, p99, p99.9, max), {how}"
    return {**goal, "measured": ratio, "met": ratio <= LIMIT_GOAL, "beside": beside}


def _variant(name: str, course: Course) -> dict[str, Any]:
    beside = f"{_told(course.lateness)} µs (p50, p99, p99.9, max)"
    return {
        "name": f"wake-up lateness, 99 %, {name}",
        "measured": 1e6 * float(np.percentile(course.lateness, 99)),
        "unit": "µs",
        "goal": None,
        "met": None,
        "beside": "; ".join([beside, *course.missing]),
    }


def _drift(name: str, course: Course) -> dict[str, Any]:
    """How far the last ticks were behind the grid of the first: less than a period, or it drifts."""
    behind = float(course.behind.max())
    rate = 1.0 / float(course.periods.mean())
    return {
        "name": f"behind the grid after {TICKS} ticks, {_whose(name)}",
        "measured": 1e3 * behind,
        "unit": "ms",
        "goal": 1e3 * loops.PERIOD_S if name == SHIPPED else None,
        "met": behind < loops.PERIOD_S if name == SHIPPED else None,
        "beside": f"{rate:.1f} ticks a second, asked for {1.0 / loops.PERIOD_S:.0f}",
    }


def _against(ours: Course, name: str, peer: Course | None, why_not: str) -> dict[str, Any]:
    goal: dict[str, Any] = {"name": f"median jitter, of {_whose(name)}", "unit": "×", "goal": JITTER_GOAL}
    if peer is None:
        return {**goal, "measured": None, "met": None, "beside": why_not}
    ratio = ours.jitter / peer.jitter
    beside = f"ours {1e6 * ours.jitter:.1f}, theirs {1e6 * peer.jitter:.1f} µs from period to period"
    return {**goal, "measured": ratio, "met": ratio <= JITTER_GOAL, "beside": beside}


def _whose(name: str) -> str:
    if name in loops.PEERS:
        return f"{OPENSOURCELEG.partition('=')[0]}, {name}"
    return "ours" if name in loops.OURS else f"a {name} loop"


def _told(times: Array) -> str:
    p50, p99, p999 = 1e6 * np.percentile(times, (50.0, 99.0, 99.9))
    return f"{p50:.0f}, {p99:.0f}, {p999:.0f}, {1e6 * times.max():.0f}"
