"""A target changed at any moment: no limit is ever passed, the target is reached, and no sooner is possible."""

from math import cbrt, degrees, radians, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.approach import APPROACH_AT_LEAST_S
from controllers.motions.joint_pace import JointPace
from controllers.motions.retargeted import RetargetedMotion
from robot.tick import Row
from tests.controllers.course import DT, LAYOUT, START, Course, assert_belong_together

PACE = (JointPace(1.0, 3.0, 25.0), JointPace(0.5, 4.0, 60.0))
LIMITS = np.array([[one.velocity, one.acceleration, one.jerk] for one in PACE]).T
TARGETS_DEG = {"hip": 20.0, "knee": 40.0}
LASTS_S = 20.0


def made(pace=PACE, lasts_s=LASTS_S, dt=DT):
    return RetargetedMotion(TARGETS_DEG, pace, lasts_s, dt)


def assert_within_limits(course):
    """No limit of velocity, acceleration or jerk is passed, and all three belong together up to what Taylor leaves."""
    velocity, acceleration, jerk = LIMITS
    assert (np.abs(course["dq_ref"]) <= velocity + 1e-9).all()
    assert (np.abs(course["ddq_ref"]) <= acceleration + 1e-9).all()
    assert (np.abs(np.diff(course["ddq_ref"], axis=0)) <= jerk * course.dt + 1e-9).all()
    assert_belong_together(course, jerk)


retargets = st.sampled_from(LAYOUT.joints).flatmap(
    lambda joint: st.tuples(st.just("adjust"), st.just(f"motion.target_deg.{joint}"), st.floats(-60.0, 90.0))
)
asked = st.one_of(st.just(("pause",)), st.just(("resume",)), retargets, retargets, retargets)
moments = st.lists(st.tuples(st.one_of(st.integers(0, 15), st.integers(0, 150)), asked), max_size=15)
"""Ticks to wait, and then what is asked for: often in the middle of what was asked for before."""


def run(events):
    course = Course(made())
    for ticks, (what, *values) in events:
        course.go(ticks)
        getattr(course.motion, what)(*values)
    return course


