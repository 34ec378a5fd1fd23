"""While nothing good comes in: the last command decays, and it is counted for how long."""

import casadi
from casadi import SX

from robot.guard.expressions import at_most, between, clipped, each_or

DECAY_S = 0.040
"""While nothing good comes in, the last good command falls to zero as fast as the torque limit would in this time: one
lost reply is hardly felt, and all is gone by the time that a bus is called silent. The rate limit may stretch it."""

BLIND_S = 0.020
"""With replies that come but make no sense, or a law that gives none, for this long, a soft stop: half of the default
bus silence, so that a sensor that gives nonsense is acted on before a bus that gives nothing."""

LONG_S = 10.0
"""Times are counted up to this."""


def decayed(tau: SX, torque: SX, dt: float) -> SX:
    """The torque one tick nearer to zero, and never past it."""
    return tau - clipped(tau, torque * dt / DECAY_S)


def counted(before: SX, dt: float) -> SX:
    """A remembered time, one tick longer."""
    return at_most(remembered(before) + dt, LONG_S)


def remembered(time: SX) -> SX:
    """A remembered time: zero where it is not known, never negative."""
    return between(each_or(time, 0.0), 0.0, LONG_S)


def blind_after(before: SX, good: SX, fresh: SX, dt: float) -> SX:
    """For how long replies came that made no sense.

    A missed reply is the session's to count, in milliseconds of silence; here only nonsense is counted.
    """
    return casadi.if_else(good, 0.0, casadi.if_else(fresh, counted(before, dt), remembered(before)))


def unseen_after(before: SX, seen: SX, dt: float) -> SX:
    """For how long nothing was measured."""
    return casadi.if_else(seen, 0.0, counted(before, dt))
