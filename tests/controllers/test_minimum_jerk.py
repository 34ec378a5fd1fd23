import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.motions.minimum_jerk import PEAK_VELOCITY, minimum_jerk, minimum_jerk_integral

UNIT_TIME = np.linspace(0.0, 1.0, 20001)


def test_its_peaks_are_the_published_ones():
    _, velocity, acceleration = np.array([minimum_jerk(s) for s in UNIT_TIME]).T
    assert velocity.max() == pytest.approx(1.875, abs=1e-9)
    assert velocity.max() == pytest.approx(PEAK_VELOCITY, abs=1e-12)
    assert np.abs(acceleration).max() == pytest.approx(10.0 / np.sqrt(3.0), abs=1e-6)
    assert np.abs(acceleration).max() == pytest.approx(5.77, abs=0.005)


def test_it_solves_the_minimum_jerk_problem():
    """The optimum of ∫ jerk² has a vanishing sixth derivative, and rest at both ends."""
    polynomial = np.polynomial.Polynomial.fit(UNIT_TIME, [minimum_jerk(s)[0] for s in UNIT_TIME], 7).convert()
    np.testing.assert_allclose(polynomial.coef[6:], 0.0, atol=1e-8)
    for order, end in ((1, (0.0, 0.0)), (2, (0.0, 0.0))):
        np.testing.assert_allclose(polynomial.deriv(order)([0.0, 1.0]), end, atol=1e-8)
    np.testing.assert_allclose(polynomial([0.0, 1.0]), [0.0, 1.0], atol=1e-9)


@given(st.floats(0.001, 0.999))
def test_each_derivative_is_the_one_before_it_by_finite_difference(s):
    h = 1e-5
    before, now, after = minimum_jerk(s - h), minimum_jerk(s), minimum_jerk(s + h)
    assert (after[0] - before[0]) / (2 * h) == pytest.approx(now[1], abs=1e-7)
    assert (after[1] - before[1]) / (2 * h) == pytest.approx(now[2], abs=1e-6)
    area = minimum_jerk_integral(s + h) - minimum_jerk_integral(s - h)
    assert area / (2 * h) == pytest.approx(now[0], abs=1e-7)


@given(st.floats(0.0, 1.0))
def test_it_is_symmetric_about_half_its_time(s):
    position, velocity, acceleration = minimum_jerk(s)
    mirrored = minimum_jerk(1.0 - s)
    assert position + mirrored[0] == pytest.approx(1.0, abs=1e-12)
    assert velocity == pytest.approx(mirrored[1], abs=1e-12)
    assert acceleration == pytest.approx(-mirrored[2], abs=1e-12)


@given(st.one_of(st.floats(max_value=0.0), st.floats(min_value=1.0)))
def test_outside_its_time_it_stands_still(s):
    position, velocity, acceleration = minimum_jerk(s)
    assert (velocity, acceleration) == (0.0, 0.0)
    assert position == (0.0 if s <= 0.0 else 1.0)
