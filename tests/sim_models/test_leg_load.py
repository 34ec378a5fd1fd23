"""Both legs of a virtual patient in the leg exoskeleton: kinematics and dynamics against Pinocchio, straps, people."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import casadi
import numpy as np
import pinocchio
import pytest
from casadi import SX

from robot.description import load_robot
from robot.errors import RobotError
from robot.plan import Posture
from robot.symbolic import GRAVITY, SymbolicRobot
from sim_models.cuff import SOLE_STIFFNESS, Cuff, strap_forces
from sim_models.forces import TRUTH
from sim_models.limb_dynamics import Limb, needed_torque
from sim_models.load import PatientLoad
from sim_models.scene_urdf import scene_of
from sim_models.virtual_patient import STANDARD, VirtualPatient, alike
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joint import JointState, Muscles
from sim_models.virtual_patient.passive import ankle_moment, hip_moment, knee_moment
from sim_models.virtual_patient.patient import Side
from sim_models.virtual_patient.spasticity import SEVERE
from sim_models.world import World
from sim_models.worn import chain, cuffs_in_limbs, limb_axes, passive_moments, turn_against_robot, worn_joints
from tests.sim_models.loads import KNEE_EXO, SEATED
from tests.sim_models.test_world import check_against_pinocchio, oracle

LEG_EXO = load_robot("leg-exo")
WORN = worn_joints(LEG_EXO)
UPRIGHT = Posture(thigh_pitch_deg=0.0, hip_flexion_deg=0.0)
BODY = Body(height_m=1.7, mass_kg=82.0)
ASKEW = (0.015, -0.01)
STEPPING = [0.35, 0.9, 0.1, -0.2, 0.3, 0.0]
MakeLoad = Callable[..., PatientLoad]


@pytest.fixture
def make_load() -> Iterator[MakeLoad]:
    loads: list[PatientLoad] = []

    def make(patient: VirtualPatient, q0: Sequence[float] = STEPPING, **given: object) -> PatientLoad:
        loads.append(PatientLoad(LEG_EXO, patient, q0=q0, **{"posture": UPRIGHT, **given}))
        return loads[-1]

    yield make
    for load in loads:
        load.close()


def truth(load: PatientLoad, name: str) -> np.ndarray:
    """One of `TRUTH` for all six joints."""
    return np.array(load.truth).reshape(len(WORN), len(TRUTH))[:, TRUTH.index(name)]


def scene_in_pinocchio(pitch: float = 0.0):
    scene = scene_of(LEG_EXO, WORN, BODY, ASKEW)
    return scene, *oracle(scene.urdf, pitch)


def state(model, scene, q: np.ndarray) -> np.ndarray:
    """The scene's joint vector in Pinocchio's order."""
    ordered = np.zeros(model.nv)
    ordered[[model.joints[model.getJointId(name)].idx_v for name in scene.joints]] = q
    return ordered


def test_it_knows_the_legs_from_the_hip_down() -> None:
    assert [(one.name, one.above, one.side, one.joint) for one in WORN] == [
        ("left_hip", None, "left", "hip"),
        ("left_knee", 0, "left", "knee"),
        ("left_ankle", 1, "left", "ankle"),
        ("right_hip", None, "right", "hip"),
        ("right_knee", 3, "right", "knee"),
        ("right_ankle", 4, "right", "ankle"),
    ]


@pytest.mark.parametrize("pitch", [0.0, -0.3])
def test_robot_and_legs_move_as_pinocchio_says(pitch: float) -> None:
    scene = scene_of(LEG_EXO, WORN, BODY, ASKEW)
    world = World(scene.urdf, scene.joints, [0.0] * 12, base_pitch=pitch, step_s=0.001)
    check_against_pinocchio(world, scene.urdf, scene.joints, pitch)
    world.close()


@pytest.mark.parametrize("pitch", [0.0, 0.4])
def test_what_the_legs_need_is_pinocchios_inverse_dynamics(pitch: float) -> None:
    """Gravity, inertia and Coriolis: the robot's joints, on other branches of the tree, bear nothing of it."""
    scene, model, data = scene_in_pinocchio(pitch)
    limbs = [one.limb(BODY) for one in WORN]
    at = limb_axes(WORN, [limb.length for limb in limbs], ASKEW)
    q, dq, ddq = SX.sym("q", 6), SX.sym("dq", 6), SX.sym("ddq", 6)
    symbols = [Limb(limb.mass, limb.centre, limb.moment, limb.length) for limb in limbs]
    needed = needed_torque(WORN, symbols, at, SX(pitch), q, dq, ddq)
    ours = casadi.Function("needed", [q, dq, ddq], [needed])
    at_rest = np.zeros(6)
    places = [model.joints[model.getJointId(name)].idx_v for name in scene.joints[6:]]
    for values in np.random.default_rng(8).uniform(-2.0, 2.0, (200, 3, 6)):
        whole = [state(model, scene, np.concatenate([at_rest, one])) for one in values]
        expected = pinocchio.rnea(model, data, *whole)[places]
        np.testing.assert_allclose(np.array(ours(*values))[:, 0], expected, atol=1e-9)


