"""From limit to soft stop to torque off, with hysteresis: a reading that flickers does not flicker the severity."""

import itertools
import math

import pytest

from robot.guard import ACTING_FLAGS, STOPPING_FLAGS, Flag
from robot.guard.escalation import HOLD_S, MOST_S, OFF_AFTER_S, RECOVERY, SOFT_AFTER_S
from robot.guard.position import POSITION_MARGIN, POSITION_OFF
from robot.guard.velocity import VELOCITY_MARGIN, VELOCITY_OFF
from robot.runtime.session_state import Severity
from tests.robot.guard_bench import DT, HANGING

BEYOND = {"q": 2.5 + math.radians(2.0), "tau_law": 38.0}
"""Past the upper end by 2°, and pushed on: the position limit acts."""

CALM = {"q": HANGING, "dq": 0.0, "tau_law": 0.0}


@pytest.fixture
def watched(bench):
    bench.set_limits(limit_tau_rate=1e9, thermal_time=1e9)
    return bench


def severities(bench, count, **given):
    asked = []
    for _ in range(count):
        bench.tick(**given)
        asked.append(Severity(int(bench.severity[0])))
    return asked


def test_the_constants_are_as_described():
    assert (SOFT_AFTER_S, OFF_AFTER_S, HOLD_S, RECOVERY) == (1.0, 1.5, 0.1, 0.5)
    assert OFF_AFTER_S + HOLD_S == MOST_S
    assert ACTING_FLAGS == Flag.POSITION | Flag.VELOCITY | Flag.ENERGY | Flag.CONTACT
    assert math.degrees(POSITION_MARGIN) == pytest.approx(5.0)
    assert math.degrees(POSITION_OFF) == pytest.approx(10.0)
    assert (VELOCITY_MARGIN, VELOCITY_OFF) == (1.2, 1.5)


@pytest.mark.parametrize(("end", "outward"), [("limit_q_max", 1.0), ("limit_q_min", -1.0)])
def test_twice_as_far_beyond_a_position_limit_it_asks_for_torque_off(watched, end, outward):
    limit = float(watched.limit(end)[0])
    watched.tick(q=limit + outward * POSITION_OFF)
    assert watched.severity[0] == Severity.SOFT
    watched.tick(q=math.nextafter(limit + outward * POSITION_OFF, outward * math.inf))
    assert watched.severity[0] == Severity.OFF
    assert watched.seen & STOPPING_FLAGS == Flag.POSITION_STOP


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_at_one_and_a_half_times_the_velocity_limit_it_asks_for_torque_off(watched, way):
    watched.tick(dq=way * 2.0 * VELOCITY_OFF)
    assert watched.severity[0] == Severity.SOFT
    watched.tick(dq=math.nextafter(way * 2.0 * VELOCITY_OFF, way * math.inf))
    assert watched.severity[0] == Severity.OFF
    assert watched.seen & STOPPING_FLAGS == Flag.VELOCITY_STOP


def test_margins_that_are_passed_without_limits_or_measurements_ask_for_nothing(watched):
    watched.tick(q=5.0, dq=9.0, age=DT)
    assert watched.severity[0] == Severity.NONE
    watched.set_limits(limit_tau=math.nan)
    watched.tick(age=0.0)
    assert watched.severity[0] == Severity.NONE
    assert watched.remembered("strain") == 0.0


def test_a_limit_that_goes_on_acting_leads_to_a_soft_stop_and_then_to_torque_off(watched):
    asked = severities(watched, 1200, **BEYOND)
    soft, off = asked.index(Severity.SOFT), asked.index(Severity.OFF)
    assert (soft + 1) * DT == pytest.approx(SOFT_AFTER_S, abs=1.5 * DT)
    assert (off - soft) * DT == pytest.approx(OFF_AFTER_S - SOFT_AFTER_S - HOLD_S, abs=1.5 * DT)
    assert asked == sorted(asked)
    assert watched.seen == Flag.POSITION | Flag.ESCALATED
    assert watched.remembered("strain") == MOST_S


ACTING = {
    Flag.POSITION: BEYOND,
    Flag.VELOCITY: {"dq": 2.2, "tau_law": 38.0},
    Flag.ENERGY: {"dq": 1.0, "tau_law": 38.0},
}
NOT_ACTING = {
    Flag.TORQUE: {"tau_law": 50.0},
    Flag.POWER: {"dq": 1.9, "tau_law": 38.0},
    Flag.THERMAL: {"tau_law": 38.0},
}


@pytest.mark.parametrize("flag", ACTING)
def test_what_strains(watched, flag):
    if flag is Flag.ENERGY:
        watched.set_limits(limit_energy=0.0, energy_refill=1.0)
    watched.tick(**ACTING[flag])
    assert watched.seen == flag
    assert watched.remembered("strain") == pytest.approx(DT)


@pytest.mark.parametrize("flag", NOT_ACTING)
def test_what_may_be_at_its_limit_for_long(watched, flag):
    watched.set_limits(limit_power=40.0 if flag is Flag.POWER else 1e3)
    watched.set_limits(limit_tau_continuous=10.0 if flag is Flag.THERMAL else 45.0)
    watched.remember(warming=0.5 if flag is Flag.THERMAL else 0.0)
    watched.tick(**NOT_ACTING[flag])
    assert watched.seen == flag
    assert watched.remembered("strain") == 0.0


