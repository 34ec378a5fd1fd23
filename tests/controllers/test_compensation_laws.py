"""What the robot does for itself: Coriolis and friction compensation, and transparent mode."""

import numpy as np
import pinocchio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.coriolis import CoriolisCompensation
from controllers.feed_forward import FeedForward
from controllers.friction import MOST_FRICTION, FrictionCompensation
from controllers.gravity import GravityCompensation
from controllers.transparent import FILTER_S, MOST_INERTIA, TransparentMode
from robot.errors import PlanError
from robot.symbolic import GRAVITY
from tests.controllers.law_bench import ARM, ARM_DRIVES, ARM_FRICTION, DT, Bench, arm, knee


@pytest.fixture(scope="module")
def in_pinocchio():
    model = pinocchio.buildModelFromXML(ARM.read_text())
    model.gravity.linear = np.array([0.0, 0.0, -GRAVITY])
    return model, model.createData()


@pytest.fixture(scope="module")
def friction():
    return Bench(FrictionCompensation(share=MOST_FRICTION), arm())


def test_coriolis_compensation_is_pinocchios_bias_less_gravity(in_pinocchio):
    (model, data), law = in_pinocchio, Bench(CoriolisCompensation(share=1.0), arm())
    half = Bench(CoriolisCompensation(share=0.5), arm())
    for q, dq in np.random.default_rng(0).uniform(-2.5, 2.5, (100, 2, 7)):
        bias = pinocchio.nonLinearEffects(model, data, q, dq) - pinocchio.computeGeneralizedGravity(model, data, q)
        np.testing.assert_allclose(law(q=q, dq=dq), bias, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(half(q=q, dq=dq), 0.5 * bias, rtol=1e-9, atol=1e-9)


def test_coriolis_compensation_is_nothing_at_rest_or_at_one_joint(in_pinocchio):
    law = Bench(CoriolisCompensation(share=1.0), arm())
    np.testing.assert_allclose(law(q=np.linspace(-1.0, 1.0, 7)), np.zeros(7), atol=1e-12)
    assert Bench(CoriolisCompensation(share=1.0), knee())(q=0.7, dq=2.0)[0] == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(dq=st.lists(st.floats(-5.0, 5.0), min_size=7, max_size=7))
def test_friction_compensation_gives_no_more_power_than_friction_takes(friction, dq):
    dq = np.array(dq)
    given = friction(dq=dq) * dq
    taken = (ARM_FRICTION["coulomb"] * np.tanh(dq / 0.02) + ARM_FRICTION["viscous"] * dq) * dq
    assert (given >= 0.0).all()
    assert (given <= MOST_FRICTION * taken + 1e-12).all()


@pytest.mark.parametrize("share", [0.0, MOST_FRICTION])
def test_a_joint_whose_friction_is_compensated_still_comes_to_rest(share):
    """Coulomb and viscous friction of the shipped drive on its own inertia, in small steps between the ticks."""
    law, dq, fine = Bench(FrictionCompensation(share=share), knee()), 2.0, 20
    for _ in range(4000):
        torque = law(dq=dq)[0]
        for _ in range(fine):
            dq += DT / fine * (torque - 4.0 * np.tanh(dq / 0.005) - 1.2 * dq) / 0.9
    assert abs(dq) < 1e-3


@pytest.mark.parametrize(("law", "field"), [(FrictionCompensation, "share"), (TransparentMode, "friction_share")])
@pytest.mark.parametrize("value", [0.81, 1.0, -0.1, float("nan")])
def test_over_compensation_is_refused_with_its_reason(law, field, value):
    with pytest.raises(PlanError) as refused:
        Bench(law(**{**dict.fromkeys(law.parameters(), 0.2), field: value}), knee())
    values = refused.value.values
    assert (refused.value.code, values["high"], values["why"]) == ("out-of-bounds", 0.8, "over-compensation")


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (FrictionCompensation(share=0.5), "friction"),
        (FeedForward(friction_share=1.0, inertia_share=0.0), "friction"),
        (GravityCompensation(limb_share=1.0), "gravity"),
        (CoriolisCompensation(share=1.0), "coriolis"),
    ],
)
def test_nothing_is_compensated_twice(other, what):
    mode = TransparentMode(friction_share=0.5, inertia_share=0.0)
    for sum_of in (lambda: mode + other, lambda: other + mode):
        with pytest.raises(PlanError) as refused:
            sum_of()
        assert (refused.value.code, refused.value.values["what"]) == ("compensated-twice", what)
    with pytest.raises(PlanError):
        FrictionCompensation(share=0.8) + FeedForward(friction_share=1.0, inertia_share=0.0)


