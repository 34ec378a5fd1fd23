"""The reference in time: no jump of angle, velocity or acceleration, whatever is asked and when."""

from dataclasses import dataclass
from math import radians

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.approach import APPROACH_AT_LEAST_S, APPROACH_SPEED
from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import recorded_curve, recorded_shape
from robot.tick import Row, TickLayout

DT = 0.004
RANGE_DEG = {"hip": (-12.0, 17.0), "knee": (20.0, 65.0)}
SHAPE = recorded_shape("walking-2d", ("hip", "knee"))
CURVE = recorded_curve("walking-2d", tuple((name, *map(radians, ends)) for name, ends in RANGE_DEG.items()))
LAYOUT = TickLayout(joints=("hip", "knee"))
STRIDE_S = 1.19
SPEED = 0.35
CYCLE_S = STRIDE_S / SPEED


@dataclass
class Sampled:
    q: np.ndarray
    dq: np.ndarray
    ddq: np.ndarray
    phase: np.ndarray
    repetition: np.ndarray


def sampled(motion, dt, seconds, brake_at_s=None, start=None):
    row, rows = Row(LAYOUT), []
    motion.begin(list(start) if start is not None else [0.1, 0.5])
    for tick in range(round(seconds / dt)):
        if brake_at_s is not None and tick == round(brake_at_s / dt):
            motion.come_to_rest()
        motion.sample(row)
        rows.append(row.values.copy())
    rows = np.array(rows)
    names = ("q_ref", "dq_ref", "ddq_ref", "phase", "repetition")
    return Sampled(*(rows[:, LAYOUT.slices[name]] for name in names))


def steepest(motion, dt):
    """The largest rate of change of the acceleration, in rad/s³ for each joint."""
    return np.abs(np.diff(motion.ddq, axis=0)).max(axis=0) / dt


def assert_derivatives_belong_together(motion, dt):
    """Differences of q and dq are dq and ddq up to what a bounded third derivative explains (Taylor's remainder)."""
    third = 1.05 * steepest(motion, dt) + 1e-9
    slope = (motion.q[2:] - motion.q[:-2]) / (2 * dt)
    bend = (motion.dq[2:] - motion.dq[:-2]) / (2 * dt)
    assert (np.abs(slope - motion.dq[1:-1]) <= third * dt**2 / 6 + 1e-9).all()
    assert (np.abs(bend - motion.ddq[1:-1]) <= third * dt / 2 + 1e-9).all()


def whole(repetitions=2, speed=SPEED, dt=DT):
    return PeriodicMotion(SHAPE, RANGE_DEG, STRIDE_S, speed, repetitions, dt)


angles = st.tuples(st.floats(-1.0, 1.5), st.floats(-0.1, 2.0))
times = st.floats(0.0, 11.0)


@settings(max_examples=15, deadline=None)
@given(start=angles, brake_at_s=st.one_of(st.none(), times), repetitions=st.integers(1, 3))
def test_velocity_and_acceleration_are_the_derivatives_of_the_angle_throughout(start, brake_at_s, repetitions):
    motion = sampled(whole(repetitions), DT, 16.0, brake_at_s, start)
    assert_derivatives_belong_together(motion, DT)


@settings(max_examples=10, deadline=None)
@given(start=angles, brake_at_ticks=st.one_of(st.none(), st.integers(0, 5000)))
def test_the_acceleration_never_jumps(start, brake_at_ticks):
    """A jump would stay as large on a finer grid; a bounded third derivative makes the largest step half as large."""
    brake_at_s = None if brake_at_ticks is None else brake_at_ticks * DT
    coarse = sampled(whole(), DT, 13.0, brake_at_s, start)
    fine = sampled(whole(dt=DT / 2), DT / 2, 13.0, brake_at_s, start)
    coarse_step, fine_step = (np.abs(np.diff(motion.ddq, axis=0)).max(axis=0) for motion in (coarse, fine))
    assert (fine_step <= 0.55 * coarse_step + 1e-9).all()


@given(start=angles)
@settings(max_examples=10, deadline=None)
def test_it_begins_where_the_joints_are_and_at_rest(start):
    motion = sampled(whole(), DT, DT, start=start)
    np.testing.assert_array_equal(motion.q[0], start)
    np.testing.assert_array_equal([motion.dq[0], motion.ddq[0]], 0.0)