def test_a_cuff_is_in_its_limbs_axes_where_pinocchio_has_it() -> None:
    scene, model, data = scene_in_pinocchio()
    robot = pinocchio.buildModelFromXML(LEG_EXO.urdf)
    robot_data = robot.createData()
    at = limb_axes(WORN, [one.limb(BODY).length for one in WORN], ASKEW)
    cuffs = [f"{side}_{part}_cuff" for side in ("left", "right") for part in ("thigh", "shank", "foot")]
    for q, limb_q in np.random.default_rng(9).uniform(-1.5, 1.5, (50, 2, 6)):
        pinocchio.framesForwardKinematics(robot, robot_data, q)
        pinocchio.forwardKinematics(model, data, state(model, scene, np.concatenate([q, limb_q])))
        ours = cuffs_in_limbs(WORN, list(q), at, list(limb_q))
        for one, cuff, found in zip(WORN, cuffs, ours, strict=True):
            limb = data.oMi[model.getJointId(f"limb_{one.name}")]
            place = limb.actInv(robot_data.oMf[robot.getFrameId(cuff)].translation)
            np.testing.assert_allclose([float(value) for value in found], [place[0], place[2]], atol=1e-9)


def test_a_foot_is_turned_against_its_plate_as_far_as_pinocchio_has_it() -> None:
    scene, model, data = scene_in_pinocchio()
    for values in np.random.default_rng(12).uniform(-0.5, 0.5, (20, 12)):
        pinocchio.forwardKinematics(model, data, state(model, scene, values))
        for foot in (2, 5):
            plate, limb = (data.oMi[model.getJointId(name)] for name in (WORN[foot].name, f"limb_{WORN[foot].name}"))
            turn = pinocchio.log3(limb.rotation.T @ plate.rotation)[1]
            assert float(turn_against_robot(WORN, foot, values[:6], values[6:])) == pytest.approx(turn, abs=1e-9)


def test_passive_moments_are_those_of_each_leg_by_itself() -> None:
    """Hip, knee and ankle of a leg bear on each other, those of the other leg and the plan's hip do not."""
    q = np.radians([20.0, 40.0, -5.0, 0.0, 10.0, 15.0])
    found = [float(one) for one in passive_moments(LEG_EXO, q.tolist(), 90.0)]
    for first, leg in ((0, (20.0, 40.0, -5.0)), (3, (0.0, 10.0, 15.0))):
        expected = [float(moment(*leg)) for moment in (hip_moment, knee_moment, ankle_moment)]
        assert found[first : first + 3] == pytest.approx(expected, abs=1e-9)
    (seated,) = passive_moments(KNEE_EXO, [0.5], 30.0)
    assert float(seated) == pytest.approx(float(knee_moment(30.0, math.degrees(0.5), 0.0)), abs=1e-9)
    assert passive_moments(load_robot("care-arm"), [0.0] * 7, 0.0) == [0.0] * 7


