"""Virtual patients: a body and what ails it. All of them are synthetic; none is a clinical claim."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

from robot.body import Segment, Sex, shank_and_foot
from robot.errors import InputError
from sim_models.virtual_patient import spasticity, tremor
from sim_models.virtual_patient.spasticity import Spasticity
from sim_models.virtual_patient.tremor import Tremor

_BOUNDS = {"height_m": (0.5, 2.5, "m"), "mass_kg": (5.0, 300.0, "kg"), "effort": (0.0, 1.0, "1")}
"""Outside of these no body or no share is meant, but another unit."""


@dataclass(frozen=True, slots=True)
class VirtualPatient:
    """A synthetic person.

    `height_m`, `mass_kg`, `sex` (None: the mean of both) make the limb; `effort` 0…1 is the share of their own limb's
    inverse dynamics that they carry; raises `InputError` where height, mass or effort cannot be meant.
    """

    name: str
    effort: float = 0.0
    spasticity: Spasticity = spasticity.NONE
    tremor: Tremor = tremor.NONE
    height_m: float = 1.75
    mass_kg: float = 75.0
    sex: Sex | None = None

    def __post_init__(self) -> None:
        for field, (low, high, unit) in _BOUNDS.items():
            given = getattr(self, field)
            if not (math.isfinite(given) and low <= given <= high):
                raise InputError("out-of-bounds", field=f"patient.{field}", given=given, low=low, high=high, unit=unit)

    def sized(self, height_m: float, mass_kg: float) -> Self:
        """The same impairment in a body of another height in m and mass in kg."""
        return replace(self, height_m=height_m, mass_kg=mass_kg)

    @property
    def limb(self) -> Segment:
        """Shank and foot as one rigid segment from the knee down."""
        return shank_and_foot(self.height_m, self.mass_kg, self.sex)


STANDARD: Mapping[str, VirtualPatient] = MappingProxyType(
    {
        patient.name: patient
        for patient in (
            VirtualPatient("passive"),
            VirtualPatient("weak", effort=0.25),
            VirtualPatient("strong", effort=0.75),
            VirtualPatient("mildly-spastic", spasticity=spasticity.MILD),
            VirtualPatient("severely-spastic", spasticity=spasticity.SEVERE),
            VirtualPatient("tremor", effort=0.5, tremor=tremor.FIVE_HERTZ),
        )
    }
)
"""The patients that every plan is tried with, by name; each number of them is synthetic."""
