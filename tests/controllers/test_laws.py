"""The laws against closed forms and Pinocchio."""

import numpy as np
import pinocchio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careloop.build import load_exercise
from controllers import LAWS
from controllers.feed_forward import FeedForward
from controllers.gravity import GravityCompensation
from controllers.joint_impedance import JointImpedance
from robot.body import shank_and_foot
from robot.controller import compile_law
from robot.symbolic import GRAVITY, SymbolicRobot

DT = 0.002
PITCH = 0.3
INPUTS = ("q", "dq", "tau", "q_ref", "dq_ref", "ddq_ref", "phase", "parameters", "memory")


class Knee:
    """A law compiled for the knee robot, called with named scalars for a person of 1.8 m and 85 kg."""

    def __init__(self, robot, law, assistance=1.0):
        compiled = compile_law(law, SymbolicRobot.of(robot, PITCH), DT)
        function = compiled.compiled.function
        self.inputs = {name: np.zeros(function.numel_in(index)) for index, name in enumerate(INPUTS)}
        self.inputs["parameters"][:] = 1.8, 85.0, assistance, *compiled.initial[3:]
        self.torque = np.zeros(1)
        self.run = compiled.compiled.bind(list(self.inputs.values()), [self.torque, np.zeros(0)])

    def __call__(self, **given):
        for name in INPUTS[:7]:
            self.inputs[name][:] = given.get(name, 0.0)
        self.run()
        return float(self.torque[0])


@pytest.fixture(scope="module")
def robot():
    return load_exercise("knee-walking").robot


@pytest.fixture(scope="module")
def impedance(robot):
    return Knee(robot, JointImpedance(stiffness=120.0, damping=8.0))


@pytest.fixture(scope="module")
def friction_alone(robot):
    return Knee(robot, FeedForward(friction_share=1.0, inertia_share=0.0))


def in_pinocchio(robot, limb=True):
    """Robot, drive and limb as one rigid body about the knee."""
    model = pinocchio.buildModelFromXML(robot.urdf)
    model.gravity.linear = GRAVITY * np.array([-np.sin(PITCH), 0.0, -np.cos(PITCH)])
    if limb:
        model.armature = np.array([drive.inertia for drive in robot.drives])
        body = shank_and_foot(1.8, 85.0)
        inertia = pinocchio.Inertia(body.mass, np.array([body.centre[0], 0.0, body.centre[1]]), body.moment * np.eye(3))
        model.appendBodyToJoint(model.getJointId("knee"), inertia, pinocchio.SE3.Identity())
    return model, model.createData()


def test_every_law_that_a_plan_can_name_is_known_by_its_name():
    assert {law.name: law for law in LAWS.values()} == LAWS
    assert {"joint-impedance", "gravity-compensation", "feed-forward"} <= set(LAWS)


def test_gravity_compensation_holds_robot_and_limb_still(robot):
    whole, alone = in_pinocchio(robot), in_pinocchio(robot, limb=False)
    carried, bare, half = (Knee(robot, GravityCompensation(limb_share=share)) for share in (1.0, 0.0, 0.5))
    for angle in np.random.default_rng(0).uniform(-0.2, 2.1, 40):
        q = np.array([angle])
        with_limb, without = (pinocchio.computeGeneralizedGravity(*model, q)[0] for model in (whole, alone))
        assert carried(q=angle) == pytest.approx(with_limb, abs=1e-9)
        assert bare(q=angle) == pytest.approx(without, abs=1e-9)
        assert half(q=angle) == pytest.approx(0.5 * (with_limb + without), abs=1e-9)


def test_gravity_compensation_follows_the_measured_angle_and_nothing_else(robot):
    law = Knee(robot, GravityCompensation(limb_share=1.0))
    there = law(q=0.8)
    assert law(q=0.8, dq=3.0, tau=20.0, q_ref=1.2, dq_ref=1.0, ddq_ref=9.0, phase=0.5) == there


def test_the_feed_forward_of_inertia_is_what_pinocchio_needs_to_accelerate(robot):
    (model, data), law = in_pinocchio(robot), Knee(robot, FeedForward(friction_share=0.0, inertia_share=1.0))
    for angle, acceleration in np.random.default_rng(1).uniform(-2.0, 2.0, (40, 2)):
        q, still, ddq = np.array([angle]), np.zeros(1), np.array([acceleration])
        needed = pinocchio.rnea(model, data, q, still, ddq) - pinocchio.rnea(model, data, q, still, still)
        assert law(q_ref=angle, ddq_ref=acceleration) == pytest.approx(needed[0], abs=1e-9)


def test_the_feed_forward_never_feeds_a_measured_velocity_back(robot):
    law = Knee(robot, FeedForward(friction_share=1.0, inertia_share=1.0))
    there = law(dq_ref=0.7, ddq_ref=2.0)
    assert law(dq_ref=0.7, ddq_ref=2.0, q=1.0, dq=-5.0, tau=30.0) == there
    assert law(dq=-5.0) == 0.0


