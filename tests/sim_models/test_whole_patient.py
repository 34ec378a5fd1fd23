"""A whole person whom nothing carries, every joint with all that ails it, is pushed: they move as a person may."""

from contextlib import closing

import numpy as np
import pytest

from sim_models.person import WRENCH, Person
from sim_models.person_tree import NAMES, joint_of
from sim_models.support import SUPPORTED
from sim_models.virtual_patient.joints import JOINTS
from sim_models.virtual_patient.population import sampled
from sim_models.virtual_patient.posture import SITTING, WholePosture
from sim_models.virtual_patient.profile import load_profile, shipped_profiles
from tests.sim_models.people import empty_world, steps_of

TOUCHED = ("left_hand", "right_hand", "left_foot", "right_foot")
CALM = [index for index, name in enumerate(NAMES) if not name.endswith("ankle")]
"""A foot that hangs in the air may beat on: its reflex comes late (docs/patients.md)."""


def pushed(name: str, seed: int, number: int, posture: WholePosture, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Angles and velocities of somebody in the air whose hands and feet are pushed ahead for a fifth of a second."""
    with closing(empty_world()) as world:
        one = Person(world, sampled(load_profile(name), seed, number), posture, free=SUPPORTED, touched=TOUCHED)
        steps, q, dq = steps_of(world, one), [], []
        for step in range(round(seconds / world.step_s)):
            for index in range(len(TOUCHED)):
                one.wrenches[index * WRENCH] = 8.0 if step < 200 else 0.0
            steps.act()
            steps.move([0.0])
            q.append(one.joints.q.copy())
            dq.append(one.joints.dq.copy())
    return np.array(q), np.array(dq)


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_person_who_is_pushed_calms_down_and_stays_within_their_joints(name):
    q, dq = pushed(name, 1, 1, SITTING, 2.0)
    assert 0.5 < np.abs(dq).max() < 10.0
    assert np.abs(dq[-200:, CALM]).max() < 5.0  # a tremor stays
    for angles, joint in zip(np.degrees(q).T, NAMES, strict=True):
        low, high = JOINTS[joint_of(joint)[0]].range_deg
        assert low - 15.0 < angles.min() <= angles.max() < high + 15.0


@pytest.mark.sweep
@pytest.mark.parametrize("name", shipped_profiles())
@pytest.mark.parametrize("number", range(1, 11))
@pytest.mark.parametrize("trunk_deg", [0.0, 45.0, 90.0])
def test_many_people_in_many_postures_stay_calm(name, number, trunk_deg):
    posture = WholePosture(trunk_deg, {"hip": 60.0, "knee": 60.0, "elbow": 90.0, "shoulder_flexion": 45.0})
    _, dq = pushed(name, 2, number, posture, 4.0)
    assert np.abs(dq).max() < 10.0
    assert np.abs(dq[-200:]).max() < 6.0
