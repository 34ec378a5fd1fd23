import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from robot.runtime.ring import Ring
from robot.runtime.session_state import State
from robot.tick import Array, Row, TickLayout
from session_records.folder import RING, SessionDescription, write_session
from session_records.journal import Journal

LAYOUT = TickLayout(joints=("knee",))
RATE_HZ = 1000
START_S = 5000.0


class SessionFolder:
    """A session's folder with a ring that a test fills, and rows whose every number is known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        description = SessionDescription.of(LAYOUT, "KNEE-20261121-0001", RATE_HZ, START_S)
        write_session(path, description)

    def make_ring(self) -> Ring:
        return Ring.create(self.path / RING, LAYOUT.size, RATE_HZ)

    def journal(self, *batches: Array) -> None:
        journal = Journal(self.path, LAYOUT.columns)
        for batch in batches:
            journal.append(batch)
        journal.close()

    def start_recorder(self, *before: str) -> "subprocess.Popen[str]":
        command = [*before, sys.executable, "-m", "session_records.recorder", str(self.path), str(os.getpid())]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def rows_from(first: int, count: int) -> Array:
    """Rows numbered from `first`, each other number a function of the row's number and the column."""
    ticks = np.arange(first, first + count, dtype=float)
    rows = np.sin(ticks[:, None] * 0.01 + np.arange(LAYOUT.size))
    rows[:, LAYOUT.slices["tick"]] = ticks[:, None]
    rows[:, LAYOUT.slices["time"]] = ticks[:, None] / RATE_HZ
    return rows


def exercise(seconds: float, *, error_deg: float = 0.0, amplitude_deg: float = 30.0) -> Array:
    """Rows of a session: 0.1 s armed, then a sine of 1 Hz with an encoder error that is a sine of 10 Hz."""
    row = Row(LAYOUT)
    rows = np.empty((round(seconds * RATE_HZ) + 100, LAYOUT.size))
    for tick in range(len(rows)):
        time = (tick - 100) / RATE_HZ
        row.tick[0], row.time[0] = tick, tick / RATE_HZ
        row.state[0] = State.ARMED if tick < 100 else State.RUNNING
        row.fade[0], row.repetition[0] = (0.0, 0.0) if tick < 100 else (1.0, 1.0)
        row.q_ref[0] = math.radians(amplitude_deg) * math.sin(2.0 * math.pi * time)
        row.q[0] = row.q_ref[0] + math.radians(error_deg) * math.sin(20.0 * math.pi * time)
        row.tau_command[0] = 8.0 * math.sin(2.0 * math.pi * time)
        row.tau_measured[0] = row.tau_command[0]
        rows[tick] = row.values
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SessionFolder]:
    return SessionFolder(tmp_path / "session")
