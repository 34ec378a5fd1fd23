"""Tremor: a sinusoidal torque at the joint, in the band of 4 to 12 Hz."""

import math
from dataclasses import dataclass
from typing import Any

import casadi

from sim_models.virtual_patient.bounds import check_within


@dataclass(frozen=True, slots=True)
class Tremor:
    """A tremor of `amplitude` N·m at `frequency` Hz. Values are synthetic."""

    amplitude: float
    frequency: float

    def __post_init__(self) -> None:
        check_within("tremor.amplitude", self.amplitude, 0.0, 30.0, "N·m")
        check_within("tremor.frequency", self.frequency, 4.0, 12.0, "Hz")


NONE = Tremor(amplitude=0.0, frequency=5.0)
FIVE_HERTZ = Tremor(amplitude=3.0, frequency=5.0)
"""Synthetic."""


def tremor_torque(amplitude: Any, frequency: Any, time: Any) -> Any:
    """Torque in N·m at `time` s; the phase is zero at the start, so that two runs are alike."""
    return amplitude * casadi.sin(2.0 * math.pi * frequency * time)
