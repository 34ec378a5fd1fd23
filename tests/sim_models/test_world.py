import math
from collections.abc import Callable, Iterator

import numpy as np
import pinocchio
import pybullet
import pytest
from casadi import SX, Function

from robot.models.urdf import rod
from robot.symbolic import GRAVITY, SymbolicRobot
from sim_models.scene_urdf import scene_of
from sim_models.virtual_patient import STANDARD
from sim_models.world import World, physics_step
from sim_models.worn import worn_joints
from tests.sim_models.loads import KNEE_EXO

STATES = 200
WORN = worn_joints(KNEE_EXO)
AXES = {"hip": "0 1 0", "yaw": "0 0.6 0.8", "knee": "1 0 0"}
MakeWorld = Callable[..., World]


@pytest.fixture
def make_world() -> Iterator[MakeWorld]:
    worlds: list[World] = []

    def make(urdf: str, joints: tuple[str, ...], pitch: float = 0.0, coulomb: float = 0.0) -> World:
        worlds.append(World(urdf, joints, [coulomb] * len(joints), base_pitch=pitch, step_s=0.001))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


def chain() -> str:
    """Three links one after the other, with axes that are askew."""
    base = rod(1.0, 0.1, 0.05).inertial.xml()
    text = f'<robot name="chain"><link name="base">{base}</link>'
    parent = "base"
    for place, (name, axis) in enumerate(AXES.items()):
        text += f'<link name="{name}_link">{rod(2.0 - 0.5 * place, 0.4, 0.05).inertial.xml()}</link>'
        text += f'<joint name="{name}" type="revolute"><parent link="{parent}"/><child link="{name}_link"/>'
        text += f'<origin xyz="{0.4 if place else 0.0} 0 0"/><axis xyz="{axis}"/>'
        text += '<limit lower="-6" upper="6" effort="1" velocity="1"/></joint>'
        parent = f"{name}_link"
    return text + "</robot>"


def oracle(urdf: str, pitch: float) -> tuple[pinocchio.Model, pinocchio.Data]:
    model = pinocchio.buildModelFromXML(urdf)
    # A base pitched up sees gravity pitched the other way.
    model.gravity.linear = np.array([-GRAVITY * math.sin(pitch), 0.0, -GRAVITY * math.cos(pitch)])
    return model, model.createData()


def check_against_pinocchio(world: World, urdf: str, joints: tuple[str, ...], pitch: float) -> None:
    model, data = oracle(urdf, pitch)
    theirs = [model.joints[model.getJointId(name)].idx_v for name in joints]
    order = np.argsort(world.joints)
    random = np.random.default_rng(7)
    for _ in range(STATES):
        q, dq, ddq = (scale * random.uniform(-1.0, 1.0, len(joints)) for scale in (3.0, 4.0, 20.0))
        state = [np.zeros(len(joints)) for _ in range(3)]
        for vector, values in zip(state, (q, dq, ddq), strict=True):
            vector[theirs] = values
        expected = pinocchio.rnea(model, data, *state)[theirs]
        given = [list(values[order]) for values in (q, dq, ddq)]
        torque = np.empty(len(joints))
        torque[order] = pybullet.calculateInverseDynamics(world.body, *given, physicsClientId=world.client)
        np.testing.assert_allclose(torque, expected, atol=1e-9)
        mass = np.empty((len(joints), len(joints)))
        mass[np.ix_(order, order)] = pybullet.calculateMassMatrix(world.body, given[0], physicsClientId=world.client)
        pinocchio.crba(model, data, state[0])
        upper = np.triu(data.M)
        full = upper + np.triu(upper, 1).T
        np.testing.assert_allclose(mass, full[np.ix_(theirs, theirs)], atol=1e-9)
        held = pinocchio.computeGeneralizedGravity(model, data, state[0])[theirs]
        np.testing.assert_allclose(world.holding(list(q)), held, atol=1e-9)


@pytest.mark.parametrize("pitch", [0.0, 0.5, -1.1])
def test_robot_with_limb_moves_as_pinocchio_says(make_world: MakeWorld, pitch: float) -> None:
    scene = scene_of(KNEE_EXO, WORN, STANDARD["passive"].body, (0.02, -0.01))
    check_against_pinocchio(make_world(scene.urdf, scene.joints, pitch), scene.urdf, scene.joints, pitch)


