"""A motion paused, resumed, adjusted and stopped at any moment: no jump beyond closed bounds, and a true end."""

from math import pi, radians

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.approach import APPROACH_AT_LEAST_S
from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import recorded_shape
from controllers.motions.slewed import ROUNDING_S, SPACING_S
from robot.motion import RANGE_SLEW_DEG, SPEED_SLEW
from robot.tick import Row
from tests.controllers.course import (
    DT,
    LAYOUT,
    START,
    Course,
    assert_a_pause_changes_when_and_not_where,
    assert_a_pause_holds_until_it_is_over,
    assert_a_stop_comes_through,
    assert_belong_together,
)

RANGE_DEG = {"hip": (-12.0, 17.0), "knee": (20.0, 65.0)}
MAY_BE_DEG = {"hip": ((-20.0, -5.0), (5.0, 30.0)), "knee": ((10.0, 40.0), (50.0, 90.0))}
SPEED_MAY_BE = (0.1, 0.6)
STRIDE_S = 1.19
REPETITIONS = 2
SHAPE = recorded_shape("walking-2d", LAYOUT.joints)

KERNEL_SLOPE = 1.875 / ROUNDING_S
KERNEL_BEND = 10.0 / 3.0**0.5 / ROUNDING_S**2
"""Largest first and second derivative of a minimum-jerk step of `ROUNDING_S`; the third derivative's is below 60."""


def made(dt=DT, speed=0.35, repetitions=REPETITIONS):
    return PeriodicMotion(SHAPE, RANGE_DEG, STRIDE_S, speed, repetitions, dt)


def largest_jerk():
    """A bound of the reference's third derivative for each joint, from the bounds of everything it is made of.

    A slewed number is its target's mean under positive weights: its derivatives are at most the target's span, or its
    slew, times what the weights' own derivatives integrate to.
    """
    slew, speed = radians(RANGE_SLEW_DEG), SPEED_MAY_BE[1] / STRIDE_S
    going = (1.0, KERNEL_SLOPE, 2.0 * KERNEL_BEND)
    turning = (speed, speed * KERNEL_SLOPE, 2.0 * speed * KERNEL_BEND)
    end = (slew, 2.0 * slew * KERNEL_SLOPE, 4.0 * slew * KERNEL_BEND)
    bounds = []
    for (low, high), amplitudes, start in zip(MAY_BE_DEG.values(), SHAPE.amplitudes, START, strict=True):
        x = [sum(abs(c) * (2 * pi * k) ** n for k, c in enumerate(amplitudes)) for n in (1, 2, 3)]
        t1 = x[0] * turning[0]
        t2 = x[1] * turning[0] ** 2 + x[0] * turning[1]
        t3 = x[2] * turning[0] ** 3 + 3 * x[1] * turning[0] * turning[1] + x[0] * turning[2]
        span = radians(high[1] - low[0])
        q1 = end[0] + 2 * end[0] + span * t1
        q2 = 3 * end[1] + 4 * end[0] * t1 + span * t2
        q3 = 3 * end[2] + 6 * end[1] * t1 + 6 * end[0] * t2 + span * t3
        approach, way = APPROACH_AT_LEAST_S, max(abs(radians(one) - start) for one in (low[0], high[1]))
        q3 += way * 60 / approach**3 + 3 * q1 * 5.78 / approach**2 + 3 * q2 * 1.875 / approach
        q2 += way * 5.78 / approach**2 + 2 * q1 * 1.875 / approach
        q1 += way * 1.875 / approach
        bounds.append(q3 * going[0] ** 3 + 3 * q2 * going[0] * going[1] + q1 * going[2])
    return np.array(bounds)


def assert_smooth(course):
    """The third derivative is bounded, and the others belong together."""
    steepest = np.abs(np.diff(course["ddq_ref"], axis=0)).max(axis=0) / course.dt
    assert (steepest <= largest_jerk()).all()
    assert_belong_together(course, 1.2 * steepest)


speeds = st.tuples(st.just("motion.speed"), st.floats(*SPEED_MAY_BE))
ends = st.one_of(
    st.tuples(st.just(f"motion.range_deg.{joint}.{end}"), st.floats(*may_be))
    for joint, both in MAY_BE_DEG.items()
    for end, may_be in zip(("low", "high"), both, strict=True)
)
asked = st.one_of(st.just(("pause",)), st.just(("resume",)), speeds, ends)
moments = st.lists(st.tuples(st.one_of(st.integers(0, 20), st.integers(0, 400)), asked), max_size=12)
"""Ticks to wait, and then what is asked for: often in the middle of what was asked for before."""


