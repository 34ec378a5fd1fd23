"""Every robot that is shipped: its dynamics against Pinocchio, its sources, and which way its joints turn."""

from pathlib import Path

import casadi
import numpy as np
import pinocchio
import pybullet_data
import pytest
from casadi import SX

from robot.body import segment
from robot.description import load_robot, shipped_robots
from robot.symbolic import GRAVITY, SymbolicRobot
from tests.robot.test_symbolic import assert_dynamics_agree, in_pinocchio

ROBOTS = sorted(shipped_robots())
LBR = Path(pybullet_data.getDataPath()) / "kuka_iiwa" / "model.urdf"
DEGREES = np.pi / 180.0


@pytest.mark.parametrize("name", ROBOTS)
def test_it_moves_as_pinocchio_says(name):
    robot = load_robot(name)
    inertia = [drive.inertia for drive in robot.drives]
    model, data = in_pinocchio(robot.urdf, 0.2, inertia)
    assert tuple(model.names)[1:] == robot.joint_names
    assert_dynamics_agree(SymbolicRobot.of(robot, 0.2), model, data, inertia)


def with_limbs(robot, height, mass):
    """The robot in Pinocchio, without its drives' inertia and with the segments that its joints carry."""
    model, _ = in_pinocchio(robot.urdf)
    for name, joint in robot.joints.items():
        begins = 0.0
        for part in (segment(one, height, mass) for one in joint.carries):
            centre = np.array([begins + part.centre[0], 0.0, part.centre[1]])
            tensor = np.diag(part.moments) + part.product * np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]])
            body = pinocchio.Inertia(part.mass, centre, tensor)
            model.appendBodyToJoint(model.getJointId(name), body, pinocchio.SE3.Identity())
            begins += part.length
    return model, model.createData()


@pytest.mark.parametrize("name", [name for name in ROBOTS if name != "care-arm"])
@pytest.mark.parametrize(("height", "mass"), [(1.45, 40.0), (1.95, 110.0)])
def test_the_limbs_that_it_carries_weigh_and_swing_as_pinocchio_says(name, height, mass):
    robot = load_robot(name)
    symbolic, n = SymbolicRobot.of(robot), len(robot.joints)
    q, ddq, person = SX.sym("q", n), SX.sym("ddq", n), symbolic.person
    of_limb = [symbolic.limb_gravity(q), symbolic.limb_inertia_torque(q, ddq)]
    ours = casadi.Function("limb", [q, ddq, person.height, person.mass], of_limb)
    (bare, empty), (worn, filled) = in_pinocchio(robot.urdf), with_limbs(robot, height, mass)
    for here, faster in np.random.default_rng(4).uniform(-3.0, 3.0, (200, 2, n)):
        weight = pinocchio.computeGeneralizedGravity(worn, filled, here).copy()
        own = pinocchio.computeGeneralizedGravity(bare, empty, here).copy()
        accelerated = pinocchio.rnea(worn, filled, here, np.zeros(n), faster) - weight
        accelerated -= pinocchio.rnea(bare, empty, here, np.zeros(n), faster) - own
        gravity, inertia = (np.array(one)[:, 0] for one in ours(here, faster, height, mass))
        np.testing.assert_allclose(gravity, weight - own, atol=1e-9)
        np.testing.assert_allclose(inertia, accelerated, atol=1e-9)


@pytest.mark.parametrize("name", ROBOTS)
def test_it_says_where_each_of_its_numbers_is_from(name):
    robot = load_robot(name)
    assert set(robot.sources) == set(robot.numbers)
    assert all(len(source) > 3 for source in robot.sources.values())


@pytest.mark.parametrize("name", ROBOTS)
def test_its_drives_hold_it_in_every_posture_for_ever(name):
    """The robot's own weight takes at most six tenths of what each drive can give without an end."""
    robot = load_robot(name)
    model, data = in_pinocchio(robot.urdf)
    low, high = np.array([robot.range_rad(joint) for joint in robot.joint_names]).T
    continuous = np.array([drive.continuous_torque for drive in robot.drives])
    for q in np.random.default_rng(5).uniform(low, high, (500, len(robot.joints))):
        assert (np.abs(pinocchio.computeGeneralizedGravity(model, data, q)) < 0.6 * continuous).all()


