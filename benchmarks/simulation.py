"""What a trial costs beside bare stepping of its scene, and how many times faster than real time it is on one core."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple, cast

from careloop.build import load_exercise
from robot.load import Load
from robot.tick import Row
from sim_models.engine import pybullet
from sim_models.faults import NOMINAL
from sim_models.trials.cases import case_of
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.trial import load_of_case, run_trial
from sim_models.world_load import WorldLoad


class Scene(NamedTuple):
    """A shipped plan and a patient: the most that a trial may cost in times of bare stepping, and what it may last."""

    plan: str
    patient: str
    bare: float | None = None
    real_time: float | None = None


SCENES = (
    Scene("knee-walking", "severely-spastic", 3.0, 60.0),
    Scene("leg-treadmill", "weak", 1.35),
    Scene("arm-drinking", "weak"),
    Scene("care-meal", "weak", 1.35),
)
"""A line for each. Measured are whole trials: guard, law, patient, session and rows included."""

TICKS = 25
"""A round is so many ticks of a trial, then bare steps for as much simulated time: both see the same machine."""

ROUNDS = 400


def run() -> list[dict[str, Any]]:
    """For each scene a trial against bare stepping, and against real time."""
    return [row for scene in SCENES for row in _rows(scene)]


def _rows(scene: Scene) -> Iterator[dict[str, Any]]:
    exercise, matrix = load_exercise(scene.plan), standard_matrix()
    controller = exercise.controller({}, 1)
    case = case_of(exercise.plan, matrix, scene.patient, "nominal", {})
    with closing(_Bare(load_of_case(controller, case, matrix, NOMINAL))) as bare, _without_collection():
        steps = round(TICKS * controller.robot.dt / bare.step_s)
        rounds = Rounds(lambda: bare.step(steps))
        while len(rounds.trial_s) < ROUNDS:
            rounds.begin()
            run_trial(controller, case, matrix, rounds.after_tick)
    simulated = TICKS * controller.robot.dt
    trial, stepping = simulated / min(rounds.trial_s), simulated / min(rounds.bare_s)
    name = f"trial of {scene.plan}, {controller.robot.rate_hz} Hz control, physics at {1.0 / bare.step_s:.0f} Hz"
    yield {
        "name": f"{name}, beside bare stepping",
        "measured": stepping / trial,
        "unit": "x bare stepSimulation",
        "goal": scene.bare,
        "met": None if scene.bare is None else stepping / trial <= scene.bare,
        "beside": f"bare stepSimulation of the same scene: {stepping:.0f} x real time",
    }
    yield {
        "name": name,
        "measured": trial,
        "unit": "x real time",
        "goal": scene.real_time,
        "met": None if scene.real_time is None else trial >= scene.real_time,
        "beside": f"bare stepSimulation of the same scene: {stepping:.0f} x real time",
    }


class Rounds:
    """Times of alternating rounds in s, of this thread alone: what else runs here is no property of the simulation."""

    def __init__(self, bare: Callable[[], None]) -> None:
        self.trial_s: list[float] = []
        self.bare_s: list[float] = []
        self._bare = bare
        self._ticks, self._begun = 0, 0.0

    def begin(self) -> None:
        """A trial begins; its first round is one of warming up."""
        self._ticks, self._begun = -TICKS, 0.0

    def after_tick(self, row: Row) -> None:
        """At the end of a round, take its time and let the bare stepping have its turn."""
        self._ticks += 1
        if self._ticks % TICKS:
            return
        ended = time.thread_time()
        if self._ticks:
            self.trial_s.append(ended - self._begun)
        begun = time.thread_time()
        self._bare()
        self.bare_s.append(time.thread_time() - begun)
        self._begun = time.thread_time()


class _Bare:
    """A scene that nothing acts on but gravity and its own friction."""

    def __init__(self, load: Load) -> None:
        self._load = cast(WorldLoad, load)
        self._client = self._load.client
        self.step_s = load.step_s

    def step(self, steps: int) -> None:
        """So many bare steps."""
        for _ in range(steps):
            pybullet.stepSimulation(self._client)

    def close(self) -> None:
        """End it."""
        self._load.close()


@contextmanager
def _without_collection() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