def test_a_contact_force_near_its_limit_strains(chain):
    chain.reset()
    chain.set_limits(limit_tau_rate=1e9)
    chain.tick(q=1.0, contact_force=[90.0, 0.0], tau_law=[38.0, 0.0])
    assert chain.seen == Flag.CONTACT
    assert chain.remembered("strain") == pytest.approx(DT)


def test_strain_falls_at_half_the_speed_and_never_below_nothing(watched):
    watched.remember(strain=0.5)
    watched.tick(**CALM)
    assert watched.remembered("strain") == pytest.approx(0.5 - 0.5 * DT)
    watched.remember(strain=0.4 * DT)
    watched.tick()
    assert watched.remembered("strain") == 0.0


def test_strain_stays_while_nothing_is_seen(watched):
    watched.remember(strain=0.5)
    watched.tick(age=DT)
    assert watched.remembered("strain") == 0.5
    watched.remember(strain=-3.0)
    watched.tick()
    assert watched.remembered("strain") == 0.0
    watched.remember(strain=1e9)
    watched.tick()
    assert watched.remembered("strain") == MOST_S


@pytest.mark.parametrize(
    ("strain", "severity"), [(1.0 - 1e-9, Severity.NONE), (1.0, Severity.SOFT), (1.5 - 1e-9, Severity.SOFT), (1.5, 3)]
)
def test_the_thresholds_of_strain(watched, strain, severity):
    watched.remember(strain=strain)
    watched.tick(age=DT)
    assert watched.severity[0] == severity
    assert (watched.seen & STOPPING_FLAGS == Flag.ESCALATED) == (severity > Severity.NONE)


@pytest.mark.parametrize("period", [2, 3, 5])
@pytest.mark.parametrize(
    ("inside", "outside", "asked"),
    [
        ({"q": 2.5 + POSITION_MARGIN - 1e-4}, {"q": 2.5 + POSITION_MARGIN + 1e-4}, Severity.SOFT),
        ({"q": 2.5 + POSITION_OFF - 1e-4}, {"q": 2.5 + POSITION_OFF + 1e-4}, Severity.OFF),
        ({"dq": 2.0 * VELOCITY_MARGIN - 1e-4}, {"dq": 2.0 * VELOCITY_MARGIN + 1e-4}, Severity.SOFT),
    ],
)
def test_a_reading_that_flickers_at_a_margin_does_not_flicker_the_severity(watched, inside, outside, asked, period):
    watched.tick(**outside)
    for tick in range(200):
        watched.tick(**(outside if tick % period == 0 else inside))
        assert watched.severity[0] == asked


@pytest.mark.parametrize("start", [SOFT_AFTER_S, OFF_AFTER_S])
@pytest.mark.parametrize("period", [2, 3, 4])
def test_strain_that_flickers_at_a_threshold_changes_the_severity_no_more_than_once_down(watched, start, period):
    watched.remember(strain=start - 0.5 * DT)
    asked = []
    for tick in range(1000):
        asked += severities(watched, 1, **(BEYOND if tick % period == 0 else CALM))
    falls = [later < sooner for sooner, later in itertools.pairwise(asked)]
    assert sum(falls) <= (1 if start == SOFT_AFTER_S else 2)


def test_after_calm_for_long_enough_nothing_is_asked_for_any_more(watched):
    watched.tick(q=4.0)
    assert watched.remembered("strain") == MOST_S
    asked = severities(watched, 2000, **CALM)
    assert asked == sorted(asked, reverse=True)
    assert asked.count(Severity.OFF) * DT == pytest.approx(HOLD_S / RECOVERY, abs=1.5 * DT)
    soft_s = (OFF_AFTER_S - HOLD_S - SOFT_AFTER_S) / RECOVERY
    assert asked.count(Severity.SOFT) * DT == pytest.approx(soft_s, abs=1.5 * DT)
    assert asked[-1] == Severity.NONE
    assert not watched.seen


def test_a_soft_stop_is_held_for_a_fifth_of_a_second_of_calm(watched):
    watched.tick(q=2.5 + 1.01 * POSITION_MARGIN)
    asked = severities(watched, 101, **CALM)
    assert watched.remembered("strain") == SOFT_AFTER_S - HOLD_S
    assert asked.count(Severity.SOFT) * DT == pytest.approx(HOLD_S / RECOVERY, abs=1.5 * DT)
    assert Severity.OFF not in asked


def test_blindness_ends_with_the_first_good_tick_and_strains_nothing(watched):
    assert Severity.SOFT in severities(watched, 30, q=math.nan)
    assert severities(watched, 1, q=HANGING) == [Severity.NONE]
    assert watched.remembered("strain") == 0.0


@pytest.mark.parametrize("threshold", [SOFT_AFTER_S, OFF_AFTER_S])
def test_at_a_threshold_strain_is_moved_on_by_a_hold_either_way(watched, threshold):
    courses = {
        (threshold - DT, "acting"): threshold + HOLD_S,
        (threshold - 1.5 * DT, "acting"): threshold - 0.5 * DT,
        (threshold, "acting"): threshold + DT,
        (threshold, "calm"): threshold - HOLD_S,
        (threshold + 0.5 * DT + 2e-16, "calm"): threshold,
        (threshold - 0.5 * DT, "calm"): threshold - DT,
    }
    for (before, how), after in courses.items():
        watched.remember(strain=before)
        watched.tick(**(BEYOND if how == "acting" else CALM))
        assert watched.remembered("strain") == pytest.approx(after, abs=1e-12)
