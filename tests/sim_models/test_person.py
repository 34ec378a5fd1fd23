"""The compiled whole person against Pinocchio, closed forms and the symmetry of space."""

import math

import numpy as np
import pinocchio
import pytest
from casadi import SX, Function
from hypothesis import given
from hypothesis import strategies as st

from robot.symbolic import GRAVITY
from sim_models.person import FRAME, Person, bare, resting
from sim_models.person_forces import MOTION, inertial_torques
from sim_models.person_tree import COUNT, HINGES, NAMES, PersonTree, numbers_of
from sim_models.support import STIFFNESS
from sim_models.tree import inverse_dynamics, torques
from sim_models.virtual_patient.body import USUAL, Body
from sim_models.virtual_patient.joints import JOINTS
from sim_models.virtual_patient.patient import STANDARD, VirtualPatient
from sim_models.virtual_patient.posture import SITTING, SUPINE, WholePosture
from sim_models.virtual_patient.skeleton import person_urdf
from tests.sim_models.people import empty_world, steps_of

WOMAN = Body(1.68, 71.0, "female", 60.0)
AT_TABLE = WholePosture(75.0, {"hip": 75.0, "knee": 80.0, "elbow": 80.0, "shoulder_flexion": 25.0})
BODIES = st.builds(Body, st.floats(1.3, 2.1), st.floats(40.0, 150.0), st.sampled_from(["female", "male", None]))


def tree_of(body: Body, pitch: float = 0.0, yaw: float = 0.0) -> PersonTree:
    return PersonTree.of(SX(numbers_of(body)), SX(3, 1), SX(pitch), SX(yaw))


class Oracle:
    """The same person in Pinocchio, with the trunk's pitch as a lean of gravity."""

    def __init__(self, body: Body, pitch: float = 0.0) -> None:
        self.model = pinocchio.buildModelFromXML(person_urdf(body))
        self.model.gravity.linear = GRAVITY * np.array([math.sin(pitch), 0.0, -math.cos(pitch)])
        self.data = self.model.createData()
        self.at = [self.model.joints[self.model.getJointId(name)].idx_q for name in NAMES]

    def sorted(self, values: np.ndarray) -> np.ndarray:
        """From our order of joints to Pinocchio's."""
        row = np.zeros(COUNT)
        row[self.at] = values
        return row

    def inverse(self, *motion: np.ndarray) -> np.ndarray:
        return pinocchio.rnea(self.model, self.data, *map(self.sorted, motion))[self.at]

    def energy(self, q: np.ndarray, dq: np.ndarray) -> float:
        q, dq = self.sorted(q), self.sorted(dq)
        kinetic = pinocchio.computeKineticEnergy(self.model, self.data, q, dq)
        return kinetic + pinocchio.computePotentialEnergy(self.model, self.data, q)


def random_state(random: np.random.Generator) -> np.ndarray:
    ranges = [JOINTS[name.split("_", 1)[-1] if name != "neck" else "neck"].range_deg for name in NAMES]
    return np.radians([random.uniform(*bounds) for bounds in ranges])


def test_compiled_and_pinocchio_agree_on_the_whole_person_at_200_random_states():
    tree, (q, dq, given) = tree_of(WOMAN, 0.6), (SX.sym(name, COUNT) for name in ("q", "dq", "ddq"))
    up = tree.base.turn.T @ SX([0.0, 0.0, GRAVITY])
    needed = Function("needed", [q, dq, given], [inverse_dynamics(HINGES, tree.weights, q, dq, given, up)])
    oracle, random = Oracle(WOMAN, 0.6), np.random.default_rng(6)
    for _ in range(200):
        angles, speeds, ddq = random_state(random), random.uniform(-4, 4, COUNT), random.uniform(-20, 20, COUNT)
        torque = np.array(needed(angles, speeds, ddq)).ravel()
        np.testing.assert_allclose(torque, oracle.inverse(angles, speeds, ddq), rtol=0.0, atol=1e-9)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.sweep) for seed in range(1, 6))])
