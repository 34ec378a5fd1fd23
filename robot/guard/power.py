"""The power of each joint: torque along the motion times speed."""

import casadi
from casadi import SX

from robot.guard.expressions import TINY, at_least, driving_clipped


def power_bounded(tau: SX, dq: SX, power: SX) -> SX:
    """Torque that gives the motion at most `power` W; what brakes is left alone, however much it takes."""
    return driving_clipped(tau, dq, power / at_least(casadi.fabs(dq), TINY))
