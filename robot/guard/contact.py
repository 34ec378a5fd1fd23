"""Contact force, where a sensor measures it: near its limit torque is taken away, over it the session stops."""

import casadi
from casadi import SX

from robot.guard.expressions import TINY, any_of, at_least, at_most, between

DERATED_FROM = 0.8
"""From this share of the limit on the torque bound falls, to zero at the limit. Our choice."""

YIELDING = 8.0
"""N·m·s/rad of torque against the motion that stay allowed while it falls: what brakes is not taken away at once. As
much as the plan's own damping is usual to be. Assumed."""


def contact_bounded(tau: SX, dq: SX, force: SX, limit: SX, torque: SX) -> SX:
    """Torque within a bound that falls as the nearest of the contact forces comes to its limit.

    Holding falls too: at rest it is what presses. Only what brakes keeps its share, smoothly from rest on.
    """
    left = (limit - casadi.fabs(force)) / at_least((1.0 - DERATED_FROM) * limit, TINY)
    share = between(casadi.mmin(left), 0.0, 1.0) * torque
    upper = at_most(share + YIELDING * at_least(-dq, 0.0), torque)
    lower = at_least(-share - YIELDING * at_least(dq, 0.0), -torque)
    return between(tau, lower, upper)


def is_pressed(force: SX, limit: SX) -> SX:
    """Whether any contact force is over its limit."""
    return any_of(casadi.fabs(force) > limit)
