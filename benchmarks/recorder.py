"""What it costs the loop to record a row: a push into the ring, against a bare copy into the same mapped memory."""

import mmap
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from careloop.build import load_exercise
from robot.runtime.ring import Ring
from robot.tick import Array

GOAL = 3.0
"""Times the bare copy."""

PERIOD_S = 0.001
PLAIN_WIDTH = 60
"""Numbers in the row that the facts of the field were measured with."""

BLOCKS, BLOCK, WARM_UP = 25, 60, 10
"""Calls in a row of one kind, the first of which only warm up; the kinds take turns."""


def run() -> list[dict[str, Any]]:
    """A push of a plain row and of the shipped robot's, paced at 1 kHz."""
    exercise = load_exercise("knee-walking")
    own = exercise.controller({}).layout.size
    return [_pushed(PLAIN_WIDTH, "a row"), _pushed(own, f"{exercise.robot.name}'s row")]


def _pushed(width: int, what: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        rate_hz = round(1.0 / PERIOD_S)
        ring = Ring.create(Path(folder) / "ring", width, rate_hz)
        bare = _mapped(Path(folder) / "bare", ring.capacity, width)
        values = np.random.default_rng(0).uniform(-1.0, 1.0, width)

        def push(index: int) -> None:
            ring.push(values)

        def copy(index: int) -> None:
            bare[index] = values

        pushed, copied = _paced([push, copy])
    ratio = float(np.median(pushed) / np.median(copied))
    beside = f"push {_told(pushed)}, bare copy {_told(copied)} µs (p50, p99, p99.9), in turns, paced at 1 kHz"
    return {
        "name": f"push of {what}, {width} numbers, of a bare copy",
        "measured": ratio,
        "unit": "×",
        "goal": GOAL,
        "met": ratio <= GOAL,
        "beside": beside,
    }


def _mapped(path: Path, rows: int, width: int) -> Array:
    """Rows in a mapped file, as the ring has them."""
    size = rows * width * 8
    with path.open("w+b") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        memory = mmap.mmap(file.fileno(), size)
    return np.frombuffer(memory, np.float64).reshape(rows, width)


def _paced(calls: list[Callable[[int], object]]) -> list[Array]:
    """Times in s of each call, one a period on an absolute grid, in blocks that alternate; each is told its count."""
    times: list[list[float]] = [[] for _ in calls]
    counts = [0] * len(calls)
    deadline = time.monotonic()
    for _ in range(BLOCKS):
        for place, call in enumerate(calls):
            for step in range(BLOCK):
                deadline = max(deadline + PERIOD_S, time.monotonic())
                time.sleep(deadline - min(deadline, time.monotonic()))
                begun = time.perf_counter()
                call(counts[place])
                taken = time.perf_counter() - begun
                counts[place] += 1
                if step >= WARM_UP:
                    times[place].append(taken)
    return [np.array(one) for one in times]


def _told(times: Array) -> str:
    return ", ".join(f"{1e6 * value:.2f}" for value in np.percentile(times, (50.0, 99.0, 99.9)))
