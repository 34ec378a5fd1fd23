"""Slacking and adaptation: how a person's effort goes from one repetition to the next.

Emken J. L. et al. (2007), "Motor adaptation as a greedy optimization of error and effort", J. Neurophysiology 97(6):

    u' = f · u − g · x

u is the effort and x the error of the repetition. A person whose errors the robot takes away slacks by f; one who falls
short (x < 0) works harder.
"""

from dataclasses import dataclass
from typing import Any

import casadi

from sim_models.virtual_patient.bounds import check_within


@dataclass(frozen=True, slots=True)
class Adaptation:
    """`retention` f of the effort, 0…1, and `sensitivity` g to the error, both for each repetition."""

    retention: float
    sensitivity: float

    def __post_init__(self) -> None:
        check_within("adaptation.retention", self.retention, 0.0, 1.0, "1")
        check_within("adaptation.sensitivity", self.sensitivity, 0.0, 10.0, "1")


STEADY = Adaptation(retention=1.0, sensitivity=0.0)
"""Effort stays as it is."""
FAST = Adaptation(retention=0.9335, sensitivity=0.0918)
SLOW = Adaptation(retention=0.9978, sensitivity=0.0143)
"""Stand-ins from another task: the two rates published for split-belt walking, the study not noted."""


def next_effort(effort: Any, error: Any, retention: Any, sensitivity: Any) -> Any:
    """The effort 0…1 of the next repetition; `error`: how far the limb ran ahead, a share of the range."""
    return casadi.fmin(1.0, casadi.fmax(0.0, retention * effort - sensitivity * error))
