"""What a tool and a person do to each other: forces by region, reactions, the arm's torques, the open mouth."""

from dataclasses import dataclass
from functools import cache

import casadi
import numpy as np
import pytest
from casadi import SX

from robot.description import RobotDescription, load_robot
from robot.plan_task import Bathing, Meal, PlanTask
from robot.symbolic import SymbolicRobot
from robot.tick import Array
from robot.tool import fitted
from sim_models.contact import padded
from sim_models.tasks.parts import OPENING_HALF, TEETH_BEHIND
from sim_models.tasks.scene import scene_of
from sim_models.tasks.touch import compiled_touch, truth_columns
from sim_models.virtual_patient.body import Body

MEAL = PlanTask(meal=Meal(mark_m=(0.5, 0.0, 0.5), placed_within_mm=0.0, depth_mm=10.0, for_s=1.0))
BATHING = PlanTask(
    bathing=Bathing(mark_m=(0.6, 0.0, 0.3), placed_within_mm=0.0, region="forearm", force=10.0, along_mm=100.0)
)
BODY = Body(1.75, 75.0)
BENT = [0.2, 0.9, -0.3, -1.1, 0.4, 0.6, 0.1]


@dataclass(frozen=True)
class Touch:
    """One evaluation: torques of the arm, the first link's wrench, and the truth by its name."""

    tau: Array
    wrenches: Array
    truth: dict[str, float]


@cache
def arm(task: str) -> RobotDescription:
    return fitted(load_robot("care-arm"), {"meal": MEAL, "bathing": BATHING}[task].tool)


@cache
def tip(task: str) -> casadi.Function:
    """(q) → place, axes and Jacobian of the tool's tip."""
    robot = SymbolicRobot.of(arm(task))
    q = SX.sym("q", 7)
    return casadi.Function("tip", [q], [robot.position(q), robot.rotation(q), robot.jacobian(q)])


def touched(task: PlanTask, q: list[float], frames: Array, dq: list[float] | None = None) -> Touch:
    scene = scene_of(task)
    compiled = compiled_touch(arm(task.name), task.tool, scene)
    inputs = [np.array(q), np.array(dq or [0.0] * 7), frames.ravel(), np.array(scene.numbers(BODY))]
    outputs = [np.zeros(compiled.function.numel_out(index)) for index in range(3)]
    compiled.bind(inputs, outputs)()
    truth = dict(zip(truth_columns(scene), outputs[2].tolist(), strict=True))
    return Touch(outputs[0], outputs[1].reshape(-1, 6), truth)


def at_rest(place: Array, turn: Array) -> Array:
    """A link that stands still: place, axes by column, no velocity."""
    return np.concatenate([place, turn.T.ravel(), np.zeros(6)])


def forearm_below_tip(depth: float, q: list[float]) -> Array:
    """Frames of a level forearm whose skin is `depth` above the pad's lowest point, the other parts far away."""
    place, turn, _ = (np.array(one) for one in tip("bathing")(q))
    ball = BATHING.tool.balls[0]
    lowest = place.ravel() + turn @ np.array(ball.place) - [0.0, 0.0, ball.radius]
    length, radius = scene_of(BATHING).numbers(BODY)[:2]
    origin = lowest + np.array([-0.5 * length, 0.0, depth - radius])
    far = at_rest(np.array([9.0, 9.0, 9.0]), np.eye(3))
    return np.concatenate([at_rest(origin, np.eye(3)), far, far])


@pytest.mark.parametrize("force", [1.0, 8.0, 30.0])
def test_a_pad_that_is_pressed_with_a_force_reads_that_force(force: float) -> None:
    surface = padded(BATHING.tool.padding, "forearm", BATHING.tool.friction)
    touch = touched(BATHING, BENT, forearm_below_tip(force / surface.stiffness, BENT))
    assert touch.truth["forearm_contact_N"] == pytest.approx(force, rel=1e-6)
    assert touch.truth["hand_contact_N"] == touch.truth["upper_arm_contact_N"] == 0.0
    assert touch.wrenches[0, :3] == pytest.approx([0.0, 0.0, -force], abs=1e-6)


