"""Small expressions that the rules are made of. Conditions are 0 or 1, element by element."""

import casadi
from casadi import SX

LARGEST = 1.7976931348623157e308
"""The largest double."""

HUGE = 1e9
"""More than anything that is measured or remembered here can be, in any unit: what is larger is cut."""

TINY = 1e-9
"""Less than any encoder tells apart, in any unit: what divides is never smaller."""


def finite(values: SX) -> SX:
    """Which are numbers."""
    # x − x == 0 would be simplified away; a comparison with the largest double is false for NaN and infinity.
    return casadi.fabs(values) <= LARGEST


def all_of(*conditions: SX) -> SX:
    """Whether all hold."""
    result = SX(1)
    for condition in casadi.vertsplit(casadi.vertcat(*conditions)):
        result = casadi.logic_and(result, condition)
    return result


def any_of(*conditions: SX) -> SX:
    """Whether any holds."""
    result = SX(0)
    for condition in casadi.vertsplit(casadi.vertcat(*conditions)):
        result = casadi.logic_or(result, condition)
    return result


def or_zero(values: SX, condition: SX) -> SX:
    """The values where one condition holds, else zeros."""
    return casadi.if_else(condition, values, SX.zeros(values.shape))


def each_or(values: SX, other: SX | float) -> SX:
    """Each value that is a number; `other` in place of one that is not."""
    return casadi.if_else(finite(values), values, other)


def at_least(values: SX, low: SX | float) -> SX:
    """The values, none below `low`.

    Not by `fmax`: that is a call into libm, which takes longer, and it makes the bound of what is no number.
    """
    return casadi.if_else(values < low, low, values)


def at_most(values: SX, high: SX | float) -> SX:
    """The values, none above `high`."""
    return casadi.if_else(values > high, high, values)


def between(values: SX, low: SX | float, high: SX | float) -> SX:
    """The values, none below `low` or above `high`."""
    return at_most(at_least(values, low), high)


def clipped(values: SX, bound: SX | float) -> SX:
    """The values, none larger than `bound` either way."""
    return between(values, -bound, bound)


def driving_clipped(tau: SX, dq: SX, bound: SX) -> SX:
    """The torque, along the motion at most `bound`; what brakes is left alone."""
    return casadi.if_else(tau * dq > 0.0, clipped(tau, bound), tau)