@pytest.mark.parametrize("joints", [("hip", "yaw", "knee"), ("knee", "hip", "yaw")])
def test_a_chain_with_skew_axes_moves_as_pinocchio_says(make_world: MakeWorld, joints: tuple[str, ...]) -> None:
    check_against_pinocchio(make_world(chain(), joints, 0.3), chain(), joints, 0.3)


def test_robot_and_limb_are_those_that_the_laws_know(make_world: MakeWorld) -> None:
    pitch = 0.4
    scene = scene_of(KNEE_EXO, WORN, STANDARD["passive"].body, (0.0, 0.0))
    world = make_world(scene.urdf, scene.joints, pitch)
    robot = SymbolicRobot.of(KNEE_EXO, pitch)
    q, ddq = SX.sym("q", 1), SX.sym("ddq", 1)
    person = [robot.person.height, robot.person.mass]
    known = Function(
        "known",
        [q, ddq, *person],
        [robot.gravity(q), robot.limb_gravity(q), robot.inertia_torque(q, ddq), robot.limb_inertia_torque(q, ddq)],
    )
    for angle in np.random.default_rng(3).uniform(-0.1, 2.1, STATES):
        gravity, limb_gravity, inertia, limb_inertia = (float(one) for one in known(angle, 1.0, 1.75, 75.0))
        np.testing.assert_allclose(world.holding([angle, angle]), [gravity, limb_gravity], atol=1e-9)
        mass = pybullet.calculateMassMatrix(world.body, [angle, angle], physicsClientId=world.client)
        np.testing.assert_allclose(mass, np.diag([inertia, limb_inertia]), atol=1e-9)


def test_a_free_swing_keeps_its_energy(make_world: MakeWorld) -> None:
    limb = STANDARD["passive"].limb
    scene = scene_of(KNEE_EXO, WORN, STANDARD["passive"].body, (0.0, 0.0))
    world = make_world(scene.urdf, scene.joints)
    world.place([0.0, 0.2], [0.0, 0.0])
    inertia = limb.moment + limb.mass * (limb.centre[0] ** 2 + limb.centre[1] ** 2)
    energies = []
    for _ in range(10000):
        world.step([0.0, 0.0])
        q, dq = world.states()[1][:2]
        height = limb.centre[1] * math.cos(q) - limb.centre[0] * math.sin(q)
        energies.append(0.5 * inertia * dq**2 + limb.mass * GRAVITY * height)
    swing = max(energies) + limb.mass * GRAVITY * math.hypot(*limb.centre)
    # The integrator is of first order: the energy ripples within a swing, but it does not drift.
    assert max(energies) - min(energies) < 0.01 * swing
    assert max(energies[:2000]) == pytest.approx(max(energies[-2000:]), abs=1e-4 * swing)


@pytest.mark.parametrize(("push", "accelerates"), [(3.999, 0.0), (-3.999, 0.0), (4.5, 0.5), (-4.5, -0.5)])
def test_friction_holds_a_joint_until_it_is_overcome(make_world: MakeWorld, push: float, accelerates: float) -> None:
    scene = scene_of(KNEE_EXO, WORN, STANDARD["passive"].body, (0.0, 0.0))
    world = make_world(scene.urdf, scene.joints, 0.0, coulomb=4.0)
    start = [1.2, 1.5]
    world.place(start, [0.0, 0.0])
    gravity = world.holding(start)
    world.step([gravity[0] + push, gravity[1] + push])
    mass = pybullet.calculateMassMatrix(world.body, start, physicsClientId=world.client)
    for index, (_, velocity, *_) in enumerate(world.states()):
        assert velocity == pytest.approx(accelerates / mass[index][index] * 0.001, abs=1e-15)


def test_the_physics_step_divides_the_tick_and_is_at_most_a_millisecond() -> None:
    assert physics_step(1.0 / 500.0) == 0.001
    assert physics_step(1.0 / 1000.0) == 0.001
    assert physics_step(1.0 / 300.0) == pytest.approx(1.0 / 1200.0)
    assert physics_step(1.0 / 2000.0) == 1.0 / 2000.0
