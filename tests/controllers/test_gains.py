"""Gains by theory, against eigenvalues of the moving and of the sampled system."""

import math

import casadi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.gains import joint_damping, largest_passive_stiffness, modal_damping
from controllers.joint_impedance import JointImpedance
from tests.controllers.law_bench import DT, Bench, knee


@given(stiffness=st.floats(1.0, 400.0), inertia=st.floats(0.05, 5.0), ratio=st.floats(0.05, 0.99))
def test_the_wanted_ratio_is_that_of_the_poles(stiffness, inertia, ratio):
    poles = np.roots([inertia, joint_damping(stiffness, inertia, ratio), stiffness])
    assert -poles.real / np.abs(poles) == pytest.approx([ratio] * 2, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 7), ratio=st.floats(0.1, 0.95))
def test_every_mode_of_a_full_inertia_has_the_wanted_ratio(seed, count, ratio):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(2, count, count))
    inertia, stiffness = (one @ one.T + 0.1 * np.eye(count) for one in roots)
    damping = modal_damping(stiffness, inertia, ratio)
    inverse = np.linalg.inv(inertia)
    state = np.block([[np.zeros((count, count)), np.eye(count)], [-inverse @ stiffness, -inverse @ damping]])
    poles = np.linalg.eigvals(state)
    np.testing.assert_allclose(-poles.real / np.abs(poles), ratio, rtol=1e-6)
    np.testing.assert_allclose(damping, damping.T, atol=1e-9)


def test_one_joint_is_the_matrix_of_one():
    assert modal_damping(np.array([[60.0]]), np.array([[1.5]]), 0.7)[0, 0] == pytest.approx(joint_damping(60, 1.5, 0.7))


@pytest.mark.parametrize("ratio", [0.4, 0.6])
@pytest.mark.parametrize("angle", [0.3, 1.2])
def test_a_step_with_the_configurations_inertia_overshoots_by_its_ratio(ratio, angle):
    """exp(−π ζ / √(1 − ζ²)), with the compiled law and the knee robot's own inertia."""
    robot, stiffness = knee(), 60.0
    inertia = float(casadi.evalf(robot.inertia_torque(casadi.SX(angle), casadi.SX(1.0))))
    law = Bench(JointImpedance(stiffness=stiffness, damping=joint_damping(stiffness, inertia, ratio)), robot)
    q, dq, highest = 0.0, 0.0, 0.0
    for _ in range(2000):
        ddq = law(q=q, dq=dq, q_ref=0.1)[0] / inertia
        q, dq = q + DT * dq + 0.5 * DT**2 * ddq, dq + DT * ddq
        highest = max(highest, q)
    assert highest / 0.1 - 1.0 == pytest.approx(math.exp(-math.pi * ratio / math.sqrt(1.0 - ratio**2)), abs=0.01)


def sampled_wall(stiffness, inertia, viscous, period, late=0):
    """x⁺ = A x of an inertia with viscous friction on a spring whose torque is held over each period, exactly.

    x is angle and velocity, and the angles of the `late` ticks before.
    """
    left = math.exp(-viscous * period / inertia)
    way = inertia / viscous * (1.0 - left)
    state = np.eye(2 + late, k=-1)
    state[:2, :2] = [[1.0, way], [0.0, left]]
    state[:2, late + 1 if late else 0] -= stiffness * np.array([(period - way) / viscous, (1.0 - left) / viscous])
    if late:
        state[2, :2] = [1.0, 0.0]
    return state


def radius(*wall):
    return np.abs(np.linalg.eigvals(sampled_wall(*wall))).max()


wall_periods, delays = st.floats(0.0005, 0.005), st.integers(0, 3)


@given(inertia=st.floats(0.05, 5.0), viscous=st.floats(0.05, 5.0), period=wall_periods, late=delays)
def test_the_sampled_wall_is_stable_up_to_the_bound(inertia, viscous, period, late):
    bound = largest_passive_stiffness(period, viscous, 1e9, 1e-9, late * period)
    for share in (0.01, 0.5, 0.9, 0.999):
        assert radius(share * bound, inertia, viscous, period, late) < 1.0


