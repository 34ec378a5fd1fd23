"""Synthetic patients whose effort slackens from cycle to cycle."""

from dataclasses import dataclass, field
from math import radians

import numpy as np

from docs.science.knee import RANGE_DEG
from sim_models.virtual_patient.adaptation import next_effort

SPAN = radians(RANGE_DEG[1] - RANGE_DEG[0])
"""The range of motion in rad: the patients' errors are told as shares of it."""


@dataclass(frozen=True)
class Patient:
    """Height in m, mass in kg, retention f_H a cycle, G in 1/rad, effort at the start."""

    height: float
    mass: float
    retention: float
    slope: float
    start: float


def _drawn() -> tuple[Patient, ...]:
    rng = np.random.default_rng(2007)
    ranges = np.array([(1.55, 1.9), (50.0, 95.0), (0.85, 0.95), (6.0, 12.0), (0.6, 0.9)])
    return tuple(Patient(*rng.uniform(ranges[:, 0], ranges[:, 1]).tolist()) for _ in range(4))


PATIENTS = _drawn()


@dataclass
class Slacking:
    """A will that takes over a share of what the limb needs, and alters it after each cycle by that cycle's error."""

    patient: Patient
    efforts: list[float] = field(init=False)
    q_ref: float = 0.0
    cycle: int = 0
    short: float = 0.0
    asked: float = 0.0

    def __post_init__(self) -> None:
        self.efforts = [self.patient.start]

    def listen(self, cycles: float, q_ref: float) -> None:
        """A new effort where a cycle ends."""
        self.q_ref = q_ref
        if int(cycles) > self.cycle:
            patient, ahead = self.patient, -self.short / self.asked / SPAN
            sensitivity = (1.0 - patient.retention) * patient.slope * SPAN
            self.efforts.append(float(next_effort(self.efforts[-1], ahead, patient.retention, sensitivity)))
            self.cycle, self.short, self.asked = int(cycles), 0.0, 0.0

    def torque(self, q: float, dq: float, needed: float) -> float:
        """The share of it; how far the limb fell short where it was needed is felt meanwhile."""
        self.short += needed * (self.q_ref - q)
        self.asked += abs(needed)
        return self.efforts[-1] * needed