def all_targets(events):
    """For each joint where it began and every target that it ever had, in rad."""
    return [
        [start, radians(TARGETS_DEG[joint])]
        + [radians(what[2]) for _, what in events if len(what) == 3 and what[1].endswith(joint)]
        for joint, start in zip(LAYOUT.joints, START, strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(events=moments)
def test_whatever_is_asked_no_limit_is_passed_and_the_last_target_is_reached(events):
    course = run(events)
    course.motion.resume()
    done_s = len(course.rows) * DT
    course.to_rest()
    assert_within_limits(course)
    if done_s < LASTS_S:
        last = [targets[-1] for targets in all_targets(events)]
        np.testing.assert_allclose(course["q_ref"][-1], last, atol=1e-9)
    np.testing.assert_array_equal([course["dq_ref"][-1], course["ddq_ref"][-1]], 0.0)
    still = len(course.rows)
    course.go(30)
    np.testing.assert_array_equal(course["q_ref"][still - 1 :], np.broadcast_to(course["q_ref"][-1], (31, 2)))


@settings(max_examples=60, deadline=None)
@given(events=moments)
def test_it_never_leaves_the_range_of_where_it_began_and_of_its_targets(events):
    """Braking at once stops no later than the way that it was on would have."""
    course = run(events).go(600)
    for joint, targets in enumerate(all_targets(events)):
        assert course["q_ref"][:, joint].min() >= min(targets) - 1e-9
        assert course["q_ref"][:, joint].max() <= max(targets) + 1e-9


@settings(max_examples=30, deadline=None)
@given(events=moments)
def test_paused_it_stands_in_the_least_time_and_resumed_it_goes_on(events):
    course = run(events)
    if course.motion.at_rest:
        return
    course.motion.pause()
    longest = max(_stopping_s(one.velocity, one.acceleration, one.jerk) for one in PACE)
    course.go(round(longest / DT) + 3)
    if course.motion.at_rest:
        return
    assert course.motion.held
    stood = course["q_ref"][-1]
    np.testing.assert_array_equal([course["dq_ref"][-1], course["ddq_ref"][-1]], 0.0)
    course.go(200)
    np.testing.assert_array_equal(course["q_ref"][-1], stood)
    course.motion.resume()
    course.go(1)
    assert not course.motion.held
    course.to_rest()
    assert_within_limits(course)


@settings(max_examples=30, deadline=None)
@given(events=moments)
def test_a_stop_comes_through_whatever_was_asked_before_and_after(events):
    course = run(events)
    course.motion.come_to_rest()
    course.motion.resume()
    course.motion.adjust("motion.target_deg.knee", 10.0)
    longest = max(_stopping_s(one.velocity, one.acceleration, one.jerk) for one in PACE)
    course.go(round(longest / DT) + 3)
    assert course.motion.at_rest
    assert not course.motion.held
    stood = course["q_ref"][-1]
    course.go(100)
    np.testing.assert_array_equal(course["q_ref"][-1], stood)
    assert_within_limits(course)


def _stopping_s(velocity, acceleration, jerk):
    """No stop takes longer: the acceleration taken back first, then the velocity that it still added, to rest."""
    back = acceleration / jerk
    fastest = velocity + 0.5 * acceleration * back
    return back + (fastest / acceleration + back if fastest > acceleration * back else 2.0 * sqrt(fastest / jerk))


def least_time_s(way, velocity, acceleration, jerk):
    """From rest to rest: seven phases of constant jerk at most, of which the limits that are not met take some away."""
    ramp = acceleration / jerk + velocity / acceleration
    if velocity * jerk < acceleration**2:
        ramp = 2.0 * sqrt(velocity / jerk)
    if way >= velocity * ramp:
        return ramp + way / velocity
    if way >= 2.0 * acceleration**3 / jerk**2:
        return acceleration / jerk + sqrt((acceleration / jerk) ** 2 + 4.0 * way / acceleration)
    return cbrt(32.0 * way / jerk)


@settings(max_examples=60, deadline=None)
@given(
    way_deg=st.floats(1.0, 170.0), velocity=st.floats(0.2, 3.0), acceleration=st.floats(0.5, 8.0), jerk=st.floats(5, 99)
)
def test_from_rest_to_rest_it_takes_the_least_time(way_deg, velocity, acceleration, jerk):
    motion, row = made([JointPace(velocity, acceleration, jerk)] * 2, lasts_s=0.05), Row(LAYOUT)
    motion.adjust("motion.target_deg.hip", way_deg)
    motion.adjust("motion.target_deg.knee", 0.0)
    motion.begin((0.0, 0.0))
    while not row.repetition[0]:
        motion.sample(row)
    takes_s = motion.duration_s - (motion._ticks - 1) * DT
    assert takes_s == pytest.approx(least_time_s(radians(way_deg), velocity, acceleration, jerk), rel=1e-9)


@pytest.mark.parametrize("way_deg", [1.0, 20.0, 120.0])
def test_a_target_that_changes_on_the_way_costs_no_more_than_stopping_first(way_deg):
    """Set out, change the target half-way: it arrives no later than a stop and a fresh start would."""
    motion = made(lasts_s=0.6)
    course = Course(motion).go(190)
    motion.adjust("motion.target_deg.hip", way_deg)
    at_s, (here,) = 190 * DT, course["q_ref"][-1:, 0]
    course.go(1)
    stopping = _stopping_s(*LIMITS[:, 0])
    farthest = abs(radians(way_deg) - here) + LIMITS[0, 0] * stopping
    assert motion.duration_s - at_s <= stopping + least_time_s(farthest, *LIMITS[:, 0]) + DT


def test_while_the_torque_fades_in_it_stands_where_it_began():
    course = Course(made()).go(round(APPROACH_AT_LEAST_S / DT))
    np.testing.assert_array_equal(course["q_ref"], np.broadcast_to(START, (len(course.rows), 2)))
    assert (course["repetition"] == 0.0).all()
    assert (course.go(30)["repetition"][-29:] == 1.0).all()
    assert (np.abs(course["dq_ref"][-1]) > 0.1).all()


def test_it_ends_when_it_says_pauses_on_top():
    course = Course(made(lasts_s=5.0)).go(250)
    assert course.motion.duration_s == pytest.approx(APPROACH_AT_LEAST_S + 5.0)
    course.motion.pause()
    course.go(300)
    course.motion.resume()
    course.go(1)
    assert course.motion.duration_s == pytest.approx(APPROACH_AT_LEAST_S + 8.0)
    course.to_rest()
    assert len(course.rows) * DT == pytest.approx(APPROACH_AT_LEAST_S + 8.0, abs=2.01 * DT)
    assert course["phase"][-1, 0] == 1.0


def test_a_target_given_too_late_is_not_begun():
    course = Course(made(lasts_s=3.0)).to_rest()
    course.motion.adjust("motion.target_deg.hip", 70.0)
    course.motion.pause()
    course.go(200)
    assert course.motion.at_rest
    assert degrees(course["q_ref"][-1, 0]) == pytest.approx(20.0)


def test_a_target_out_of_all_reach_leaves_it_on_its_way_and_the_next_one_counts():
    course = Course(made()).go(170)
    course.motion.adjust("motion.target_deg.hip", 1e300)
    course.go(300)
    assert degrees(course["q_ref"][-1, 0]) == pytest.approx(20.0)
    course.motion.adjust("motion.target_deg.hip", 30.0)
    course.go(300)
    assert degrees(course["q_ref"][-1, 0]) == pytest.approx(30.0)
    assert_within_limits(course)


def test_a_target_that_changes_in_every_tick_is_followed():
    """As a camera would give it: slowly, and with noise."""
    course, random = Course(made(dt=0.002), dt=0.002), np.random.default_rng(5)
    for tick in range(4000):
        course.motion.adjust("motion.target_deg.hip", 20.0 + 10.0 * np.sin(tick / 1000.0) + random.normal(0.0, 0.2))
        course.go(1)
    assert_within_limits(course)
    late = np.degrees(course["q_ref"][1500:, 0]) - 20.0 - 10.0 * np.sin(np.arange(1500, 4000) / 1000.0)
    assert np.sqrt(np.mean(late**2)) < 1.0


@pytest.mark.parametrize(
    "given_", [("motion.target_deg.toe", 3.0), ("motion.speed", 0.5), ("motion.target_deg.hip", np.nan)]
)
def test_what_there_is_not_cannot_be_adjusted(given_):
    with pytest.raises(ValueError, match="cannot be adjusted"):
        made().adjust(*given_)