@given(speed=st.floats(0.3, 3.0))
def test_the_feed_forward_of_friction_is_the_drives(robot, friction_alone, speed):
    (drive,) = robot.drives
    friction = drive.friction.coulomb + drive.friction.viscous * speed
    assert friction_alone(dq_ref=speed) == pytest.approx(friction, abs=1e-9)
    assert friction_alone(dq_ref=-speed) == pytest.approx(-friction, abs=1e-9)


def sampled_rotor(inertia):
    """A frictionless rotor under a torque held over each period: x' = A x + B tau, exactly."""
    return np.array([[1.0, DT], [0.0, 1.0]]), np.array([DT**2 / 2.0, DT]) / inertia


def course(law, inertia, external, ticks, start=(0.2, 0.0), target=0.6):
    """States of the rotor that the compiled law drives to `target` against a constant external torque."""
    a, b = sampled_rotor(inertia)
    state, states = np.array(start), []
    for _ in range(ticks):
        states.append(state)
        state = a @ state + b * (law(q=state[0], dq=state[1], q_ref=target) + external)
    return np.array(states)


@settings(max_examples=25, deadline=None)
@given(inertia=st.floats(0.3, 3.0), external=st.floats(-20.0, 20.0))
def test_the_step_response_is_that_of_the_sampled_spring_and_damper(impedance, inertia, external):
    """x_k = x_end + V Λᵏ V⁻¹ (x_0 − x_end), from the eigenvalues of A − B (K, D)."""
    a, b = sampled_rotor(inertia)
    closed = a - np.outer(b, [120.0, 8.0])
    end = np.array([0.6 + external / 120.0, 0.0])
    values, vectors = np.linalg.eig(closed)
    weights = np.linalg.solve(vectors, np.array([0.2, 0.0]) - end)
    powers = values[None, :] ** np.arange(1000)[:, None]
    expected = end + ((powers * weights) @ vectors.T).real
    np.testing.assert_allclose(course(impedance, inertia, external, 1000), expected, atol=1e-8)


@pytest.mark.parametrize("external", [-12.0, 0.0, 6.0])
def test_at_rest_it_yields_by_torque_over_stiffness(impedance, external):
    q, dq = course(impedance, 1.2, external, 6000)[-1]
    assert q == pytest.approx(0.6 + external / 120.0, abs=1e-6)
    assert dq == pytest.approx(0.0, abs=1e-6)


def test_sampling_at_the_robots_rate_leaves_the_damping_that_the_plan_asks_for(impedance):
    """The decay of the sampled loop is that of the continuous one up to a few per cent: D / 2I less K dt / 2I."""
    inertia = 1.2
    a, b = sampled_rotor(inertia)
    values = np.linalg.eigvals(a - np.outer(b, [120.0, 8.0]))
    decay = -np.log(np.abs(values)).min() / DT
    assert decay == pytest.approx(8.0 / (2.0 * inertia), rel=0.05)
    states = course(impedance, inertia, 0.0, 2000)
    energy = 0.5 * inertia * states[:, 1] ** 2 + 0.5 * 120.0 * (states[:, 0] - 0.6) ** 2
    rate = -np.polyfit(DT * np.arange(2000)[50:1500], np.log(energy[50:1500]), 1)[0] / 2.0
    assert rate == pytest.approx(decay, rel=0.05)


@given(assistance=st.floats(0.0, 1.0), q=st.floats(-0.2, 2.1), dq=st.floats(-2.0, 2.0), ddq_ref=st.floats(-5.0, 5.0))
@settings(max_examples=50, deadline=None)
def test_assistance_scales_what_is_done_for_the_patient_and_nothing_else(all_laws, assistance, q, dq, ddq_ref):
    """τ(a) = τ(0) + a (τ(1) − τ(0)), and τ(0) is what moves the robot alone."""
    state = {"q": q, "dq": dq, "q_ref": 0.7, "dq_ref": 0.4, "ddq_ref": ddq_ref}
    law, alone = all_laws
    torques = []
    for share in (0.0, assistance, 1.0):
        law.inputs["parameters"][2] = share
        torques.append(law(**state))
    nothing, some, everything = torques
    assert some == pytest.approx(nothing + assistance * (everything - nothing), abs=1e-9)
    assert nothing == pytest.approx(alone(**state), abs=1e-9)


@pytest.fixture(scope="module")
def all_laws(robot):
    """The three shipped laws at a changing assistance, and the robot moved with no patient and no impedance at all."""
    gravity, forward = GravityCompensation(limb_share=0.0), FeedForward(friction_share=1.0, inertia_share=1.0)
    law = JointImpedance(stiffness=120.0, damping=8.0) + GravityCompensation(limb_share=1.0) + forward
    alone = Knee(robot, gravity + forward)
    alone.inputs["parameters"][1] = 1e-12  # kg: a person without mass has no inertia either
    return Knee(robot, law), alone
