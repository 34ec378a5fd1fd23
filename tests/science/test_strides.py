"""The varied strides: their durations, their sizes, and what is told of them."""

import numpy as np
import pytest

from docs.science import strides
from docs.science.strides import EASED, NATURAL, curve, walked

DT = 0.002


def rates(seconds=60.0):
    return np.full(round(seconds / DT), NATURAL)


@pytest.fixture
def even(monkeypatch):
    monkeypatch.setattr(strides, "DURATION_SPREAD", 0.0)
    monkeypatch.setattr(strides, "SIZE_SPREAD", 0.0)
    return walked("knee", rates(), DT, seed=1)


def test_without_a_spread_it_is_the_recorded_curve_at_its_rate(even):
    np.testing.assert_allclose(even.turns, NATURAL * DT * np.arange(even.turns.size), rtol=1e-9, atol=1e-9)
    (mean, *harmonics) = curve("knee")
    whole = 2j * np.pi * even.turns
    q = mean.real + sum((c * np.exp(k * whole)).real for k, c in enumerate(harmonics, 1))
    np.testing.assert_allclose(even.q, q, atol=1e-9)
    assert np.degrees([even.q.min(), even.q.max()]) == pytest.approx([5.0, 65.0], abs=0.01)
    rate = NATURAL * sum((c * 2j * np.pi * k * np.exp(k * whole)).real for k, c in enumerate(harmonics, 1))
    np.testing.assert_allclose(even.dq[1:-1], rate[1:-1], atol=2e-3)


def test_the_strides_differ_by_the_spread_and_are_the_same_again_from_the_same_seed():
    again, other = (walked("hip", rates(20.0), DT, seed) for seed in (3, 4))
    np.testing.assert_array_equal(walked("hip", rates(20.0), DT, 3).q, again.q)
    assert np.abs(again.q - other.q).max() > 0.01
    one = walked("hip", rates(300.0), DT, seed=3)
    begins = np.interp(np.arange(int(one.turns[-1])), one.turns, DT * np.arange(one.turns.size))
    spread = np.diff(begins).std() * NATURAL
    assert spread == pytest.approx(strides.DURATION_SPREAD * (1.0 - 0.5 * EASED), rel=0.1)
    assert np.diff(begins).mean() * NATURAL == pytest.approx(1.0, abs=0.005)
    highest = [one.q[(one.turns >= k) & (one.turns < k + 1)].max() for k in range(int(one.turns[-1]))]
    assert np.std(highest) > 0.005
    assert np.abs(np.diff(one.q)).max() < 0.02
