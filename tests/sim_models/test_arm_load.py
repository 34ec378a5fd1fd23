"""The arm robot with a whole person in it: straps against their energy, angles there and back, rest, and sameness."""

import math

import casadi
import numpy as np
import pytest
from casadi import SX, Function
from hypothesis import given
from hypothesis import strategies as st

from robot.description import load_robot
from robot.errors import PlanError, RobotError
from robot.plan import Posture
from robot.symbolic import SymbolicRobot
from sim_models.arm_load import ArmLoad
from sim_models.cuff import Cuff
from sim_models.faults import NOMINAL, Condition, Slip
from sim_models.forces import TRUTH
from sim_models.person_tree import NAMES
from sim_models.robot_tree import RobotTree
from sim_models.strap import Strap
from sim_models.tree import Frame, turn_about
from sim_models.virtual_patient.patient import STANDARD
from sim_models.worn_arm import WornArm

ARM_EXO = load_robot("arm-exo")
JOINTS = ARM_EXO.joint_names
SITS = Posture(thigh_pitch_deg=0, hip_flexion_deg=80)
AHEAD = [math.radians(angle) for angle in (60, 50, 0, 70, 0)]
ANGLES = st.tuples(*(st.floats(low, high) for low, high in ((-20, 110), (15, 110), (-60, 80), (0, 130), (-75, 75))))


def told_of_the_robot() -> Function:
    """Place, turn and velocity of the wrist's ring here and by adam; the angles of a limb that stands as the robot."""
    q, dq, robot, worn = SX.sym("q", 5), SX.sym("dq", 5), SymbolicRobot.of(ARM_EXO), WornArm.of(ARM_EXO.urdf, JOINTS)
    frames, person = RobotTree.of(ARM_EXO.urdf, JOINTS).frames(q, dq), SX(len(NAMES), 1)
    person[worn.places[3:]] = q[3:]
    ring, limb = frames["forearm_ring"], worn.limb_angles(frames["upper_arm_bar"], person)
    adam = robot.position(q), robot.rotation(q), (robot.jacobian(q) @ dq)[:3]
    return Function("told", [q, dq], [ring.place, ring.turn, ring.turn @ ring.velocity, *adam, limb])


TOLD = told_of_the_robot()


@given(angles=ANGLES)
def test_a_robots_tree_is_where_adam_says_and_a_limb_beside_it_has_its_angles(angles):
    *frame, limb = (np.array(one) for one in TOLD(np.radians(angles), [0.3, -0.5, 0.7, 1.1, -0.9]))
    for ours, adams in zip(frame[:3], frame[3:], strict=True):
        np.testing.assert_allclose(ours, adams, atol=1e-12)
    np.testing.assert_allclose(np.degrees(limb).ravel(), angles, atol=1e-9)


def moved(motion: SX) -> Frame:
    """A frame that moves: its place by the first three symbols, its turn by one about each axis; velocities beside."""
    place, angles, velocity, rates = casadi.vertsplit(motion, 3)
    about = [turn_about(tuple(float(i == j) for j in range(3)), angles[i]) for i in range(3)]
    turn = about[2] @ about[1] @ about[0]
    spun = casadi.vertcat(rates[0], 0, 0) + about[0].T @ (
        casadi.vertcat(0, rates[1], 0) + about[1].T @ casadi.vertcat(0, 0, rates[2])
    )
    return Frame(place, turn, turn.T @ velocity, spun)


def test_a_strap_without_dampers_gives_and_takes_what_its_energy_says():
    """V = ½ k ξ² + ½ Σ κ (1 − l·r): its change along any motion is the power that limb and robot lose."""
    robot, limb, fastened = SX.sym("robot", 12), SX.sym("limb", 12), SX.sym("fastened", 3)
    strap = Strap(SX(2100.0), SX(4500.0), 1.7, 3.8, SX(0.0), 0.0)
    one, other = moved(robot), moved(limb)
    on_limb, on_robot, force = strap.between(one, other, fastened)
    away = other.turn.T @ (one.place - other.place) - fastened
    aligned = casadi.diag(other.turn.T @ one.turn)
    shares = SX([2 * 3.8 - 1.7, 1.7, 1.7])
    energy = 0.5 * casadi.dot(SX([2100.0, 4500.0, 4500.0]), away**2) + 0.5 * casadi.dot(shares, 1 - aligned)
    rate = sum(casadi.jtimes(energy, of, casadi.vertcat(of[6:], SX(6, 1))) for of in (robot, limb))
    power = sum(
        casadi.dot(wrench.force, frame.velocity) + casadi.dot(wrench.moment, frame.turning)
        for wrench, frame in ((on_limb, other), (on_robot, one))
    )
    told = Function("told", [robot, limb, fastened], [rate, power, force, casadi.norm_2(on_robot.force)])
    random = np.random.default_rng(5)
    for _ in range(50):
        rates, powers, size, other_size = (
            float(one) for one in told(*(0.5 * random.normal(size=n) for n in (12, 12, 3)))
        )
        assert rates == pytest.approx(-powers, rel=1e-9, abs=1e-9)
        assert size == pytest.approx(other_size)


