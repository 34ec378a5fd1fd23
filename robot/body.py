"""A person's segments from height and mass (de Leva 1996); the law's limb and the simulated one are both made from it.

Every function takes numbers or symbolic expressions alike. Segment frame: +x from the proximal to the distal end, +z to
the front of the limb (for the leg: where the toes point), +y to the person's left. Trunk and head begin at their upper
ends, so the axes of all segments are parallel in a person who stands with the palms to the front: +x is down.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Sex = Literal["female", "male"]
SegmentName = Literal["thigh", "shank", "foot", "upper_arm", "forearm", "hand", "trunk", "head"]

LENGTH_PER_HEIGHT = {
    **{"thigh": 0.245, "shank": 0.246, "foot": 0.152},
    **{"upper_arm": 0.186, "forearm": 0.146, "hand": 0.108},
    **{"trunk": 0.288, "head": 0.130},
}
"""Segment length as a fraction of height (recalled from Drillis and Contini's drawing). The foot is heel to toe, the
hand wrist to fingertip, the trunk hip to shoulder, the head chin to crown."""

ANKLE_HEIGHT_PER_HEIGHT = 0.039
"""Height of the ankle above the sole as a fraction of body height (recalled, the same drawing)."""

HEEL_BEHIND_ANKLE = 0.25
"""Share of the foot's length that lies behind the ankle: an assumption."""

KNUCKLE_PER_HAND = 0.459
"""De Leva measures the hand to the third knuckle; this is that length's share of the whole hand (recalled: his second
row for the hand, 86.2 of 187.9 mm in men, 78.0 of 170.1 mm in women)."""

TABLE = Path(__file__).with_name("de_leva_1996_segments.csv")
"""The file with the fractions of mass, centre and radii of gyration."""

_ROWS = {
    **{"thigh": "thigh", "shank": "shank", "foot": "foot(heel-toe)"},
    **{"upper_arm": "upperarm", "forearm": "forearm", "hand": "hand(wrist-MET3)"},
    **{"trunk": "trunk(SUPR-MIDH)", "head": "head(VERT-MIDG)"},
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One rigid segment, alike on its left and right: mass in kg, length in m, centre of mass and inertia about it.

    `centre` (x, z) in m from the proximal end; in kg·m² the `moments` about the x, y and z axes through the centre, and
    `product`, the inertia matrix's entry for x and z.
    """

    mass: Any
    length: Any
    centre: tuple[Any, Any]
    moments: tuple[Any, Any, Any]
    product: Any = 0.0

    @property
    def moment(self) -> Any:
        """The moment in kg·m² about the left-right axis through the centre."""
        return self.moments[1]


@cache
def _de_leva() -> dict[tuple[str, str], dict[str, float]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            (row["segment"], row["sex"]): {name: float(row[name]) for name in row if name not in {"segment", "sex"}}
            for row in csv.DictReader(file)
        }


def _fraction(segment: str, column: str, sex: Sex | None) -> float:
    table = _de_leva()
    values = {letter: table[_ROWS[segment], letter][column] for letter in ("F", "M")}
    return values["F" if sex == "female" else "M"] if sex else 0.5 * (values["F"] + values["M"])


def segment(name: SegmentName, height_m: Any, mass_kg: Any, sex: Sex | None = None) -> Segment:
    """A segment of a person; without a sex, the mean of de Leva's female and male fractions.

    The foot's frame stands in its ankle with the shank's axes (ankle neutral): its sole is below the ankle, its heel
    behind. The other axes are those of a person who stands with the palms to the front.
    """
    mass = _fraction(name, "mass_frac", sex) * mass_kg
    length = LENGTH_PER_HEIGHT[name] * height_m
    measured = KNUCKLE_PER_HAND * length if name == "hand" else length
    along = _fraction(name, "com_frac_from_proximal", sex) * measured
    # De Leva's axes: longitudinal, transverse (left-right) and sagittal (front-back in the segment that hangs).
    long, trans, sag = (
        mass * (_fraction(name, column, sex) * measured) ** 2 for column in ("r_long", "r_trans", "r_sag")
    )
    if name == "foot":
        centre = (0.5 * ANKLE_HEIGHT_PER_HEIGHT * height_m, along - HEEL_BEHIND_ANKLE * length)
        return Segment(mass, length, centre, (sag, trans, long))
    return Segment(mass, length, (along, 0.0 * length), (long, trans, sag))


def shank_and_foot(height_m: Any, mass_kg: Any, sex: Sex | None = None) -> Segment:
    """Shank and foot as one rigid body from the knee down, the ankle at neutral."""
    shank, foot = segment("shank", height_m, mass_kg, sex), segment("foot", height_m, mass_kg, sex)
    parts = ((shank, shank.centre), (foot, (shank.length + foot.centre[0], foot.centre[1])))
    mass = shank.mass + foot.mass
    centre_x = sum(part.mass * centre[0] for part, centre in parts) / mass
    centre_z = sum(part.mass * centre[1] for part, centre in parts) / mass
    arms = [(part, centre[0] - centre_x, centre[1] - centre_z) for part, centre in parts]
    moments = (
        sum(part.moments[0] + part.mass * z**2 for part, _, z in arms),
        sum(part.moments[1] + part.mass * (x**2 + z**2) for part, x, z in arms),
        sum(part.moments[2] + part.mass * x**2 for part, x, _ in arms),
    )
    product = -sum(part.mass * x * z for part, x, z in arms)
    return Segment(mass, shank.length, (centre_x, centre_z), moments, product)
