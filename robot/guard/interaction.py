"""What the person does, as far as motor torque tells it: the estimated interaction torque, and a spasm in it."""

import casadi
from casadi import SX

from robot.guard.expressions import HUGE, any_of, clipped
from robot.symbolic import SymbolicRobot

ACCELERATION_FILTER_S = 0.010
"""Time constant of the acceleration that the interaction torque's estimate needs: the encoder's velocity steps
(0.001 rad/s on a PH54) would otherwise be 0.5 N·m of noise."""


TOOL_FILTER_S = 0.030
"""The same of a robot that carries no limbs, and of its torque: noise of 0.5°/s at the shoulder of an arm whose inertia
is ten times a knee's would otherwise be 20 N at its last link. Assumed; a person who is touched is no spasm."""


def filtered(before: SX, now: SX, seen: SX, dt: float, filter_s: float = ACCELERATION_FILTER_S) -> SX:
    """An acceleration or a torque after a first-order low-pass of `filter_s` s; as before where nothing was seen."""
    share = dt / (filter_s + dt)
    return clipped(casadi.if_else(seen, before * (1.0 - share) + share * now, before), HUGE)


def interaction_torque(robot: SymbolicRobot, q: SX, dq: SX, ddq: SX, tau_measured: SX) -> SX:
    """Measured torque less what the robot itself takes: gravity, friction, inertia; in N·m."""
    robots_own = robot.torque_from_rest(q, ddq) + robot.friction(dq)
    return clipped(tau_measured - robots_own, HUGE)


def tool_force(robot: SymbolicRobot, q: SX, interaction: SX) -> SX:
    """The size in N of the force at the last link that an interaction torque stands for.

    Whatever touches the arm further up is seen as the force at the last link that turns the joints the most alike. What
    merely swings the elbow about the line from shoulder to wrist is not seen: no force at the last link does that.
    """
    return casadi.norm_2(robot.tip_wrench(q, interaction)[:3])


def is_spasm(interaction: SX, since_half: SX, threshold: SX, within: SX) -> SX:
    """Whether the interaction torque passed its threshold having been below half of it within the given time."""
    return any_of(casadi.logic_and(casadi.fabs(interaction) >= threshold, since_half <= within))
