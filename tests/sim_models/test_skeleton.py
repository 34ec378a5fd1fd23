"""The whole person against Pinocchio, de Leva's sums and the symmetry of a body."""

import math
from collections.abc import Iterator

import numpy as np
import pinocchio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.body import ANKLE_HEIGHT_PER_HEIGHT
from robot.contact_limits import contact_limits
from robot.models.urdf import check_inertias
from robot.plan import Posture
from sim_models.engine import pybullet
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joints import JOINTS, LIMB_JOINTS
from sim_models.virtual_patient.posture import SITTING, STANDING, SUPINE, WholePosture, seated
from sim_models.virtual_patient.skeleton import person_urdf, skeleton

BODIES = st.builds(
    Body, st.floats(1.3, 2.1), st.floats(40.0, 150.0), st.sampled_from(["female", "male", None]), st.just(50.0)
)
GRAVITY = np.array([1.3, -2.0, -9.5])


class Bullet:
    """The person in PyBullet, trunk fixed; angles and torques in the order of its joints that turn."""

    def __init__(self, urdf: str, folder) -> None:
        self.client = pybullet.connect(pybullet.DIRECT)
        (folder / "person.urdf").write_text(urdf)
        pybullet.setGravity(*GRAVITY, self.client)
        self.body = pybullet.loadURDF(
            str(folder / "person.urdf"),
            useFixedBase=True,
            flags=pybullet.URDF_USE_INERTIA_FROM_FILE,
            physicsClientId=self.client,
        )
        count = pybullet.getNumJoints(self.body, self.client)
        told = [pybullet.getJointInfo(self.body, index, self.client) for index in range(count)]
        self.turning = [one[0] for one in told if one[2] == pybullet.JOINT_REVOLUTE]
        self.names = [told[index][1].decode() for index in self.turning]

    def free(self, q: np.ndarray, step_s: float) -> None:
        """At rest at `q`, with nothing that brakes: neither air nor a motor."""
        pybullet.setPhysicsEngineParameter(fixedTimeStep=step_s, numSubSteps=0, physicsClientId=self.client)
        for link in range(-1, pybullet.getNumJoints(self.body, self.client)):
            pybullet.changeDynamics(
                self.body, link, linearDamping=0, angularDamping=0, jointDamping=0, physicsClientId=self.client
            )
        pybullet.setJointMotorControlArray(
            self.body, self.turning, pybullet.VELOCITY_CONTROL, forces=[0.0] * 17, physicsClientId=self.client
        )
        for joint, angle in zip(self.turning, q, strict=True):
            pybullet.resetJointState(self.body, joint, angle, 0.0, self.client)

    @property
    def q(self) -> np.ndarray:
        return np.array([one[0] for one in pybullet.getJointStates(self.body, self.turning, self.client)])

    def mass_matrix(self, q: np.ndarray) -> np.ndarray:
        return np.array(pybullet.calculateMassMatrix(self.body, list(q), 0, self.client))

    def torques(self, q: np.ndarray, dq: np.ndarray, ddq: np.ndarray) -> np.ndarray:
        return np.array(
            pybullet.calculateInverseDynamics(self.body, list(q), list(dq), list(ddq), 0, physicsClientId=self.client)
        )


@pytest.fixture
def bullet(tmp_path) -> Iterator[Bullet]:
    made = Bullet(person_urdf(Body(1.68, 71.0, "female", 60.0)), tmp_path)
    yield made
    pybullet.disconnect(made.client)


def test_pybullet_and_pinocchio_agree_on_the_whole_person_at_200_random_states(bullet):
    model = pinocchio.buildModelFromXML(person_urdf(Body(1.68, 71.0, "female", 60.0)))
    model.gravity.linear = GRAVITY
    data, random = model.createData(), np.random.default_rng(6)
    assert model.nq == len(bullet.names) == 17
    at = [model.joints[model.getJointId(name)].idx_q for name in bullet.names]
    ranges = [JOINTS[name.split("_", 1)[-1] if name != "neck" else "neck"].range_deg for name in bullet.names]
    for _ in range(200):
        q, dq, ddq = (np.zeros(17) for _ in range(3))
        q[at] = [math.radians(random.uniform(*bounds)) for bounds in ranges]
        dq[at], ddq[at] = random.uniform(-4.0, 4.0, 17), random.uniform(-20.0, 20.0, 17)
        mass = pinocchio.crba(model, data, q)
        mass = np.triu(mass) + np.triu(mass, 1).T
        np.testing.assert_allclose(bullet.mass_matrix(q[at]), mass[np.ix_(at, at)], rtol=0.0, atol=1e-9)
        torques = pinocchio.rnea(model, data, q, dq, ddq)[at]
        np.testing.assert_allclose(bullet.torques(q[at], dq[at], ddq[at]), torques, rtol=0.0, atol=1e-9)


