"""Spasticity: a velocity-dependent stretch reflex, late and one-sided.

    τ = −G · max(0, ω(t − 30 ms) − ω_th)

ω is the speed at which the spastic muscle is stretched: flexion (positive ω) stretches extensors, extension flexors. At
the knee the extensors are the usual ones in extensor spasticity: their reflex resists flexion; extension meets nothing.
"""

import math
from dataclasses import dataclass
from typing import Any

import casadi

from sim_models.virtual_patient.bounds import check_within

REFLEX_DELAY_S = 0.030
"""Latency of the stretch reflex in s, quadriceps; recalled."""


@dataclass(frozen=True, slots=True)
class Spasticity:
    """A spastic muscle: reflex `gain` in N·m·s/rad above a stretch speed of `threshold` rad/s. Values are synthetic."""

    gain: float
    threshold: float

    def __post_init__(self) -> None:
        check_within("spasticity.gain", self.gain, 0.0, 200.0, "N·m·s/rad")
        check_within("spasticity.threshold", self.threshold, 0.0, 20.0, "rad/s")


NONE = Spasticity(gain=0.0, threshold=0.0)
MILD = Spasticity(gain=6.0, threshold=math.radians(30.0))
"""Synthetic: no numeric map from modified Ashworth to a reflex gain was found."""
SEVERE = Spasticity(gain=25.0, threshold=math.radians(15.0))
"""Synthetic, as `MILD`."""


def reflex_torque(gain: Any, threshold: Any, stretch_speed: Any) -> Any:
    """Reflex torque in N·m against the stretch; `stretch_speed` in rad/s is that of `REFLEX_DELAY_S` ago."""
    return -gain * casadi.fmax(0.0, stretch_speed - threshold)
