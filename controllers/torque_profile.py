"""A torque along the phase by four numbers: how much, when, and how long it takes to rise and to fall (Zhang 2017)."""

import casadi
from casadi import SX

from robot.law import Parameter


def profile(phase: SX, peak_phase: SX, rise: SX, fall: SX) -> SX:
    """Share 0…1 of the peak at `phase`: 1 at `peak_phase`, 0 from `rise` before it and from `fall` after it.

    Zhang and others 2017 (recalled) join two cubics at the peak; here they are minimum-jerk steps, 10 x³ − 15 x⁴ + 6
    x⁵, so that the torque's second derivative has no jump either. Round the cycle; all are shares of it.
    """
    after = phase - peak_phase
    after = after - casadi.floor(after + 0.5)
    x = casadi.fmax(1.0 - casadi.fmax(after / fall, -after / rise), 0.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x**2)


def peak() -> Parameter:
    """The largest torque of a profile, positive in flexion."""
    return Parameter("N·m", at_least=-40.0, at_most=40.0, slew=2.0, why="profile-peak")


def peak_phase() -> Parameter:
    """Where in the cycle it is."""
    return Parameter("1", at_least=0.0, at_most=1.0, slew=0.05, why="share-of-cycle")


def flank() -> Parameter:
    """How much of the cycle the torque takes to rise, or to fall."""
    return Parameter("1", at_least=0.1, at_most=0.5, slew=0.05, why="profile-flank")
