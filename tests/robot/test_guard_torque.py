"""The guard's last rules: the torque's rate, then the torque limit; and limits that are none."""

import math

import numpy as np
import pytest

from robot.guard import Flag
from tests.robot.guard_bench import DT, ORDINARY


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_step_of_the_law_becomes_a_ramp_of_the_rate_limit(bench, way):
    commands = [bench.tick(tau_law=way * 10.0) for _ in range(12)]
    np.testing.assert_allclose(commands, way * np.minimum(500.0 * DT * np.arange(1, 13), 10.0))
    assert not bench.seen
    bench.tick(tau_law=-way * 10.0)
    assert bench.seen == Flag.RATE


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_the_torque_limit_is_reached_and_not_passed(bench, way):
    bench.set_limits(limit_tau_rate=1e9)
    assert bench.tick(tau_law=way * 38.001) == way * 38.0
    assert bench.seen == Flag.TORQUE
    assert bench.tick(tau_law=way * 1e300) == way * 38.0


def test_a_falling_torque_limit_is_obeyed_at_once(bench):
    bench.memory[0] = 30.0
    bench.set_limits(limit_tau=10.0)
    assert bench.tick(tau_law=30.0) == 10.0


@pytest.mark.parametrize("limit", sorted(set(ORDINARY) - {"limit_q_min", "limit_q_max", "limit_contact"}))
@pytest.mark.parametrize("value", [-1e-300, -5.0, math.nan, math.inf])
def test_a_limit_that_is_none_means_no_torque(bench, limit, value):
    bench.memory[0] = 30.0
    bench.set_limits(**{limit: value})
    assert bench.tick(tau_law=30.0) == 0.0
    assert bench.seen & Flag.LIMITS_NOT_FINITE