@given(start=angles)
@settings(max_examples=10, deadline=None)
def test_the_approach_is_never_faster_than_it_may_be(start):
    motion, without_a_way = whole(), whole()
    motion.begin(list(start))
    without_a_way.begin(CURVE.at(0.0)[0])
    approach_s = APPROACH_AT_LEAST_S + motion.duration_s - without_a_way.duration_s
    approached = sampled(motion, DT, approach_s, start=start)
    assert np.abs(approached.dq).max() <= APPROACH_SPEED * (1.0 + 1e-9)
    np.testing.assert_allclose(approached.q[-1], CURVE.at(0.0)[0], atol=1e-3)


@pytest.mark.parametrize("repetitions", [1, 2, 5])
@pytest.mark.parametrize("cycle_s", [0.4, CYCLE_S])
def test_the_phase_turns_exactly_as_often_as_asked(repetitions, cycle_s):
    motion = whole(repetitions, STRIDE_S / cycle_s)
    motion.begin(CURVE.at(0.0)[0])
    seconds = motion.duration_s + 0.1
    rows = sampled(motion, DT, seconds, start=CURVE.at(0.0)[0])
    turned = np.unwrap(2 * np.pi * rows.phase[:, 0])[-1] / (2 * np.pi)
    assert turned == pytest.approx(repetitions, abs=1e-9)
    assert (np.diff(rows.repetition[:, 0]) >= 0).all()
    assert rows.repetition[-1, 0] == repetitions
    assert motion.at_rest
    np.testing.assert_allclose(rows.q[-1], CURVE.at(0.0)[0], atol=1e-9)
    np.testing.assert_allclose([rows.dq[-1], rows.ddq[-1]], 0.0, atol=1e-9)


def test_between_its_ramps_the_cycle_takes_what_the_plan_says():
    motion = whole(repetitions=3)
    start = CURVE.at(0.0)[0]
    motion.begin(start)
    rows = sampled(motion, DT, motion.duration_s, start=start)
    turned = np.unwrap(2 * np.pi * rows.phase[:, 0]) / (2 * np.pi)
    steady = (turned > 0.5) & (turned < 2.5)
    np.testing.assert_allclose(np.diff(turned[steady]) / DT, 1.0 / CYCLE_S, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(start=angles, brake_at_s=times)
def test_asked_to_rest_it_rests_within_a_ramp_on_the_path_that_it_was_on(start, brake_at_s):
    free = sampled(whole(), DT, brake_at_s + 1.0, start=start)
    motion = whole()
    rows = sampled(motion, DT, brake_at_s + 1.0, brake_at_s, start)
    assert motion.at_rest
    np.testing.assert_allclose([rows.dq[-1], rows.ddq[-1]], 0.0, atol=1e-9)
    # Never faster than unbraked motion is somewhere on the same stretch, and nowhere else than on it.
    assert (np.abs(rows.dq) <= np.abs(free.dq).max(axis=0) + 1e-9).all()
    between = np.min(np.linalg.norm(free.q[:, None] - rows.q[None, -1:], axis=2))
    assert between <= 1.01 * np.linalg.norm(free.dq, axis=1).max() * DT + 1e-9


def test_asked_twice_it_rests_as_if_asked_once():
    once, twice = whole(), whole()
    row = Row(LAYOUT)
    ends = []
    for motion, again in ((once, False), (twice, True)):
        motion.begin([0.1, 0.5])
        for tick in range(2000):
            if tick == 1200 or (again and tick == 1300):
                motion.come_to_rest()
            motion.sample(row)
        ends.append(row.values.copy())
    np.testing.assert_array_equal(*ends)


def test_a_fresh_start_forgets_the_last_stop():
    motion = whole()
    first = sampled(motion, DT, 4.0, brake_at_s=1.0)
    assert motion.at_rest
    second = sampled(motion, DT, 4.0)
    assert not motion.at_rest
    before = round(0.8 / DT)
    np.testing.assert_array_equal(first.q[:before], second.q[:before])
