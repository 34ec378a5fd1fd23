"""How long the way from wherever the joints are to a motion's first point takes."""

from collections.abc import Sequence
from math import radians

from controllers.motions.minimum_jerk import PEAK_VELOCITY

APPROACH_SPEED = radians(25.0)
"""Peak speed of the approach in rad/s: a third of what a slow walking exercise reaches, so that nobody is surprised."""

APPROACH_AT_LEAST_S = 1.5
"""Even a short approach outlasts the torque's fade in."""


def approach_s(here: Sequence[float], first: Sequence[float]) -> float:
    """Time in s of a minimum-jerk approach from joint angles `here` to `first`, both in rad."""
    farthest = max(abs(there - one) for there, one in zip(first, here, strict=True))
    return max(APPROACH_AT_LEAST_S, PEAK_VELOCITY * farthest / APPROACH_SPEED)
