"""The three compartments against their closed forms."""

import math

import numpy as np
import pytest
from casadi import SX, Function, vertcat
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from robot.errors import InputError
from sim_models.virtual_patient.fatigue import (
    DRIVE_PER_S,
    FRESH,
    TIRELESS,
    Compartments,
    FatigueRates,
    compartment_rates,
    fatigue_rates,
)

KNEE = fatigue_rates("knee", "extensors", 1.0)
SHARES = st.floats(0.0, 1.0)


def after(start: Compartments, target: float, rates: FatigueRates, seconds: float) -> Compartments:
    """Integrated by SciPy, to 1e-9."""

    def flow(_: float, y: np.ndarray) -> list[float]:
        change = compartment_rates(Compartments(*y), target, rates)
        return [float(one) for one in (change.active, change.fatigued, change.resting)]

    first = (start.active, start.fatigued, start.resting)
    solved = solve_ivp(flow, (0.0, seconds), first, method="LSODA", rtol=1e-9, atol=1e-11)
    return Compartments(*map(float, solved.y[:, -1]))


@given(active=SHARES, share=SHARES, target=SHARES, times=st.floats(0.1, 10.0))
def test_no_unit_is_lost_or_made_and_none_leaves_an_empty_compartment(active, share, target, times):
    fatigued = share * (1.0 - active)
    state = Compartments(active, fatigued, 1.0 - active - fatigued)
    change = compartment_rates(state, target, fatigue_rates("knee", "extensors", times))
    parts = [float(one) for one in (change.active, change.fatigued, change.resting)]
    assert sum(parts) == pytest.approx(0.0, abs=1e-12)
    for level, rate in zip((state.active, state.fatigued, state.resting), parts, strict=True):
        assert level > 1e-9 or rate >= -1e-7


@pytest.mark.parametrize(
    ("joint", "direction"), [("knee", "extensors"), ("ankle", "flexors"), ("elbow", "flexors"), ("elbow", "extensors")]
)
def test_a_sustained_maximum_ends_at_the_share_that_recovery_feeds(joint, direction):
    """Nothing rests, F MA = R MF, MA + MF = 1: MA = R/(F + R)."""
    rates = fatigue_rates(joint, direction, 1.0)
    end = after(FRESH, 1.0, rates, 20.0 / (rates.fatigue + rates.recovery))
    drive_lag = rates.fatigue / DRIVE_PER_S  # what is on its way to be active
    assert end.active == pytest.approx(rates.recovery / (rates.fatigue + rates.recovery), abs=2.0 * drive_lag)


def test_a_sustained_maximum_falls_by_the_exponential():
    """dMA/dt = R (1 − MA) − F MA once nothing rests."""
    rest = KNEE.recovery / (KNEE.fatigue + KNEE.recovery)
    start = Compartments(active=1.0, fatigued=0.0, resting=0.0)
    for seconds in (10.0, 60.0, 300.0):
        expected = rest + (1.0 - rest) * math.exp(-(KNEE.fatigue + KNEE.recovery) * seconds)
        assert after(start, 1.0, KNEE, seconds).active == pytest.approx(expected, abs=2e-4)


def test_rest_recovers_by_the_enhanced_rate():
    start = Compartments(active=0.0, fatigued=0.6, resting=0.4)
    for seconds in (10.0, 60.0):
        expected = 0.6 * math.exp(-KNEE.rest * KNEE.recovery * seconds)
        assert after(start, 0.0, KNEE, seconds).fatigued == pytest.approx(expected, rel=1e-6)


def test_a_load_that_recovery_can_feed_is_held_for_ever_and_a_larger_one_is_not():
    """At a held load MA: F MA = R MF needs MF ≤ 1 − MA, so the largest that lasts is R/(F + R)."""
    lasting = KNEE.recovery / (KNEE.fatigue + KNEE.recovery)
    assert after(FRESH, 0.9 * lasting, KNEE, 3600.0).active == pytest.approx(0.9 * lasting, rel=2e-3)
    assert after(FRESH, 3.0 * lasting, KNEE, 3600.0).active < 1.1 * lasting


def test_twice_the_rate_tires_twice_as_fast_and_none_tires_not():
    slow, fast = (after(FRESH, 0.5, fatigue_rates("elbow", "flexors", times), 5.0).fatigued for times in (1.0, 2.0))
    assert fast == pytest.approx(2.0 * slow, rel=0.05)
    assert after(FRESH, 1.0, TIRELESS, 600.0).fatigued == 0.0


def test_muscles_whose_rates_are_not_known_are_refused():
    for joint, direction in (("ankle", "extensors"), ("hip", "flexors")):
        assert fatigue_rates(joint, direction, 0.0) == TIRELESS
        with pytest.raises(InputError) as refused:
            fatigue_rates(joint, direction, 1.0)
        assert refused.value.code == "fatigue-unknown"


@given(active=SHARES, share=SHARES, target=SHARES)
def test_symbols_give_the_same_rates(active, share, target):
    given_state = [active, share * (1.0 - active), (1.0 - share) * (1.0 - active)]
    of, load = SX.sym("of", 3), SX.sym("load")
    change = compartment_rates(Compartments(*(of[i] for i in range(3))), load, KNEE)
    function = Function("rates", [of, load], [vertcat(change.active, change.fatigued, change.resting)])
    expected = compartment_rates(Compartments(*given_state), target, KNEE)
    numbers = [float(one) for one in (expected.active, expected.fatigued, expected.resting)]
    np.testing.assert_allclose(np.asarray(function(given_state, target)).ravel(), numbers, rtol=1e-12, atol=1e-15)
