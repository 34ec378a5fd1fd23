"""One session: the checks before torque, the order to control, and the record that is closed at its end."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from careloop.build import Exercise
from careloop.emulation.running import Emulator, emulator_of
from careloop.messages import sentence
from careloop.proving.feasibility import check_feasible
from careloop.proving.parts import proof_parts
from careloop.session.emergency import Ask, working_stop
from careloop.session.files import Order
from careloop.session.supervision import POLL_S, Progress, counted_interrupts, supervise
from careloop.settings import Home
from robot.controller import Controller, Person
from robot.errors import CareloopError, CheckFailed, DeviceError, InputError
from robot.guard import Flag
from robot.proof import Proof, find_proof, site_key
from session_records.ending import CONTROL_DIED, End
from session_records.folder import TRACE, TRUTH
from session_records.recovery import close_session
from session_records.report.page import session_report
from session_records.store import Ended, Registry, SessionRecord, Started
from session_records.truth import read_truth
from sim_models.trials.matrix import standard_matrix

SPARE_S = 120.0
"""Disk space is asked for the plan's motion and this much more: pauses, the ring, a report."""

TRUTH_PATIENCE_S = 2.0
"""The emulator writes its truth every half second; after this long what is missing stays missing."""

REPORT = "report.html"

FLAGS = {int(flag): (flag.name or "").lower().replace("_", "-") for flag in Flag}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a session runs: on the simulation of a virtual patient, or on serial ports by bus.

    `stop_input` is the port of the emergency stop's digital input, if one is wired.
    """

    patient: str | None = None
    ports: Mapping[str, str] | None = None
    stop_input: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A session that ended: its registry entry, its folder, how it ended, and what real time was not granted."""

    record: SessionRecord
    folder: Path
    end: End
    interrupted: bool

    @property
    def status(self) -> int:
        """The exit status: 0 completed, 3 a device was lost, 4 guard or emergency stop ended it, 130 somebody did."""
        if self.interrupted or self.end.reason == "asked":
            return 130
        if self.end.reason == "completed":
            return 0
        return 3 if self.end.state == "fault" and self.end.reason != "emergency-stop" else 4


def prove_for(exercise: Exercise, controller: Controller, home: Home) -> Proof:
    """The proof of exactly this plan; raises `CheckFailed` without one."""
    parts = proof_parts(exercise, controller, standard_matrix())
    return find_proof(home.proofs, exercise.plan.name, parts, site_key(home.keys).public_key())


def check_ports(exercise: Exercise, target: Target, home: Home, no_person: bool) -> Emulator | None:
    """Refuse a real motor while a person could be attached; the emulator behind the ports, if it is one of ours.

    A person may be, where an emergency stop is given that is not emulated: it must work before there is torque.
    """
    if target.ports is None:
        return None
    emulators = [emulator_of(home.runtime, port) for port in target.ports.values()]
    stoppable = target.stop_input is not None and emulator_of(home.runtime, target.stop_input) is None
    if not (all(emulators) or no_person or stoppable):
        raise CheckFailed("person-not-excluded", port=", ".join(target.ports.values()))
    return emulators[0] if all(emulators) else None


def run_session(
    exercise: Exercise,
    target: Target,
    person: Person,
    changes: Mapping[str, float],
    home: Home,
    no_person: bool,
    tell: Callable[[Progress], None],
    ask: Ask,
) -> Outcome:
    """Run one session to its end and close its record; `tell` is called about every 50 ms.

    `ask` asks a person to press and to release the emergency stop, where its input is given. Raises `CheckFailed` where
    it is not proven or that stop does not work, `DeviceError` where the robot is not there; then there was no torque.
    """
    home.prepare()
    controller = exercise.controller(changes)
    controller.row(person)
    home.require_free(_bytes_needed(controller))
    check_feasible(exercise.adjusted(changes))
    proof = prove_for(exercise, controller, home) if target.ports is not None else None
    emulator = check_ports(exercise, target, home, no_person)
    on = "sim" if target.ports is None else "emulator" if emulator else "serial"
    started = _started(exercise, on, person, proof)
    order = _order(exercise, target, person, changes, proof)
    with Registry.open(home.root) as registry, counted_interrupts() as interrupts, ExitStack() as stack:
        session = registry.add(exercise.robot.name.partition("-")[0].upper(), started).session
        folder = registry.folder(session)
        stop = None
        if target.ports is not None and target.stop_input is not None:
            with _refused_in(registry, session):
                stop = stack.enter_context(
                    working_stop(folder, exercise.robot, target.ports, target.stop_input, ask, interrupts)
                )
            order = replace(order, stop_input=stop.facts)
        supervise(folder, controller, order, interrupts, tell)
        end = End.read(folder) or CONTROL_DIED
        if end.error is not None:
            registry.finish(session, Ended(end="refused", reason=end.reason))
            raise _error_of(end)
        end = stop.settle(end, folder) if stop else end
        if emulator is not None and emulator.truth is not None:
            _take_truth(Path(emulator.truth), folder)
        record = close_session(registry, session, end.state, end.reason, version("careloop"), FLAGS)
        if (folder / TRACE).exists():
            write_report(registry, session)
    return Outcome(record, folder, end, interrupted=bool(interrupts))


@contextmanager
def _refused_in(registry: Registry, session: str) -> Iterator[None]:
    """Enter a session as refused where its emergency stop was not seen working."""
    try:
        yield
    except (CareloopError, KeyboardInterrupt) as problem:
        registry.finish(session, Ended(end="refused", reason=getattr(problem, "code", "asked")))
        raise


def _started(exercise: Exercise, on: str, person: Person, proof: Proof | None) -> Started:
    """What the registry keeps of a session from its start."""
    return Started(
        plan=exercise.plan.name,
        robot=exercise.robot.name,
        on=on,
        started_at=datetime.now().astimezone(),
        proof_hash=proof.sha256 if proof else None,
        height_m=person.height_m,
        mass_kg=person.mass_kg,
    )


def write_report(registry: Registry, session: str) -> None:
    """Put a closed session's HTML report beside its trace."""
    page = session_report(registry, session, FLAGS, sentence)
    (registry.folder(session) / REPORT).write_text(page, encoding="utf-8")


def _bytes_needed(controller: Controller) -> int:
    """Journal and trace of a whole session, side by side for a moment."""
    seconds = controller.motion().duration_s + SPARE_S
    return int(2 * 8 * controller.layout.size * controller.robot.rate_hz * seconds)


def _order(
    exercise: Exercise, target: Target, person: Person, changes: Mapping[str, float], proof: Proof | None
) -> Order:
    plant = {"sim": target.patient} if target.ports is None else {"serial": dict(target.ports)}
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


def _take_truth(source: Path, folder: Path) -> None:
    """Copy the emulator's truth beside the session, once it covers it or will not grow any more."""
    wanted = time.monotonic()
    patience = wanted + TRUTH_PATIENCE_S
    while time.monotonic() < patience:
        try:
            if read_truth(source).time_s[-1] >= wanted:
                break
        except InputError as problem:
            if problem.code != "truth-unreadable":
                raise
            # Its first batch is not written yet.
        time.sleep(POLL_S)
    if source.exists():
        shutil.copyfile(source, folder / TRUTH)


def _error_of(end: End) -> CareloopError:
    error = end.error or {}
    kinds = {kind.__name__: kind for kind in _kinds(CareloopError)}
    return kinds.get(error["kind"], DeviceError)(end.reason, **error["values"])


def _kinds(kind: type[CareloopError]) -> list[type[CareloopError]]:
    return [kind, *(one for sub in kind.__subclasses__() for one in _kinds(sub))]
