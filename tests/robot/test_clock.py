"""Absolute deadlines on a clock of our own: no drift, and nothing is caught up."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.runtime.clock import SimulatedClock, WallClock

PERIOD = 1.0 / 500.0


class Wall:
    """A wall clock that goes on only while someone sleeps, works, or looks at it for `look` s a time.

    Every wake-up is late by what `late` gives.
    """

    def __init__(self, late=lambda: 0.0, start=1000.0, look=0.0):
        self.time = start
        self.late = late
        self.look = look
        self.sleeps = 0

    def now(self):
        self.time += self.look
        return self.time

    def sleep(self, seconds):
        assert seconds > 0.0
        self.sleeps += 1
        self.time += seconds + self.late()


def clock_on(wall, period=PERIOD, spin=0.0):
    return WallClock(period, spin, wall.now, wall.sleep)


def test_an_hour_of_late_wake_ups_and_work_does_not_drift():
    period, ticks = 0.01, 360_000
    late = np.random.default_rng(1).uniform(0.0, 0.4 * period, ticks).tolist()
    wall = Wall(iter(late).__next__)
    clock = clock_on(wall, period)
    for _ in islice(clock.ticks(), ticks):
        begun = wall.time
        wall.time += 0.3 * period
    assert clock.overruns == 0
    assert clock.grid_index == ticks - 1
    assert begun == pytest.approx(1000.0 + 3600.0 - period + late[ticks - 2], abs=1e-6)


def test_an_hour_of_sleep_and_spin_does_not_drift_and_hides_wake_ups_that_are_late_by_less():
    period, ticks, spin, look = 0.01, 360_000, 0.0005, 0.0001
    late = np.random.default_rng(1).uniform(0.0, 0.9 * spin, ticks).tolist()
    wall = Wall(iter(late).__next__, look=look)
    clock = clock_on(wall, period, spin)
    worst = 0.0
    for lateness in islice(clock.ticks(), ticks):
        worst = max(worst, lateness)
        begun = wall.time
        wall.time += 0.3 * period
    assert (clock.overruns, clock.grid_index) == (0, ticks - 1)
    assert worst <= 3.0 * look + 1e-9  # before the sleep, the last one of the spin, and what reads the lateness
    assert begun == pytest.approx(1000.0 + 3600.0 - period, abs=3.0 * look)


@pytest.mark.parametrize(("late", "lateness"), [(0.9, 0.0), (1.0, 0.0), (1.5, 0.5), (3.0, 2.0)])
def test_spinning_makes_up_for_a_late_wake_up_and_no_more(late, lateness):
    """`late` and `lateness` as shares of what is spun."""
    spin, look = PERIOD / 4.0, PERIOD / 1e4
    clock = clock_on(Wall(iter([late * spin] * 9).__next__, look=look), spin=spin)
    _, *others = islice(clock.ticks(), 4)
    assert others == pytest.approx([lateness * spin] * 3, abs=4.0 * look)


def test_without_spin_the_clock_is_not_looked_at_in_a_loop():
    wall = Wall()
    list(islice(clock_on(wall).ticks(), 100))
    assert wall.sleeps == 99


def test_lateness_is_how_late_the_wake_up_was():
    late = iter([0.0001, 0.0007, 0.0, 0.0003])
    wall = Wall(late.__next__)
    first, *others = islice(clock_on(wall).ticks(), 5)
    assert first == 0.0
    assert others == pytest.approx([0.0001, 0.0007, 0.0, 0.0003], abs=1e-9)


def test_the_grid_starts_when_the_clock_begins_and_not_at_the_first_tick():
    wall = Wall()
    clock = clock_on(wall)
    zero = clock.begin()
    wall.time += 0.25 * PERIOD
    ticks = clock.ticks()
    assert next(ticks) == pytest.approx(0.25 * PERIOD, abs=1e-9)
    assert next(ticks) == pytest.approx(0.0, abs=1e-9)
    assert wall.time == pytest.approx(zero + PERIOD, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(work=st.lists(st.floats(0.0, 6.0), min_size=2, max_size=60))
def test_an_overrun_is_counted_and_never_caught_up_by_a_burst(work):
    """`work` in periods: every tick begins on the grid, a period or more after the one before it."""
    wall = Wall()
    clock = clock_on(wall)
    ticks, begun, indices = clock.ticks(), [], []
    for load in work:
        assert next(ticks) == pytest.approx(0.0, abs=1e-9)
        begun.append(wall.time)
        indices.append(clock.grid_index)
        wall.time += load * PERIOD
    np.testing.assert_allclose(begun, 1000.0 + PERIOD * np.array(indices), atol=1e-9)
    assert (np.diff(indices) >= 1).all()
    assert clock.overruns == indices[-1] - (len(work) - 1)


def test_after_a_long_stall_the_next_tick_is_on_the_grid_and_alone():
    wall = Wall()
    clock = clock_on(wall)
    ticks = clock.ticks()
    next(ticks)
    wall.time += 10.3 * PERIOD
    for index in (11, 12, 13):
        assert next(ticks) == pytest.approx(0.0, abs=1e-9)
        assert (clock.grid_index, clock.overruns) == (index, 10)
        assert wall.time == pytest.approx(1000.0 + index * PERIOD, abs=1e-9)


def test_a_wake_up_that_is_periods_late_is_said_and_skips_what_it_missed():
    late = iter([4.5 * PERIOD, 0.0])
    wall = Wall(late.__next__)
    clock = clock_on(wall)
    ticks = clock.ticks()
    assert [next(ticks), next(ticks)] == pytest.approx([0.0, 4.5 * PERIOD], abs=1e-9)
    assert (clock.grid_index, clock.overruns) == (1, 0)
    assert next(ticks) == pytest.approx(0.0, abs=1e-9)
    assert (clock.grid_index, clock.overruns) == (6, 4)
    assert wall.time == pytest.approx(1000.0 + 6 * PERIOD, abs=1e-9)


def test_simulated_time_is_never_late_and_skips_nothing():
    clock = SimulatedClock()
    indices = [(lateness, clock.grid_index) for lateness in islice(clock.ticks(), 1000)]
    assert indices == [(0.0, index) for index in range(1000)]
    assert clock.overruns == 0


def test_a_start_that_is_set_ahead_leaves_time_for_what_comes_before_it():
    wall = Wall()
    clock = clock_on(wall)
    assert clock.begin(0.1) == pytest.approx(1000.1)
    wall.time += 0.06  # something slow
    lateness = list(islice(clock.ticks(), 3))
    assert lateness == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert wall.time == pytest.approx(1000.1 + 2 * PERIOD)
    assert clock.overruns == 0
