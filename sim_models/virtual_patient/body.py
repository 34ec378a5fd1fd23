"""A whole body: height, mass, sex and age of a person who could be."""

import math
from dataclasses import dataclass

from robot.body import Segment, SegmentName, Sex, segment, shank_and_foot
from robot.errors import InputError
from sim_models.virtual_patient.bounds import check_within

LEAST_MASS_INDEX, MOST_MASS_INDEX = 8.0, 150.0
"""Body mass index in kg/m² between which a person can be: about the least and the most that were survived. Recalled."""


@dataclass(frozen=True, slots=True)
class Body:
    """A person's body; without a sex, the mean of both. Raises `InputError` where nobody can be like that."""

    height_m: float = 1.75
    mass_kg: float = 75.0
    sex: Sex | None = None
    age_years: float = 40.0

    def __post_init__(self) -> None:
        check_within("patient.height_m", self.height_m, 0.5, 2.5, "m")
        check_within("patient.mass_kg", self.mass_kg, 5.0, 300.0, "kg")
        check_within("patient.age_years", self.age_years, 18.0, 110.0, "years")
        if not LEAST_MASS_INDEX <= self.mass_index <= MOST_MASS_INDEX:
            raise InputError(
                "body-impossible",
                field="patient.mass_kg",
                mass=self.mass_kg,
                height=self.height_m,
                index=round(self.mass_index, 1),
                low=math.ceil(LEAST_MASS_INDEX * self.height_m**2),
                high=math.floor(MOST_MASS_INDEX * self.height_m**2),
            )

    @property
    def mass_index(self) -> float:
        """Mass over height squared in kg/m²."""
        return self.mass_kg / self.height_m**2

    @property
    def shank_and_foot(self) -> Segment:
        """Shank and foot as one rigid segment from the knee down."""
        return shank_and_foot(self.height_m, self.mass_kg, self.sex)

    def segment(self, name: SegmentName) -> Segment:
        """One of the body's segments."""
        return segment(name, self.height_m, self.mass_kg, self.sex)


USUAL = Body()
"""The body that the standard patients have until a plan or a session gives them one."""