def test_the_nursing_arm_has_the_kinematics_of_the_one_in_the_pybullet_package():
    robot, n = SymbolicRobot.of(load_robot("care-arm")), 7
    q = SX.sym("q", n)
    ours = casadi.Function("f", [q], [robot.position(q), robot.rotation(q), casadi.densify(robot.jacobian(q))])
    model = pinocchio.buildModelFromXML(LBR.read_text())
    data = model.createData()
    for values in np.random.default_rng(6).uniform(-3.0, 3.0, (200, n)):
        pinocchio.forwardKinematics(model, data, values)
        place = data.oMi[n]
        jacobian = np.kron(np.eye(2), place.rotation) @ pinocchio.computeJointJacobian(model, data, values, n)
        # Its file has its quarter turns to eleven digits.
        for mine, theirs in zip(ours(values), (place.translation, place.rotation, jacobian), strict=True):
            np.testing.assert_allclose(np.array(mine).reshape(theirs.shape), theirs, atol=1e-9)


def place(name, link, **degrees):
    """Where a link's frame is in the base's axes, and the direction of its +x, with some joints turned."""
    robot = load_robot(name)
    model, data = in_pinocchio(robot.urdf)
    q = np.array([degrees.get(joint, 0.0) for joint in robot.joint_names]) * DEGREES
    pinocchio.framesForwardKinematics(model, data, q)
    frame = data.oMf[model.getFrameId(link)]
    return frame.translation, frame.rotation


@pytest.mark.parametrize("side", ["left", "right"])
def test_flexion_and_dorsiflexion_are_positive(side):
    leg = "leg-exo"
    down, _ = place(leg, f"{side}_foot_plate")
    np.testing.assert_allclose(down, [0.0, 0.22 if side == "left" else -0.22, -0.86], atol=1e-12)
    ahead, _ = place(leg, f"{side}_foot_plate", **{f"{side}_hip": 30.0})
    behind, _ = place(leg, f"{side}_foot_plate", **{f"{side}_knee": 30.0})
    assert ahead[0] == pytest.approx(0.43)
    assert behind[0] == pytest.approx(-0.215)
    _, turned = place(leg, f"{side}_foot_plate", **{f"{side}_ankle": 20.0})
    assert turned[:, 2] == pytest.approx([np.cos(20.0 * DEGREES), 0.0, np.sin(20.0 * DEGREES)])  # toes up


def test_the_arms_angles_are_those_of_a_shoulder():
    """A right arm: to the side, to the front, a bent elbow, turned inwards, the palm turned down."""

    def points(link="forearm_bar", **degrees):
        return place("arm-exo", link, **degrees)[1]

    right, front, up, left = [0, -1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]
    np.testing.assert_allclose(points(shoulder_elevation=90)[:, 0], right, atol=1e-12)
    np.testing.assert_allclose(points(shoulder_elevation=90, shoulder_plane=90)[:, 0], front, atol=1e-12)
    np.testing.assert_allclose(points(elbow=90)[:, 0], front, atol=1e-12)
    np.testing.assert_allclose(points(elbow=90, shoulder_rotation=90)[:, 0], left, atol=1e-12)
    # With the elbow bent and the palm up, the thumb of a right hand points to the right; pronated it points up.
    thumb = -points("forearm_ring", elbow=90, forearm=90)[:, 1]
    np.testing.assert_allclose(thumb, up, atol=1e-12)


def test_what_falls_is_carried_with_gravitys_own_number():
    """One number that needs no library: the shank of knee-exo held level."""
    robot = load_robot("knee-exo")
    symbolic, q = SymbolicRobot.of(robot), SX.sym("q", 1)
    held = float(casadi.Function("f", [q], [symbolic.gravity(q)])(0.0))
    bar = robot.parameters
    assert held == pytest.approx(-bar["bar_mass_kg"] * GRAVITY * 0.5 * bar["shank_bar_m"])
