"""The supervisor of a session: checks before torque, starts recorder and control, watches them, closes the record."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from careloop.build import Exercise
from careloop.emulators import Emulator, emulator_of
from careloop.feasibility import check_feasible
from careloop.messages import sentence
from careloop.proving import proof_parts
from careloop.session_files import MAILBOX, STATUS, End, Order
from careloop.settings import Home
from robot.controller import Controller, Person
from robot.errors import CareloopError, CheckFailed, DeviceError
from robot.guard import Flag
from robot.proof import Proof, find_proof, site_key
from robot.runtime.mailbox import Mailbox
from robot.runtime.ring import Ring
from robot.runtime.session_state import Severity
from session_records.folder import RING, TRUTH, SessionDescription, write_session
from session_records.recovery import close_session
from session_records.report.page import session_report
from session_records.store import Ended, Registry, SessionRecord, Started
from session_records.truth import read_truth
from sim_models.trials.matrix import standard_matrix

POLL_S = 0.05
LONGEST_SESSION_S = 3600.0
"""Disk space is asked for this much of a session; its ring takes more if it is full."""

TRUTH_PATIENCE_S = 2.0
"""The emulator writes its truth every half second; after this long what is missing stays missing."""

RECORDER_PATIENCE_S = 10.0
"""A recorder has at most ten seconds of rows to write after the end; one that takes as long meets a full disk."""

REPORT = "report.html"

FLAGS = {int(flag): (flag.name or "").lower().replace("_", "-") for flag in Flag}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a session runs: on the simulation of a virtual patient, or on serial ports by bus."""

    patient: str | None = None
    start_deg: float = 75.0
    ports: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What control said last: s on the session's grid, of how many, and the repetition it is in."""

    time_s: float
    duration_s: float
    repetition: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A session that ended: its registry entry, its folder, how it ended, and what real time was not granted."""

    record: SessionRecord
    folder: Path
    end: End
    interrupted: bool

    @property
    def status(self) -> int:
        """The exit status: 0 completed, 3 a device was lost, 4 the guard ended it, 130 interrupted."""
        if self.interrupted:
            return 130
        if self.end.reason == "completed":
            return 0
        return 3 if self.end.state == "fault" else 4


def prove_for(exercise: Exercise, controller: Controller, home: Home) -> Proof:
    """The proof of exactly this plan; raises `CheckFailed` without one."""
    parts = proof_parts(exercise, controller, standard_matrix())
    return find_proof(home.proofs, exercise.plan.name, parts, site_key(home.keys).public_key())


def check_ports(exercise: Exercise, target: Target, home: Home, no_person: bool) -> Emulator | None:
    """Refuse a real motor while a person could be attached; the emulator behind the ports, if it is one of ours."""
    if target.ports is None:
        return None
    emulators = [emulator_of(home.runtime, port) for port in target.ports.values()]
    if not all(emulators) and not no_person:
        raise CheckFailed("person-not-excluded", port=", ".join(target.ports.values()))
    return emulators[0]


def run_session(
    exercise: Exercise,
    target: Target,
    person: Person,
    changes: Mapping[str, float],
    home: Home,
    no_person: bool,
    tell: Callable[[Progress], None],
) -> Outcome:
    """Run one session to its end and close its record; `tell` is called about every 50 ms.

    Raises `CheckFailed` where it is not proven, `DeviceError` where the robot is not there; then there was no torque.
    """
    home.prepare()
    home.require_free(_bytes_needed(exercise))
    controller = exercise.controller(changes)
    controller.row(person)
    check_feasible(exercise.adjusted(changes))
    proof = prove_for(exercise, controller, home) if target.ports is not None else None
    emulator = check_ports(exercise, target, home, no_person)
    where = "sim" if target.ports is None else "emulator" if emulator else "serial"
    with Registry.open(home.root) as registry:
        started = Started(
            plan=exercise.plan.name,
            robot=exercise.robot.name,
            on=where,
            started_at=datetime.now().astimezone(),
            proof_hash=proof.sha256 if proof else None,
            height_m=person.height_m,
            mass_kg=person.mass_kg,
        )
        session = registry.add(exercise.robot.name.partition("-")[0].upper(), started).session
        folder = registry.folder(session)
        order = _order(exercise, target, person, changes, proof)
        with _counted_interrupts() as interrupts:
            _supervise(folder, controller, order, interrupts, tell)
            end = End.read(folder)
            if end.error is not None:
                registry.finish(session, Ended(end="refused", reason=end.reason))
                raise _error_of(end)
            if emulator is not None and emulator.truth is not None:
                _take_truth(Path(emulator.truth), folder)
            record = close_session(registry, session, end.state, end.reason, version("careloop"), FLAGS)
            report = session_report(registry, session, FLAGS, sentence)
            (folder / REPORT).write_text(report, encoding="utf-8")
    return Outcome(record, folder, end, interrupted=bool(interrupts))


@contextmanager
def _counted_interrupts() -> Iterator[list[int]]:
    """Interrupts from the keyboard are counted, not raised: from here on the record gets closed whatever comes."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)