def ask(motion, what):
    if len(what) == 2:
        motion.adjust(*what)
    else:
        getattr(motion, what[0])()


def wanted(events):
    """The ranges in degrees that were asked for last."""
    changed = {what[0]: what[1] for _, what in events if len(what) == 2}
    return [
        [changed.get(f"motion.range_deg.{joint}.{end}", own) for end, own in zip(("low", "high"), both, strict=True)]
        for joint, both in RANGE_DEG.items()
    ]


def run(events, finer=1):
    course = Course(made(DT / finer), DT / finer)
    for ticks, what in events:
        if course.motion.at_rest:
            break
        course.go(ticks * finer)
        ask(course.motion, what)
    return course


@settings(max_examples=30, deadline=None)
@given(events=moments)
def test_whatever_is_asked_it_never_jumps_and_ends_exactly_on_its_last_repetition(events):
    course = run(events)
    asked = len(course.rows)
    course.motion.resume()
    course.to_rest()
    assert_smooth(course)
    assert (np.diff(course.turned) >= -1e-12).all()
    assert course.turned[-1] == pytest.approx(REPETITIONS, abs=1e-9)
    assert (course["phase"][-1, 0], course["repetition"][-1, 0]) == (0.0, REPETITIONS)
    np.testing.assert_array_equal([course["dq_ref"][-1], course["ddq_ref"][-1]], 0.0)
    if len(course.rows) - asked > 1.1 * SPACING_S / DT:  # what is asked for in the last moment is not begun any more
        first = [low + (high - low) * x for (low, high), x in zip(wanted(events), SHAPE.at(0.0)[0], strict=True)]
        np.testing.assert_allclose(np.degrees(course["q_ref"][-1]), first, atol=1e-9)
    after = len(course.rows)
    course.go(50)
    np.testing.assert_array_equal(course["q_ref"][after - 1 :], np.broadcast_to(course["q_ref"][-1], (51, 2)))


@settings(max_examples=15, deadline=None)
@given(events=moments)
def test_the_acceleration_never_jumps(events):
    """A jump would stay as large on a finer grid; a bounded third derivative makes the largest step half as large."""
    coarse, fine = (
        np.abs(np.diff(run(events, finer).go(300 * finer)["ddq_ref"], axis=0)).max(axis=0) for finer in (1, 2)
    )
    assert (fine <= 0.55 * coarse + 1e-9).all()


@settings(max_examples=20, deadline=None)
@given(events=moments, stop_after=st.integers(0, 300))
def test_a_stop_comes_through_whatever_was_asked_before_and_after(events, stop_after):
    course = run(events).go(stop_after)
    assert_a_stop_comes_through(course, 0.5)
    assert_smooth(course)


@settings(max_examples=20, deadline=None)
@given(events=moments)
def test_paused_it_soon_stands_and_resumed_it_goes_on_where_it_stood(events):
    course = run(events)
    assert_a_pause_holds_until_it_is_over(course)
    assert_smooth(course)


@pytest.mark.parametrize("pause_at_s", [0.3, 1.4, 2.0, 5.0])
def test_a_pause_changes_when_and_not_where(pause_at_s):
    assert_a_pause_changes_when_and_not_where(Course(made()), Course(made()).go(round(pause_at_s / DT)))


@settings(max_examples=15, deadline=None)
@given(speed=st.floats(*SPEED_MAY_BE), at_s=st.floats(0.0, 8.0))
def test_a_speed_change_keeps_the_phase_and_is_slewed(speed, at_s):
    course = Course(made(speed=0.35))
    course.go(round(at_s / DT))
    before = len(course.rows)
    course.motion.adjust("motion.speed", speed)
    course.go(1)
    unchanged = Course(made(speed=0.35)).go(before + 1)
    assert course["phase"][-1, 0] == pytest.approx(unchanged["phase"][-1, 0], abs=1e-12)
    predicted = course.motion.duration_s
    course.to_rest()
    assert len(course.rows) * DT == pytest.approx(predicted, abs=2.01 * DT)
    # Away from the ramps at both ends, the phase's own speed changes no faster than declared.
    rate = np.diff(course.turned) / DT * STRIDE_S
    within = (course.turned[1:-1] > 0.35) & (course.turned[1:-1] < REPETITIONS - 0.35)
    assert np.abs(np.diff(rate)[within]).max() / DT <= SPEED_SLEW * 1.001 + 1e-6


