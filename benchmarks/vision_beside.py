"""How much later control wakes while a camera's process runs beside it: the real process, on drawn pictures."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import loops
from careloop.session.files import VISION
from careloop.session.supervision import start_process
from careloop.session.watching import DRAWN
from careloop.settings import Home
from patient_vision.models import LANDMARKS, content
from patient_vision.render import PINHOLE
from robot.errors import CareloopError, DeviceError
from robot.runtime.mailbox import Mailbox
from robot.vision import Vision

GOAL = 2.0
"""Times the 99th percentile of what control is late without it."""

TICKS, ROUNDS = 2000, 5
"""So many ticks with it and as many without, by turns, so that both meet the same disturbances."""

BEGINS_S = 30.0

MARKERS = Vision(camera=DRAWN, tracker="markers", calibration="drawn", side="right", joints={"knee": "knee"})
POSE = Vision(camera=DRAWN, tracker="pose", side="right", facing="right", joints={"knee": "knee"})


def run() -> list[dict[str, Any]]:
    """The figure for tags and, where its networks are in the data home, for the pose tracker."""
    given = os.environ.get("CARELOOP_HOME")
    home = Home.resolve(Path(given) if given else None)
    rows = [_row("tags", *_beside(MARKERS, home))]
    try:
        content(LANDMARKS, home.root)
    except CareloopError as problem:
        told = {"measured": None, "met": None, "beside": f"{problem.code}: careloop track models"}
        return [*rows, {"name": _name("the pose networks"), "unit": "×", "goal": GOAL, **told}]
    return [*rows, _row("the pose networks", *_beside(POSE, home))]


def _beside(vision: Vision, home: Home) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """Lateness in s alone and beside the process, and how many pictures a second that looked at meanwhile."""
    alone, beside, frames, seconds = [], [], 0, 0.0
    with _watching(vision, home) as (process, mailbox):
        for _ in range(ROUNDS):
            process.send_signal(signal.SIGSTOP)
            alone.append(_lateness())
            process.send_signal(signal.SIGCONT)
            before, begun = mailbox.published, time.monotonic()
            beside.append(_lateness())
            frames, seconds = frames + mailbox.published - before, seconds + time.monotonic() - begun
    return np.concatenate(alone), np.concatenate(beside), frames / seconds


@contextmanager
def _watching(vision: Vision, home: Home) -> Iterator[tuple["subprocess.Popen[bytes]", Mailbox]]:
    """A session's camera process that has published its first picture."""
    with TemporaryDirectory() as name:
        folder, calibration = Path(name), PINHOLE.model_dump_json()
        mailbox = Mailbox.create(folder / VISION)
        words = (VISION, str(home.root), vision.model_dump_json(), calibration, "null")
        process = start_process(folder, "careloop.session.vision_watch", *words)
        try:
            until = time.monotonic() + BEGINS_S
            while not mailbox.published:
                if process.poll() is not None or time.monotonic() > until:
                    raise DeviceError("vision-ended", field=vision.camera, reason="")
                time.sleep(0.01)
            yield process, mailbox
        finally:
            process.kill()
            process.wait()


def _lateness() -> npt.NDArray[np.float64]:
    """How late each tick of the loop as it is shipped was, in s."""
    command = [sys.executable, loops.__file__, "as shipped", str(TICKS)]
    environment = {**os.environ, "PYTHONPATH": str(Path(loops.__file__).parent.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    told = json.loads(done.stdout)
    return np.array(told["begun"]) - np.array(told["indices"]) * loops.PERIOD_S


def _row(what: str, alone: npt.NDArray[np.float64], beside: npt.NDArray[np.float64], frames: float) -> dict[str, Any]:
    p99 = [1e6 * float(np.percentile(one, 99)) for one in (alone, beside)]
    most = [1e6 * float(one.max()) for one in (alone, beside)]
    ratio = p99[1] / p99[0]
    told = (
        f"p99 {p99[0]:.0f} µs alone, {p99[1]:.0f} µs beside {frames:.0f} pictures a second; "
        f"at most {most[0]:.0f} and {most[1]:.0f} µs"
    )
    return {"name": _name(what), "measured": ratio, "unit": "×", "goal": GOAL, "met": ratio <= GOAL, "beside": told}


def _name(what: str) -> str:
    return f"control's lateness at 1 kHz, 99 %, beside a camera's process with {what}, of alone"
