"""The wall's instruments against closed forms: the rotor, the limit to energy, the limit to rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.science.rotor import Rotor
from docs.science.sampled_wall import INERTIA, SPEED, Case, eigenvalue_limit, energy_limit, in_the_plant, rest_limit

some = st.floats(0.05, 2.0)


@given(viscous=some, tau=st.floats(-3.0, 3.0), dq=st.floats(-3.0, 3.0))
def test_without_coulomb_friction_the_rotor_is_the_exponential(viscous, tau, dq):
    rotor, lasts = Rotor(0.2, viscous, 0.0, dq=dq), 0.3
    rotor.go(tau, lasts)
    end, left = tau / viscous, np.exp(-viscous * lasts / 0.2)
    assert rotor.dq == pytest.approx(end + (dq - end) * left, abs=1e-9)
    assert rotor.q == pytest.approx(end * lasts + (dq - end) * (1.0 - left) * 0.2 / viscous, abs=1e-9)


@given(viscous=some, coulomb=some, tau=st.floats(-3.0, 3.0), dq=st.floats(-3.0, 3.0), cuts=st.integers(1, 9))
def test_the_rotor_goes_as_far_in_pieces_and_its_energy_adds_up(viscous, coulomb, tau, dq, cuts):
    whole, parts = Rotor(0.2, viscous, coulomb, dq=dq), Rotor(0.2, viscous, coulomb, dq=dq)
    whole.go(tau, 0.4)
    taken, before = 0.0, 0.0
    for _ in range(cuts * 1000):
        parts.go(tau, 0.4 / (cuts * 1000))
        way = parts.q - before
        taken += coulomb * abs(way) + viscous * way**2 / (0.4 / (cuts * 1000))
        before = parts.q
    assert (parts.q, parts.dq) == pytest.approx((whole.q, whole.dq), abs=1e-9)
    kept = 0.1 * (whole.dq**2 - dq**2)
    assert kept == pytest.approx(tau * whole.q - taken, abs=5e-3 * (1.0 + abs(tau * whole.q)))


def test_friction_holds_a_rotor_that_stands_up_to_its_torque():
    rotor = Rotor(0.2, 0.1, 0.5)
    rotor.go(0.5, 1.0)
    assert (rotor.q, rotor.dq) == (0.0, 0.0)
    rotor.go(0.501, 1.0)
    assert rotor.dq > 0.0


@pytest.mark.parametrize("late", [0, 1, 2])
def test_the_limit_to_energy_is_colgates_condition(late):
    """2 b / T (2 n + 1) with n cycles of delay, from below by what the slowest turn leaves."""
    limit = energy_limit(Case(0.002, 0.2, late=late))
    assert limit == pytest.approx(2.0 * 0.2 / (0.002 * (2 * late + 1)), rel=2e-3)


@pytest.mark.parametrize(("coulomb", "resolution"), [(0.05, 0.002), (0.1, 0.001)])
def test_the_limit_to_energy_on_a_coarse_encoder_is_coulomb_friction_over_half_a_step(coulomb, resolution):
    limit = energy_limit(Case(0.002, 5.0, coulomb, resolution))
    assert limit == pytest.approx(2.0 * coulomb / resolution, rel=0.01)


@pytest.mark.parametrize("late", [0, 1])
def test_the_limit_to_rest_is_that_of_the_eigenvalues(late):
    case = Case(0.004, 0.15, late=late)
    assert rest_limit(case) == pytest.approx(eigenvalue_limit(case), rel=0.015)


def test_behind_the_simulated_drive_the_step_response_is_that_of_the_delayed_sampled_spring():
    """x⁺ = A x with the angle of the tick before in x, exactly, up to the drive's counts of angle and current."""
    viscous, stiffness, period = 0.3, 30.0, 0.002
    rate = viscous / INERTIA
    left = np.exp(-rate * period)
    way = (1.0 - left) / rate
    step = np.array([[1.0, way, 0.0], [0.0, left, 0.0], [1.0, 0.0, 0.0]])
    step[:2, 2] = -stiffness * np.array([(period - way) / viscous, (1.0 - left) / viscous])
    speeds = np.array(in_the_plant(Case(period, viscous, late=1, plant=True), stiffness))
    state, expected = np.array([0.0, SPEED, 0.0]), []
    for _ in speeds:
        expected.append(state[1])
        state = step @ state
    np.testing.assert_allclose(speeds, expected, atol=0.01 * SPEED)
    assert np.abs(np.array(expected)[200:]).max() > 0.1  # it swings