def load(patient: str = "passive", q0: list[float] = AHEAD, **more: object) -> ArmLoad:
    return ArmLoad(ARM_EXO, STANDARD[patient], SITS, q0, **more)


def truth(of: ArmLoad) -> dict[str, float]:
    return dict(zip(of.truth_columns, of.truth, strict=True))


def holding(q: list[float], height_m: float = 1.75, mass_kg: float = 75.0) -> list[float]:
    """What carries robot and limb at rest, as the law knows it."""
    return np.array(HOLD(q, height_m, mass_kg)).ravel().tolist()


def hold() -> Function:
    q, robot = SX.sym("q", len(JOINTS)), SymbolicRobot.of(ARM_EXO)
    return Function("hold", [q, robot.person.height, robot.person.mass], [robot.gravity(q) + robot.limb_gravity(q)])


HOLD = hold()


@pytest.mark.parametrize("patient", ["passive", "severely-spastic"])
def test_an_arm_that_is_carried_rests(patient):
    """The drives carry what the law knows of robot and limb, their Coulomb friction the rest."""
    with load(patient) as arm:
        before = truth(arm), arm.person_q
        arm.advance(holding(AHEAD), 300)
        np.testing.assert_allclose(arm.q, AHEAD, atol=1e-4)
        np.testing.assert_allclose(arm.person_q, before[1], atol=1e-4)
        for joint in JOINTS:
            limb = truth(arm)[f"{joint}_limb_q_rad"]
            assert limb == pytest.approx(arm.q[JOINTS.index(joint)], abs=math.radians(5.0))


def test_straps_pass_the_limbs_weight_to_the_robot():
    """At rest the robot feels about what the law takes for the limb's weight, less what passive joints carry."""
    robot = SymbolicRobot.of(ARM_EXO)
    q = SX.sym("q", len(JOINTS))
    weighs = Function("weighs", [q, robot.person.height, robot.person.mass], [robot.limb_gravity(q)])
    with load() as arm:
        told = truth(arm)
        for joint, weight in zip(JOINTS, np.array(weighs(AHEAD, 1.75, 75.0)).ravel(), strict=True):
            carried = told[f"{joint}_interaction_tau_Nm"] + told[f"{joint}_patient_tau_Nm"]
            assert carried == pytest.approx(weight, abs=1.0)


def test_two_loads_that_are_advanced_alike_are_the_same_in_every_bit():
    runs = []
    for _ in range(2):
        with load("tremor") as arm:
            rows = []
            for _ in range(100):
                arm.advance([1.0, 18.0, 0.0, 5.0, 0.5], 2)
                rows.append([*arm.q, *arm.dq, *arm.truth])
        runs.append(np.array(rows))
    assert runs[0].tobytes() == runs[1].tobytes()


def test_truth_has_a_force_where_there_is_a_cuff():
    with load() as arm:
        names = {f"{joint}_{name}" for joint in JOINTS for name in TRUTH if name != "cuff_force_N"}
        assert set(arm.truth_columns) == names | {"shoulder_rotation_cuff_force_N", "elbow_cuff_force_N"}


def test_an_arm_that_is_let_go_comes_to_rest_on_the_robots_stops():
    with load(q0=[math.radians(angle) for angle in (60, 30, 0, 40, 0)]) as arm:
        arm.advance([0.0] * 5, 3000)
        for angle, (low, high) in zip(arm.q, map(ARM_EXO.range_rad, JOINTS), strict=True):
            assert low - math.radians(2.0) < angle < high + math.radians(2.0)
        assert np.abs(arm.dq).max() < 0.05


def test_misaligned_joints_pull_at_the_straps_as_they_turn():
    """The more the shoulders are apart, the more, where the arm is far from where it was strapped."""
    pulls, lifted = [], [math.radians(angle) for angle in (90, 100, 20, 110, 0)]
    for apart in (0.0, 0.01, 0.02):
        with load(q0=lifted, cuff=Cuff(misalignment=(apart, 0.0))) as arm:
            pulls.append(truth(arm)["shoulder_rotation_cuff_force_N"])
    assert pulls[0] < pulls[1] < pulls[2]


def test_a_slip_moves_the_straps_along_the_limb_at_its_moment():
    slips, stays = load(condition=Condition("slip", slip=Slip(0.01, 0.01))), load(condition=NOMINAL)
    for arm in (slips, stays):
        arm.advance(holding(AHEAD), 9)
    assert slips.truth == stays.truth
    for arm in (slips, stays):
        arm.advance(holding(AHEAD), 1)
    pulled, not_pulled = truth(slips), truth(stays)
    assert abs(pulled["elbow_cuff_force_N"] - not_pulled["elbow_cuff_force_N"]) > 5.0
    for arm in (slips, stays):
        arm.close()


def test_what_is_no_arm_and_who_does_not_sit_level_is_refused():
    with pytest.raises(RobotError, match="limb-not-simulated"):
        WornArm.of(load_robot("care-arm").urdf, load_robot("care-arm").joint_names[:5])
    with pytest.raises(PlanError, match="thigh-not-level"):
        ArmLoad(ARM_EXO, STANDARD["passive"], Posture(thigh_pitch_deg=10, hip_flexion_deg=80), AHEAD)
