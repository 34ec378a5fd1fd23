"""The damping with which a robot that ends damped comes to rest: it brakes through the same limits as everything."""

import pytest

from robot.guard import Flag


@pytest.fixture
def settling(bench):
    bench.set_limits(settle_damping=6.0, limit_tau_rate=1e9)
    return bench


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_it_brakes_beside_what_is_left_of_the_law(settling, way):
    assert settling.tick(dq=way * 1.5, fade=0.0, tau_law=30.0) == -way * 9.0
    assert not settling.seen
    assert settling.tick(fade=0.5, tau_law=10.0) == 5.0 - way * 9.0
    assert settling.tick(dq=0.0, fade=0.0) == 0.0


def test_it_is_nothing_by_itself_in_a_session(bench):
    assert bench.tick(dq=1.5, fade=0.0) == 0.0


def test_it_is_limited_and_rated_like_all_torque(settling):
    settling.set_limits(limit_tau=4.0)
    assert settling.tick(dq=1.5) == -4.0
    assert settling.seen == Flag.TORQUE
    settling.reset()
    settling.set_limits(settle_damping=6.0)
    assert settling.tick(dq=1.5) == pytest.approx(-1.0)
    assert settling.seen == Flag.RATE


def test_each_joint_has_its_own(chain):
    chain.reset()
    chain.set_limits(settle_damping=[2.0, 0.0], limit_tau_rate=1e9)
    chain.tick(q=1.0, dq=1.0)
    assert list(chain.command) == [-2.0, 0.0]


def test_what_is_too_large_to_be_a_torque_is_none(settling):
    settling.set_limits(settle_damping=1e308)
    assert settling.tick(dq=1e300) == 0.0
