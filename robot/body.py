"""A person's segments from height and mass (de Leva 1996); the law's limb and the simulated one are both made from it.

Every function takes numbers or symbolic expressions alike. Segment frame: +x from the proximal to the distal end, +z to
the front of the limb (for the leg: where the toes point), +y to the person's left.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Sex = Literal["female", "male"]

LENGTH_PER_HEIGHT = {"thigh": 0.245, "shank": 0.246, "foot": 0.152}
"""Segment length as a fraction of height (recalled from Drillis and Contini's drawing; foot is heel to toe)."""

ANKLE_HEIGHT_PER_HEIGHT = 0.039
"""Height of the ankle above the sole as a fraction of body height (recalled, the same drawing)."""

HEEL_BEHIND_ANKLE = 0.25
"""Share of the foot's length that lies behind the ankle: an assumption."""

_TABLE = Path(__file__).with_name("de_leva_1996_segments.csv")
_ROWS = {"thigh": "thigh", "shank": "shank", "foot": "foot(heel-toe)"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One rigid segment: mass in kg, length in m, centre of mass and moment about it.

    `centre` (x, z) in m from the proximal end, `moment` in kg·m² about the left-right axis through the centre.
    """

    mass: Any
    length: Any
    centre: tuple[Any, Any]
    moment: Any


@cache
def _de_leva() -> dict[tuple[str, str], dict[str, float]]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {
            (row["segment"], row["sex"]): {name: float(row[name]) for name in row if name not in {"segment", "sex"}}
            for row in csv.DictReader(file)
        }


def _fraction(segment: str, column: str, sex: Sex | None) -> float:
    table = _de_leva()
    values = {letter: table[_ROWS[segment], letter][column] for letter in ("F", "M")}
    return values["F" if sex == "female" else "M"] if sex else 0.5 * (values["F"] + values["M"])


def segment(name: Literal["thigh", "shank", "foot"], height_m: Any, mass_kg: Any, sex: Sex | None = None) -> Segment:
    """A segment of a person; without a sex, the mean of de Leva's female and male fractions.

    The foot's frame stands in its ankle with the shank's axes (ankle neutral): its sole is below the ankle, its heel
    behind.
    """
    mass = _fraction(name, "mass_frac", sex) * mass_kg
    length = LENGTH_PER_HEIGHT[name] * height_m
    along = _fraction(name, "com_frac_from_proximal", sex) * length
    # de Leva's transverse radius is the one about the left-right axis.
    moment = mass * (_fraction(name, "r_trans", sex) * length) ** 2
    if name == "foot":
        centre = (0.5 * ANKLE_HEIGHT_PER_HEIGHT * height_m, along - HEEL_BEHIND_ANKLE * length)
    else:
        centre = (along, 0.0 * length)
    return Segment(mass, length, centre, moment)


def shank_and_foot(height_m: Any, mass_kg: Any, sex: Sex | None = None) -> Segment:
    """Shank and foot as one rigid body from the knee down, the ankle at neutral."""
    shank, foot = segment("shank", height_m, mass_kg, sex), segment("foot", height_m, mass_kg, sex)
    parts = ((shank, shank.centre), (foot, (shank.length + foot.centre[0], foot.centre[1])))
    mass = shank.mass + foot.mass
    centre_x = sum(part.mass * centre[0] for part, centre in parts) / mass
    centre_z = sum(part.mass * centre[1] for part, centre in parts) / mass
    moment = sum(
        part.moment + part.mass * ((centre[0] - centre_x) ** 2 + (centre[1] - centre_z) ** 2) for part, centre in parts
    )
    return Segment(mass, shank.length, (centre_x, centre_z), moment)