def test_all_straps_together_pull_along_the_slope_of_their_energy() -> None:
    q = SX.sym("q", 12)
    at = limb_axes(WORN, [one.limb(BODY).length for one in WORN], ASKEW)
    stiffness = casadi.DM([2100.0, 4500.0])
    robot_q, limb_q = casadi.vertsplit(q)[:6], casadi.vertsplit(q)[6:]
    stretches = [casadi.vertcat(*one) for one in cuffs_in_limbs(WORN, robot_q, at, limb_q)]
    pulled = sum((strap_forces(one, stiffness, SX(60.0), q, SX.zeros(12))[0] for one in stretches), SX.zeros(12))
    energy = sum((0.5 * casadi.dot(stiffness, one**2) for one in stretches), SX(0))
    ours, stored = casadi.Function("pulled", [q], [pulled]), casadi.Function("stored", [q], [energy])
    for angles in np.random.default_rng(10).uniform(-1.0, 1.0, (5, 12)):
        slope = [(float(stored(angles + h)) - float(stored(angles - h))) / 2e-6 for h in 1e-6 * np.eye(12)]
        np.testing.assert_allclose(np.array(ours(angles))[:, 0], -np.array(slope), atol=1e-4)


def test_at_rest_it_stays_at_rest_while_the_drives_hold_it(make_load: MakeLoad) -> None:
    load, robot, q = make_load(STANDARD["weak"]), SymbolicRobot.of(LEG_EXO), SX.sym("q", 6)
    own = np.array(casadi.Function("own", [q], [robot.gravity(q)])(STEPPING))[:, 0]
    began = truth(load, "limb_q_rad")
    load.advance((own + truth(load, "interaction_tau_Nm")).tolist(), 300)
    np.testing.assert_allclose(load.q, STEPPING, atol=1e-12)
    np.testing.assert_allclose(truth(load, "limb_q_rad"), began, atol=1e-9)


def test_the_drives_and_the_person_carry_the_whole_weight_together(make_load: MakeLoad) -> None:
    """Of a leg that rests, the torques that robot and person give do the work of its weight in a turn of both hips."""
    load = make_load(STANDARD["passive"], cuff=Cuff(misalignment=ASKEW))
    limb_q = truth(load, "limb_q_rad")
    body = STANDARD["passive"].body
    limbs = [one.limb(body) for one in WORN]
    places, angles = chain(WORN, limb_axes(WORN, [limb.length for limb in limbs], ASKEW), list(limb_q))
    for hip in (0, 3):
        ahead = 0.0
        for (x, _), angle, limb in list(zip(places, angles, limbs, strict=True))[hip : hip + 3]:
            along, across = limb.centre
            centre = x + along * math.cos(angle) + across * math.sin(angle)
            ahead += limb.mass * (float(centre) - ASKEW[0])
        # Turning a hip turns all of its leg; what the straps pull there is what the robot's axis lacks by misalignment.
        given = truth(load, "patient_tau_Nm")[hip]
        needed = GRAVITY * ahead
        held = _pulled_at_hip(load, hip, ASKEW)
        assert given + held == pytest.approx(needed, abs=1e-7)


def _pulled_at_hip(load: PatientLoad, hip: int, misalignment: tuple[float, float]) -> float:
    """The straps' moment about a limb's hip, flexion positive: from a nudge of its angle against their energy."""
    body, cuff = STANDARD["passive"].body, Cuff(misalignment=misalignment)
    at = limb_axes(WORN, [one.limb(body).length for one in WORN], misalignment)
    middle = [0.5 * sum(LEG_EXO.range_rad(one.name)) for one in WORN]
    fastened = np.array(cuffs_in_limbs(WORN, middle, at, middle), dtype=float)
    stiffness = np.array([cuff.stiffness_along, cuff.stiffness_across])

    def energy(limb_q: np.ndarray) -> float:
        places = np.array(cuffs_in_limbs(WORN, list(load.q), at, list(limb_q)), dtype=float)
        turns = [turn_against_robot(WORN, foot, list(load.q), list(limb_q)) for foot in (2, 5)]
        return float(
            0.5 * np.sum(stiffness * (places - fastened) ** 2) + 0.5 * SOLE_STIFFNESS * np.sum(np.square(turns))
        )

    nudge = 1e-5 * np.eye(6)[hip]
    limb_q = truth(load, "limb_q_rad")
    return -(energy(limb_q + nudge) - energy(limb_q - nudge)) / 2e-5


