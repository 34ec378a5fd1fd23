"""A tool on the arm's flange: where its tip is, and that the law knows what it weighs."""

from functools import cache

import casadi
import numpy as np
import pytest
from casadi import SX

from robot.description import load_robot
from robot.errors import PlanError
from robot.symbolic import GRAVITY, SymbolicRobot
from robot.tool import TOOLS, fitted

ANGLES = ([0.0] * 7, [0.3, 0.9, -0.4, 1.2, 0.5, -0.7, 1.0])


@cache
def bare() -> casadi.Function:
    """Where the bare arm's last link is and how it is turned, its Jacobian and its gravity."""
    return told(SymbolicRobot.of(load_robot("care-arm")))


def told(robot: SymbolicRobot) -> casadi.Function:
    q = SX.sym("q", robot.count)
    return casadi.Function("told", [q], [robot.position(q), robot.rotation(q), robot.jacobian(q), robot.gravity(q)])


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("q", ANGLES, ids=["straight", "bent"])
def test_the_last_frame_is_the_tip_and_gravity_grows_by_the_tools_weight(name: str, q: list[float]) -> None:
    tool, arm = TOOLS[name], load_robot("care-arm")
    place, turn, jacobian, gravity = (np.array(one) for one in bare()(q))
    ahead, hand = turn[:, 2], arm.parameters["hand_m"]
    with_tool = [np.array(one) for one in told(SymbolicRobot.of(fitted(arm, tool)))(q)]
    np.testing.assert_allclose(with_tool[0].ravel(), place.ravel() + (hand + tool.length) * ahead, atol=1e-12)
    np.testing.assert_allclose(with_tool[1], turn, atol=1e-12)
    lever = (hand + 0.5 * tool.length) * ahead
    centre = (
        jacobian[:3]
        - np.array([[0, -lever[2], lever[1]], [lever[2], 0, -lever[0]], [-lever[1], lever[0], 0]]) @ jacobian[3:]
    )
    weight = tool.mass * GRAVITY * centre[2]
    np.testing.assert_allclose(with_tool[3].ravel(), gravity.ravel() + weight, atol=1e-12)


def test_a_robot_without_a_flange_gets_no_tool() -> None:
    with pytest.raises(PlanError, match="tool-not-fitted"):
        fitted(load_robot("knee-exo"), TOOLS["pad"])