def _bytes_needed(exercise: Exercise) -> int:
    row_bytes = 8 * 64
    return int(row_bytes * exercise.robot.rate_hz * LONGEST_SESSION_S)


def _order(
    exercise: Exercise, target: Target, person: Person, changes: Mapping[str, float], proof: Proof | None
) -> Order:
    plant = (
        {"sim": target.patient, "start_deg": target.start_deg} if target.ports is None else {"serial": {**target.ports}}
    )
    return Order(
        file=exercise.file,
        plan=exercise.plan.content,
        robot=exercise.robot.model_dump(mode="json"),
        person={"height_m": person.height_m, "mass_kg": person.mass_kg},
        changes=dict(changes),
        plant=plant,
        law=proof.parts["law"] if proof else None,
        guard=proof.parts["guard"] if proof else None,
    )


def _supervise(
    folder: Path, controller: Controller, order: Order, interrupts: list[int], tell: Callable[[Progress], None]
) -> None:
    """Start recorder and control and see them to their end; each interrupt asks for a stronger stop."""
    layout, rate_hz = controller.layout, controller.robot.rate_hz
    write_session(folder, SessionDescription.of(layout, folder.name, rate_hz, 0.0), order.facts)
    try:
        Ring.create(folder / RING, layout.size, rate_hz)
        mailbox = Mailbox.create(folder / MAILBOX)
    except OSError as problem:
        raise DeviceError("disk-full", folder=folder, free_mb=0, needed_mb=1) from problem
    recorder = _start(folder, "session_records.recorder")
    control = _start(folder, "careloop.control")
    while control.poll() is None:
        time.sleep(POLL_S)
        if interrupts:
            mailbox.stop((Severity.FINISH, Severity.SOFT, Severity.OFF)[min(len(interrupts), 3) - 1])
        if recorder.poll() not in {None, 0}:  # it died: the ring holds its rows for ten seconds
            recorder = _start(folder, "session_records.recorder")
        status = mailbox.status(len(STATUS))
        if status is not None:
            tell(Progress(float(status[0]), float(status[1]), int(status[3])))
    _finish_recording(folder, recorder)


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
        recorder = _start(folder, "session_records.recorder")
    recorder.kill()
    recorder.wait()
    raise DeviceError("record-not-closed", folder=folder, log=folder / "recorder.log")


def _start(folder: Path, module: str) -> "subprocess.Popen[bytes]":
    """A process of its own, its words kept in the folder; the terminal's interrupt reaches the supervisor alone."""
    with (folder / f"{module.rpartition('.')[2]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )


def _take_truth(source: Path, folder: Path) -> None:
    """Copy the emulator's truth beside the session, once it covers it or will not grow any more."""
    wanted = time.monotonic()
    patience = wanted + TRUTH_PATIENCE_S
    while time.monotonic() < patience:
        try:
            if read_truth(source).time_s[-1] >= wanted:
                break
        except CareloopError:
            pass  # its first batch is not written yet
        time.sleep(POLL_S)
    if source.exists():
        shutil.copyfile(source, folder / TRUTH)


def _error_of(end: End) -> CareloopError:
    error = end.error or {}
    kinds = {kind.__name__: kind for kind in _kinds(CareloopError)}
    return kinds.get(error["kind"], DeviceError)(end.reason, **error["values"])


def _kinds(kind: type[CareloopError]) -> list[type[CareloopError]]:
    return [kind, *(one for sub in kind.__subclasses__() for one in _kinds(sub))]