def test_a_person_who_swings_freely_moves_step_by_step_as_pinocchios_does(bullet):
    """A second of both integrated alike, semi-implicitly: what energy drifts is the step's doing, not a force's."""
    model = pinocchio.buildModelFromXML(person_urdf(Body(1.68, 71.0, "female", 60.0)))
    model.gravity.linear = GRAVITY
    data, at = model.createData(), [model.joints[model.getJointId(name)].idx_q for name in bullet.names]
    q, dq = np.random.default_rng(3).uniform(-0.5, 0.5, 17), np.zeros(17)
    bullet.free(q[at], 0.001)
    for _ in range(1000):
        dq = dq + 0.001 * pinocchio.aba(model, data, q, dq, np.zeros(17))
        q = q + 0.001 * dq
        pybullet.stepSimulation(bullet.client)
    np.testing.assert_allclose(bullet.q, q[at], rtol=0.0, atol=1e-7)


def built_by_hand(body: Body) -> pinocchio.Model:
    """The person made from the bones by Pinocchio's own calls, without any URDF."""
    model, joints = pinocchio.Model(), {"trunk": 0}
    for bone in skeleton(body):
        inertia = pinocchio.Inertia(bone.inertial.mass, np.array(bone.inertial.centre), np.diag(bone.inertial.moments))
        if bone.parent is None:
            continue
        place = pinocchio.SE3(np.eye(3), np.array(bone.place))
        if bone.joint is None:
            joints[bone.name] = joints[bone.parent]
        else:
            turning = pinocchio.JointModelRevoluteUnaligned(np.array(bone.axis))
            joints[bone.name] = model.addJoint(joints[bone.parent], turning, place, bone.joint)
            place = pinocchio.SE3.Identity()
        model.appendBodyToJoint(joints[bone.name], inertia, place)
    return model


@given(body=BODIES, seed=st.integers(0, 1000))
def test_the_urdf_says_what_the_bones_say(body, seed):
    read, made = pinocchio.buildModelFromXML(person_urdf(body)), built_by_hand(body)
    angles = np.random.default_rng(seed).uniform(-1.5, 1.5, 17)
    q = dict(zip(sorted(list(made.names)[1:]), angles, strict=True))
    masses = []
    for model in (read, made):
        order = [model.joints[model.getJointId(name)].idx_q for name in q]
        at = np.zeros(17)
        at[order] = list(q.values())
        full = pinocchio.crba(model, model.createData(), at)
        masses.append((np.triu(full) + np.triu(full, 1).T)[np.ix_(order, order)])
    np.testing.assert_allclose(*masses, rtol=1e-9, atol=1e-12)


@given(body=BODIES)
def test_a_person_weighs_their_mass_and_is_as_tall_as_their_height(body):
    bones = {bone.name: bone for bone in skeleton(body)}
    # The table's fractions have four digits; women's sum to 0.9999.
    assert sum(bone.inertial.mass for bone in bones.values()) == pytest.approx(body.mass_kg, rel=2e-4)
    assert all(bone.inertial.mass > 0.0 for bone in bones.values())
    sole = bones["left_shank"].place[0] + bones["left_foot"].place[0] + ANKLE_HEIGHT_PER_HEIGHT * body.height_m
    crown = bones["head"].place[0] + bones["head"].inertial.centre[0] - body.segment("head").centre[0]
    assert sole - crown == pytest.approx(body.height_m)


@given(body=BODIES)
def test_every_inertia_is_one_that_a_body_has(body):
    check_inertias(person_urdf(body), "person")


@given(body=BODIES)
def test_an_arm_that_hangs_is_de_levas(body):
    """All links of an arm summed by Pinocchio against the segments, the forearm's axes in the middle of its turn."""
    bones = [bone for bone in skeleton(body) if bone.name.startswith("left_") and bone.region in ARM]
    place, total, wanted = {"trunk": 0.0, "left_shoulder_front": 0.0}, None, None
    for bone in bones:
        place.setdefault(bone.name, place.get(bone.parent or "", 0.0) + bone.place[0])
        total = added(total, bone.inertial.mass, place[bone.name] + bone.inertial.centre[0], bone.inertial.moments)
    start = 0.0
    for name in ("upper_arm", "forearm", "hand"):
        segment = body.segment(name)
        x, y, z = segment.moments
        moments = {"upper_arm": (x, y, z), "forearm": (x, 0.5 * (y + z), 0.5 * (y + z)), "hand": (x, z, y)}[name]
        wanted = added(wanted, segment.mass, start + segment.centre[0], moments)
        start += segment.length
    assert total.isApprox(wanted, 1e-9)


ARM = {"upper-arm", "forearm", "hand"}


def added(to, mass: float, x: float, moments) -> pinocchio.Inertia:
    one = pinocchio.Inertia(mass, np.array([x, 0.0, 0.0]), np.diag(moments))
    return one if to is None else to + one


