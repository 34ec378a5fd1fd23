"""The small expressions that the guard's rules are made of, at every odd number."""

import math

import numpy as np
import pytest
from casadi import SX

from robot.guard.expressions import (
    LARGEST,
    all_of,
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
    assert value(lambda x: between(x, -1.0, 3.0), [math.inf, -math.inf]) == [3.0, -1.0]
    assert math.isnan(value(lambda x: between(x, -1.0, 3.0), math.nan))
    assert value(lambda x: clipped(x, 3.0), [-4.0, -3.0, 0.5, 4.0]) == [-3.0, -3.0, 0.5, 3.0]
    tau, dq = [5.0, -5.0, 5.0, -5.0, 5.0, 2.0], [1.0, -1.0, -1.0, 1.0, 0.0, 1.0]
    assert value(lambda t, w: driving_clipped(t, w, SX(3.0)), tau, dq) == [3.0, -3.0, 5.0, -5.0, 5.0, 2.0]


def test_bounds_on_one_side():
    numbers = [-2.0, 1.0, 3.0, math.inf, -math.inf]
    assert value(lambda x: at_least(x, 1.0), numbers) == [1.0, 1.0, 3.0, math.inf, 1.0]
    assert value(lambda x: at_most(x, 1.0), numbers) == [-2.0, 1.0, 1.0, 1.0, -math.inf]
    assert np.isnan([value(lambda x: at_least(x, 1.0), math.nan), value(lambda x: at_most(x, 1.0), math.nan)]).all()
