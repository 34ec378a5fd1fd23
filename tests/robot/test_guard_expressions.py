"""The small expressions that the guard's rules are made of, at every odd number."""

import math

import pytest
from casadi import SX

from robot.guard.expressions import (
    LARGEST,
    SMALL,
    all_finite,
    all_of,
    any_above,
    any_differs,
    any_of,
    at_least,
    at_most,
    between,
    clipped,
    driving_clipped,
    each_or,
    finite,
    or_zero,
)
from tests.robot.guard_values import value


@pytest.mark.parametrize("number", [0.0, -0.0, 5e-324, LARGEST, -LARGEST, 1.0])
def test_every_double_is_finite_but_infinities_and_what_is_no_number(number):
    assert value(finite, number) == 1.0
    for none in (math.inf, -math.inf, math.nan):
        assert value(finite, [number, none]) == [1.0, 0.0]


def test_numbers_are_all_finite_however_large_and_one_that_is_none_is_found_in_any_place():
    count = round(1.0 / SMALL)
    assert value(all_finite, [LARGEST] * count) == value(all_finite, [-LARGEST, 5e-324], [0.0]) == 1.0
    assert value(all_finite, []) == 1.0
    for place in range(4):
        for none in (math.inf, -math.inf, math.nan):
            numbers = [LARGEST, -1.0, 0.0, -LARGEST]
            numbers[place] = none
            assert value(all_finite, numbers) == value(all_finite, numbers[:2], numbers[2:]) == 0.0
    assert value(all_finite, [math.inf, -math.inf]) == 0.0


@pytest.mark.parametrize("number", [0.0, 5e-324, 2.2250738585072014e-308, 1.0, -1.0, -LARGEST])
def test_above_and_different_begin_with_one_bit(number):
    more = math.nextafter(number, math.inf)
    for numbers, others in (([number, 1.0], [number, 1.0]), ([number, 1.0], [more, LARGEST])):
        assert value(any_above, numbers, others) == 0.0
    for numbers, others in (([more, 1.0], [number, 1.0]), ([1.0, more], [2.0, number])):
        assert value(any_above, numbers, others) == value(any_differs, numbers, others) == 1.0
        assert value(any_differs, others, numbers) == 1.0
    assert value(any_differs, [number, -number], [number, -number]) == 0.0
    assert value(any_above, LARGEST, -LARGEST) == value(any_differs, LARGEST, -LARGEST) == 1.0


def test_all_and_any():
    for one, other in ((0, 0), (0, 1), (1, 0), (1, 1)):
        assert value(all_of, one, other) == (one and other) == value(all_of, [one, other])
        assert value(any_of, one, other) == (one or other) == value(any_of, [one, other])
    assert (value(all_of, []), value(any_of, [])) == (1.0, 0.0)


def test_what_stands_in_for_what_cannot_be_trusted():
    assert value(or_zero, [1.0, math.nan, math.inf, -math.inf, -LARGEST], 0) == [0.0] * 5
    numbers = [1.0, -2.0, 0.0, LARGEST, -LARGEST, 5e-324]
    assert value(or_zero, numbers, 1) == numbers
    assert value(lambda x: each_or(x, 7.0), [1.0, math.nan, math.inf]) == [1.0, 7.0, 7.0]


def test_bounds():
    assert value(lambda x: between(x, -1.0, 3.0), [-2.0, -1.0, 0.5, 3.0, 4.0]) == [-1.0, -1.0, 0.5, 3.0, 3.0]
    assert value(lambda x: between(x, -1.0, 3.0), [math.inf, -math.inf]) == [3.0, -1.0]
    assert value(lambda x: between(x, -1.0, 3.0), math.nan) == -1.0
    assert value(lambda x: clipped(x, 3.0), [-4.0, -3.0, 0.5, 4.0]) == [-3.0, -3.0, 0.5, 3.0]
    tau, dq = [5.0, -5.0, 5.0, -5.0, 5.0, 2.0], [1.0, -1.0, -1.0, 1.0, 0.0, 1.0]
    assert value(lambda t, w: driving_clipped(t, w, SX(3.0)), tau, dq) == [3.0, -3.0, 5.0, -5.0, 5.0, 2.0]


def test_bounds_on_one_side():
    numbers = [-2.0, 1.0, 3.0, math.inf, -math.inf]
    assert value(lambda x: at_least(x, 1.0), numbers) == [1.0, 1.0, 3.0, math.inf, 1.0]
    assert value(lambda x: at_most(x, 1.0), numbers) == [-2.0, 1.0, 1.0, 1.0, -math.inf]
    assert value(lambda x: at_least(x, 1.0), math.nan) == value(lambda x: at_most(x, 1.0), math.nan) == 1.0