def test_whoever_carries_all_of_legs_that_fit_leaves_the_straps_slack(make_load: MakeLoad) -> None:
    fitting = Body(height_m=0.43 / 0.2455, mass_kg=70.0)  # thigh and shank differ from the bars by less than 1 mm
    slack, passive = (make_load(alike("one", effort=share, body=fitting)) for share in (1.0, 0.0))
    assert truth(slack, "cuff_force_N").max() < 5.0
    assert truth(passive, "cuff_force_N").max() > 15.0


def test_only_the_side_that_is_spastic_resists(make_load: MakeLoad) -> None:
    stiff = JointState(extensors=Muscles(spasticity=SEVERE))
    right = VirtualPatient("right", right=Side(knee=stiff))
    both, calm = make_load(right), make_load(STANDARD["passive"])
    differs = []
    for _ in range(250):
        for load in (both, calm):
            load.advance([0.0, 40.0, 0.0, 0.0, 40.0, 0.0], 1)
        differs.append(truth(both, "patient_tau_Nm") - truth(calm, "patient_tau_Nm"))
    np.testing.assert_array_equal(np.array(differs)[:, :3], 0.0)
    assert np.array(differs)[:, 4].min() < -5.0


def test_a_paralysed_leg_is_a_passive_one(make_load: MakeLoad) -> None:
    gone = Muscles(strength=0.0)
    lame = JointState(effort=0.8, flexors=gone, extensors=gone)
    side = Side(hip=lame, knee=lame, ankle=lame)
    paralysed, passive = make_load(VirtualPatient("lame", left=side, right=side)), make_load(STANDARD["passive"])
    for load in (paralysed, passive):
        load.advance([5.0] * 6, 200)
    np.testing.assert_allclose(paralysed.q, passive.q, atol=1e-12)
    np.testing.assert_allclose(truth(paralysed, "patient_tau_Nm"), truth(passive, "patient_tau_Nm"), atol=1e-9)


def test_muscles_that_tire_let_the_robot_carry_more() -> None:
    """The knee's extensors hold a level shank; tired a hundred times as fast, they give a part of it up in 5 s."""
    tired = JointState(effort=0.6, extensors=Muscles(strength=0.06, fatigue=100.0))
    carried = []
    for knee in (tired, replace(tired, extensors=Muscles(strength=0.06))):
        patient = VirtualPatient("tired", left=Side(knee=knee))
        with PatientLoad(KNEE_EXO, patient, SEATED, [0.2]) as load:
            for _ in range(5000):
                (q,), (dq,) = load.q, load.dq
                load.advance([500.0 * (0.2 - q) - 40.0 * dq], 1)
            carried.append(load.truth[TRUTH.index("interaction_tau_Nm")])
    worn_out, fresh = carried
    assert fresh < 0.0
    assert worn_out < fresh - 1.0


def test_equal_loads_advanced_alike_give_the_same_bits(make_load: MakeLoad) -> None:
    one, other, another = (make_load(STANDARD[name]) for name in ("tremor", "tremor", "severely-spastic"))
    for torques in np.random.default_rng(11).uniform(-20.0, 20.0, (60, 6)).tolist():
        for load in (one, another, other):
            load.advance(torques, 4)
        assert (one.q, one.dq, one.truth) == (other.q, other.dq, other.truth)
    assert one.q != another.q


@pytest.mark.parametrize(("name", "joint"), [("arm-exo", "shoulder_rotation"), ("care-arm", "none")])
def test_a_robot_without_legs_is_refused_by_its_joint(name: str, joint: str) -> None:
    robot = load_robot(name)
    q0 = [0.5 * sum(robot.range_rad(one)) for one in robot.joint_names]
    with pytest.raises(RobotError) as refused:
        PatientLoad(robot, STANDARD["passive"], UPRIGHT, q0)
    assert (refused.value.code, refused.value.values["joints"]) == ("limb-not-simulated", joint)
