"""Fatigue: the three-compartment controller model with enhanced recovery (3CC-r).

Xia T., Frey Law L. A. (2008), J. Biomechanics 41(14); the multiplier at rest: Looft, Herkert, Frey Law (2018), J.
Biomechanics 77. A muscle's units are active, fatigued or resting, as shares that sum to 1:

    dMA/dt = C − F·MA      dMF/dt = F·MA − R·MF      dMR/dt = −C + R·MF

C drives the active share to the target load within 0.1 s and is bounded by what rests. While nothing more is asked for
than what is active already, R is r times as large. What the muscle can still give is 1 − MF of its strength.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import casadi

from robot.errors import InputError
from sim_models.virtual_patient.joints import JointName

DRIVE_PER_S = 10.0
"""How fast the active share follows its target in 1/s, up and down alike (both papers)."""

Direction = Literal["flexors", "extensors"]

_TABLE = Path(__file__).with_name("fatigue_3cc_r.csv")
_GROUPS: dict[tuple[JointName, Direction], str] = {
    ("knee", "extensors"): "Knee-Extensor",
    ("ankle", "flexors"): "Ankle-Dorsiflexor",
    ("elbow", "flexors"): "Elbow-Flexor",
    ("elbow", "extensors"): "Elbow-Extensor",
    ("shoulder_flexion", "flexors"): "Shoulder",
    ("shoulder_flexion", "extensors"): "Shoulder",
    ("shoulder_abduction", "flexors"): "Shoulder",
    ("shoulder_abduction", "extensors"): "Shoulder",
}
"""The muscle groups whose three numbers are known; the plantarflexors' multiplier at rest is not."""


@dataclass(frozen=True, slots=True)
class FatigueRates:
    """How fast units tire (`fatigue` F, 1/s) and recover (`recovery` R, 1/s; `rest` r times that at rest)."""

    fatigue: Any
    recovery: Any
    rest: Any


TIRELESS = FatigueRates(0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Compartments:
    """Shares of a muscle's units: they sum to 1."""

    active: Any
    fatigued: Any
    resting: Any


FRESH = Compartments(active=0.0, fatigued=0.0, resting=1.0)


@cache
def _published() -> dict[str, FatigueRates]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {
            row["group"]: FatigueRates(float(row["F"]), float(row["R"]), float(row["r"]))
            for row in csv.DictReader(file)
            if row["r"]
        }


def fatigue_rates(joint: JointName, direction: Direction, times: float) -> FatigueRates:
    """The rates of a joint's muscles that tire `times` as fast as published; 0: tireless.

    Rakshit et al. (2021), J. Biomechanics, as published in MyoSuite. Raises `InputError` where the group has none.
    """
    if times == 0.0:
        return TIRELESS
    if (joint, direction) not in _GROUPS:
        known = ", ".join(f"{name}.{way}" for name, way in _GROUPS)
        raise InputError("fatigue-unknown", field=f"{joint}.{direction}.fatigue", known=known)
    published = _published()[_GROUPS[joint, direction]]
    return FatigueRates(times * published.fatigue, published.recovery, published.rest)


def compartment_rates(of: Compartments, target: Any, rates: FatigueRates) -> Compartments:
    """The change per second of each compartment while the load asked for is `target`, 0…1 of the fresh strength."""
    wanted = target - of.active
    drive = DRIVE_PER_S * casadi.fmin(wanted, of.resting)
    recovery = rates.recovery * casadi.if_else(wanted <= 0.0, rates.rest, 1.0) * of.fatigued
    tiring = rates.fatigue * of.active
    return Compartments(active=drive - tiring, fatigued=tiring - recovery, resting=recovery - drive)
