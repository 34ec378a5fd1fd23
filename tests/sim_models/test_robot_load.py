"""A robot alone in PyBullet: its motion against Pinocchio, its energy, a bed, and stiffness measured by pushing."""

import math
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pinocchio
import pytest

from controllers.cartesian_impedance import CartesianImpedance
from controllers.gravity import GravityCompensation
from robot.description import RobotDescription, load_robot, shipped_robots
from robot.errors import InputError
from robot.symbolic import GRAVITY, SymbolicRobot
from robot.tick import Row, TickLayout
from sim_models.plant import SimulatedPlant
from sim_models.robot_load import Bed, RobotLoad
from tests.controllers.law_bench import Bench

ROBOTS = sorted(shipped_robots())
ARM = load_robot("care-arm")
REACHING = [0.3, 0.6, -0.2, -1.2, 0.4, 0.9, 0.1]
MakeLoad = Callable[..., RobotLoad]


def without_friction(robot: RobotDescription, **changed: object) -> RobotDescription:
    """The same robot with drives that run free, joints that turn as far as they like."""
    content = robot.model_dump()
    for joint in content["joints"].values():
        joint["range_deg"] = (-179.0, 179.0)
        joint["drive"]["gear"] = 1.0
        joint["torque"] = min(joint["torque"], 40.0)
        joint["drive"]["friction"] = {"coulomb": 0.0, "viscous": 0.0}
    return RobotDescription.model_validate({**content, **changed})


@pytest.fixture
def make_load() -> Iterator[MakeLoad]:
    loads: list[RobotLoad] = []

    def make(robot: RobotDescription, q0: Sequence[float], **given: object) -> RobotLoad:
        loads.append(RobotLoad(robot, q0, **given))
        return loads[-1]

    yield make
    for load in loads:
        load.close()


class Oracle:
    """The robot in Pinocchio, its drives' inertia on their own joints alone."""

    def __init__(self, robot: RobotDescription, pitch: float = 0.0) -> None:
        self.model = pinocchio.buildModelFromXML(robot.urdf)
        self.model.gravity.linear = np.array([-GRAVITY * math.sin(pitch), 0.0, -GRAVITY * math.cos(pitch)])
        self.model.armature = np.array([drive.inertia for drive in robot.drives])
        self.data = self.model.createData()
        self.friction = [(drive.friction.coulomb, drive.friction.viscous) for drive in robot.drives]

    def acceleration(self, q: np.ndarray, dq: np.ndarray, tau: np.ndarray) -> np.ndarray:
        coulomb, viscous = np.array(self.friction).T
        return pinocchio.aba(self.model, self.data, q, dq, tau - coulomb * np.sign(dq) - viscous * dq)

    def energies(self, q: np.ndarray, dq: np.ndarray) -> tuple[float, float]:
        """Kinetic energy, rotors included (which `computeKineticEnergy` is not sure of), and potential, in J."""
        upper = np.triu(pinocchio.crba(self.model, self.data, q))
        mass = upper + np.triu(upper, 1).T
        return 0.5 * dq @ mass @ dq, pinocchio.computePotentialEnergy(self.model, self.data, q)


