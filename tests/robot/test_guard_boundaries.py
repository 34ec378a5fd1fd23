"""The guard's rules one by one, in closed form, and on the very edge of what decides."""

import math

import casadi
import numpy as np
import pytest
from casadi import SX

from robot.guard import STOPPING_FLAGS, Flag, contact, escalation, interaction, losses, position, thermal, velocity
from robot.guard.columns import joined, limit_columns, memory_columns, parts, split
from robot.guard.expressions import (
    HUGE,
    LARGEST,
    TINY,
    all_of,
    any_of,
    between,
    clipped,
    driving_clipped,
    each_or,
    finite,
    or_zero,
)
from robot.guard.flags import ACTING_FLAGS
from robot.guard.trust import Inputs, cleaned, trusted
from robot.runtime.session_state import Severity
from tests.robot.guard_bench import DT, ORDINARY

ABOVE = math.inf
"""Toward which a number is moved by one bit."""


def value(rule, *numbers):
    """What a rule gives for numbers, run as the guard runs: arguments are symbols first, so that nothing is folded."""
    arrays = [np.atleast_1d(np.array(number, float)) for number in numbers]
    symbols = [SX.sym(f"x{index}", array.size) for index, array in enumerate(arrays)]
    function = casadi.Function("rule", symbols, [casadi.densify(SX(rule(*symbols)))])
    result = np.array(function(*arrays)).ravel()
    return float(result[0]) if result.size == 1 else result.tolist()


def test_flags_keep_the_numbers_that_records_hold():
    names = (
        "MEASUREMENT_NOT_FINITE MEASUREMENT_STALE LAW_NOT_FINITE LIMITS_NOT_FINITE MEMORY_NOT_FINITE POSITION VELOCITY"
        " SPASM RATE TORQUE BLIND POSITION_STOP VELOCITY_STOP POWER ENERGY THERMAL CONTACT CONTACT_STOP THERMAL_STOP"
        " ESCALATED"
    )
    assert {flag.name: int(flag) for flag in Flag} == {name: 2**bit for bit, name in enumerate(names.split())}


def test_which_flags_ask_for_a_stop_and_which_strain():
    stopping = {"SPASM", "BLIND", "POSITION_STOP", "VELOCITY_STOP", "CONTACT_STOP", "THERMAL_STOP", "ESCALATED"}
    assert {flag.name for flag in STOPPING_FLAGS} == stopping
    assert {flag.name for flag in ACTING_FLAGS} == {"POSITION", "VELOCITY", "ENERGY", "CONTACT"}


def test_the_constants_are_as_described():
    assert (position.SOFT_STIFFNESS, position.SOFT_DAMPING) == (200.0, 8.0)
    assert (math.degrees(position.POSITION_MARGIN), math.degrees(position.POSITION_OFF)) == pytest.approx((5.0, 10.0))
    assert (velocity.VELOCITY_DAMPING, velocity.VELOCITY_MARGIN, velocity.VELOCITY_OFF) == (60.0, 1.2, 1.5)
    assert (losses.DECAY_S, losses.BLIND_S, losses.LONG_S) == (0.040, 0.020, 10.0)
    assert interaction.ACCELERATION_FILTER_S == 0.010
    assert np.finfo(float).max == LARGEST
    assert (HUGE, TINY) == (1e9, 1e-9)


def test_the_columns_stand_in_the_order_that_the_row_has():
    """A number and its unit: what a record's reader and another language's guard rely on."""
    joints = ("hip", "knee")
    limits = [(column.name, column.unit) for column in limit_columns(joints, ("cuff",))]
    assert limits[:4] == [
        ("hip.limit_q_min", "rad"),
        ("knee.limit_q_min", "rad"),
        ("hip.limit_q_max", "rad"),
        ("knee.limit_q_max", "rad"),
    ]
    assert limits[-4:] == [
        ("cuff.limit_contact", "N"),
        ("spasm_within", "s"),
        ("limit_energy", "J"),
        ("energy_refill", "W"),
    ]
    assert len(limits) == 10 * 2 + 1 + 3
    assert [column.name for column in memory_columns(("knee",))][-4:] == ["blind", "unseen", "energy_spent", "strain"]


