"""One session: the checks before torque, the processes, and the record that is closed at its end."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from careloop.build import Exercise
from careloop.emulation.running import Emulator
from careloop.messages import sentence
from careloop.session.emergency import WorkingStop, working_stop
from careloop.session.hand_test import Ask
from careloop.session.prepare import Target, Treatment, prepare
from careloop.session.status import Status
from careloop.session.supervision import POLL_S, supervise
from careloop.session.watching import watched_patient
from careloop.settings import Home
from robot.controller import Person
from robot.errors import CareloopError, DeviceError, InputError
from robot.guard import Flag
from session_records.ending import CONTROL_DIED, End
from session_records.folder import TRACE, TRUTH
from session_records.recovery import close_session
from session_records.store import Ended, Registry, SessionRecord
from session_records.truth import read_truth

TRUTH_PATIENCE_S = 2.0
"""The emulator writes its truth every half second; after this long what is missing stays missing."""

REPORT = "report.html"

FLAGS = {int(flag): (flag.name or "").lower().replace("_", "-") for flag in Flag}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A session that ended: its registry entry, its folder, how it ended, and what real time was not granted."""

    record: SessionRecord
    folder: Path
    end: End
    interrupted: bool

    @property
    def status(self) -> int:
        """The exit status: 0 completed, 3 a device was lost, 4 guard or a stop's input ended it, 130 somebody did."""
        if self.interrupted or self.end.reason == "asked":
            return 130
        if self.end.reason == "completed":
            return 0
        return 3 if self.end.state == "fault" and self.end.reason != "emergency-stop" else 4


def run_session(
    exercise: Exercise,
    target: Target,
    person: Person,
    changes: Mapping[str, float],
    home: Home,
    *,
    no_person: bool,
    tell: Callable[[Status], None],
    ask: Ask,
    interrupts: list[int],
    treatment: Treatment | None = None,
) -> Outcome:
    """Run one session to its end and close its record; `tell` is called about every 50 ms.

    `ask` asks a person to press and to release the emergency stop, where its input is given. `interrupts` are those of
    `counted_interrupts`, which the main thread has entered; this may run in another. Raises `CheckFailed` where it is
    not proven or that stop does not work, `DeviceError` where the robot is not there, `KeyboardInterrupt` where it was
    interrupted before it began; then there was no torque.
    """
    prepared = prepare(exercise, target, person, changes, home, no_person, treatment)
    if interrupts:
        raise KeyboardInterrupt
    with Registry.open(home.root) as registry, ExitStack() as stack:
        session = registry.add(exercise.robot.name.partition("-")[0].upper(), prepared.started).session
        folder, order, stop = registry.folder(session), prepared.order, None
        with _refused_in(registry, session):
            if treatment is not None:
                treatment.enter(registry, session)
            if target.ports is not None and target.stop_input is not None:
                stop = stack.enter_context(
                    working_stop(folder, exercise.robot, target.ports, target.stop_input, ask, interrupts)
                )
                order = replace(order, stop_input=stop.facts)
            if target.ports is not None and exercise.robot.watched is not None:
                seen_with, given_up = (order.camera, order.zero), lambda: bool(interrupts)
                stack.enter_context(watched_patient(folder, exercise.robot.watched, seen_with, home, given_up))
        supervise(folder, prepared.controller, order, interrupts, tell)
        end = _ended(registry, session, stop)
        record = _closed(registry, session, end, prepared.emulator)
    return Outcome(record, folder, end, interrupted=bool(interrupts))


@contextmanager
def _refused_in(registry: Registry, session: str) -> Iterator[None]:
    """Enter a session as refused where what must come before torque was not done."""
    try:
        yield
    except (CareloopError, KeyboardInterrupt) as problem:
        registry.finish(session, Ended(end="refused", reason=getattr(problem, "code", "asked")))
        raise


def _ended(registry: Registry, session: str, stop: WorkingStop | None) -> End:
    """How control ended; raises what kept it from starting."""
    folder = registry.folder(session)
    end = End.read(folder) or CONTROL_DIED
    if end.error is not None:
        registry.finish(session, Ended(end="refused", reason=end.reason))
        raise _error_of(end)
    return stop.settle(end, folder) if stop else end


def _closed(registry: Registry, session: str, end: End, emulator: Emulator | None) -> SessionRecord:
    """The record, its trace and report made."""
    folder = registry.folder(session)
    if emulator is not None and emulator.truth is not None:
        _take_truth(Path(emulator.truth), folder)
    record = close_session(registry, session, end.state, end.reason, version("careloop"), FLAGS)
    if (folder / TRACE).exists():
        write_report(registry, session)
    return record


def write_report(registry: Registry, session: str) -> None:
    """Put a closed session's HTML report beside its trace."""
    from session_records.report.page import session_report  # what it draws with is slow to import

    page = session_report(registry, session, FLAGS, sentence)
    (registry.folder(session) / REPORT).write_text(page, encoding="utf-8")


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
