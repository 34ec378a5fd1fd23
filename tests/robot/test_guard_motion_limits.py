"""The guard's limits of position and velocity: each acts beyond itself, and neither pushes."""

import math

import pytest

from robot.guard import STOPPING_FLAGS, Flag
from robot.guard.position import POSITION_MARGIN, SOFT_DAMPING, SOFT_STIFFNESS
from robot.guard.velocity import VELOCITY_DAMPING, VELOCITY_MARGIN
from robot.runtime.session_state import Severity


def test_the_joints_of_a_robot_are_limited_each_by_its_own(chain):
    """The elbow is past its end and pushes on; the shoulder is free."""
    chain.reset()
    chain.set_limits(limit_tau_rate=1e9)
    chain.tick(q=[1.0, 2.55], tau_law=[20.0, 38.0])
    assert chain.command[0] == 20.0
    assert chain.command[1] == pytest.approx(38.0 - SOFT_STIFFNESS * 0.05)


@pytest.mark.parametrize(("end", "outward"), [("q_max", 1.0), ("q_min", -1.0)])
def test_beyond_a_position_limit_what_pushes_outward_is_weakened_and_what_pushes_back_is_not(bench, end, outward):
    bench.set_limits(limit_tau_rate=1e9)
    beyond, speed = 0.03, 0.5
    q = float(bench.limit(f"limit_{end}")[0]) + outward * beyond
    assert bench.tick(q=q, tau_law=outward * 38.0) == pytest.approx(outward * (38.0 - SOFT_STIFFNESS * beyond))
    assert bench.seen == Flag.POSITION
    held_back = 38.0 - SOFT_STIFFNESS * beyond - SOFT_DAMPING * speed
    assert bench.tick(dq=outward * speed) == pytest.approx(outward * held_back)
    assert bench.tick(dq=-outward * speed) == pytest.approx(outward * (38.0 - SOFT_STIFFNESS * beyond))
    assert bench.tick(dq=0.0, tau_law=-outward * 38.0) == -outward * 38.0
    assert not bench.seen


@pytest.mark.parametrize(("end", "outward"), [("q_max", 1.0), ("q_min", -1.0)])
def test_far_beyond_a_position_limit_it_asks_for_a_soft_stop(bench, end, outward):
    limit = float(bench.limit(f"limit_{end}")[0])
    bench.tick(q=limit + outward * POSITION_MARGIN)
    assert bench.severity[0] == Severity.NONE
    bench.tick(q=math.nextafter(limit + outward * POSITION_MARGIN, outward * math.inf))
    assert bench.severity[0] == Severity.SOFT
    assert bench.seen & STOPPING_FLAGS == Flag.POSITION_STOP


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_above_the_velocity_limit_what_drives_is_weakened_and_what_brakes_is_not(bench, way):
    bench.set_limits(limit_tau_rate=1e9)
    faster = 0.2
    assert bench.tick(dq=way * (2.0 + faster), tau_law=way * 38.0) == pytest.approx(
        way * (38.0 - VELOCITY_DAMPING * faster)
    )
    assert bench.seen == Flag.VELOCITY
    assert bench.tick(tau_law=-way * 38.0) == -way * 38.0
    assert not bench.seen


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_far_above_the_velocity_limit_it_asks_for_a_soft_stop(bench, way):
    bench.tick(dq=way * 2.0 * VELOCITY_MARGIN)
    assert bench.severity[0] == Severity.NONE
    bench.tick(dq=math.nextafter(way * 2.0 * VELOCITY_MARGIN, way * math.inf))
    assert bench.severity[0] == Severity.SOFT
    assert bench.seen & STOPPING_FLAGS == Flag.VELOCITY_STOP


def test_any_of_several_joints_can_ask_for_a_stop(chain):
    for given in ({"q": [1.0, 2.6]}, {"q": [2.6, 1.0]}, {"dq": [0.0, -2.5]}, {"dq": [2.5, 0.0]}):
        chain.reset()
        chain.tick(**{"q": 1.0, **given})
        assert chain.severity[0] == Severity.SOFT


def test_a_range_may_lie_below_zero(bench):
    bench.set_limits(limit_q_min=-2.0, limit_q_max=-1.0)
    assert bench.tick(q=-1.5, tau_law=0.5) == 0.5
    assert not bench.seen


def test_a_range_of_angles_may_lie_below_zero(bench):
    bench.set_limits(limit_q_min=-2.0, limit_q_max=-1.0)
    bench.tick(q=-1.5, tau_law=0.5)
    assert bench.command[0] == 0.5
    assert not bench.seen
