"""The soft velocity limit: above it nothing drives the joint on, and what brakes it is left alone."""

import casadi
from casadi import SX

from robot.guard.expressions import any_above, at_least, driving_clipped

VELOCITY_DAMPING = 60.0
"""N·m·s/rad with which the torque bound falls beyond the velocity limit: 30 N·m are gone 29°/s above it. Assumed."""

VELOCITY_MARGIN = 1.2
"""Beyond this multiple of the velocity limit, a soft stop."""

VELOCITY_OFF = 1.5
"""Beyond this one torque off at once. More than twice the margin of the soft stop: our choice."""


def velocity_bounded(tau: SX, dq: SX, velocity: SX, torque: SX) -> SX:
    """Torque whose driving part falls to zero above the velocity limit."""
    above = at_least(casadi.fabs(dq) - velocity, 0.0)
    return driving_clipped(tau, dq, at_least(torque - VELOCITY_DAMPING * above, 0.0))


def is_faster(dq: SX, velocity: SX, margin: float) -> SX:
    """Whether any joint is faster than this multiple of its limit."""
    return any_above(casadi.fabs(dq), margin * velocity)
