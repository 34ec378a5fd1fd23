"""Cartesian impedance: kinematics against Pinocchio, energy, the null space, and stiffness measured by pushing."""

import casadi
import numpy as np
import pinocchio
import pybullet
import pytest
from casadi import SX
from pybullet_utils.bullet_client import BulletClient

from controllers.cartesian_impedance import CartesianImpedance
from controllers.gravity import GravityCompensation
from tests.controllers.law_bench import ARM, DT, Bench, arm, knee

K, D, TURN_K, TURN_D, POSTURE_K, POSTURE_D = 800.0, 60.0, 40.0, 4.0, 10.0, 2.0
Q = np.array([0.3, 0.6, -0.2, -1.2, 0.4, 0.9, 0.1])


def impedance(**changed):
    values = {"stiffness": K, "damping": D, "turn_stiffness": TURN_K, "turn_damping": TURN_D}
    posture = {"posture_stiffness": POSTURE_K, "posture_damping": POSTURE_D}
    return CartesianImpedance(**{**values, **posture, **changed})


@pytest.fixture(scope="module")
def law():
    return Bench(impedance(), arm())


@pytest.fixture(scope="module")
def model():
    model = pinocchio.buildModelFromXML(ARM.read_text())
    return model, model.createData()


def kinematics(model, q):
    """Pinocchio's placement of the last link, and its Jacobian in the world's axes."""
    pinocchio.forwardKinematics(*model, q)
    jacobian = pinocchio.computeJointJacobian(*model, q, 7)
    place = model[1].oMi[7]
    turned = np.kron(np.eye(2), place.rotation)
    return place.translation.copy(), place.rotation.copy(), turned @ jacobian


def test_the_last_links_pose_and_jacobian_are_pinocchios(model):
    robot, q = arm(), SX.sym("q", 7)
    ours = casadi.Function("f", [q], [robot.position(q), robot.rotation(q), casadi.densify(robot.jacobian(q))])
    for values in np.random.default_rng(0).uniform(-2.5, 2.5, (200, 7)):
        for one, other in zip(ours(values), kinematics(model, values), strict=True):
            np.testing.assert_allclose(np.array(one).reshape(other.shape), other, rtol=1e-9, atol=1e-9)


def test_the_torque_is_the_formula_with_pinocchios_kinematics(law, model):
    for q, dq, q_ref, dq_ref in np.random.default_rng(1).uniform(-1.5, 1.5, (100, 4, 7)):
        (x, turn, jac), (x_ref, turn_ref, jac_ref) = kinematics(model, q), kinematics(model, q_ref)
        relative = turn_ref @ turn.T
        skew = 0.5 * (relative - relative.T)
        axis = np.array([skew[2, 1], skew[0, 2], skew[1, 0]])
        speed = jac_ref @ dq_ref - jac @ dq
        wrench = np.concatenate([K * (x_ref - x) + D * speed[:3], TURN_K * axis + TURN_D * speed[3:]])
        posture = POSTURE_K * (q_ref - q) + POSTURE_D * (dq_ref - dq)
        projector = np.eye(7) - jac.T @ np.linalg.inv(jac @ jac.T + 1e-4 * np.eye(6)) @ jac
        expected = jac.T @ wrench + projector @ posture
        np.testing.assert_allclose(law(q=q, dq=dq, q_ref=q_ref, dq_ref=dq_ref), expected, rtol=1e-8, atol=1e-8)


