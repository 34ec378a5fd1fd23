"""The guard's power limit: what drives is bounded by power over speed, what brakes is not."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.guard import Flag

POWER = 20.0


@pytest.fixture
def limited(bench):
    bench.set_limits(limit_power=POWER, limit_tau_rate=1e9)
    return bench


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_above_it_torque_along_the_motion_gives_just_the_power_and_braking_is_left_alone(limited, way):
    assert limited.tick(dq=way * 1.6, tau_law=way * 30.0) * way * 1.6 == pytest.approx(POWER)
    assert limited.seen == Flag.POWER
    assert limited.tick(tau_law=-way * 30.0) == -way * 30.0
    assert not limited.seen


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_up_to_it_and_at_rest_it_does_not_act(limited, way):
    assert limited.tick(dq=way * 1.0, tau_law=way * 20.0) == way * 20.0
    assert not limited.seen
    limited.tick(tau_law=way * np.nextafter(20.0, 30.0))
    assert limited.seen == Flag.POWER
    assert limited.tick(dq=0.0, tau_law=way * 38.0) == way * 38.0
    assert not limited.seen


@settings(max_examples=200, deadline=None)
@given(dq=st.floats(-2.0, 2.0), tau=st.floats(-38.0, 38.0), power=st.floats(0.0, 80.0))
def test_no_torque_gives_more_than_the_power(knee, dq, tau, power):
    knee.reset()
    knee.set_limits(limit_power=power, limit_tau_rate=1e9)
    command = knee.tick(dq=dq, tau_law=tau)
    assert command * dq <= power * (1.0 + 1e-12) + sys.float_info.min  # below it, a quotient has few digits
    assert abs(command) <= abs(tau)
    assert command * tau >= 0.0


def test_each_joint_has_a_power_of_its_own(chain):
    chain.reset()
    chain.set_limits(limit_power=[10.0, 40.0], limit_tau_rate=1e9)
    chain.tick(q=1.0, dq=[1.0, 1.0], tau_law=[30.0, 30.0])
    assert list(chain.command) == [10.0, 30.0]


def test_a_power_of_nothing_lets_nothing_drive(limited):
    limited.set_limits(limit_power=0.0)
    assert limited.tick(dq=1e-3, tau_law=30.0) == 0.0
    assert limited.tick(dq=-1e-3, tau_law=30.0) == 30.0
    assert limited.tick(dq=0.0) == 30.0
