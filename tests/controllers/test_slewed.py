"""A slewed number against the weighted mean of its target, by quadrature that is exact for polynomials."""

from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.slewed import ROUNDING_S, Slewed

NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)
"""Exact up to the eleventh power; a straight line times the kernel, and its area, are of the sixth at most."""


class Target:
    """What was asked for, as a function of time: from `first` on, each course (time, value, slew) until the next."""

    def __init__(self, first, courses):
        self.first = first
        self.courses = courses

    def __call__(self, time):
        here = self.first
        for index, (since, value, slew) in enumerate(self.courses):
            if since > time:
                break
            following = self.courses[index + 1][0] if index + 1 < len(self.courses) else inf
            passed = min(time, following) - since
            here = value if slew == inf else here + float(np.clip(value - here, -slew * passed, slew * passed))
        return here

    def corners(self):
        for index, (since, value, slew) in enumerate(self.courses):
            yield since
            if slew != inf:
                yield since + abs(value - self(np.nextafter(since, -inf) if index else since - 1.0)) / slew


def integral(function, begin, end, corners):
    ends = [begin, *sorted(one for one in corners if begin < one < end), end]
    total = 0.0
    for low, high in pairwise(ends):
        times = 0.5 * (high - low) * NODES + 0.5 * (high + low)
        total += 0.5 * (high - low) * sum(w * function(time) for w, time in zip(WEIGHTS, times, strict=True))
    return total


def mean_of(target, time):
    def weighted(moment):
        s = (time - moment) / ROUNDING_S
        return target(moment) * 30.0 * s**2 * (1.0 - s) ** 2 / ROUNDING_S

    return integral(weighted, time - ROUNDING_S, time, target.corners())


def made(first, courses):
    number = Slewed(first)
    for time, value, slew in courses:
        if slew == inf:
            number.jump(time, value)
        else:
            number.slew(time, value, slew)
    return number


courses = st.lists(
    st.tuples(st.floats(0.01, 1.5), st.floats(-3.0, 3.0), st.one_of(st.just(inf), st.floats(0.1, 5.0))), max_size=5
).map(
    lambda steps: [
        (sum(one[0] for one in steps[: index + 1]), value, slew) for index, (_, value, slew) in enumerate(steps)
    ]
)


@settings(max_examples=60, deadline=None)
@given(first=st.floats(-3.0, 3.0), courses=courses, time=st.floats(0.0, 12.0))
def test_it_is_the_weighted_mean_of_its_target(first, courses, time):
    target = Target(first, courses)
    assert made(first, courses).at(time)[0] == pytest.approx(mean_of(target, time), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(first=st.floats(-3.0, 3.0), courses=courses, time=st.floats(0.0, 12.0))
def test_slope_and_bend_are_derivatives_and_the_area_is_the_integral(first, courses, time):
    h = 1e-5
    before, now, after = (made(first, courses).at(time + step) for step in (-h, 0.0, h))
    assert (after[0] - before[0]) / (2 * h) == pytest.approx(now[1], abs=1e-6)
    assert (after[1] - before[1]) / (2 * h) == pytest.approx(now[2], abs=2e-3)  # its derivative may jump
    assert (after[3] - before[3]) / (2 * h) == pytest.approx(now[0], abs=1e-6)
    assert made(first, courses).at(0.0)[3] == 0.0


@settings(max_examples=40, deadline=None)
@given(first=st.floats(0.0, 3.0), courses=courses)
def test_it_never_leaves_its_targets_nor_outruns_their_slew(first, courses):
    values = [first, *(value for _, value, _ in courses)]
    steepest = max([0.0, *(slew for *_, slew in courses)])
    number = made(first, courses)
    for time in np.arange(0.0, 12.0, 0.05):
        value, slope, _, _ = number.at(time)
        assert min(values) - 1e-9 <= value <= max(values) + 1e-9
        assert abs(slope) <= steepest * (1.0 + 1e-9) + 1e-9


@given(first=st.floats(-3.0, 3.0), courses=courses)
def test_settled_it_is_exactly_what_was_asked_for(first, courses):
    number = made(first, courses)
    value, slope, bend, _ = number.at(number.settled_s)
    assert (value, slope, bend) == (number.target, 0.0, 0.0)
    assert number.target == (courses[-1][1] if courses else first)


@settings(max_examples=60, deadline=None)
@given(
    rates=st.lists(st.tuples(st.floats(0.05, 2.0), st.floats(0.01, 2.0), st.floats(0.05, 2.0)), max_size=4),
    area=st.integers(1, 1000),
)
def test_stopped_at_an_area_it_ends_with_exactly_that(rates, area):
    number, time = Slewed(0.0), 0.0
    number.jump(0.0, 0.5)
    ends = number.stop_at_area(area)
    for after, rate, slew in rates:
        time += after
        if time < ends:
            number.slew(time, rate, slew)
            ends = number.stop_at_area(area)
    assert number.settled_s == ends + ROUNDING_S
    just_before = number.at(ends + ROUNDING_S - 1e-9)
    assert number.at(ends + ROUNDING_S) == (0.0, 0.0, 0.0, float(area))
    assert just_before[3] == pytest.approx(area, rel=1e-12)


def test_it_forgets_what_is_over_so_that_its_work_stays_bounded():
    number = Slewed(0.0)
    for index in range(1000):
        number.slew(0.1 * index, float(index % 7), 50.0)
        number.at(0.1 * index)
    assert len(number._knots) <= 2 * ROUNDING_S / 0.1 + 3
