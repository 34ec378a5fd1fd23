"""How long a validation of a hundred trials takes on two cores, from the command to its report, and what it holds."""

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from careloop.build import PLANS, load_exercise

PLAN = "knee-walking"
PATIENTS = 100
CORES = 2

REPETITIONS = 2
"""Of the shipped plan's three: with the approach ten seconds of motion."""

GOAL_S = 20.0
GOAL_MB = 1500.0


def run() -> list[dict[str, Any]]:
    """One validation, as a command in processes of its own; the time on the wall, and the processors' beside it."""
    with tempfile.TemporaryDirectory(prefix="careloop-") as folder:
        plan = Path(folder) / f"{PLAN}.yaml"
        plan.write_text(_shortened((PLANS / f"{PLAN}.yaml").read_text(encoding="utf-8")), encoding="utf-8")
        motion_s = load_exercise(plan).motion().duration_s
        command = [sys.executable, "-m", "careloop", "--home", folder, "validate", str(plan), "--json"]
        used, begun = _processors_s(), time.monotonic()
        done = subprocess.run(
            [*command, "--patients", str(PATIENTS), "--jobs", str(CORES)], capture_output=True, text=True, check=False
        )
        wall_s, used = time.monotonic() - begun, _processors_s() - used
    if done.returncode not in {0, 1}:
        raise RuntimeError(done.stderr)
    said = json.loads(done.stdout)
    what = f"{len(said['trials'])} trials of {PLAN}, {motion_s:.1f} s of motion each, {CORES} processes"
    return [
        {
            "name": f"{what}: from the command to its report",
            "measured": wall_s,
            "unit": "s",
            "goal": GOAL_S,
            "met": wall_s < GOAL_S,
            "beside": f"{used:.1f} s of processors' time: {used / CORES:.1f} s on {CORES} cores that do nothing else",
        },
        {
            "name": f"{what}: memory, all processes together",
            "measured": said["peak_memory_MB"],
            "unit": "MB",
            "goal": GOAL_MB,
            "met": said["peak_memory_MB"] < GOAL_MB,
            "beside": "each process's own peak, added up",
        },
    ]


def _shortened(plan: str) -> str:
    """The plan's text with fewer repetitions."""
    return re.sub(r"repetitions: \d+", f"repetitions: {REPETITIONS}", plan)


def _processors_s() -> float:
    """Seconds that processes which have ended took of processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