@pytest.mark.parametrize("name", ROBOTS)
@pytest.mark.parametrize("pitch", [0.0, 0.4])
def test_one_step_is_pinocchios_with_each_rotor_on_its_own_joint(make_load: MakeLoad, name: str, pitch: float) -> None:
    robot, random = load_robot(name), np.random.default_rng(1)
    oracle, n = Oracle(robot, pitch), len(load_robot(name).joints)
    low, high = np.array([robot.range_rad(joint) for joint in robot.joint_names]).T
    load = make_load(robot, 0.5 * (low + high), base_pitch=pitch)
    for _ in range(50):
        q, tau = random.uniform(low, high), random.uniform(-20.0, 20.0, n)
        dq = random.choice([-1.0, 1.0], n) * random.uniform(0.5, 2.0, n)  # faster than friction could stop in a step
        load._world.place(q.tolist(), dq.tolist())
        load._feel(load._world.states())
        load.advance(tau.tolist(), 1)
        expected = oracle.acceleration(q, dq, tau)
        np.testing.assert_allclose((np.array(load.dq) - dq) / 0.001, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(load.q, q + 0.001 * np.array(load.dq), atol=1e-12)


@pytest.mark.parametrize(
    ("name", "q0"),
    [
        ("knee-exo", [1.2]),
        ("leg-exo", [0.5, 0.5, 0.2, 0.2, 0.8, -0.3]),
        ("arm-exo", [0.3, 0.6, 0.2, 0.6, 0.1]),
        ("care-arm", [0.3, 2.8, 0.2, 0.3, 0.1, 0.2, 0.0]),
    ],
)
def test_a_free_swing_of_ten_seconds_keeps_its_mean_energy(make_load: MakeLoad, name: str, q0: list[float]) -> None:
    """At 1 kHz without friction, within a thousandth of the largest energy of motion."""
    robot = without_friction(load_robot(name), rate_hz=1000)
    load, oracle, free = make_load(robot, q0), Oracle(robot), [0.0] * len(q0)
    kinetic, whole = [], []
    for _ in range(2000):
        load.advance(free, 5)
        moving, high = oracle.energies(np.array(load.q), np.array(load.dq))
        kinetic.append(moving)
        whole.append(moving + high)
    assert max(kinetic) > 0.1
    assert np.mean(whole[-400:]) == pytest.approx(np.mean(whole[:400]), abs=1e-3 * max(kinetic))


def test_friction_holds_a_chain_at_rest(make_load: MakeLoad) -> None:
    load = make_load(load_robot("leg-exo"), [0.0, 0.05, 0.0, 0.02, 0.05, 0.0])
    load.advance([0.0] * 6, 200)
    assert max(map(abs, load.dq)) < 1e-12


@pytest.mark.parametrize("name", ROBOTS)
def test_two_loads_made_alike_go_alike(make_load: MakeLoad, name: str) -> None:
    robot = load_robot(name)
    q0 = [0.5 * sum(robot.range_rad(joint)) for joint in robot.joint_names]
    one, other = make_load(robot, q0), make_load(robot, q0)
    for torque in np.random.default_rng(2).uniform(-10.0, 10.0, (50, len(q0))).tolist():
        one.advance(torque, 3)
        other.advance(torque, 3)
        assert (list(one.q), list(one.dq), list(one.truth)) == (list(other.q), list(other.dq), list(other.truth))


def test_a_start_outside_of_the_range_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        RobotLoad(load_robot("leg-exo"), [0.0, 0.0, 0.0, 0.0, math.radians(130.0), 0.0])
    assert (refused.value.code, refused.value.values["field"]) == ("out-of-bounds", "q0.right_knee")


def test_nothing_is_printed_where_the_solver_is_chosen() -> None:
    code = (
        "from robot.description import load_robot; from sim_models.robot_load import RobotLoad\n"
        "RobotLoad(load_robot('leg-exo'), [0.0] * 6).close(); print('done')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("done\n", "")


def test_the_bed_bears_what_is_not_held(make_load: MakeLoad) -> None:
    """Every joint but the second is held still; that one leans on the bed with the weight that it does not carry."""
    robot = without_friction(ARM)
    q0 = [0.0, 1.2, 0.0, -0.6, 0.0, 0.3, 0.0]
    free = make_load(robot, q0)
    bed = Bed(height=free.truth[2] + 0.001)
    load = make_load(robot, q0, bed=bed)
    symbolic = SymbolicRobot.of(robot)
    law = Bench(GravityCompensation(limb_share=0.0), symbolic)
    for _ in range(4000):
        q, dq = np.array(load.q), np.array(load.dq)
        tau = law(q=q, dq=dq) + 2000.0 * (np.array(q0) - q) - 60.0 * dq
        tau[1] = 30.0 - 60.0 * dq[1] + law(q=q)[1]  # pressed down by 30 N·m
        load.advance(tau.tolist(), 1)
    assert max(map(abs, load.dq)) < 1e-3
    arm = math.hypot(load.truth[0], load.truth[1])  # the second joint's axis stands over the base's middle
    assert load.truth[3] == pytest.approx(30.0 / arm, rel=0.01)
    assert load.truth[3] == pytest.approx(bed.stiffness * (bed.height - load.truth[2]), rel=1e-3)


@pytest.mark.parametrize("direction", np.eye(3), ids="xyz")
def test_stiffness_measured_by_pushing_is_the_one_set(make_load: MakeLoad, direction: np.ndarray) -> None:
    """Within 5 %: care-arm in simulation under the compiled law yields to 20 N as it should; its posture is kept.

    The drives run free here: with their friction the link stays where within its band it is left.
    """
    robot = without_friction(ARM)
    load, symbolic = make_load(robot, REACHING), SymbolicRobot.of(robot)
    springs = CartesianImpedance(
        stiffness=800.0,
        damping=120.0,
        turn_stiffness=40.0,
        turn_damping=8.0,
        posture_stiffness=20.0,
        posture_damping=8.0,
    )
    law = Bench(springs + GravityCompensation(limb_share=0.0), symbolic, robot.dt)

    free = np.array(load.truth[:3])
    load.push = tuple(20.0 * direction)
    for _ in range(3000):
        torque = law(q=load.q, dq=load.dq, q_ref=REACHING)
        load.advance(torque.tolist(), round(robot.dt / load.step_s))
    assert max(map(abs, load.dq)) < 1e-3
    yielded = np.array(load.truth[:3]) - free
    assert 20.0 / (yielded @ direction) == pytest.approx(800.0, rel=0.05)
    assert np.linalg.norm(yielded - yielded @ direction * direction) < 0.1 * 20.0 / 800.0
    assert np.abs(np.array(load.q) - REACHING).max() < 0.12


def test_the_plant_turns_it_as_any_other_load(make_load: MakeLoad) -> None:
    robot = load_robot("leg-exo")
    load, other = make_load(robot, [0.1] * 6), make_load(robot, [0.1] * 6)
    plant, row = SimulatedPlant(robot, load), Row(TickLayout(robot.joint_names))
    plant.open()
    for _ in range(20):
        plant.read(row)
        row.tau_command[:] = 36.0  # a whole number of counts at a gear of 1 and of 1.5
        plant.write(row)
    other.advance([0.0] * 6, 2)  # the first command acts one cycle after the measurement that it answers
    other.advance([36.0] * 6, 2 * 18)
    np.testing.assert_allclose(load.q, other.q, atol=1e-9)
    np.testing.assert_allclose(row.q, load.q, atol=1e-5)