def test_the_left_mirrors_the_right():
    """The same angles at both sides: the centre of mass stays in the middle, and the hands mirror each other."""
    model = pinocchio.buildModelFromXML(person_urdf(Body()))
    data, random = model.createData(), np.random.default_rng(2)
    q = np.zeros(17)
    for joint in LIMB_JOINTS:
        angle = math.radians(random.uniform(*JOINTS[joint].range_deg))
        for side in ("left", "right"):
            q[model.joints[model.getJointId(f"{side}_{joint}")].idx_q] = angle
    assert abs(pinocchio.centerOfMass(model, data, q)[1]) < 1e-12
    pinocchio.framesForwardKinematics(model, data, q)
    left, right = (data.oMf[model.getFrameId(f"{side}_hand")].translation for side in ("left", "right"))
    np.testing.assert_allclose(left, right * [1.0, -1.0, 1.0], atol=1e-12)


@pytest.mark.parametrize(
    ("joint", "link", "moves"),
    [
        ("left_hip", "left_shank", (0, 0, 1)),
        ("left_knee", "left_foot", (0, 0, -1)),
        ("left_shoulder_flexion", "left_hand", (0, 0, 1)),
        ("left_shoulder_abduction", "left_hand", (0, 1, 0)),
        ("right_shoulder_abduction", "right_hand", (0, -1, 0)),
        ("left_elbow", "left_hand", (0, 0, 1)),
    ],
)
def test_a_positive_angle_moves_the_limb_the_way_of_its_name(joint, link, moves):
    placed = place_of(link, {joint: 0.5}) - place_of(link, {})
    assert placed @ moves > 0.05


@pytest.mark.parametrize(("side", "inwards"), [("left", -1.0), ("right", 1.0)])
def test_a_bent_arm_turns_its_hand_inwards_and_a_neck_that_flexes_nods(side, inwards):
    bent = {f"{side}_elbow": 1.5}
    turned = place_of(f"{side}_hand", {**bent, f"{side}_shoulder_rotation": 0.5}) - place_of(f"{side}_hand", bent)
    assert inwards * turned[1] > 0.05
    nodding = centre_of_head({"neck": 0.5}) - centre_of_head({})
    assert nodding[2] > 0.05
    pulled = rotation_of(f"{side}_foot", {f"{side}_ankle": 0.3}) @ [0.0, 0.0, 1.0]
    assert pulled[0] < -0.2  # the toes go up
    thumb = rotation_of(f"{side}_hand", {f"{side}_forearm": 0.5}) @ [0.0, 0.0, 1.0]
    assert inwards * thumb[1] > 0.2


def moved(angles: dict[str, float]):
    model = pinocchio.buildModelFromXML(person_urdf(Body()))
    q = np.zeros(17)
    for name, angle in angles.items():
        q[model.joints[model.getJointId(name)].idx_q] = angle
    data = model.createData()
    pinocchio.framesForwardKinematics(model, data, q)
    return model, data


def place_of(link: str, angles: dict[str, float]) -> np.ndarray:
    model, data = moved(angles)
    return data.oMf[model.getFrameId(link)].translation


def rotation_of(link: str, angles: dict[str, float]) -> np.ndarray:
    model, data = moved(angles)
    return data.oMf[model.getFrameId(link)].rotation


def centre_of_head(angles: dict[str, float]) -> np.ndarray:
    model, data = moved(angles)
    return data.oMf[model.getFrameId("head")].act(np.array([-0.2, 0.0, 0.0]))


def test_every_link_has_a_region_with_a_limit():
    assert all(contact_limits().of(bone.region) > 0.0 for bone in skeleton(Body()))


@pytest.mark.parametrize(
    "posture", [SUPINE, SITTING, STANDING, seated(Posture(thigh_pitch_deg=0, hip_flexion_deg=30), 60)]
)
def test_a_posture_is_within_the_joints_ranges_and_names_every_joint(posture: WholePosture):
    assert set(posture.angles()) == {bone.joint for bone in skeleton(Body()) if bone.joint}
    for joint, angle in posture.joints_deg.items():
        low, high = JOINTS[joint].range_deg
        assert low <= angle <= high


@pytest.mark.parametrize("thigh_deg", [-20.0, 0.0, 15.0])
def test_a_seated_thigh_is_pitched_as_the_plan_says(thigh_deg):
    posture = seated(Posture(thigh_pitch_deg=thigh_deg, hip_flexion_deg=40.0), 30.0)
    lean = math.radians(posture.trunk_pitch_deg)
    trunk = np.array([[math.cos(lean), 0, math.sin(lean)], [0, 1, 0], [-math.sin(lean), 0, math.cos(lean)]])
    thigh = trunk @ (place_of("left_shank", posture.angles()) - place_of("left_thigh", posture.angles()))
    assert math.degrees(math.atan2(thigh[2], thigh[0])) == pytest.approx(thigh_deg)