@settings(max_examples=10, deadline=None)
@given(low=st.floats(*MAY_BE_DEG["knee"][0]), high=st.floats(*MAY_BE_DEG["knee"][1]), at_s=st.floats(0.0, 3.0))
def test_a_new_range_is_reached_to_the_degree(low, high, at_s):
    course = Course(made(dt=DT, repetitions=6)).go(round(at_s / DT))
    course.motion.adjust("motion.range_deg.knee.low", low)
    course.motion.adjust("motion.range_deg.knee.high", high)
    course.to_rest()
    knee = np.degrees(course["q_ref"][course.turned > 5.0, 1])
    assert knee.min() == pytest.approx(low, abs=0.05)
    assert knee.max() == pytest.approx(high, abs=0.05)
    hip = np.degrees(course["q_ref"][course.turned > 5.0, 0])
    assert (hip.min(), hip.max()) == (pytest.approx(-12.0, abs=0.05), pytest.approx(17.0, abs=0.05))


@pytest.mark.parametrize("at_s", [1.0, 5.0])
def test_seen_very_closely_every_term_of_a_change_is_there(at_s):
    """On a grid this fine nothing that was left out of a derivative hides in the remainder."""
    dt = 1e-4
    course = Course(made(dt), dt)
    course.motion._going._ticks = round(at_s / dt)
    course.go(10)
    course.motion.adjust("motion.speed", 0.6)
    for name, degrees in (("hip.low", -20.0), ("hip.high", 30.0), ("knee.low", 40.0), ("knee.high", 90.0)):
        course.motion.adjust(f"motion.range_deg.{name}", degrees)
    course.go(4000)
    course.motion.pause()
    course.go(4000)
    assert_smooth(course)


def test_what_was_adjusted_before_the_start_is_there_at_once():
    motion = made()
    motion.adjust("motion.speed", 0.5)
    motion.adjust("motion.range_deg.knee.high", 80.0)
    other = PeriodicMotion(SHAPE, {**RANGE_DEG, "knee": (20.0, 80.0)}, STRIDE_S, 0.5, REPETITIONS, DT)
    one, two = Course(motion).to_rest(), Course(other).to_rest()
    np.testing.assert_array_equal(one.rows, two.rows)


def test_somebody_who_asks_in_every_tick_costs_no_more_and_gets_the_last():
    course = Course(made())
    for tick in range(2000):
        course.motion.adjust("motion.speed", 0.2 + 0.3 * (tick % 2))
        course.motion.adjust("motion.range_deg.knee.high", 50.0 + tick % 40)
        (course.motion.pause if tick % 3 else course.motion.resume)()
        course.go(1)
    assert_smooth(course)
    made_of = [course.motion._going._rate, course.motion._turning, *course.motion._ends.values()]
    assert max(len(one._knots) for one in made_of) <= 2 * ROUNDING_S / SPACING_S + 4
    course.motion.adjust("motion.range_deg.knee.high", 66.0)
    course.motion.resume()
    course.to_rest()
    x = SHAPE.at(0.0)[0][1]
    assert course["q_ref"][-1, 1] == pytest.approx(radians(20.0 + 46.0 * x), abs=1e-12)


def test_it_does_not_drift_over_a_thousand_repetitions():
    """Sampled on its last ticks alone: what came before was never added up."""
    motion = made(repetitions=1000)
    row = Row(LAYOUT)
    motion.begin(START)
    motion._going._ticks = round(motion.duration_s / DT) - 1
    for _ in range(2):
        motion.sample(row)
    assert motion.at_rest
    assert (row.phase[0], row.repetition[0]) == (0.0, 1000)


@pytest.mark.parametrize("given", [("motion.sped", 0.3), ("motion.range_deg.ankle.low", 3.0), ("motion.speed", np.nan)])
def test_what_there_is_not_cannot_be_adjusted(given):
    with pytest.raises(ValueError, match="cannot be adjusted"):
        made().adjust(*given)
