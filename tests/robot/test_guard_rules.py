"""The guard's rules one by one, in closed form, and on the very edge of what decides."""

import math

import pytest
from casadi import SX

from robot.guard import contact, energy, escalation, interaction, losses, position, thermal, velocity
from robot.runtime.session_state import Severity
from tests.robot.guard_values import value

ABOVE = math.inf
"""Toward which a number is moved by one bit."""


def test_energy_is_counted_for_every_joint_and_given_back_only_where_it_is_seen():
    def spent(tau, dq, seen):
        return value(lambda t, w, s: energy.spent_after(SX(3.0), t, w, s, SX(4.0), 0.5), tau, dq, seen)

    assert spent([5.0, -2.0], [2.0, 1.0], 1) == spent([5.0, -2.0], [2.0, 1.0], 0) == 3.0 + 0.5 * (10.0 - 2.0 - 4.0)
    assert (spent([-5.0], [1.0], 1), spent([-5.0], [1.0], 0), spent([-5.0], [2.0], 1)) == (0.0, 1.0, 0.0)
    assert spent([-1e300, 1.0], [1e300, 8.0], 1) == 0.0
    assert spent([1e300], [1e300], 1) == 3.0 + 0.5 * (1e9 - 4.0)


@pytest.mark.parametrize(("remaining", "factor"), [(-1.0, 0.02), (0.0, 0.02), (0.5, 0.27), (1.9, 0.97), (2.0, 1.0)])
def test_energy_scales_what_drives_by_one_factor_and_leaves_what_rests_or_brakes(remaining, factor):
    """A budget of 20 J, of which the last 2 count; 200 W wanted, 4 W refilled, 200 W the limits' sum."""

    def bounded(left):
        rule = energy.energy_bounded
        return value(
            lambda t, w, r: rule(t, w, r, SX(20.0), SX(4.0), SX([120.0, 80.0, 0.0, 0.0])),
            [100.0, -50.0, 7.0, -9.0],
            [1.0, -2.0, 0.0, 3.0],
            left,
        )

    assert bounded(remaining) == pytest.approx([100.0 * factor, -50.0 * factor, 7.0, -9.0])


def test_with_a_full_tank_the_joints_powers_and_the_refill_are_still_all_that_drives():
    """However large the tank: 200 W and 4 W are allowed, 400 W wanted; and the least watt counts as driving."""

    def bounded(tau, dq, remaining, power):
        return value(lambda t, w, r: energy.energy_bounded(t, w, r, SX(20.0), SX(4.0), SX(power)), tau, dq, remaining)

    assert bounded([300.0, -50.0], [1.0, -2.0], 20.0, [120.0, 80.0]) == pytest.approx([153.0, -25.5])
    assert bounded([0.5] * 16, [1.0] * 16, 0.0, [1.0] * 16) == pytest.approx([0.25] * 16)


def test_energy_that_was_spent_is_never_below_nothing_and_all_of_it_where_it_is_not_known():
    spent = [-5.0, 0.0, 3.0, 1e300, math.nan, math.inf]
    assert value(lambda s: energy.remembered(s, SX(20.0)), spent) == [0.0, 0.0, 3.0, 1e9, 20.0, 20.0]


def test_an_overdrawn_tank_brakes_no_more_than_it_lacks_nor_than_its_cap_nor_than_stops_a_drive():
    def braking(remaining, dq):
        return value(lambda r, w: energy.dissipation(w, r, SX([0.2, 0.006]), 0.002), remaining, dq)

    assert braking(0.0, [2.0, 1.0]) == braking(5.0, [2.0, 1.0]) == [0.0, 0.0]
    assert braking(-0.01, [2.0, 1.0]) == pytest.approx([-2.0, -1.0])
    assert braking(-9.0, [2.0, -1.0]) == pytest.approx([-16.0, 3.0])
    assert braking(-9.0, [0.0, 0.0]) == [0.0, 0.0]