def test_transparent_mode_holds_and_moves_the_bare_arm_at_constant_speed(in_pinocchio):
    (model, data), law = in_pinocchio, Bench(TransparentMode(friction_share=0.5, inertia_share=0.0), arm())
    for q, dq in np.random.default_rng(1).uniform(-2.0, 2.0, (100, 2, 7)):
        friction = ARM_FRICTION["coulomb"] * np.tanh(dq / 0.02) + ARM_FRICTION["viscous"] * dq
        needed = pinocchio.nonLinearEffects(model, data, q, dq) + 0.5 * friction
        np.testing.assert_allclose(law(q=q, dq=dq), needed, rtol=1e-9, atol=1e-9)


def test_transparent_mode_at_a_steady_acceleration_bears_its_share_of_the_inertia(in_pinocchio):
    (model, data), share = in_pinocchio, 0.4
    law = Bench(TransparentMode(friction_share=0.0, inertia_share=share), arm())
    q, ddq = np.linspace(-0.8, 0.8, 7), np.linspace(1.0, 2.0, 7)
    torque = [law(q=q, dq=tick * DT * ddq) for tick in range(200)][-1]
    dq = 199 * DT * ddq
    model.armature = ARM_DRIVES
    inertial = pinocchio.rnea(model, data, q, dq, ddq) - pinocchio.nonLinearEffects(model, data, q, dq)
    expected = pinocchio.nonLinearEffects(model, data, q, dq) + share * inertial
    np.testing.assert_allclose(torque, expected, rtol=1e-6, atol=1e-6)


def test_transparent_mode_with_the_largest_share_is_stable_on_the_drive_alone():
    """The loop through its own acceleration, v⁺ = v + T/M (s M a + τ) with a⁺ as the law has it, by its poles."""
    share, mix = MOST_INERTIA, DT / (FILTER_S + DT)
    law = Bench(TransparentMode(friction_share=0.0, inertia_share=share), knee())

    def forward(state):
        law.memory[:] = state[:2]
        torque = law(q=np.pi / 2, dq=state[2])[0] - own
        return np.array([*law.memory_next, state[2] + DT * torque / inertia])

    own = law(q=np.pi / 2)[0]
    law.forget()
    inertia = (law(q=np.pi / 2, dq=1.0)[0] - own) / share / (mix / DT)  # its Coriolis torque is nothing
    loop = np.column_stack([forward(unit) for unit in np.eye(3)])
    poles = np.sort(np.abs(np.linalg.eigvals(loop)))
    assert inertia > 0.9
    assert poles[-1] == pytest.approx(1.0, abs=1e-9)  # a speed that nobody brakes
    assert poles[-2] == pytest.approx(1.0 - (1.0 - share) * mix, abs=1e-9)
    half = [np.array([0.0, 0.0, 0.0])]
    for _ in range(2000):
        state = half[-1]
        half.append(forward(state) + np.array([0.0, 0.0, DT / inertia]))
    acceleration = (half[-1][2] - half[-2][2]) / DT
    assert acceleration == pytest.approx(1.0 / inertia / (1.0 - share), rel=1e-6)