def test_at_rest_it_is_the_slope_of_its_energy(model):
    """V = ½ K |x_ref − x|² + ½ K_turn (3 − tr(R_refᵀ R)); no posture."""
    law, step = Bench(impedance(posture_stiffness=0.0, posture_damping=0.0), arm()), 1e-6
    x_ref, turn_ref, _ = kinematics(model, Q)

    def energy(q):
        x, turn, _ = kinematics(model, q)
        return 0.5 * K * (x_ref - x) @ (x_ref - x) + 0.5 * TURN_K * (3.0 - np.trace(turn_ref.T @ turn))

    for q in Q + np.random.default_rng(2).normal(0.0, 0.4, (20, 7)):
        slope = [(energy(q + step * one) - energy(q - step * one)) / (2.0 * step) for one in np.eye(7)]
        np.testing.assert_allclose(law(q=q, q_ref=Q), -np.array(slope), rtol=1e-5, atol=1e-4)


def test_the_posture_does_not_bear_on_the_link(model):
    """Its torque has no part that a force at the link could hold: J τ is nothing, but for the inverse's damping."""
    law = Bench(impedance(stiffness=0.0, damping=0.0, turn_stiffness=0.0, turn_damping=0.0), arm())
    for q_ref in Q + np.random.default_rng(3).normal(0.0, 0.5, (20, 7)):
        _, _, jacobian = kinematics(model, Q)
        torque, asked = law(q=Q, q_ref=q_ref), POSTURE_K * (q_ref - Q)
        smallest = np.linalg.svd(jacobian, compute_uv=False)[-1]
        assert np.linalg.norm(jacobian @ torque) <= 1e-4 / smallest * np.linalg.norm(asked)
        assert np.linalg.norm(torque) > 0.0


@pytest.mark.parametrize("q", [np.zeros(7), np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0])])
def test_where_the_arm_is_stretched_out_the_torque_stays_bounded(law, q):
    torque = law(q=q, q_ref=q + 0.1, dq_ref=np.full(7, 0.1))
    assert np.isfinite(torque).all()
    assert np.abs(torque).max() < 200.0


def test_a_robot_of_one_joint_is_fine():
    torque = Bench(impedance(), knee())(q=0.5, q_ref=0.6)[0]
    assert 0.0 < torque < 20.0


@pytest.fixture
def scene():
    """The arm in PyBullet at `Q`, its motors free, in steps of a tick."""
    client = BulletClient(pybullet.DIRECT)
    client.setGravity(0.0, 0.0, -9.80665)
    client.setTimeStep(DT)
    body = client.loadURDF(str(ARM), useFixedBase=True, flags=pybullet.URDF_USE_INERTIA_FROM_FILE)
    for joint in range(7):
        client.resetJointState(body, joint, Q[joint])
        client.setJointMotorControl2(body, joint, pybullet.VELOCITY_CONTROL, force=0.0)
        client.changeDynamics(body, joint, linearDamping=0.0, angularDamping=0.0, jointDamping=0.0)
    yield client, body
    client.disconnect()


@pytest.mark.parametrize("direction", np.eye(3), ids="xyz")
def test_stiffness_measured_by_pushing_in_simulation_is_the_one_set(scene, direction):
    """Within 5 %: how far the link yields to 8 N along each axis, once it stands."""
    client, body = scene
    law = Bench(impedance() + GravityCompensation(limb_share=0.0), arm(drive_inertia=np.zeros(7)))

    def settled(force):
        for _ in range(1500):
            states = client.getJointStates(body, range(7))
            torque = law(q=[one[0] for one in states], dq=[one[1] for one in states], q_ref=Q)
            client.setJointMotorControlArray(body, range(7), pybullet.TORQUE_CONTROL, forces=torque.tolist())
            place = client.getLinkState(body, 6, computeForwardKinematics=True)[4]
            client.applyExternalForce(body, 6, force.tolist(), place, pybullet.WORLD_FRAME)
            client.stepSimulation()
        return np.array(client.getLinkState(body, 6, computeForwardKinematics=True)[4])

    free, pushed = settled(np.zeros(3)), settled(8.0 * direction)
    assert 8.0 / ((pushed - free) @ direction) == pytest.approx(K, rel=0.05)
    assert np.linalg.norm(pushed - free - (pushed - free) @ direction * direction) < 0.1 * 8.0 / K
