"""A case from its pre-flight to the end of its session, at a terminal."""

import math
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from careloop.commands.asking import ask
from careloop.commands.output import progress
from careloop.commands.preflight import Preflight, check_cuff, check_patient, check_vitals, share_in_words
from careloop.commands.run import target_of
from careloop.commands.values import now
from careloop.day.preflight import calibration_of, check_health
from careloop.day.treating import Case, kept_refusal, started_of
from careloop.emulation.running import emulator_of
from careloop.messages.language import Words
from careloop.page.terminal import full_screen_possible
from careloop.page.view import camera_news, phase
from careloop.session.dose import Dose
from careloop.session.files import Order
from careloop.session.prepare import Target, Treatment, prepare
from careloop.session.run import Outcome, run_session
from careloop.session.status import Camera, Status
from careloop.session.supervision import counted_interrupts
from careloop.session.watching import read_camera, read_zero_pose, watched_patient
from careloop.settings import Home
from hardware.bus import Health
from hardware.health import read_health
from robot.description import RobotDescription
from session_records.people.checks import Check, Preflights
from session_records.store import Registry

if TYPE_CHECKING:
    from careloop.page.showing import Shown


def pre_flight(pre: Preflight, case: Case, home: Home, on: str, stop_input: str, names: bool) -> Target:
    """Everything that comes before the stops are tried; where the session runs.

    What refuses is raised, and kept as a session that was refused.
    """
    target = target_of(case.exercise, on, "passive", stop_input)
    emulated = all(emulator_of(home.runtime, port) for port in (target.ports or {}).values())
    started = started_of(case, "emulator" if emulated else "serial", pre.operator, now())
    with kept_refusal(pre.site, started, pre.checks):
        check_patient(pre, case.patient, case.prescription, case.prescribed, case.share, names)
        _check_machine(pre, case, home, target, emulated=emulated)
        check_vitals(pre)
        check_cuff(pre)
        _check_camera(pre, case.exercise.robot, home)
    return target


def _check_machine(pre: Preflight, case: Case, home: Home, target: Target, *, emulated: bool) -> None:
    """What the machine measures of itself: proof, disk, calibration, and the drives on their bus."""
    robot = case.exercise.robot
    pre.screen("screen-machine", {})
    last = pre.site.calibrations.last(robot.name)
    holds = calibration_of(robot.name, robot.calibration_days, last, now(), emulated=emulated)
    pre.measured("calibration", holds)
    with progress().status(pre.words("looks-for-proof")):
        prepared = prepare(
            case.exercise, target, case.person, case.prescription.changes, home, False, treatment_of(pre, case)
        )
    pre.measured("proof", prepared.started.proof_hash)
    pre.measured("disk", shutil.disk_usage(home.root).free // 10**6)
    health = check_health(robot, _health(pre, robot, target))
    pre.measured("bus", len(health))
    pre.measured("voltage", [one.volts for one in health])
    pre.measured("temperature", [one.celsius for one in health])


def _check_camera(pre: Preflight, robot: RobotDescription, home: Home) -> None:
    """The patient is seen as a session asks for it: camera, plates or body, and the gate. Nothing without a camera."""
    if robot.watched is None:
        return
    pre.screen("screen-camera", {})
    seen_with = read_camera(robot, home), read_zero_pose(robot, home)
    with (
        TemporaryDirectory() as folder,
        progress().status(pre.words("looks-for-patient")),
        watched_patient(Path(folder), robot.watched, seen_with, home, lambda: False) as seen,
    ):
        angles = {name: round(math.degrees(angle), 1) for name, angle in seen.items()}
    pre.measured("camera", angles)


def _health(pre: Preflight, robot: RobotDescription, target: Target) -> Sequence[Health | None]:
    """The drives' health; asks once for their power where one of them is silent, as with a pressed emergency stop."""
    health = read_health(robot, target.ports or {})
    if None not in health:
        return health
    ask(pre.words, "ask-power")
    return read_health(robot, target.ports or {})


def treatment_of(pre: Preflight, case: Case, begin: Callable[[Path], None] = lambda folder: None) -> Treatment:
    """The case as a session keeps it; what was checked is entered with it, and `begin` told its folder."""

    def enter(registry: Registry, session: str) -> None:
        Preflights(registry).enter(session, pre.checks)
        begin(registry.folder(session))

    return Treatment(
        patient=case.patient.pseudonym,
        side=case.prescription.side,
        operator=pre.operator,
        prescription=case.prescription.prescription,
        dose=Dose(case.share.repetitions, trial=True),
        enter=enter,
    )


def run_case(pre: Preflight, case: Case, home: Home, target: Target) -> tuple[Outcome, bool]:
    """Try the stops and run the session, on a page where there is a terminal; also whether whoever ran it has left."""

    def run(shown: "Shown", tell: Callable[[Status], None]) -> Outcome:
        return run_session(
            case.exercise,
            target,
            case.person,
            case.prescription.changes,
            home,
            no_person=False,
            tell=tell,
            ask=shown.ask,
            interrupts=interrupts,
            treatment=treatment_of(pre, case, shown.begin),
        )

    with counted_interrupts() as interrupts:
        if full_screen_possible():
            from careloop.page.showing import run_with_page

            page = partial(run, tell=lambda status: None)  # it looks for itself
            outcome = run_with_page(page, interrupts, pre.words, heading(case, pre.words))
        else:
            lines = Lines(pre.words)
            outcome = run(lines, lines.tell)
    _enter_stops(pre, outcome)
    return outcome, bool({signal.SIGHUP, signal.SIGTERM} & set(interrupts))


def heading(case: Case, words: Words) -> str:
    """Whom and what, for the page's first line."""
    side = words(f"side-{case.prescription.side}")
    return words.listed([case.patient.pseudonym, side, case.exercise.plan.name, share_in_words(case.share, words)])


def _enter_stops(pre: Preflight, outcome: Outcome) -> None:
    """Which stops were seen pressed and released at this start: they are tried once there is a session."""
    asked = [step["asked"] for step in (Order.read(outcome.folder).stop_input or {}).get("test", ())]
    at, seen = outcome.record.started.started_at, {"stop-release": "emergency-stop", "hand-release": "hand-switch"}
    checks = [Check(item, True, at) for code, item in seen.items() if code in asked]
    pre.site.preflights.enter(outcome.record.session, checks)


@dataclass
class Lines:
    """Tells where a session is, in a line each time that it changes: for where there is no screen to fill."""

    words: Words
    _told: str = ""
    _camera: Camera = Camera.NONE

    def begin(self, folder: Path) -> None:
        """There is a session: its name."""
        self._say(folder.name)

    def ask(self, code: str) -> None:
        """A person is asked for what a code stands for."""
        self._say(self.words(code))

    def tell(self, status: Status) -> None:
        """What the session does now."""
        if news := camera_news(self._camera, status.camera, self.words):
            progress().print(news)
        self._camera = status.camera
        code = phase(status, pausing=False)
        if code == "page-running":
            self._say(self.words("repetition-of", repetition=status.repetition, of=status.repetitions))
        else:
            self._say(self.words("held-elsewhere" if code == "page-held" else code))

    def _say(self, line: str) -> None:
        if line != self._told:
            self._told = line
            progress().print(line)