@given(inertia=st.floats(0.2, 5.0), viscous=st.floats(0.05, 2.0), period=wall_periods, late=delays)
def test_it_loses_stability_just_beyond_the_bound_where_friction_is_slow(inertia, viscous, period, late):
    """For an inertia alone the limit is (1 + b T / 6 M) of the bound, to first order; by the delay a little more."""
    slow = viscous * period / inertia
    bound = largest_passive_stiffness(period, viscous, 1e9, 1e-9, late * period)
    beyond = 1.0 + slow / 6.0 + late * slow + slow**2 + 1e-5
    assert radius(beyond * bound, inertia, viscous, period, late) > 1.0


def test_the_compiled_spring_rings_down_below_the_bound_and_up_beyond_it():
    inertia, viscous = 0.05, 0.2
    bound = largest_passive_stiffness(DT, viscous, 1e9, 1e-9, 0.0)
    assert bound == pytest.approx(200.0)
    for share, grows in ((0.9, False), (1.1, True)):
        law, state = Bench(JointImpedance(stiffness=share * bound, damping=0.0), knee()), np.array([0.01, 0.0])
        free = sampled_wall(0.0, inertia, viscous, DT)
        held = -(sampled_wall(1.0, inertia, viscous, DT) - free)[:, 0]
        energies = []
        for _ in range(5000):
            state = free @ state + held * law(q=state[0], dq=state[1])[0]
            energies.append(0.5 * share * bound * state[0] ** 2 + 0.5 * inertia * state[1] ** 2)
        assert (energies[-1] > 1.5 * energies[0]) == grows
        assert (energies[-1] < 0.7 * energies[0]) != grows


@settings(max_examples=100, deadline=None)
@given(
    speeds=st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=200),
    viscous=st.floats(0.05, 2.0),
    coulomb=st.floats(0.01, 4.0),
    resolution=st.floats(1e-5, 1e-2),
)
def test_at_the_bound_a_sampled_spring_on_a_coarse_encoder_gives_no_more_than_friction_takes(
    speeds, viscous, coulomb, resolution
):
    """By energy along any course of the speed: out of the spring ≤ what it holds at most, and b v² + f_c |v|."""
    stiffness, q, out, taken = largest_passive_stiffness(DT, viscous, coulomb, resolution, 0.0), 0.0, 0.0, 0.0
    for speed in speeds:
        out += -stiffness * resolution * round(q / resolution) * speed * DT
        taken += (viscous * speed**2 + coulomb * abs(speed)) * DT
        q += speed * DT
        assert out <= taken - 0.5 * stiffness * q**2 + 1e-9


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_numbers_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match="negative or not finite"):
        joint_damping(bad, 1.0, 1.0)
    with pytest.raises(ValueError, match="negative or not finite"):
        largest_passive_stiffness(0.002, bad, 1.0, 1e-4, 0.0)
    with pytest.raises(ValueError, match="negative or not finite"):
        largest_passive_stiffness(0.002, 1.0, 1.0, 1e-4, bad)
    with pytest.raises(ValueError, match="symmetric and finite"):
        modal_damping(np.array([[bad if bad != -1.0 else math.nan]]), np.eye(1), 1.0)


def test_what_has_no_answer_is_refused():
    with pytest.raises(ValueError, match="positive"):
        largest_passive_stiffness(0.0, 1.0, 1.0, 1e-4, 0.0)
    with pytest.raises(ValueError, match="positive definite"):
        modal_damping(np.eye(2), np.diag([1.0, -1.0]), 1.0)
    with pytest.raises(ValueError, match="not negative"):
        modal_damping(np.diag([1.0, -1.0]), np.eye(2), 1.0)
