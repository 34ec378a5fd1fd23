"""Soft position limits: compliance inside the range is left alone, and beyond it nothing drives further out."""

import math

import casadi
from casadi import SX

from robot.guard.expressions import any_above, at_least, at_most, between

SOFT_STIFFNESS = 200.0
"""N·m/rad by which the outward torque bound falls beyond a soft position limit: 30 N·m are gone within 9°. Assumed."""

SOFT_DAMPING = 8.0
"""N·m·s/rad by which it falls too while the joint moves further out. Assumed."""

POSITION_MARGIN = math.radians(5.0)
"""Beyond a soft position limit by this much, a soft stop."""

POSITION_OFF = 2.0 * POSITION_MARGIN
"""Beyond it by this much, torque off at once: a soft stop did not hold it. Twice as far: our choice."""


def position_bounded(tau: SX, q: SX, dq: SX, low: SX, high: SX, torque: SX) -> SX:
    """Torque within bounds that fall to zero beyond `low` and `high`.

    To zero and not past it: a limit takes torque away and never makes any, or a soft stop beyond it would not let go.
    """
    above, below = at_least(q - high, 0.0), at_least(low - q, 0.0)
    out_up = casadi.if_else(above > 0.0, at_least(dq, 0.0), 0.0)
    out_down = casadi.if_else(below > 0.0, at_least(-dq, 0.0), 0.0)
    upper = at_least(torque - SOFT_STIFFNESS * above - SOFT_DAMPING * out_up, 0.0)
    lower = at_most(-torque + SOFT_STIFFNESS * below + SOFT_DAMPING * out_down, 0.0)
    return between(tau, lower, upper)


def is_beyond(q: SX, low: SX, high: SX, margin: float) -> SX:
    """Whether any joint is further out than `margin` rad."""
    return casadi.logic_or(any_above(q, high + margin), any_above(low - margin, q))
