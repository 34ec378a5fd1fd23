"""A torque along the phase: its height, its place and its flanks."""

import casadi
import numpy as np
import pytest
from casadi import SX
from hypothesis import given
from hypothesis import strategies as st

from controllers.torque_profile import profile

SYMBOLS = [SX.sym(name) for name in ("phase", "peak_phase", "rise", "fall")]
SHARE = casadi.Function("share", SYMBOLS, [profile(*SYMBOLS)])
SLOPE = casadi.Function("slope", SYMBOLS, [casadi.jacobian(profile(*SYMBOLS), SYMBOLS[0])])
PLACE, FLANK = st.floats(0.0, 1.0), st.floats(0.1, 0.5)


@given(at=PLACE, rise=FLANK, fall=FLANK)
def test_it_is_whole_at_its_peak_half_at_half_a_flank_and_nothing_past_them(at, rise, fall):
    def share(after):
        return float(SHARE((at + after) % 1.0, at, rise, fall))

    assert share(0.0) == pytest.approx(1.0)
    assert share(-0.5 * rise) == pytest.approx(0.5)
    assert share(0.5 * fall) == pytest.approx(0.5)
    assert share(-rise) == pytest.approx(0.0, abs=1e-9)
    assert share(fall) == pytest.approx(0.0, abs=1e-9)
    if rise + fall < 0.99:
        assert share(0.5 * (fall + 1.0 - rise)) == 0.0


@given(at=PLACE, rise=FLANK, fall=FLANK, after=st.floats(-0.5, 0.5))
def test_no_flank_is_steeper_than_a_minimum_jerk_step(at, rise, fall, after):
    """1.875 over its length, half-way."""
    slope = float(SLOPE((at + after) % 1.0, at, rise, fall))
    assert -1.875 / fall - 1e-9 <= slope <= 1.875 / rise + 1e-9
    assert float(SLOPE((at - 0.5 * rise) % 1.0, at, rise, fall)) == pytest.approx(1.875 / rise)
    assert float(SHARE((at + after) % 1.0, at, rise, fall)) == pytest.approx(
        float(SHARE(after % 1.0, 0.0, rise, fall)), abs=1e-9
    )


def test_it_lies_between_nothing_and_the_whole_all_round_the_cycle():
    shares = np.array([float(SHARE(at, 0.95, 0.5, 0.5)) for at in np.linspace(0.0, 1.0, 401)])
    assert shares.min() >= 0.0
    assert shares.max() <= 1.0 + 1e-12
    assert np.abs(np.diff(shares)).max() < 1.9 / 0.5 / 400
