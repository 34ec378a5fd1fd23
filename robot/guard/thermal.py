"""The motor's heat, by a first-order model of what its torque costs in copper.

θ' = ((τ/τ_continuous)² − θ) / τ_th; θ = 1 is the rise at which the drive may run for ever, since copper losses go with
the square of the current, and torque with the current. No drive's own temperature is read.
"""

from casadi import SX

from robot.guard.expressions import HUGE, TINY, at_least, at_most, between, each_or

START = 0.5
"""θ at a session's start: a drive that ran at 71 % of its continuous torque until now. Assumed: nobody knows what it
did before, and cold would be the dangerous guess."""

DERATED_FROM, DERATED_TO = 0.8, 1.0
"""Between these θ the torque bound falls from the limit to the continuous torque. Our choice: the last fifth."""

TOO_HOT = 1.1
"""Above this θ, a soft stop: at the continuous torque it cannot come about, so derating has failed. Our choice."""


def remembered(warming: SX) -> SX:
    """θ above its start; what is not known counts as the rated rise."""
    return between(each_or(warming, DERATED_TO - START), -START, HUGE)


def warmed(before: SX, tau: SX, continuous: SX, time_s: SX, dt: float) -> SX:
    """θ above its start after `tau` was held for `dt` s."""
    heat = at_most((tau / at_least(continuous, TINY)) ** 2, HUGE)
    return before + dt / (time_s + dt) * (heat - START - before)


def derated(warming: SX, continuous: SX, torque: SX) -> SX:
    """The torque bound at this heat; never above `torque`."""
    share = between((START + warming - DERATED_FROM) / (DERATED_TO - DERATED_FROM), 0.0, 1.0)
    return torque - share * at_least(torque - continuous, 0.0)


def is_too_hot(warming: SX) -> SX:
    """Which drives are."""
    return START + warming > TOO_HOT
