"""Joint angles for a pose: what they reach by Pinocchio, the ranges that they keep, and what cannot be reached."""

import numpy as np
import pinocchio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from robot.description import load_robot
from robot.inverse_kinematics import REACHED, Arm
from tests.robot.test_symbolic import in_pinocchio

ROBOT = load_robot("care-arm")
MODEL, DATA = in_pinocchio(ROBOT.urdf)
NEAR = np.radians([0.0, 20.0, 0.0, -90.0, 0.0, -60.0, 0.0])
RANGES = [ROBOT.range_rad(name) for name in ROBOT.joint_names]
ARM = Arm.of(ROBOT, NEAR, RANGES)
SMALL = st.lists(st.floats(-0.35, 0.35), min_size=7, max_size=7)


def pose(q):
    """Where Pinocchio has the last link, and how it is turned."""
    pinocchio.forwardKinematics(MODEL, DATA, np.array(q))
    placed = DATA.oMi[MODEL.getJointId("a7")]
    return placed.translation.copy(), Rotation.from_matrix(placed.rotation)


@settings(max_examples=20)
@given(away=SMALL)
def test_what_it_finds_is_there_and_no_farther_from_near_than_what_was_asked(away):
    """A pose that joints have is reached, by joints that are as near or nearer."""
    q = NEAR + away
    place, turn = pose(q)
    found = ARM.reach(place, turn, NEAR)
    assert found is not None
    here, turned = pose(found)
    assert np.abs(here - place).max() < 2.0 * REACHED
    assert (turned * turn.inv()).magnitude() < 2.0 * REACHED
    assert np.linalg.norm(found - NEAR) <= np.linalg.norm(q - NEAR) + 1e-6


def test_near_itself_is_found_at_once_and_to_the_digit():
    place, turn = pose(NEAR)
    np.testing.assert_allclose(ARM.reach(place, turn, NEAR), NEAR, atol=1e-8)


@pytest.mark.parametrize("place", [(1.5, 0.0, 0.5), (0.0, 0.0, -1.0), (0.05, 0.0, 0.4)])
def test_what_is_out_of_reach_is_not_found(place):
    assert ARM.reach(np.array(place), Rotation.identity(), NEAR) is None


def test_the_ranges_are_kept_and_a_pose_that_needs_more_is_not_found():
    q = NEAR + 0.3
    place, turn = pose(q)
    narrow = [
        (low, high) if index != 3 else (NEAR[3] - 0.05, NEAR[3] + 0.05) for index, (low, high) in enumerate(RANGES)
    ]
    assert ARM.reach(place, turn, NEAR) is not None
    assert Arm.of(ROBOT, NEAR, narrow).reach(place, turn, NEAR) is None  # the elbow alone sets how far the hand is
