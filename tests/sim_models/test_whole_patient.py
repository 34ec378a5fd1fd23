"""A whole person whom nothing holds, every joint with all that ails it, in PyBullet: they move as a person may."""

import math
from collections.abc import Iterator
from pathlib import Path

import casadi
import numpy as np
import pytest
from casadi import SX, Function

from robot.symbolic import GRAVITY
from sim_models.engine import pybullet
from sim_models.virtual_patient.acting import RESTED, Moment, Tiredness, act
from sim_models.virtual_patient.effort import felt_acceleration
from sim_models.virtual_patient.joint import JointNumbers
from sim_models.virtual_patient.joints import JOINTS, LIMB_JOINTS, SIDES
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.population import sampled
from sim_models.virtual_patient.posture import SITTING, WholePosture
from sim_models.virtual_patient.profile import load_profile, shipped_profiles
from sim_models.virtual_patient.skeleton import person_urdf
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S

STEP = 0.001
NAMES = ["neck", *(f"{side}_{joint}" for side in SIDES for joint in LIMB_JOINTS)]
COUNT = len(NAMES)


def place(name: str) -> tuple[str, str]:
    """The joint and the side of a name."""
    return ("neck", "left") if name == "neck" else (name.split("_", 1)[1], name.split("_", 1)[0])


def acting() -> Function:
    """(q, dq, late dq, carried, time, numbers, tiredness) → (torques, tiredness), a column for each joint."""
    q, dq, late, carried, time = (SX.sym(name, COUNT) for name in ("q", "dq", "late", "carried", "time"))
    numbers, tired = SX.sym("numbers", 17, COUNT), SX.sym("tired", 4, COUNT)
    torques, after = [], []
    for index, name in enumerate(NAMES):
        joint, side = place(name)
        angles = {one: q[NAMES.index(f"{side}_{one}")] * (180.0 / math.pi) for one in LIMB_JOINTS}
        moment = Moment({**angles, "neck": q[0] * (180.0 / math.pi)}, dq[index], late[index], carried[index], time[0])
        of = JointNumbers.from_flat(casadi.vertsplit(numbers[:, index]))
        torque, later = act(joint, of, moment, Tiredness.from_flat(casadi.vertsplit(tired[:, index])), STEP)
        torques.append(torque)
        after.append(casadi.vertcat(*later.flat()))
    return Function(
        "act", [q, dq, late, carried, time, numbers, tired], [casadi.vertcat(*torques), casadi.horzcat(*after)]
    )


ACT = acting()


class Person:
    """A person in a posture, the trunk held in the air."""

    def __init__(self, patient: VirtualPatient, posture: WholePosture, folder: Path) -> None:
        (folder / "person.urdf").write_text(person_urdf(patient.body))
        self.client = client = pybullet.connect(pybullet.DIRECT)
        lean = math.radians(posture.trunk_pitch_deg)
        pybullet.setGravity(GRAVITY * math.sin(lean), 0.0, -GRAVITY * math.cos(lean), client)
        pybullet.setPhysicsEngineParameter(fixedTimeStep=STEP, numSubSteps=0, physicsClientId=client)
        self.body = pybullet.loadURDF(
            str(folder / "person.urdf"),
            useFixedBase=True,
            flags=pybullet.URDF_USE_INERTIA_FROM_FILE,
            physicsClientId=client,
        )
        count = pybullet.getNumJoints(self.body, client)
        known = {pybullet.getJointInfo(self.body, index, client)[1].decode(): index for index in range(count)}
        self.joints = [known[name] for name in NAMES]
        self.order = sorted(range(COUNT), key=self.joints.__getitem__)
        pybullet.setJointMotorControlArray(
            self.body, self.joints, pybullet.VELOCITY_CONTROL, forces=[0.0] * COUNT, physicsClientId=client
        )
        for name, joint in zip(NAMES, self.joints, strict=True):
            damping = JOINTS[place(name)[0]].damping
            pybullet.changeDynamics(self.body, joint, jointDamping=damping, physicsClientId=client)
            pybullet.resetJointState(self.body, joint, posture.angles()[name], 0.0, client)
        self.numbers = np.array([patient.numbers(*place(name)).flat() for name in NAMES]).T

    def carried(self, q: np.ndarray, dq: np.ndarray, ddq: np.ndarray) -> np.ndarray:
        """What their own limbs take."""
        sorted_ = [list(one[self.order]) for one in (q, dq, ddq)]
        torques = np.zeros(COUNT)
        torques[self.order] = pybullet.calculateInverseDynamics(self.body, *sorted_, physicsClientId=self.client)
        return torques

    def moves(self, steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Angles and velocities, step by step."""
        felt, past = np.zeros(COUNT), [np.zeros(COUNT)] * round(REFLEX_DELAY_S / STEP)
        tired = np.array([RESTED.flat() for _ in NAMES]).T
        for tick in range(steps):
            states = pybullet.getJointStates(self.body, self.joints, self.client)
            q, dq = np.array([one[:2] for one in states]).T
            ddq = felt_acceleration(dq, felt)
            felt = felt + STEP * ddq
            late, past[tick % len(past)] = past[tick % len(past)], dq
            torques, tired = ACT(q, dq, late, self.carried(q, dq, ddq), tick * STEP, self.numbers, tired)
            pybullet.setJointMotorControlArray(
                self.body,
                self.joints,
                pybullet.TORQUE_CONTROL,
                forces=np.asarray(torques).ravel().tolist(),
                physicsClientId=self.client,
            )
            pybullet.stepSimulation(self.client)
            yield q, dq


def moved(
    patient: VirtualPatient, posture: WholePosture, folder: Path, seconds: float
) -> tuple[np.ndarray, np.ndarray]:
    person = Person(patient, posture, folder)
    try:
        q, dq = zip(*person.moves(round(seconds / STEP)), strict=True)
    finally:
        pybullet.disconnect(person.client)
    return np.array(q), np.array(dq)


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_person_whose_trunk_is_held_comes_to_hang_and_stays_within_their_joints(name, tmp_path):
    q, dq = moved(sampled(load_profile(name), 1, 1), SITTING, tmp_path, 1.0)
    assert np.abs(dq).max() < 10.0
    assert np.abs(dq[-200:]).max() < 5.0
    for angles, joint in zip(np.degrees(q).T, NAMES, strict=True):
        low, high = JOINTS[place(joint)[0]].range_deg
        assert low - 15.0 < angles.min() <= angles.max() < high + 15.0


@pytest.mark.sweep
@pytest.mark.parametrize("name", shipped_profiles())
@pytest.mark.parametrize("number", range(1, 11))
@pytest.mark.parametrize("trunk_deg", [0.0, 45.0, 90.0])
def test_many_people_in_many_postures_stay_calm(name, number, trunk_deg, tmp_path):
    posture = WholePosture(trunk_deg, {"hip": 60.0, "knee": 60.0, "elbow": 90.0, "shoulder_flexion": 45.0})
    _, dq = moved(sampled(load_profile(name), 2, number), posture, tmp_path, 3.0)
    assert np.abs(dq).max() < 15.0
