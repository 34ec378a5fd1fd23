"""The guard's model of the motors' heat: its closed form, derating, and the stop when derating did not help."""

import math

import numpy as np
import pytest

from robot.guard import STOPPING_FLAGS, Flag
from robot.guard.thermal import DERATED_FROM, DERATED_TO, START, TOO_HOT
from robot.runtime.session_state import Severity
from tests.robot.guard_bench import DT

CONTINUOUS = 20.0
TIME = 5.0


@pytest.fixture
def warm(bench):
    """A motor that may give its limit of 38 N·m for short only; nothing else limits."""
    bench.set_limits(limit_tau_continuous=CONTINUOUS, thermal_time=TIME, limit_tau_rate=1e9)
    return bench


def heat(bench):
    return START + bench.remembered("warming")


def test_the_constants_are_as_described():
    assert (START, DERATED_FROM, DERATED_TO, TOO_HOT) == (0.5, 0.8, 1.0, 1.1)


@pytest.mark.parametrize("torque", [0.0, 10.0, -20.0, 24.0])
def test_it_warms_and_cools_in_the_closed_form(warm, torque):
    """θ(t) = θ∞ + (θ₀ − θ∞)·exp(−t/τ), with the first command acting from the second tick on."""
    final = (torque / CONTINUOUS) ** 2
    warm.tick(tau_law=torque)
    begun = heat(warm)
    for tick in range(1, 600):
        assert warm.tick() == torque
        expected = final + (begun - final) * math.exp(-tick * DT / TIME)
        assert heat(warm) == pytest.approx(expected, abs=2e-4 * abs(final - begun))


@pytest.mark.parametrize(("ticks", "left"), [(3.0, 0.75), (1.0, 0.5), (0.25, 0.2)])
def test_a_time_constant_of_few_ticks_comes_nearer_and_never_past(warm, ticks, left):
    """One implicit step of DT: θ' = (τ θ + T θ∞)/(τ + T), here towards 0 from the start."""
    warm.set_limits(thermal_time=ticks * DT)
    warm.tick()
    assert heat(warm) == pytest.approx(START * left, rel=1e-12)


def test_it_starts_warm_and_not_cold(warm):
    warm.tick()
    assert heat(warm) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("way", [1.0, -1.0])
@pytest.mark.parametrize(("theta", "bound"), [(0.8, 38.0), (0.85, 33.5), (0.9, 29.0), (1.0, 20.0), (1.05, 20.0)])
def test_from_four_fifths_on_the_bound_falls_to_the_continuous_torque(warm, way, theta, bound):
    warm.set_limits(thermal_time=1e12)
    warm.remember(warming=theta - START)
    assert warm.tick(tau_law=way * 38.0) == pytest.approx(way * bound)
    assert bool(warm.seen & Flag.THERMAL) == (bound < 38.0)
    assert warm.tick(tau_law=way * 0.999 * bound) == way * 0.999 * bound
    assert not warm.seen


def test_a_drive_that_could_give_more_for_ever_is_never_let_above_the_torque_limit(warm):
    warm.set_limits(limit_tau_continuous=60.0, thermal_time=1e12)
    warm.remember(warming=0.45)
    assert warm.tick(tau_law=50.0) == 38.0
    assert warm.seen == Flag.TORQUE


def test_full_torque_for_ever_ends_at_the_continuous_torque_without_a_stop(warm):
    warm.set_limits(thermal_time=1.0)
    for _ in range(5000):
        warm.tick(tau_law=38.0)
        assert warm.severity[0] == Severity.NONE
        assert heat(warm) < DERATED_TO + 1e-3
    assert warm.command[0] == pytest.approx(CONTINUOUS, rel=1e-2)


def test_above_the_rated_rise_by_a_tenth_it_asks_for_a_soft_stop(warm):
    warm.set_limits(thermal_time=1e300)
    warm.remember(warming=0.6)
    warm.tick()
    assert not warm.seen
    warm.remember(warming=0.6 + 3e-16)
    warm.tick()
    assert warm.seen & STOPPING_FLAGS == Flag.THERMAL_STOP
    assert warm.severity[0] == Severity.SOFT


def test_the_hottest_motor_decides_on_the_stop_and_each_is_derated_by_its_own(chain):
    chain.reset()
    chain.set_limits(limit_tau_continuous=CONTINUOUS, thermal_time=1e12, limit_tau_rate=1e9)
    chain.remember(warming=[0.2, 0.7])
    chain.tick(q=1.0, tau_law=[38.0, 38.0])
    np.testing.assert_allclose(chain.command, [38.0, CONTINUOUS])
    assert chain.seen & STOPPING_FLAGS == Flag.THERMAL_STOP


def test_heat_that_is_not_known_counts_as_the_rated_rise(warm):
    warm.remember(warming=math.nan)
    warm.tick()
    assert heat(warm) == pytest.approx(DERATED_TO, abs=1e-3)


def test_without_limits_the_heat_stays_as_it_was(warm):
    warm.remember(warming=0.2)
    warm.set_limits(limit_tau_continuous=math.nan)
    warm.tick()
    assert warm.remembered("warming") == 0.2
    assert not warm.seen & Flag.THERMAL_STOP


def test_what_was_remembered_colder_than_cold_is_cold(warm):
    warm.remember(warming=-3.0)
    warm.tick()
    assert heat(warm) == pytest.approx(0.0, abs=1e-3)
