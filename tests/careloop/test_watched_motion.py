"""A whole session under a camera that draws the limb as it is: in simulated time, whatever the machine does."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from careloop.build import Exercise, load_exercise
from careloop.session.vision_watch import numbers_of
from patient_vision.camera import Frame
from patient_vision.gate import FrameJudge
from patient_vision.markers import MarkerTracker
from patient_vision.render import PINHOLE, RenderedLeg
from robot.controller import Person
from robot.plant import opened
from robot.runtime.clock import SimulatedClock
from robot.runtime.live import RESUMED, Live, first_wish
from robot.runtime.loop import run_loop
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Event
from robot.runtime.sight import Sight
from robot.tick import Array, Row
from robot.vision import Sight as Level
from robot.vision import Vision
from sim_models.plant import SimulatedPlant
from sim_models.scenes import load_of
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.trial import start_angles
from sim_models.virtual_patient.population import patient_named
from tests.careloop.sessions import SHORT, patient_robot, write_plan

FRAME_S, LATENCY_S = 1.0 / 20.0, 0.06
PERSON = Person(1.75, 75.0)
VISION = Vision(camera="0", tracker="markers", calibration="room-1", side="right", joints={"knee": "knee"})

Seen = Callable[[float, float], float]
"""The angle that is drawn at a time (s) of a limb whose true angle is given (rad)."""


@cache
def watched_exercise() -> Exercise:
    """One stride, which may be led to no assistance at all, on a robot with a camera."""
    with TemporaryDirectory() as folder:
        robot = patient_robot(Path(folder))
        robot.write_text(robot.read_text() + f"\nvision: {VISION.model_dump_json(exclude_unset=True)}\n")
        changes = {"assistance: [0.8, 1.0]": "assistance: [0.0, 1.0]", "robot: knee-exo": f"robot: {robot}"}
        return load_exercise(write_plan(Path(folder) / "short.yaml", {**SHORT, **changes}))


@dataclass
class Camera:
    """Draws, tracks and publishes a frame every `FRAME_S`, each known `LATENCY_S` after it was captured."""

    frames: Mailbox
    seen: Seen

    def __post_init__(self) -> None:
        self._tracker, self._coming, self._due = MarkerTracker(PINHOLE), list[tuple[float, Array]](), -math.inf
        self._judge = FrameJudge(self._tracker.joints, VISION.frame)

    def look(self, now: float, truth: float) -> None:
        """Go on to `now` (s), with the limb at `truth` (rad)."""
        if now >= self._due:
            self._due = now + FRAME_S - 1e-9
            image = RenderedLeg(lambda t: self.seen(now, truth), noise=3.0).draw(now + 1.0)
            judged = self._judge.judge(self._tracker.observe(Frame(image, now, 0)))
            self._coming.append((now + LATENCY_S, numbers_of(judged, [0])))
        while self._coming and self._coming[0][0] <= now:
            self.frames.publish(self._coming.pop(0)[1])


@dataclass
class Ridden:
    """How a session ended, and its rows by what is looked at here."""

    reason: str
    events: list[str]
    rows: list[tuple[float, float, float, float, float]]

    def column(self, place: int) -> Array:
        return np.array(self.rows)[:, place]


TIME, TRUTH, OBSERVED, SIGHT, ASSISTANCE = range(5)


def ride(folder: Path, seen: Seen, goes_on_at: float = math.inf) -> Ridden:
    """A session to its end; somebody goes on at a time (s)."""
    exercise = watched_exercise()
    controller = exercise.controller()
    plan, robot = controller.plan, controller.robot
    motion, row = controller.motion(), controller.row(PERSON)
    mailbox, frames = Mailbox.create(folder / "mailbox"), Mailbox.create(folder / "vision")
    first_wish(mailbox, controller.adjustables)

    def tell(event: Event) -> None:
        session.events.append(event)

    sight = Sight(frames, VISION, robot.joint_names, tell, lambda: float(row.time[0]))
    session = controller.session(motion, [sight])
    live = Live(mailbox, controller.adjustables, session, motion, row)
    patient = patient_named("passive").sized(PERSON.height_m, PERSON.mass_kg)
    load = load_of(robot, plan.posture, patient, start_angles(plan, robot, standard_matrix()))
    knee = load.truth_columns.index("knee_limb_q_rad")
    camera, found = Camera(frames, seen), Ridden("", [], [])
    assistance = [column.name for column in controller.layout.parameters].index("assistance")
    for before in range(-5, 1):  # it was seen before there was torque
        camera.look(before * FRAME_S, load.truth[knee])

    class Keeping:
        def push(self, values: Array) -> bool:
            told = row.time[0], load.truth[knee], row.observed_q[0], row.vision_sight[0], row.parameters[assistance]
            found.rows.append(tuple(map(float, told)))  # type: ignore[arg-type]
            return True

    def between(row: Row) -> None:
        camera.look(float(row.time[0]), load.truth[knee])
        if row.time[0] >= goes_on_at and not live.resumed:
            mailbox.ask(lambda wish: wish.__setitem__(RESUMED, 1.0))
        live.advance()
        sight.hear(live.resumed)
        live.lower(sight.share)

    law, guard = controller.stages(row)
    with opened(SimulatedPlant(robot, load)) as plant:
        run_loop(row, SimulatedClock(), plant, law, guard, session, Keeping(), between)
    load.close()
    found.reason = session.reason
    found.events = [event.code for event in session.events if not event.code.startswith("state-")]
    return found


def astray(at: float) -> Seen:
    """A limb that jumps in the picture for a fifth of a second, as behind something."""
    return lambda t, knee: knee + 0.7 * (at <= t < at + 0.2)


def test_a_session_whose_limb_is_seen_goes_to_its_end_with_the_assistance_lowered_meanwhile(tmp_path: Path) -> None:
    found = ride(tmp_path, astray(4.0), goes_on_at=7.0)
    assert found.reason == "completed"
    assert (found.events[0], found.events[-1]) == ("assistance-lowered", "assistance-restored")
    time, sight = found.column(TIME), found.column(SIGHT)
    assert set(sight[time < 4.0]) == {Level.TRACKING}
    assert set(sight[(time > 4.3) & (time < 7.0)]) == {Level.DEGRADED}
    assert set(sight[time > 7.1]) == {Level.TRACKING}
    assistance = found.column(ASSISTANCE)
    assert assistance[np.searchsorted(time, 7.0)] == 0.5
    assert assistance[-1] > 0.6
    tracked = sight == Level.TRACKING
    errors = np.degrees(found.column(OBSERVED) - found.column(TRUTH))[tracked]
    assert math.sqrt(np.square(errors).mean()) <= 3.0


def test_a_poster_of_a_limb_ends_a_session_softly_once_the_robot_leads_it(tmp_path: Path) -> None:
    first: list[float] = []

    def poster(t: float, knee: float) -> float:
        first.append(knee)
        return first[0]

    found = ride(tmp_path, poster)
    assert found.reason == "vision-lost"
    assert found.events[0] == "limb-unmoved"
    assert np.degrees(np.ptp(found.column(TRUTH))) < 25.0
