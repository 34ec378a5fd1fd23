"""A path of the last link: straight from pose to pose, at rest at each, at its pace, and repeatable."""

from functools import cache

import casadi
import numpy as np
import pytest
from casadi import SX
from scipy.spatial.transform import Rotation

from controllers.motions.minimum_jerk import minimum_jerk
from controllers.motions.tool_path import LEAST_S, Pose, tool_path
from robot.description import load_robot
from robot.errors import PlanError
from robot.inverse_kinematics import Arm
from robot.symbolic import SymbolicRobot

ROBOT = load_robot("care-arm")
NEAR = np.radians([0.0, 20.0, 0.0, -110.0, 0.0, -40.0, 0.0])
ARM = Arm.of(ROBOT, NEAR, [ROBOT.range_rad(name) for name in ROBOT.joint_names])
FORWARD = np.radians([0.0, 90.0, 0.0])
POSES = [
    Pose((0.50, -0.15, 0.55), tuple(FORWARD), 0.4),
    Pose((0.60, 0.10, 0.65), tuple(np.radians([0.0, 80.0, 15.0])), 0.0),
    Pose((0.50, 0.05, 0.48), tuple(FORWARD), 0.0),
]
VELOCITY, TURNING = 0.2, 0.5


@cache
def path():
    return tool_path(ARM, POSES, VELOCITY, TURNING)


@cache
def placed():
    symbolic = SymbolicRobot.of(ROBOT)
    q = SX.sym("q", 7)
    return casadi.Function("placed", [q], [symbolic.position(q), symbolic.rotation(q)])


def at(time):
    """Where the last link is at `time` s, in m, and how it is turned."""
    here, axes = (np.asarray(one) for one in placed()(path().at(time)[0]))
    return here[:, 0], Rotation.from_matrix(axes)


def legs():
    """Each leg with the time in s at which it begins and how long it lasts."""
    time = 0.0
    for index, before in enumerate(POSES):
        after = POSES[(index + 1) % len(POSES)]
        way = np.linalg.norm(np.subtract(after.place, before.place))
        turn = (after.turn * before.turn.inv()).magnitude()
        lasts = max(1.875 * max(way / VELOCITY, turn / TURNING), LEAST_S)
        yield before, after, time + before.hold_s, lasts
        time += before.hold_s + lasts


def test_it_goes_straight_by_minimum_jerk_and_is_at_rest_at_every_pose():
    for before, after, begins, lasts in legs():
        turn = (after.turn * before.turn.inv()).as_rotvec()
        for share in np.linspace(0.0, 1.0, 21):
            here, turned = at(begins + share * lasts)
            along, _, _ = minimum_jerk(share)
            np.testing.assert_allclose(
                here, np.add(before.place, along * np.subtract(after.place, before.place)), atol=5e-4
            )
            assert (turned * (Rotation.from_rotvec(along * turn) * before.turn).inv()).magnitude() < 2e-3
        assert np.abs(path().at(begins + lasts)[1]).max() < 1e-9
    assert path().duration_s == pytest.approx(sum(lasts + before.hold_s for before, _, _, lasts in legs()), rel=1e-12)


def test_it_comes_back_to_the_same_angles_and_can_be_repeated():
    assert path().closed


def test_the_hand_is_never_faster_than_its_pace():
    times = np.arange(0.0, path().duration_s, 0.01)
    places = np.array([at(time)[0] for time in times])
    assert np.linalg.norm(np.diff(places, axis=0), axis=1).max() / 0.01 <= 1.01 * VELOCITY


def test_what_is_held_stands_still():
    np.testing.assert_allclose(path().at(0.2)[0], path().at(0.0)[0], atol=1e-12)


@pytest.mark.parametrize(
    ("poses", "code", "field"),
    [
        ([POSES[0], Pose((1.6, 0.0, 0.5), tuple(FORWARD), 0.0)], "pose-not-reached", "motion.tool_path.1"),
        (
            [Pose((0.5, -0.3, 0.36), tuple(FORWARD), 0.0), Pose((-0.5, -0.3, 0.36), (0.0, -np.pi / 2, 0.0), 0.0)],
            None,
            "motion.tool_path.1",
        ),
    ],
)
def test_a_pose_that_cannot_be_reached_is_named(poses, code, field):
    with pytest.raises(PlanError) as caught:
        tool_path(ARM, poses, VELOCITY, TURNING)
    assert caught.value.values["field"] == field
    assert code in {None, caught.value.code}