@pytest.mark.parametrize(("force", "share"), [(80.0, 1.0), (90.0, 0.5), (-95.0, 0.25), (100.0, 0.0), (-500.0, 0.0)])
def test_contact_takes_torque_and_gives_some_back_to_what_brakes(force, share):
    def bounded(tau, dq):
        return value(lambda t, w: contact.contact_bounded(t, w, SX([force, 1.0]), SX([100.0, 50.0]), SX(38.0)), tau, dq)

    for way in (1.0, -1.0):
        assert bounded(way * 38.0, 0.0) == bounded(way * 38.0, way * 3.0) == pytest.approx(way * 38.0 * share)
        assert bounded(way * 38.0, -way * 0.5) == pytest.approx(way * min(38.0 * share + 8.0 * 0.5, 38.0))
        assert bounded(way * 1.0, -way * 9.0) == way * 1.0


LOW, HIGH = 0.5, 2.0


@pytest.mark.parametrize(("q", "outward"), [(2.05, 1.0), (0.45, -1.0)])
def test_beyond_a_position_limit_the_outward_bound_falls_with_depth_and_speed_to_zero_and_not_past_it(q, outward):
    def bounded(tau, speed, depth_factor=1.0):
        place = q + outward * 0.05 * (depth_factor - 1.0)
        return value(lambda t, x, w: position.position_bounded(t, x, w, LOW, HIGH, 38.0), tau, place, speed)

    assert bounded(outward * 38.0, 0.0) == pytest.approx(outward * (38.0 - 200.0 * 0.05))
    assert bounded(outward * 38.0, outward * 0.5) == pytest.approx(outward * (38.0 - 200.0 * 0.05 - 8.0 * 0.5))
    assert bounded(outward * 38.0, -outward * 0.5) == pytest.approx(outward * (38.0 - 200.0 * 0.05))
    assert bounded(outward * 38.0, 0.0, 10.0) == 0.0
    assert bounded(outward * 38.0, outward * 100.0) == 0.0
    assert bounded(-outward * 38.0, outward * 100.0, 10.0) == -outward * 38.0
    assert bounded(-outward * 1.0, outward * 100.0, 10.0) == -outward * 1.0


@pytest.mark.parametrize("q", [LOW, 1.0, HIGH])
@pytest.mark.parametrize("speed", [-3.0, 0.0, 3.0])
@pytest.mark.parametrize("tau", [-38.0, 38.0])
def test_up_to_a_position_limit_nothing_is_taken_away_at_any_speed(q, speed, tau):
    bounded = value(lambda t, x, w: position.position_bounded(t, x, w, LOW, HIGH, 38.0), tau, q, speed)
    assert bounded == tau


def test_a_margin_of_position_counts_past_it_and_not_at_it():
    def beyond(q):
        return value(lambda x: position.is_beyond(x, SX([LOW, 0.0]), SX([HIGH, 1.0]), 0.25), q)

    assert beyond([2.25, 1.25]) == beyond([0.25, -0.25]) == 0.0
    for index, edge, further in ((0, 2.25, ABOVE), (0, 0.25, -ABOVE), (1, 1.25, ABOVE), (1, -0.25, -ABOVE)):
        q = [1.0, 0.5]
        q[index] = math.nextafter(edge, further)
        assert beyond(q) == 1.0


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_above_the_velocity_limit_the_driving_bound_falls_to_zero_and_not_past_it(way):
    def bounded(tau, speed):
        return value(lambda t, w: velocity.velocity_bounded(t, w, SX(2.0), SX(38.0)), tau, speed)

    assert bounded(way * 38.0, way * 2.0) == way * 38.0
    assert bounded(way * 38.0, way * 2.25) == way * (38.0 - 60.0 * 0.25)
    assert bounded(way * 38.0, way * 9.0) == 0.0
    assert bounded(-way * 38.0, way * 9.0) == -way * 38.0


def test_a_margin_of_velocity_counts_past_it_and_not_at_it():
    def faster(dq):
        return value(lambda x: velocity.is_faster(x, SX([2.0, 4.0]), 1.5), dq)

    assert faster([3.0, -6.0]) == faster([-3.0, 6.0]) == 0.0
    for way in (1.0, -1.0):
        assert faster([way * math.nextafter(3.0, ABOVE), 0.0]) == 1.0
        assert faster([0.0, way * math.nextafter(6.0, ABOVE)]) == 1.0


