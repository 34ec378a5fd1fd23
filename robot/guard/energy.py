"""The energy tank: all that the robot may give to motion, beyond what flows back or is refilled.

The row holds what was *spent*, J below the plan's budget: zero is a full tank. An observer that trips below zero would
fight every exercise that assists; a tank with a budget from the plan lets the exercise pass and ends what pumps.
"""

import casadi
from casadi import SX

from robot.guard.expressions import HUGE, LARGEST, TINY, at_least, at_most, between, clipped, each_or

NEAR_EMPTY = 0.1
"""Share of the budget below which the allowed driving power falls, to the refill when the tank is empty. Our choice."""

DISSIPATION = 8.0
"""Largest N·m·s/rad with which an overdrawn tank brakes: as soft as a plan's own damping. Assumed."""


def remembered(spent: SX, budget: SX) -> SX:
    """Energy spent, never below nothing; what is not known counts as all of the budget."""
    return between(each_or(spent, budget), 0.0, HUGE)


def spent_after(before: SX, tau: SX, dq: SX, seen: SX, refill: SX, dt: float) -> SX:
    """Energy spent after `tau` was applied for `dt` s at `dq`.

    Driving spends, braking and the refill give back, and never more than was spent. While nothing is seen, nothing is
    given back for braking at a speed that is only remembered.
    """
    power = casadi.sum1(clipped(tau * dq, HUGE))
    power = casadi.if_else(seen, power, at_least(power, 0.0))
    return between(before + dt * (power - refill), 0.0, HUGE)


def energy_bounded(tau: SX, dq: SX, remaining: SX, budget: SX, refill: SX, power: SX) -> SX:
    """Torque whose driving power fits to what remains; below nothing `refill` W at most.

    The bound meets the sum of the joints' own power limits at the last tenth, so it acts there alone.
    """
    share = between(remaining / at_least(NEAR_EMPTY * budget, TINY), 0.0, 1.0)
    allowed = refill + share * at_most(casadi.sum1(power), LARGEST)
    drives = tau * dq > 0.0
    wanted = casadi.sum1(casadi.if_else(drives, tau * dq, 0.0))
    factor = casadi.if_else(wanted > allowed, allowed / wanted, 1.0)
    return casadi.if_else(drives, factor * tau, tau)


def dissipation(dq: SX, remaining: SX, inertia: SX, dt: float) -> SX:
    """Torque that brakes while the tank is overdrawn: −α q̇ with α = min(α_max, −E/(Σq̇²·dt)).

    Capped, since that is 0/0 at rest; exactly zero at rest; and never more than stops the drive's own `inertia` in the
    tick, whatever hangs on it.
    """
    deficit = at_least(-remaining, 0.0)
    asked = deficit / at_least(casadi.sumsqr(dq) * dt, TINY)
    return -at_most(at_most(inertia / dt, DISSIPATION), asked) * dq
