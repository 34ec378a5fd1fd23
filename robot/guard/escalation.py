"""From limit to soft stop to torque off, so that a reading that flickers at a limit does not flicker the severity.

One number, *strain* in s, rises while limits act and falls at half that speed otherwise: limits that act for more than
a third of the time add up. Where it passes a threshold upwards, or a margin was passed, it is lifted over the threshold
by a hold, so that what was asked for stays asked for until it has been calm for a while; where it passes one downwards
it is let fall by as much.
"""

import casadi
from casadi import SX

from robot.guard.expressions import at_least, between
from robot.runtime.session_state import Severity

SOFT_AFTER_S = 1.0
"""Strain that asks for a soft stop: ten times what one may take. A limit that has to act for this long does not do."""

OFF_AFTER_S = 1.5
"""Strain that asks for torque off: 0.4 s after what a hold leaves of a soft stop, longer than a session waits for one
to let go."""

HOLD_S = 0.1
"""By this much the strain is moved on when it passes a threshold: what was asked for stays asked for 0.2 s of calm,
longer than any flicker of a reading, and is not asked for again at once."""

RECOVERY = 0.5
"""Speed at which strain falls, as a share of the speed at which it rises."""

MOST_S = OFF_AFTER_S + HOLD_S
"""Strain is counted up to this, so that calm undoes any past in some three seconds."""

_THRESHOLDS = {Severity.SOFT: SOFT_AFTER_S, Severity.OFF: OFF_AFTER_S}


def strained(before: SX, acting: SX, asked: SX, dt: float) -> SX:
    """Strain after a tick in which limits were `acting`, or margins `asked` for a severity."""
    strain = between(before + casadi.if_else(acting, dt, -RECOVERY * dt), 0.0, MOST_S)
    for severity, threshold in _THRESHOLDS.items():
        rises = casadi.logic_and(before < threshold, strain >= threshold)
        falls = casadi.logic_and(before >= threshold, strain < threshold)
        strain = casadi.if_else(falls, threshold - HOLD_S, strain)
        lifted = at_least(strain, threshold + HOLD_S)
        strain = casadi.if_else(casadi.logic_or(rises, asked >= float(severity)), lifted, strain)
    return strain


def severity_of(strain: SX) -> SX:
    """What this strain asks for."""
    soft = casadi.if_else(strain >= SOFT_AFTER_S, float(Severity.SOFT), float(Severity.NONE))
    return casadi.if_else(strain >= OFF_AFTER_S, float(Severity.OFF), soft)
