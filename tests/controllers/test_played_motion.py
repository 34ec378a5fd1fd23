"""A trajectory played: paused, resumed, sped up and stopped at any moment, without a jump, and to a true end."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.approach import APPROACH_AT_LEAST_S, APPROACH_SPEED
from controllers.motions.played import PlayedMotion
from controllers.motions.quintic import Knot, Trajectory, resting
from controllers.motions.slewed import ROUNDING_S, SPACING_S
from robot.errors import PlanError
from robot.motion import SPEED_SLEW
from tests.controllers.course import (
    DT,
    START,
    Course,
    assert_a_pause_changes_when_and_not_where,
    assert_a_pause_holds_until_it_is_over,
    assert_a_stop_comes_through,
    assert_belong_together,
)

PATH = Trajectory(
    (
        resting(0.0, (0.0, 0.6)),
        Knot(1.1, (0.3, 0.9), (0.2, 0.1), (0.3, -0.4)),
        Knot(2.0, (0.2, 0.7), (-0.2, -0.3), (0.1, 0.2)),
        resting(3.5, (0.0, 0.6)),
    )
)
REPETITIONS = 2
SPEEDS = (0.4, 1.6)

RATE_SLOPE, RATE_BEND = 1.875 / ROUNDING_S, 10.0 / 3.0**0.5 / ROUNDING_S**2
"""Largest first and second derivative of a minimum-jerk step of `ROUNDING_S`."""


def made(dt=DT, speed=1.0, repetitions=REPETITIONS, path=PATH):
    return PlayedMotion(path, speed, repetitions, dt)


@cache
def largest_jerk():
    """A bound of the reference's third derivative: that of q(script(time)), by its chain rule.

    The script's rate is the pace times the going, both means of their targets under positive weights: their derivatives
    are at most the span, or the slew, times what the weights' derivatives integrate to.
    """
    fastest = SPEEDS[1]
    rate = fastest
    rate_1 = SPEED_SLEW + fastest * RATE_SLOPE
    rate_2 = 2 * SPEED_SLEW * RATE_SLOPE + 3 * SPEED_SLEW * RATE_SLOPE + fastest * 2 * RATE_BEND
    approach_s = APPROACH_AT_LEAST_S
    way = np.abs(np.array(PATH.at(0.0)[0]) - START)
    q1, q2, q3 = (
        np.maximum(PATH.peak(order), way * peak / approach_s**order)
        for order, peak in ((1, 1.875), (2, 5.78), (3, 60.0))
    )
    return q3 * rate**3 + 3 * q2 * rate * rate_1 + q1 * rate_2


def assert_smooth(course):
    """The third derivative is bounded, and the others belong together."""
    jerk = largest_jerk()
    assert (np.abs(np.diff(course["ddq_ref"], axis=0)) <= jerk * course.dt + 1e-9).all()
    assert_belong_together(course, jerk)


asked = st.one_of(
    st.just(("pause",)), st.just(("resume",)), st.tuples(st.just("adjust"), st.just("motion.speed"), st.floats(*SPEEDS))
)
moments = st.lists(st.tuples(st.one_of(st.integers(0, 20), st.integers(0, 300)), asked), max_size=10)
"""Ticks to wait, and then what is asked for: often in the middle of what was asked for before."""


def run(events, dt=DT):
    course = Course(made(dt))
    for ticks, (what, *values) in events:
        course.go(ticks * round(DT / dt))
        getattr(course.motion, what)(*values)
    return course


@settings(max_examples=25, deadline=None)
@given(events=moments)
def test_whatever_is_asked_it_never_jumps_and_ends_exactly_on_its_last_point(events):
    course = run(events)
    course.motion.resume()
    course.to_rest().go(20)
    assert_smooth(course)
    assert (np.diff(course.turned) >= -1e-12).all()
    assert course.turned[-1] == pytest.approx(REPETITIONS, abs=1e-9)
    assert (course["phase"][-1, 0], course["repetition"][-1, 0]) == (0.0, REPETITIONS)
    assert (course["q_ref"][-21:] == PATH.knots[-1].q).all()
    assert (course["dq_ref"][-1] == 0.0).all()
    assert (course["ddq_ref"][-1] == 0.0).all()


@settings(max_examples=15, deadline=None)
@given(events=moments, stop_after=st.integers(0, 300))
def test_a_stop_comes_through_whatever_was_asked_before_and_after(events, stop_after):
    course = run(events).go(stop_after)
    assert_a_stop_comes_through(course, SPEEDS[1])
    assert_smooth(course)


@settings(max_examples=15, deadline=None)
@given(events=moments)
def test_paused_it_soon_stands_and_resumed_it_goes_on_where_it_stood(events):
    course = run(events)
    assert_a_pause_holds_until_it_is_over(course)
    assert_smooth(course)


@settings(max_examples=15, deadline=None)
@given(events=moments)
def test_it_ends_when_it_says(events):
    """Once what was asked for is taken up, for which its own time has to run."""
    course = run(events)
    course.motion.resume()
    course.go(round((ROUNDING_S + 2.0 * SPACING_S) / DT) + 2)
    if course.motion.at_rest:
        return
    said = course.motion.duration_s
    course.to_rest()
    rounding = 0.5 * SPEED_SLEW * ROUNDING_S**2 / 28.0 / SPEEDS[0]  # of a speed that still changes at the end
    assert (len(course.rows) - 1) * DT == pytest.approx(said, abs=rounding + 1.01 * DT)


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7])
def test_left_alone_it_is_the_trajectory_at_its_speed_to_the_last_bit_of_time(speed):
    course = Course(made(speed=speed)).to_rest()
    far = max(abs(one - start) for one, start in zip(PATH.at(0.0)[0], START, strict=True))
    approach_s = max(APPROACH_AT_LEAST_S, 1.875 * far / APPROACH_SPEED)
    assert course.motion.duration_s == pytest.approx(approach_s + REPETITIONS * 3.5 / speed, abs=1e-9)
    assert (len(course.rows) - 1) * DT == pytest.approx(course.motion.duration_s, abs=1.01 * DT)
    for tick in range(round(approach_s / DT) + 2, len(course.rows) - 1, 7):
        q, dq, ddq = PATH.at((tick * DT - approach_s) * speed % 3.5)
        np.testing.assert_allclose(course["q_ref"][tick], q, atol=1e-9)
        np.testing.assert_allclose(course["dq_ref"][tick], np.array(dq) * speed, atol=1e-9)
        np.testing.assert_allclose(course["ddq_ref"][tick], np.array(ddq) * speed**2, atol=1e-8)


def test_a_pause_changes_when_and_not_where():
    assert_a_pause_changes_when_and_not_where(Course(made()), Course(made()).go(250))


def test_a_speed_changes_no_faster_than_declared():
    course = Course(made()).go(200)
    course.motion.adjust("motion.speed", 1.5)
    assert course.motion.speed == 1.5
    course.go(300)
    rate = np.diff(course.turned[151:]) / DT * PATH.duration_s
    changes = np.abs(np.diff(rate)) / DT
    assert changes.max() <= SPEED_SLEW * 1.001 + 1e-6
    assert changes.max() >= SPEED_SLEW * 0.99


def test_it_is_approached_from_wherever_the_joints_are():
    course = Course(made()).go(120)
    np.testing.assert_allclose(course["q_ref"][0], START)
    assert (course["repetition"] == 0.0).all()
    assert np.abs(course["dq_ref"]).max() <= APPROACH_SPEED * (1 + 1e-9)


def test_begun_again_a_pause_and_a_stop_are_forgotten_and_a_speed_is_kept():
    motion = made()
    motion.adjust("motion.speed", 0.8)
    motion.pause()
    motion.come_to_rest()
    again, fresh = Course(motion).to_rest(), Course(made(speed=0.8)).to_rest()
    np.testing.assert_array_equal(again.rows, fresh.rows)


def test_somebody_who_asks_in_every_tick_costs_no_more_and_gets_the_last():
    course = Course(made())
    for tick in range(500):
        course.motion.adjust("motion.speed", 0.5 + 0.5 * (tick % 2))
        (course.motion.pause if tick % 3 else course.motion.resume)()
        course.go(1)
    course.motion.adjust("motion.speed", 0.9)
    course.motion.resume()
    course.to_rest()
    assert_smooth(course)
    assert len(course.motion._pace._knots) <= 2 * ROUNDING_S / SPACING_S + 4
    assert course.motion._pace.target == 0.9


def test_a_trajectory_that_does_not_come_back_is_not_repeated():
    there = Trajectory((resting(0.0, (0.0, 0.0)), resting(1.0, (0.5, 0.5))))
    with pytest.raises(PlanError, match="not-repeatable"):
        made(path=there)
    assert Course(made(path=there, repetitions=1)).to_rest()["q_ref"][-1].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("given", [("motion.sped", 0.3), ("motion.speed", 0.0), ("motion.speed", float("nan"))])
def test_what_there_is_not_cannot_be_adjusted(given):
    with pytest.raises(ValueError, match="cannot be adjusted"):
        made().adjust(*given)