def test_columns_are_found_split_and_joined_again_by_kind():
    columns = limit_columns(("hip", "knee"))
    found = parts(columns)
    assert found["limit_q_min"] == slice(0, 2)
    assert found["limit_q_max"] == slice(2, 4)
    assert found["energy_refill"] == slice(22, 23)
    vector = list(range(len(columns)))
    assert value(lambda x: split(columns, x)["limit_q_max"], vector) == [2, 3]
    assert value(lambda x: joined(columns, split(columns, x)), vector) == vector


@pytest.mark.parametrize("number", [0.0, -0.0, 5e-324, LARGEST, -LARGEST, 1.0])
def test_every_double_is_finite_but_infinities_and_what_is_no_number(number):
    assert value(finite, number) == 1.0
    for none in (math.inf, -math.inf, math.nan):
        assert value(finite, [number, none]) == [1.0, 0.0]


def test_all_and_any():
    for one, other in ((0, 0), (0, 1), (1, 0), (1, 1)):
        assert value(all_of, one, other) == (one and other) == value(all_of, [one, other])
        assert value(any_of, one, other) == (one or other) == value(any_of, [one, other])
    assert (value(all_of, []), value(any_of, [])) == (1.0, 0.0)


def test_what_stands_in_for_what_cannot_be_trusted():
    assert value(or_zero, [1.0, math.nan], 0) == [0.0, 0.0]
    assert value(or_zero, [1.0, 2.0], 1) == [1.0, 2.0]
    assert value(lambda x: each_or(x, 7.0), [1.0, math.nan, math.inf]) == [1.0, 7.0, 7.0]


def test_bounds():
    assert value(lambda x: between(x, -1.0, 3.0), [-2.0, -1.0, 0.5, 3.0, 4.0]) == [-1.0, -1.0, 0.5, 3.0, 3.0]
    assert value(lambda x: clipped(x, 3.0), [-4.0, -3.0, 0.5, 4.0]) == [-3.0, -3.0, 0.5, 3.0]
    tau, dq = [5.0, -5.0, 5.0, -5.0, 5.0, 2.0], [1.0, -1.0, -1.0, 1.0, 0.0, 1.0]
    assert value(lambda t, w: driving_clipped(t, w, SX(3.0)), tau, dq) == [3.0, -3.0, 5.0, -5.0, 5.0, 2.0]


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


@pytest.mark.parametrize(("threshold", "severity"), [(1.0, Severity.SOFT), (1.5, Severity.OFF)])
def test_strain_asks_from_its_thresholds_on(threshold, severity):
    assert value(escalation.severity_of, threshold) == severity
    assert value(escalation.severity_of, math.nextafter(threshold, 0.0)) == severity - (
        1 if severity is Severity.OFF else 2
    )


SOUND = {
    "q": [1.0, 2.0],
    "dq": [0.0, -1.0],
    "tau_measured": [3.0, 4.0],
    "contact_force": [-5.0],
    "age": 0.0,
    "tau_law": [6.0, 7.0],
    "fade": 0.5,
    "limits": [-1.0, 0.0, 8.0],
    "memory": [9.0, -9.0],
}
"""The guard's inputs, the first of the limits one that may be negative."""


def judged(what, **changed):
    """A quality of the trust in the sound inputs, some of them changed."""
    inputs = {**SOUND, **changed}
    names = list(inputs)

    def rule(*symbols):
        given = Inputs(**dict(zip(names, symbols, strict=True)))
        return what(given, trusted(given, not_negative=given.limits[1:]))

    return value(rule, *inputs.values())