def test_a_person_who_swings_freely_for_ten_seconds_keeps_their_energy(seed):
    """In PyBullet at 1 kHz, upright, nothing but inertia and gravity; each second's mean to 0.1 % of the swing's."""
    tree, motion = tree_of(WOMAN, 0.5 * math.pi), SX.sym("motion", MOTION)
    seen, now = inertial_torques(tree, motion)
    makes_up = Function("makes_up", [motion], [seen - now], {"cse": True})
    oracle, world = Oracle(WOMAN, 0.5 * math.pi), empty_world()
    body = world.beside(bare(WOMAN), NAMES, (0.0, 0.0, 0.0), (0.0, 0.5 * math.pi, 0.0))
    q, dq = np.random.default_rng(seed).uniform(-0.5, 0.5, COUNT), np.zeros(COUNT)
    body.place(q)
    energies, before = [], dq
    for step in range(10_000):
        body.push(np.array(makes_up(np.concatenate([q, dq, before]))).ravel().tolist())
        world.step([0.0])
        later_q, later_dq, *_ = map(np.array, zip(*body.states(), strict=True))
        if step % 10 == 0:  # the velocities are those of half a step before and after this instant
            energies.append(oracle.energy(q, 0.5 * (dq + later_dq)))
        before, q, dq = dq, later_q, later_dq
    world.close()
    hangs = oracle.energy(np.zeros(COUNT), np.zeros(COUNT))
    seconds = np.mean(np.reshape(energies, (10, -1)), axis=1)
    assert np.abs(seconds - energies[0]).max() < 1e-3 * (energies[0] - hangs)


@given(body=BODIES)
def test_what_is_zero_in_one_body_is_zero_in_all(body):
    np.testing.assert_array_equal(numbers_of(body) == 0.0, numbers_of(USUAL) == 0.0)


def test_wrenches_turn_the_joints_as_pinocchios_jacobians_say():
    oracle, random, names = Oracle(WOMAN), np.random.default_rng(4), ("left_hand", "right_ulna", "left_shank", "head")
    tree, q = tree_of(WOMAN), SX.sym("q", COUNT)
    frames, forces, places = tree.frames(q, SX(COUNT, 1)), SX.sym("force", 3, 4), SX.sym("there", 3, 4)
    at = [(name, frames[name].pushed(places[:, index], forces[:, index])) for index, name in enumerate(names)]
    made = Function("made", [q, forces, places], [torques(HINGES, tree.places, q, tree.wrenches(at))])
    turned = Function("turned", [q], [frames[name].turn for name in names])
    for _ in range(20):
        angles, force, there = random_state(random), random.uniform(-50, 50, (3, 4)), random.uniform(-0.1, 0.1, (3, 4))
        expected = np.zeros(COUNT)
        for index, (name, turn) in enumerate(zip(names, turned(angles), strict=True)):
            jacobian = pinocchio.computeFrameJacobian(
                oracle.model, oracle.data, oracle.sorted(angles), oracle.model.getFrameId(name), pinocchio.LOCAL
            )
            moved = (jacobian[:3] - pinocchio.skew(there[:, index]) @ jacobian[3:])[:, oracle.at]
            expected += moved.T @ np.array(turn).T @ force[:, index]
        np.testing.assert_allclose(np.array(made(angles, force, there)).ravel(), expected, rtol=1e-9, atol=1e-9)


TOUCHED = ("left_hand", "right_hand")


class Alone:
    """A person beside whom there is nothing of interest."""

    def __init__(
        self, posture: WholePosture = AT_TABLE, patient: VirtualPatient = STANDARD["passive"], **more: object
    ) -> None:
        self.world = empty_world()
        self.person = Person(self.world, patient, posture, touched=TOUCHED, **more)
        self.frames, self.wrenches = self.person.frames, self.person.wrenches
        self.steps, self.tell = steps_of(self.world, self.person), self.person.tell.bound
        self.tell()

    def __del__(self) -> None:
        self.world.close()

    @property
    def q(self) -> list[float]:
        return list(self.person.q)

    def advance(self) -> None:
        self.steps.act()
        self.steps.move([0.0])
        self.tell()


def person(*values: object, **more: object) -> Alone:
    return Alone(*values, **more)


def pushed(one: Alone, steps: int, force: float = 30.0) -> np.ndarray:
    """Every angle while their left hand is lifted for a tenth of a second, and afterwards."""
    angles = []
    for step in range(steps):
        one.wrenches[2] = force if step < 100 else 0.0
        one.advance()
        angles.append(one.q)
    return np.array(angles)


