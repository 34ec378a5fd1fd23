"""Small expressions that the rules are made of. Conditions are 0 or 1, element by element."""

import casadi
from casadi import SX

LARGEST = 1.7976931348623157e308
"""The largest double."""

SMALL = 2.0**-12
"""As many of the largest double, times this, are still a double."""

HUGE = 1e9
"""More than anything that is measured or remembered here can be, in any unit: what is larger is cut."""

TINY = 1e-9
"""Less than any encoder tells apart, in any unit: what divides is never smaller."""


def finite(values: SX) -> SX:
    """Which are numbers."""
    # x − x == 0 would be simplified away; a comparison with the largest double is false for NaN and infinity.
    return casadi.fabs(values) <= LARGEST


def all_finite(*values: SX) -> SX:
    """Whether all are numbers."""
    # Their sum is one just then. Each is made so small that numbers never add up to infinity.
    return finite(casadi.sum1(SMALL * casadi.vertcat(*values)))


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


def any_above(values: SX, bounds: SX | float) -> SX:
    """Whether any of these numbers is above its bound: their difference is above zero where, and only where, it is."""
    return casadi.mmax(values - bounds) > 0.0


def any_differs(values: SX, others: SX) -> SX:
    """Whether any of these numbers is another than its fellow."""
    return casadi.sum1(casadi.fabs(values - others)) > 0.0


def or_zero(values: SX, condition: SX) -> SX:
    """The values, numbers where one condition holds, else zeros: bounded by nothing at all, or by zero."""
    return clipped(values, LARGEST * condition)


def each_or(values: SX, other: SX | float) -> SX:
    """Each value that is a number; `other` in place of one that is not."""
    return casadi.if_else(finite(values), values, other)


def at_least(values: SX, low: SX | float) -> SX:
    """The values, none below `low`; `low` for one that is no number."""
    return casadi.fmax(values, low)


def at_most(values: SX, high: SX | float) -> SX:
    """The values, none above `high`; `high` for one that is no number."""
    return casadi.fmin(values, high)


def between(values: SX, low: SX | float, high: SX | float) -> SX:
    """The values, none below `low` or above `high`."""
    return at_most(at_least(values, low), high)


def clipped(values: SX, bound: SX | float) -> SX:
    """The values, none larger than `bound` either way."""
    return between(values, -bound, bound)


def driving_clipped(tau: SX, dq: SX, bound: SX) -> SX:
    """The torque, along the motion at most `bound`; what brakes is left alone."""
    return casadi.if_else(tau * dq > 0.0, clipped(tau, bound), tau)