def qualities(**changed):
    names = ("fresh", "measurement", "law", "limits", "memory", "seen", "active", "good")
    told = judged(lambda _, trust: casadi.vertcat(*(getattr(trust, name) for name in names)), **changed)
    return {name for name, holds in zip(names, told, strict=True) if not holds}


def test_sound_inputs_are_trusted():
    assert qualities() == qualities(age=-1.0) == set()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_not_trusted_wherever_it_stands(bad):
    lost = {"seen", "active", "good"}
    assert qualities(age=bad) == {"fresh", *lost}
    for name in ("q", "dq", "tau_measured", "contact_force"):
        for index in range(len(SOUND[name])):
            values = list(SOUND[name])
            values[index] = bad
            assert qualities(**{name: values}) == {"measurement", *lost}
    assert qualities(tau_law=[bad, 7.0]) == qualities(fade=bad) == {"law", "good"}
    assert qualities(limits=[bad, 0.0, 8.0]) == qualities(limits=[0.0, 0.0, bad]) == {"limits", "active", "good"}
    assert qualities(memory=[9.0, bad]) == {"memory", "good"}


def test_the_smallest_age_is_old_and_the_smallest_negative_limit_is_none():
    assert qualities(age=5e-324) == {"fresh", "seen", "active", "good"}
    for limits in ([0.0, -5e-324, 8.0], [0.0, 0.0, -1.0]):
        assert qualities(limits=limits) == {"limits", "active", "good"}


def test_what_is_not_trusted_is_zero_for_the_rules_and_the_rest_comes_as_it_is():
    def clean(**changed):
        numbers = judged(lambda given, trust: casadi.vertcat(*cleaned(given, trust).in_order()), **changed)
        return dict(zip(SOUND, np.split(numbers, np.cumsum([np.size(one) for one in SOUND.values()])), strict=False))

    for name, values in clean().items():
        np.testing.assert_array_equal(values, SOUND[name])
    blind = clean(q=[math.nan, 2.0], limits=[0.0, -1.0, 8.0])
    for name, values in blind.items():
        trusted_as_it_is = name not in {"q", "dq", "tau_measured", "contact_force", "limits"}
        np.testing.assert_array_equal(values, SOUND[name] if trusted_as_it_is else 0.0)


SPASM, BLIND = 24.0, losses.BLIND_S
BROKEN = {
    "tau_previous": 0.0,
    "dq_previous": 0.0,
    "ddq_filtered": 0.0,
    "since_half_spasm": DT,
    "warming": thermal.DERATED_TO - thermal.START,
    "blind": DT,
    "unseen": DT,
    "energy_spent": ORDINARY["limit_energy"],
    "strain": 0.0,
}
"""What each kind of memory is after a tick whose velocity is none, where it was not known before."""


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_not_remembered_begins_where_it_does_least_harm(bench, kind, broken):
    bench.remember(**{kind: broken})
    bench.tick(dq=math.nan, tau_law=5.0)
    assert bench.command[0] == 0.0
    assert bench.remembered(kind) == pytest.approx(BROKEN[kind], rel=1e-4)


def test_blindness_asks_past_its_time_and_not_at_it(bench):
    """A reply that is lost leaves the count as it is."""
    for blind, asked in ((BLIND, Severity.NONE), (math.nextafter(BLIND, 1.0), Severity.SOFT)):
        bench.reset()
        bench.remember(blind=blind)
        bench.tick(age=DT)
        assert bench.remembered("blind") == blind
        assert bench.severity[0] == asked


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_half_the_threshold_is_not_below_half(bench, way):
    bench.set_limits(spasm_tau=SPASM)
    bench.tick(tau_measured=way * 0.5 * SPASM)
    assert bench.interaction[0] == way * 0.5 * SPASM
    assert bench.remembered("since_half_spasm") == DT
    bench.tick(tau_measured=way * math.nextafter(0.5 * SPASM, 0.0))
    assert bench.remembered("since_half_spasm") == 0.0