def test_without_anything_good_torque_falls_by_its_share_of_the_limit_and_stops_at_zero():
    def decayed(tau):
        return value(lambda t: losses.decayed(t, SX(40.0), 0.002), tau)

    assert decayed([10.0, -10.0, 2.0, -2.0, 0.5, -0.5, 0.0]) == [8.0, -8.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_times_are_counted_from_nothing_to_a_long_time():
    assert value(losses.remembered, [-1.0, 0.0, 3.0, 10.0, 11.0, math.nan, math.inf]) == [0, 0, 3, 10, 10, 0, 0]
    assert value(lambda t: losses.counted(t, 0.5), [-1.0, 3.0, 9.75, 10.0]) == [0.5, 3.5, 10.0, 10.0]


def test_only_replies_that_came_and_made_no_sense_count_as_blindness():
    def blind(good, fresh):
        return value(lambda t, g, f: losses.blind_after(t, g, f, 0.5), 3.0, good, fresh)

    assert [blind(1, 1), blind(1, 0), blind(0, 1), blind(0, 0)] == [0.0, 0.0, 3.5, 3.0]
    assert value(lambda t, g, f: losses.blind_after(t, g, f, 0.5), math.nan, 0, 0) == 0.0
    assert value(lambda t, s: losses.unseen_after(t, s, 0.5), 3.0, 1) == 0.0
    assert value(lambda t, s: losses.unseen_after(t, s, 0.5), 3.0, 0) == 3.5


def test_the_acceleration_is_a_low_pass_of_first_order_that_waits_while_nothing_is_seen():
    def filtered(before, now, seen):
        return value(lambda b, n, s: interaction.filtered(b, n, s, 0.002), before, now, seen)

    assert filtered(6.0, 18.0, 1) == pytest.approx(6.0 + 0.002 / 0.012 * 12.0)
    assert filtered(6.0, 18.0, 0) == 6.0
    assert filtered(0.0, 1e300, 1) == 1e9
    assert filtered(0.0, -1e300, 1) == -1e9


def test_a_spasm_is_a_threshold_that_is_reached_within_a_time():
    def spasm(torque, since):
        return value(lambda t, s: interaction.is_spasm(t, s, SX([24.0, 12.0]), SX(0.08)), torque, since)

    assert spasm([24.0, 0.0], [0.08, 9.0]) == spasm([-24.0, 0.0], [0.08, 9.0]) == spasm([0.0, 12.0], [9.0, 0.0]) == 1.0
    assert spasm([math.nextafter(24.0, 0.0), 0.0], [0.0, 0.0]) == 0.0
    assert spasm([99.0, 0.0], [math.nextafter(0.08, 1.0), 0.0]) == 0.0


def test_a_contact_counts_past_its_limit_and_not_at_it():
    def pressed(force):
        return value(lambda f: contact.is_pressed(f, SX([100.0, 50.0])), force)

    assert pressed([100.0, -50.0]) == 0.0
    assert pressed([-math.nextafter(100.0, ABOVE), 0.0]) == pressed([0.0, math.nextafter(50.0, ABOVE)]) == 1.0


def test_a_motor_is_too_hot_past_its_limit_and_not_at_it():
    edge = 0.6
    assert thermal.START + edge == 1.1
    assert value(thermal.is_too_hot, edge) == 0.0
    assert value(thermal.is_too_hot, edge + 1e-15) == 1.0


@pytest.mark.parametrize("threshold", [1.0, 1.5])
def test_strain_that_falls_to_a_threshold_has_not_passed_it(threshold):
    def calm(before):
        return value(lambda s: escalation.strained(s, SX(0), SX(0), 0.125), before)

    assert calm(threshold + 0.0625) == threshold
    assert calm(threshold) == threshold - 0.1


@pytest.mark.parametrize(("threshold", "severity"), [(1.0, Severity.SOFT), (1.5, Severity.OFF)])
def test_strain_asks_from_its_thresholds_on(threshold, severity):
    assert value(escalation.severity_of, threshold) == severity
    assert value(escalation.severity_of, math.nextafter(threshold, 0.0)) == severity - (
        1 if severity is Severity.OFF else 2
    )
