"""The symbolic robot against Pinocchio, and the limb against its own potential energy."""

from pathlib import Path

import casadi
import numpy as np
import pinocchio
import pybullet_data
import pytest
from adam.casadi import KinDynComputations
from casadi import SX

from robot.body import shank_and_foot
from robot.newton_euler import links_of, torque_from_rest
from robot.symbolic import FRICTION_SMOOTHING, GRAVITY, SymbolicRobot

ARM = Path(pybullet_data.getDataPath()) / "kuka_iiwa" / "model.urdf"
ARM_JOINTS = tuple(f"lbr_iiwa_joint_{number}" for number in range(1, 8))
PITCHES = [0.0, 0.35, -0.6, 1.5]
STATES = 200


def numeric(of, *sizes):
    """A function of SX vectors of these sizes, as a function of arrays."""
    symbols = [SX.sym(f"x{index}", size) for index, size in enumerate(sizes)]
    function = casadi.Function("f", symbols, [casadi.densify(SX(of(*symbols)))])
    return lambda *values: np.array(function(*values))


def in_pinocchio(urdf, pitch=0.0, armature=()):
    """The same URDF in Pinocchio; a base that is pitched up sees gravity pitched down."""
    model = pinocchio.buildModelFromXML(urdf)
    model.gravity.linear = GRAVITY * np.array([-np.sin(pitch), 0.0, -np.cos(pitch)])
    if len(armature):
        model.armature = np.array(armature)
    return model, model.createData()


def states(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-3.0, 3.0, (STATES, 3, count))


