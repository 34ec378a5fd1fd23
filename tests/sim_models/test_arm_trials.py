"""Trials of an arm that brakes hold: what it is judged by, and that one that falls, or goes on, is refused."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from careloop.build import Exercise, load_exercise
from robot.controller import Person, build_controller
from robot.description import Brakes
from robot.plant import opened
from robot.runtime.clock import SimulatedClock
from robot.runtime.loop import run_loop
from robot.runtime.session import Session
from robot.runtime.session_state import Severity, State
from sim_models.plant import SimulatedPlant
from sim_models.robot_load import RobotLoad
from sim_models.trials.cases import Case, case_of
from sim_models.trials.gates import Result, judge
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.trial import Recording, run_trial, start_angles
from tests.sim_models.trials_kit import HANDOVER

MATRIX = standard_matrix()
ARM = load_exercise(HANDOVER)


def tried(condition: str, of: Exercise = ARM) -> tuple[Recording, Result]:
    case: Case = case_of(of.plan, MATRIX, "passive", condition, {})
    controller = build_controller(of.plan, of.robot, of.law, ARM.motion)
    recording = run_trial(controller, case, MATRIX)
    return recording, judge(recording, case, of.plan, MATRIX.gates)


@cache
def shipped(condition: str) -> tuple[Recording, Result]:
    return tried(condition)


def braked(closes_ms: float, torque: float | None = None) -> Exercise:
    """The arm with brakes that take another time, or hold another torque."""
    brakes = Brakes(closes_ms=closes_ms, opens_ms=60)
    joints = {
        name: one.model_copy(update={"brake_torque": torque or one.brake_torque})
        for name, one in ARM.robot.joints.items()
    }
    robot = ARM.robot.model_copy(update={"brakes": brakes, "joints": joints})
    return Exercise(ARM.file, ARM.plan, robot, ARM.law)


def test_it_does_what_its_plan_says_and_ends_on_closed_brakes() -> None:
    recording, result = shipped("nominal")
    assert result.passed, result.failures
    assert (result.end, result.limb_rms_deg, result.peak_cuff_force_N) == ("completes", None, None)
    assert recording.field("brake")[-1, 0] == 1.0
    # From the first moment to long after the last row the hand is nowhere that nobody led it to.
    after = recording.places("tool")[len(recording.rows) - 1 :]
    assert np.linalg.norm(after - after[0], axis=1).max() < 1e-3


def test_the_tools_error_is_what_the_simulation_knows_of_the_last_link() -> None:
    recording, result = shipped("nominal")
    away = recording.places("tool")[: len(recording.rows)] - recording.tool_reference
    during = (recording.field("repetition")[:, 0] >= 1.0) & (recording.field("fade")[:, 0] == 1.0)
    assert result.tool_rms_mm == pytest.approx(1000.0 * np.sqrt((away[during] ** 2).sum(axis=1).mean()), rel=1e-12)
    assert result.tool_rms_mm and 0.5 < result.tool_rms_mm < MATRIX.gates.tool_rms_mm


@pytest.mark.parametrize("condition", ["power-lost", pytest.param("emergency-stop", marks=pytest.mark.sweep)])
def test_when_its_torque_goes_at_once_the_brakes_hold_it(condition: str) -> None:
    recording, result = shipped(condition)
    assert result.passed, result.failures
    assert recording.state is State.FAULT
    assert result.stop_mm and 0.0 < result.stop_mm < MATRIX.gates.stop_within_mm
    rest = recording.joint_q[-50:]
    assert np.abs(rest - rest[-1]).max() < 1e-6


@pytest.mark.parametrize(("exercise", "failure"), [(braked(200.0), "tool went"), (braked(20.0, 1.0), "speed over")])
def test_an_arm_whose_brakes_are_late_or_weak_falls_and_is_refused(exercise: Exercise, failure: str) -> None:
    _, result = tried("power-lost", exercise)
    assert not result.passed
    assert any(failure in one for one in result.failures), result.failures


def pushed(force: float) -> tuple[Session, np.ndarray, float]:
    """A session in which somebody pushes the hand down from 3 s on: its end, the hand's places, and when it ended."""
    controller = build_controller(ARM.plan, ARM.robot, ARM.law, ARM.motion)
    load = RobotLoad(ARM.robot, start_angles(ARM.plan, ARM.robot, MATRIX))
    places = []

    def observe(time: float, truth: Sequence[float], tau: Sequence[float]) -> None:
        load.push = (0.0, 0.0, -force if time >= 3.0 else 0.0)
        places.append(truth[:3])

    with load:
        plant = SimulatedPlant(ARM.robot, load, observe=observe)
        row = controller.row(Person(1.7, 70.0))
        session = controller.session(controller.motion(), [lambda row: (Severity(row.time[0] > 4.0), "asked")])
        with opened(plant):
            stages = controller.stages(row)
            run_loop(row, SimulatedClock(), plant, *stages, session, Kept(), lambda row: None)
        ended = float(row.time[0])
        plant.coast(200)
    return session, np.array(places), ended


class Kept:
    """A recorder with room."""

    def push(self, values: np.ndarray) -> bool:
        return True


def test_somebody_who_pushes_harder_than_the_plan_allows_stops_it_and_is_not_fallen_upon() -> None:
    session, places, ended = pushed(1.5 * 60.0)
    assert (session.reason, session.state) == ("tool-force", State.STOPPED)
    assert ended < 3.3
    after = places[-200:]
    assert np.linalg.norm(after - after[0], axis=1).max() < 1e-3


def test_a_lighter_push_moves_it_and_stops_nothing() -> None:
    session, _, ended = pushed(0.7 * 60.0)
    assert (session.reason, session.state) == ("asked", State.STOPPED)
    assert ended > 4.0


@pytest.mark.sweep
@pytest.mark.parametrize("condition", [name for name, row in MATRIX.conditions.items() if row.suits(ARM.robot)])
def test_it_passes_every_condition(condition: str) -> None:
    _, result = tried(condition)
    assert result.passed, result.failures