def test_nothing_acts_where_nothing_touches() -> None:
    touch = touched(BATHING, BENT, forearm_below_tip(-0.001, BENT))
    assert not touch.tau.any()
    assert not touch.wrenches.any()


def test_what_a_touch_does_to_arm_and_person_is_equal_and_opposite() -> None:
    frames = forearm_below_tip(0.004, BENT)
    frames[12:15] = [0.1, -0.05, 0.02]  # the forearm slides, so that friction acts too
    touch = touched(BATHING, BENT, frames, [0.03, -0.02, 0.01, 0.02, 0.01, -0.03, 0.05])
    _, _, jacobian = (np.array(one) for one in tip("bathing")(BENT))
    place = np.array([touch.truth[f"tool_{axis}_m"] for axis in "xyz"])
    force, moment = touch.wrenches[0, :3], touch.wrenches[0, 3:]
    moment_at_tip = moment + np.cross(frames[:3] - place, force)
    expected = -jacobian.T @ np.concatenate([force, moment_at_tip])
    np.testing.assert_allclose(touch.tau, expected, atol=1e-9)
    assert np.abs(force[:2]).max() > 0.1


@pytest.mark.parametrize("pitch", [0.0, 0.4, -0.7])
def test_the_tilt_is_the_angle_of_the_tools_x_axis_from_the_vertical(pitch: float) -> None:
    far = at_rest(np.array([9.0, 9.0, 9.0]), np.eye(3))
    tilt = touched(MEAL, [0.0, pitch, 0.0, 0.0, 0.0, 0.0, 0.0], far).truth["tool_tilt_deg"]
    assert tilt == pytest.approx(90.0 + np.degrees(pitch), abs=1e-6)


def head_before_tip(behind: float, below: float, aside: float) -> Array:
    """The frame of a head whose lips are so far ahead of the spoon's tip, which points straight up into the mouth.

    The head's +z, ahead, is then straight down; `below` is towards its chin, along +x.
    """
    turn = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    place, _, _ = (np.array(one) for one in tip("meal")([0.0] * 7))
    _, _, lips, ahead = scene_of(MEAL).numbers(BODY)
    return at_rest(place.ravel() - turn @ np.array([lips + below, aside, ahead - behind]), turn)


def test_a_spoon_in_the_middle_of_the_mouth_touches_nothing() -> None:
    truth = touched(MEAL, [0.0] * 7, head_before_tip(0.02, 0.0, 0.0)).truth
    assert truth["tool_ahead_m"] == pytest.approx(-0.02)
    assert truth["tool_along_m"] == pytest.approx(0.0, abs=1e-9)
    assert truth["face_contact_N"] == truth["teeth_contact_N"] == 0.0


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_spoon_that_is_too_high_or_too_low_touches_teeth(side: float) -> None:
    radius = MEAL.tool.balls[0].radius
    free, into = (OPENING_HALF[0] - radius + by for by in (-1e-4, 1e-3))
    deep = TEETH_BEHIND + 0.01
    assert touched(MEAL, [0.0] * 7, head_before_tip(deep, side * free, 0.0)).truth["teeth_contact_N"] == 0.0
    touch = touched(MEAL, [0.0] * 7, head_before_tip(deep, side * into, 0.0))
    assert touch.truth["teeth_contact_N"] == pytest.approx(10.0, rel=1e-3)  # 1 mm of 10 kN/m
    assert touch.truth["face_contact_N"] == 0.0


def test_a_spoon_beside_the_mouth_touches_the_face() -> None:
    truth = touched(MEAL, [0.0] * 7, head_before_tip(0.02, 0.0, OPENING_HALF[1] + 0.01)).truth
    assert truth["face_contact_N"] > 0.0