def assert_dynamics_agree(robot, model, data, drive_inertia):
    n = robot.count
    gravity = numeric(robot.gravity, n)
    coriolis = numeric(robot.coriolis, n, n)
    mass = numeric(robot.mass_matrix, n)
    accelerating = numeric(robot.inertia_torque, n, n)
    from_rest = numeric(robot.torque_from_rest, n, n)
    for q, dq, ddq in states(n):
        np.testing.assert_allclose(
            gravity(q)[:, 0], pinocchio.computeGeneralizedGravity(model, data, q), rtol=1e-9, atol=1e-9
        )
        symmetric = np.triu(pinocchio.crba(model, data, q)) + np.triu(data.M, 1).T
        np.testing.assert_allclose(mass(q), symmetric - np.diag(drive_inertia), rtol=1e-9, atol=1e-9)
        whole = gravity(q)[:, 0] + coriolis(q, dq)[:, 0] + accelerating(q, ddq)[:, 0]
        np.testing.assert_allclose(whole, pinocchio.rnea(model, data, q, dq, ddq), rtol=1e-9, atol=1e-9)
        rest = pinocchio.rnea(model, data, q, np.zeros(n), ddq)
        np.testing.assert_allclose(from_rest(q, ddq)[:, 0], rest, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("pitch", PITCHES)
def test_the_knee_robot_moves_as_pinocchio_says(exercise, pitch):
    inertia = [drive.inertia for drive in exercise.robot.drives]
    robot = SymbolicRobot.of(exercise.robot, pitch)
    assert_dynamics_agree(robot, *in_pinocchio(exercise.robot.urdf, pitch, inertia), inertia)


@pytest.mark.parametrize("pitch", [0.0, 0.4])
def test_a_seven_joint_arm_moves_as_pinocchio_says(pitch):
    inertia = np.linspace(0.1, 0.7, 7)
    robot = SymbolicRobot(ARM.read_text(), ARM_JOINTS, base_pitch=pitch, drive_inertia=inertia)
    assert_dynamics_agree(robot, *in_pinocchio(ARM.read_text(), pitch, inertia), inertia)


def test_a_chain_with_skewed_axes_moves_as_pinocchio_says(chain_urdf):
    robot = SymbolicRobot(chain_urdf, ("shoulder", "elbow"), base_pitch=-0.3)
    assert_dynamics_agree(robot, *in_pinocchio(chain_urdf, -0.3), np.zeros(2))


TREE = """<robot name="tree"><link name="base"/>
  <link name="trunk"><inertial><origin xyz="0.1 0.2 0.3" rpy="0.1 0.2 0.3"/><mass value="3.0"/>
    <inertia ixx="0.05" ixy="0.002" ixz="0.001" iyy="0.06" iyz="0.003" izz="0.07"/></inertial></link>
  <link name="plate"><inertial><origin xyz="0 0.1 0" rpy="0 0 0.5"/><mass value="0.7"/>
    <inertia ixx="0.01" ixy="0" ixz="0" iyy="0.02" iyz="0" izz="0.02"/></inertial></link>
  <link name="left"><inertial><origin xyz="0.2 0 0.1" rpy="0 0.4 0"/><mass value="1.5"/>
    <inertia ixx="0.01" ixy="0.001" ixz="0" iyy="0.03" iyz="0" izz="0.03"/></inertial></link>
  <link name="right"><inertial><origin xyz="-0.2 0 0.1" rpy="0 0 0"/><mass value="1.1"/>
    <inertia ixx="0.02" ixy="0" ixz="0.001" iyy="0.02" iyz="0" izz="0.03"/></inertial></link>
  <joint name="waist" type="revolute"><parent link="base"/><child link="trunk"/>
    <origin xyz="0.1 0 0.4" rpy="0.3 0 0.2"/><axis xyz="0 0.6 0.8"/>
    <limit lower="-3" upper="3" effort="9" velocity="9"/></joint>
  <joint name="weld" type="fixed"><parent link="trunk"/><child link="plate"/>
    <origin xyz="0 0.1 0.2" rpy="0.5 0.1 0"/></joint>
  <joint name="hinge" type="revolute"><parent link="plate"/><child link="left"/>
    <origin xyz="0.2 0 0" rpy="0 0.7 0"/><axis xyz="0.8 0 0.6"/>
    <limit lower="-3" upper="3" effort="9" velocity="9"/></joint>
  <joint name="wrist" type="continuous"><parent link="plate"/><child link="right"/>
    <origin xyz="-0.2 0 0" rpy="0 0 1.1"/><axis xyz="1 0 0"/></joint></robot>"""
"""A trunk with a plate welded to it, which carries two links."""


def test_a_tree_takes_from_rest_what_pinocchio_says():
    model = pinocchio.buildModelFromXML(TREE)
    data, joints = model.createData(), ("waist", "hinge", "wrist")
    kinematics, count = KinDynComputations(TREE, list(joints)), len(joints)
    places = [model.joints[model.getJointId(name)] for name in joints]
    up = SX([0.0, 0.0, GRAVITY])
    from_rest = numeric(lambda q, ddq: torque_from_rest(kinematics, links_of(kinematics), q, ddq, up), count, count)
    model.gravity.linear = np.array([0.0, 0.0, -GRAVITY])
    for q, _, ddq in states(count):
        placed, accelerated = pinocchio.neutral(model), np.zeros(model.nv)
        for joint, angle, acceleration in zip(places, q, ddq, strict=True):
            placed[joint.idx_q : joint.idx_q + joint.nq] = angle if joint.nq == 1 else (np.cos(angle), np.sin(angle))
            accelerated[joint.idx_v] = acceleration
        torque = pinocchio.rnea(model, data, placed, np.zeros(model.nv), accelerated)
        expected = [torque[joint.idx_v] for joint in places]
        np.testing.assert_allclose(from_rest(q, ddq)[:, 0], expected, rtol=1e-9, atol=1e-9)


def test_a_joint_that_slides_is_refused():
    kinematics = KinDynComputations(
        TREE.replace('name="hinge" type="revolute"', 'name="hinge" type="prismatic"'), ["hinge"]
    )
    with pytest.raises(ValueError, match="hinge slides"):
        torque_from_rest(kinematics, {}, SX.sym("q", 1), SX.sym("ddq", 1), SX.zeros(3))


@pytest.mark.parametrize("pitch", PITCHES)
@pytest.mark.parametrize(("height", "mass"), [(1.45, 40.0), (1.7, 75.0), (1.95, 110.0)])
def test_the_limb_hangs_and_swings_as_a_body_on_pinocchios_knee(exercise, pitch, height, mass):
    robot = SymbolicRobot.of(exercise.robot, pitch)
    person = (robot.person.height, robot.person.mass)
    q, ddq = SX.sym("q", 1), SX.sym("ddq", 1)
    weight = casadi.Function("weight", [q, *person], [robot.limb_gravity(q)])
    inertia = casadi.Function("inertia", [q, ddq, *person], [robot.limb_inertia_torque(q, ddq)])

    bare, bare_data = in_pinocchio(exercise.robot.urdf, pitch)
    loaded, loaded_data = in_pinocchio(exercise.robot.urdf, pitch)
    limb = shank_and_foot(height, mass)
    centre = np.array([limb.centre[0], 0.0, limb.centre[1]])
    body = pinocchio.Inertia(limb.mass, centre, limb.moment * np.eye(3))
    loaded.appendBodyToJoint(loaded.getJointId("knee"), body, pinocchio.SE3.Identity())
    for angle, _, acceleration in states(1, seed=3)[:, :, 0]:
        here, still, faster = np.array([angle]), np.zeros(1), np.array([acceleration])
        difference = pinocchio.computeGeneralizedGravity(
            loaded, loaded.createData(), here
        ) - pinocchio.computeGeneralizedGravity(bare, bare.createData(), here)
        assert float(weight(angle, height, mass)) == pytest.approx(difference[0], abs=1e-9)
        difference = (
            pinocchio.rnea(loaded, loaded_data, here, still, faster)
            - pinocchio.rnea(bare, bare_data, here, still, faster)
            - difference
        )
        assert float(inertia(angle, acceleration, height, mass)) == pytest.approx(difference[0], abs=1e-9)


@pytest.mark.parametrize("pitch", PITCHES)
def test_the_limbs_gravity_torque_is_the_slope_of_its_potential_energy(exercise, pitch):
    robot, height, mass, h = SymbolicRobot.of(exercise.robot, pitch), 1.8, 90.0, 1e-6
    q = SX.sym("q", 1)
    weight = casadi.Function("weight", [q, robot.person.height, robot.person.mass], [robot.limb_gravity(q)])
    limb = shank_and_foot(height, mass)

    def energy(angle):
        """m·g·z of the limb's centre: turned by the knee about +y, then with the thigh by its pitch."""
        along, ahead = limb.centre
        x = along * np.cos(angle) + ahead * np.sin(angle)
        z = -along * np.sin(angle) + ahead * np.cos(angle)
        return limb.mass * GRAVITY * (np.sin(pitch) * x + np.cos(pitch) * z)

    for angle in np.random.default_rng(2).uniform(-3.0, 3.0, 50):
        slope = (energy(angle + h) - energy(angle - h)) / (2 * h)
        assert float(weight(angle, height, mass)) == pytest.approx(slope, abs=1e-6)


def test_a_shank_that_hangs_straight_down_needs_next_to_nothing(exercise):
    """At 90° of flexion over a level thigh only the toes, ahead of the knee, pull: towards flexion."""
    robot = SymbolicRobot.of(exercise.robot)
    q = SX.sym("q", 1)
    weight = casadi.Function("weight", [q, robot.person.height, robot.person.mass], [robot.limb_gravity(q)])
    hanging, straight = float(weight(np.pi / 2, 1.7, 70.0)), float(weight(0.0, 1.7, 70.0))
    assert straight < -8.0
    assert -1.0 < hanging < 0.0


def test_joints_behind_the_one_that_carries_a_limb_feel_none(chain_urdf):
    robot = SymbolicRobot(chain_urdf, ("shoulder", "elbow"), carries=[("shank", "foot"), ()])
    q = SX.sym("q", 2)
    weight = casadi.Function("weight", [q, robot.person.height, robot.person.mass], [robot.limb_gravity(q)])
    shoulder, elbow = np.array(weight([0.3, 0.2], 1.7, 70.0))[:, 0]
    assert abs(shoulder) > 1.0
    assert elbow == 0.0


def test_friction_is_coulomb_and_viscous_at_speed_and_smooth_through_rest(exercise):
    (drive,) = exercise.robot.drives
    friction = numeric(SymbolicRobot.of(exercise.robot).friction, 1)
    for speed in (0.3, 1.0, 2.5):
        there = drive.friction.coulomb + drive.friction.viscous * speed
        assert float(friction(speed).item()) == pytest.approx(there, abs=1e-9)
        assert float(friction(-speed).item()) == pytest.approx(-there, abs=1e-9)
    assert float(friction(0.0).item()) == 0.0
    slow = np.linspace(-5 * FRICTION_SMOOTHING, 5 * FRICTION_SMOOTHING, 1001)
    torque = np.array([friction(speed).item() for speed in slow])
    assert (np.diff(torque) > 0.0).all()
    steepest = drive.friction.coulomb / FRICTION_SMOOTHING + drive.friction.viscous
    assert np.diff(torque).max() <= steepest * (slow[1] - slow[0]) * (1.0 + 1e-6)
