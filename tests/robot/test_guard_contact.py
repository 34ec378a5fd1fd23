"""The guard's limit of contact force: torque is taken away near it, and over it the session stops at once."""

import math

import pytest

from robot.guard import STOPPING_FLAGS, Flag
from robot.guard.contact import DERATED_FROM, YIELDING
from robot.runtime.session_state import Severity
from robot.symbolic import SymbolicRobot
from tests.robot.guard_bench import Bench


@pytest.fixture(scope="module")
def touching(exercise):
    return Bench(SymbolicRobot.of(exercise.robot), ("cuff",))


@pytest.fixture
def cuff(touching):
    """The shipped robot's guard with a force sensor whose limit is 100 N."""
    touching.reset()
    touching.set_limits(limit_tau_rate=1e9)
    return touching


def test_the_constants_are_as_described():
    assert (DERATED_FROM, YIELDING) == (0.8, 8.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("way", [1.0, -1.0])
@pytest.mark.parametrize(("force", "share"), [(80.0, 1.0), (85.0, 0.75), (90.0, 0.5), (100.0, 0.0)])
def test_from_four_fifths_of_the_limit_on_torque_falls_to_none(cuff, force, share, way, sign):
    assert cuff.tick(contact_force=sign * force, tau_law=way * 38.0) == pytest.approx(way * share * 38.0)
    assert cuff.seen == (Flag.CONTACT if share < 1.0 else Flag(0))
    assert cuff.severity[0] == Severity.NONE


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_what_brakes_is_given_back_smoothly_with_speed(cuff, way):
    assert cuff.tick(contact_force=100.0, dq=-way * 0.5, tau_law=way * 38.0) == pytest.approx(way * YIELDING * 0.5)
    assert cuff.tick(contact_force=100.0, dq=way * 0.5) == 0.0
    assert cuff.tick(contact_force=80.0, dq=-way * 0.5) == way * 38.0
    assert cuff.tick(contact_force=90.0, dq=-way * 1.9) == pytest.approx(way * (19.0 + YIELDING * 1.9))


def test_over_the_limit_it_asks_for_a_soft_stop_at_once(cuff):
    cuff.tick(contact_force=100.0)
    assert cuff.severity[0] == Severity.NONE
    cuff.tick(contact_force=math.nextafter(100.0, 101.0))
    assert cuff.severity[0] == Severity.SOFT
    assert cuff.seen & STOPPING_FLAGS == Flag.CONTACT_STOP
    cuff.reset()
    cuff.tick(contact_force=-101.0)
    assert cuff.seen & STOPPING_FLAGS == Flag.CONTACT_STOP


def test_a_force_that_is_not_measured_is_a_measurement_that_is_not_finite(cuff):
    cuff.memory[0] = 20.0
    assert 0.0 < cuff.tick(contact_force=math.nan, tau_law=20.0) < 20.0
    assert cuff.seen == Flag.MEASUREMENT_NOT_FINITE
    assert math.isnan(cuff.interaction[0])


def test_of_several_sensors_the_one_nearest_to_its_limit_decides(chain):
    chain.reset()
    chain.set_limits(limit_contact=[100.0, 50.0], limit_tau_rate=1e9)
    chain.tick(q=1.0, contact_force=[70.0, 45.0], tau_law=[20.0, 38.0])
    assert list(chain.command) == pytest.approx([19.0, 19.0])
    chain.tick(contact_force=[70.0, 51.0])
    assert chain.seen & STOPPING_FLAGS == Flag.CONTACT_STOP


def test_a_limit_of_nothing_lets_nothing_press(cuff):
    cuff.set_limits(limit_contact=0.0)
    assert cuff.tick(tau_law=38.0) == 0.0
    assert cuff.severity[0] == Severity.NONE
    cuff.tick(contact_force=5e-324)
    assert cuff.severity[0] == Severity.SOFT


@pytest.mark.parametrize("value", [-1e-300, -5.0, math.nan, math.inf])
def test_a_limit_that_is_none_means_no_torque(cuff, value):
    cuff.memory[0] = 30.0
    cuff.set_limits(limit_contact=value)
    assert cuff.tick(tau_law=30.0) == 0.0
    assert cuff.seen & Flag.LIMITS_NOT_FINITE
