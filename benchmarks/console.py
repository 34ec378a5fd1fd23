"""How long after a key control has acknowledged it: on the whole page in a terminal, beside the bare call."""

import os
import pty
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from careloop.session.files import MAILBOX, Order
from careloop.session.status import Status
from careloop.session.steering import Running
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity, State
from tests.careloop.sessions import emulator, proven_plan

PRESSES = 100
"""Of each, by turns, so that both meet the same disturbances."""

PAUSE_S = (0.03, 0.12)
"""Between two presses, at random: no faster than a person, and in step with neither screen nor control."""

GOAL_MS = 100.0
"""A person takes what comes within a tenth of a second for immediate; and a stop's torque is gone within it."""

START_S = 120.0
BETWEEN_LOOKS_S = 0.0002


def run() -> list[dict[str, Any]]:
    """Both delays' median and 99th percentile, and that of the stop."""
    with tempfile.TemporaryDirectory() as name:
        home, plan = proven_plan(Path(name))
        with emulator(home) as (_, port), on_a_page(str(home.root), str(plan), port) as keyboard:
            running = _running(home.sessions)
            keys, calls = _by_turns(keyboard, running)
            stop = _pressed(keyboard, b" ", lambda: running.mailbox.heeded_stop >= Severity.SOFT)
    beside = f"the same wish by Running.set: {_both(calls)}; the stop key {stop:.1f} ms"
    return [
        {
            "name": f"key to control's acknowledgement, p{share}, {PRESSES} presses on the page",
            "measured": float(np.percentile(keys, share)),
            "unit": "ms",
            "goal": GOAL_MS,
            "met": bool(np.percentile(keys, share) <= GOAL_MS),
            "beside": beside,
        }
        for share in (50, 99)
    ]


@contextmanager
def on_a_page(home: str, plan: str, port: str) -> Iterator[int]:
    """A session with its page on a pseudo-terminal, whose screen somebody reads; the end to press keys at."""
    near, far = pty.openpty()
    termios.tcsetwinsize(far, (24, 80))
    words = [sys.executable, "-m", "tests.careloop.paged", home, plan, port]
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(words, stdin=far, stdout=far, stderr=far, start_new_session=True, env=environment)
    os.close(far)
    reader = threading.Thread(target=_read_all, args=[near], daemon=True)
    reader.start()
    try:
        yield near
        while process.poll() is None:  # the page waits for Enter once the record is closed
            os.write(near, b"\r")
            time.sleep(0.2)
    finally:
        process.kill()
        process.wait()
        reader.join()
        os.close(near)


def _read_all(near: int) -> None:
    try:
        while os.read(near, 65536):
            pass
    except OSError:  # the other end was closed
        return


def _running(sessions: Path) -> Running:
    """The session, once it runs."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        time.sleep(0.05)
        for path in sessions.glob(f"*/{MAILBOX}"):
            status = Status.read(mailbox := Mailbox.attach(path))
            if status is not None and status.state is State.RUNNING:
                ranges = {name: (low, high) for name, (low, high) in Order.read(path.parent).plan["adjustable"].items()}
                return Running(path.parent.name, path.parent, mailbox, ranges)
    raise TimeoutError(f"no session ran within {START_S:g} s")


def _await_page(keyboard: int, mailbox: Mailbox) -> None:
    """Press a key that changes nothing until the page takes keys: it looks for its session by itself."""
    until, before = time.monotonic() + START_S, mailbox.acknowledged
    while mailbox.acknowledged == before and time.monotonic() < until:
        os.write(keyboard, b"m")
        time.sleep(1.0)


def _by_turns(keyboard: int, running: Running) -> tuple[list[float], list[float]]:
    """Delays in ms of keys and of calls: both change the assistance by a step, to and fro."""
    mailbox, random = running.mailbox, np.random.default_rng(1)
    keys: list[float] = []
    calls: list[float] = []
    _await_page(keyboard, mailbox)
    for turn in range(PRESSES):
        time.sleep(random.uniform(*PAUSE_S))
        before = mailbox.acknowledged
        keys.append(_pressed(keyboard, b"-+"[turn % 2 : turn % 2 + 1], lambda: mailbox.acknowledged > before))  # noqa: B023
        time.sleep(random.uniform(*PAUSE_S))
        calls.append(running.set({"motion.speed": (0.3, 0.34)[turn % 2]}).after_ms)
    return keys, calls


def _pressed(keyboard: int, key: bytes, done: Any) -> float:
    """Press a key; ms until it is done."""
    begun = time.monotonic()
    os.write(keyboard, key)
    while not done():
        if time.monotonic() - begun > 10.0:
            raise TimeoutError(f"control never acknowledged {key!r}")
        time.sleep(BETWEEN_LOOKS_S)
    return 1e3 * (time.monotonic() - begun)


def _both(delays: list[float]) -> str:
    return f"p50 {np.percentile(delays, 50):.1f} ms, p99 {np.percentile(delays, 99):.1f} ms"


if __name__ == "__main__":
    for result in run():
        print(result)