@pytest.mark.parametrize("posture", [SITTING, SUPINE, AT_TABLE])
@pytest.mark.parametrize("name", ["passive", "strong", "severely-spastic"])
def test_a_person_at_rest_stays_at_rest(posture, name):
    one = person(posture, STANDARD[name])
    before = one.q
    for _ in range(500):
        one.advance()
    np.testing.assert_allclose(one.q, before, rtol=0.0, atol=1e-9)


def test_a_hand_that_is_lifted_falls_back_to_where_it_rested():
    one = person()
    before, after = np.array(one.q), pushed(one, 4000)
    assert np.abs(after[100] - before).max() > 0.1
    back = [index for index, name in enumerate(NAMES) if name in ("left_elbow", "left_shoulder_flexion")]
    assert np.abs(after[-1] - before)[back].max() < np.radians(5.0)  # what carries it rubs
    right = [index for index, name in enumerate(NAMES) if name.startswith("right") or name.endswith("hip")]
    np.testing.assert_allclose(after[:, right] - before[right], 0.0, atol=1e-9)  # the trunk stands still


def test_two_people_who_are_treated_alike_move_in_the_same_bits():
    assert pushed(person(), 300).tobytes() == pushed(person(), 300).tobytes()


def test_a_person_elsewhere_who_looks_elsewhere_moves_alike():
    here, there = person(), person(place=(1.0, -2.0, 0.5), yaw=1.2)
    np.testing.assert_allclose(pushed(there, 300), pushed(here, 300), rtol=0.0, atol=1e-9)
    turn = np.array([[math.cos(1.2), -math.sin(1.2), 0.0], [math.sin(1.2), math.cos(1.2), 0.0], [0.0, 0.0, 1.0]])
    place, velocity = (np.array(there.frames[begin : begin + 3]) for begin in (FRAME, FRAME + 12))
    np.testing.assert_allclose(place, turn @ here.frames[FRAME : FRAME + 3] + [1.0, -2.0, 0.5], atol=1e-9)
    np.testing.assert_allclose(velocity, turn @ here.frames[FRAME + 12 : FRAME + 15], atol=1e-9)


def test_a_touched_links_frame_goes_where_its_velocity_says():
    one = person()
    pushed(one, 60)
    before = np.array(one.frames)
    one.advance()
    after = np.array(one.frames)
    np.testing.assert_allclose(after[:3] - before[:3], 0.001 * after[12:15], atol=1e-5)
    turned = (np.reshape(after[3:12], (3, 3)).T - np.reshape(before[3:12], (3, 3)).T) / 0.001
    np.testing.assert_allclose(turned, pinocchio.skew(after[15:18]) @ np.reshape(after[3:12], (3, 3)).T, atol=0.05)


def test_an_arm_that_nothing_carries_hangs_and_one_on_a_table_weighs_on_it():
    """The table's part and the passive joints' part are the weight: seen as the wrist's sink into its support."""
    free = person(free=("left_ulna", "left_hand"))
    carried = person()
    assert free.frames[2] < carried.frames[2] - 0.1
    posture = tree_of(USUAL, math.radians(75.0)).frames(SX([AT_TABLE.angles()[name] for name in NAMES]), SX(COUNT, 1))
    sink = float(posture["left_hand"].place[2]) - carried.frames[2]
    assert 1.0 < STIFFNESS * sink < 30.0  # N: some of an arm of 3.7 kg


def test_where_a_person_will_rest_is_known_before_they_are_placed():
    q, frames = resting(STANDARD["weak"], AT_TABLE, touched=TOUCHED)
    there = person(AT_TABLE, STANDARD["weak"], place=(0.3, 0.2, 0.1), start_q=q)
    np.testing.assert_allclose(there.q, person(AT_TABLE, STANDARD["weak"]).q, rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(there.frames[:3], np.add(frames[:3], (0.3, 0.2, 0.1)), rtol=0.0, atol=1e-12)


def test_what_rests_on_a_surface_does_not_slide_where_it_is_drawn_sideways_a_little():
    drawn, free = person(), person()
    for _ in range(500):
        drawn.wrenches[1] = 0.5  # N to the left; the wrist weighs more than four times that on its support
        drawn.advance()
    assert np.abs(np.subtract(drawn.frames[:3], free.frames[:3])).max() < 0.01
