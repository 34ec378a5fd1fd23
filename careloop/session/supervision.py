"""The processes of a session: recorder and control are started, watched, and seen to their end."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from careloop.session.files import LIFE_SIGN, MAILBOX, Order
from careloop.session.status import Status
from robot.controller import Controller
from robot.errors import DeviceError
from robot.runtime.life_sign import life_sign
from robot.runtime.live import first_wish
from robot.runtime.mailbox import Mailbox
from robot.runtime.ring import Ring
from robot.runtime.session_state import Severity
from session_records.folder import RING, SessionDescription, control_announced, write_session

POLL_S = 0.05

HEEDED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
"""The signals that ask a running session for a stop."""

RECORDER_PATIENCE_S = 10.0
"""A recorder has at most ten seconds of rows to write after the end; one that takes as long meets a full disk."""


@contextmanager
def counted_interrupts() -> Iterator[list[int]]:
    """Signals that would end the process are collected, not raised: from here on the record gets closed whatever comes.

    They are Ctrl-C, the end of the terminal and of the process; see `asked_by`. To be entered by the main thread.
    """
    seen: list[int] = []

    def heed(number: int, frame: object) -> None:
        seen.append(number)
        if number == signal.SIGHUP:
            _leave_terminal()

    before = {number: signal.signal(number, heed) for number in HEEDED}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def asked_by(interrupts: Sequence[int]) -> Severity:
    """The stop that signals ask for: by Ctrl-C stronger each time, by any other soft at least."""
    counted = Severity(min(interrupts.count(signal.SIGINT), Severity.OFF))
    return counted if set(interrupts) <= {signal.SIGINT} else max(counted, Severity.SOFT)


def _nobody(status: Status) -> None:
    """Told in place of a screen that is gone."""


def _leave_terminal() -> None:
    """What is still said goes nowhere once the terminal is gone: writing to it would be an error."""
    with Path(os.devnull).open("wb") as nowhere:
        for stream in (1, 2):
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nowhere.fileno(), stream)


def supervise(
    folder: Path, controller: Controller, order: Order, interrupts: list[int], tell: Callable[[Status], None]
) -> None:
    """Start recorder and control and see them to their end; each interrupt asks for a stronger stop.

    `tell` is called about every 50 ms. Raises `DeviceError` where the disk does not take the record.
    """
    layout, rate_hz = controller.layout, controller.robot.rate_hz
    write_session(folder, SessionDescription.of(layout, folder.name, rate_hz, 0.0, order.what().trial), order.facts)
    with ExitStack() as given:
        try:
            Ring.create(folder / RING, layout.size, rate_hz)
            mailbox = Mailbox.create(folder / MAILBOX)
            first_wish(mailbox, controller.adjustables)
            given.enter_context(life_sign(folder / LIFE_SIGN))
        except OSError as problem:
            raise DeviceError("disk-full", folder=folder, free_mb=0, needed_mb=1) from problem
        recorder = _see_control_to_its_end(folder, mailbox, interrupts, tell)
    if not control_announced(folder):  # it died before it had begun: no row will come
        Ring.attach(folder / RING).close_writing()
    _finish_recording(folder, recorder)


def _see_control_to_its_end(
    folder: Path, mailbox: Mailbox, interrupts: list[int], tell: Callable[[Status], None]
) -> "subprocess.Popen[bytes]":
    """Start recorder and control, and start the recorder again while control lives; the recorder's process."""
    recorder = start_process(folder, "session_records.recorder")
    control = start_process(folder, "careloop.session.control")
    while control.poll() is None:
        time.sleep(POLL_S)
        if interrupts:
            mailbox.stop(asked_by(interrupts))
        if recorder.poll() not in {None, 0}:  # it died: the ring holds its rows for ten seconds
            recorder = start_process(folder, "session_records.recorder")
        status = Status.read(mailbox)
        if status is not None:
            try:
                tell(status)
            except OSError:  # the screen is gone: nobody sees any more what goes on
                interrupts.append(signal.SIGHUP)
                tell = _nobody
    return recorder


def _finish_recording(folder: Path, recorder: "subprocess.Popen[bytes]") -> None:
    """Wait until the ring is in the journal; raises `DeviceError` where the disk does not take it.

    Ring and journal are kept then, and the next look at the sessions closes the record.
    """
    until = time.monotonic() + RECORDER_PATIENCE_S
    while time.monotonic() < until:
        try:
            if recorder.wait(timeout=until - time.monotonic()) == 0:
                return
        except subprocess.TimeoutExpired:
            break
        recorder = start_process(folder, "session_records.recorder")
    recorder.kill()
    recorder.wait()
    raise DeviceError("record-not-closed", folder=folder, log=folder / "recorder.log")


def start_process(folder: Path, module: str, *words: str) -> "subprocess.Popen[bytes]":
    """A process of its own, its words kept in the folder; the terminal's interrupt reaches the supervisor alone.

    It is told who started it: asked later, the system would name a stranger where the supervisor has died meanwhile.
    """
    with (folder / f"{module.rpartition('.')[2]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(folder), str(os.getpid()), *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
