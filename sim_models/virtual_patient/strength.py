"""How strong a healthy person is in each joint, so that weakness can be a share of it.

    τ_most = norm(joint, direction) · factor(sex, age) · mass

The norms are isometric, of men of about 20 to 40 years, in N·m per kg of body mass. Women and older people are weaker
by one factor, that of knee extension; knee flexion has figures of its own. The strength is the same at every angle and
speed, which a muscle's is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from robot.body import Sex
from sim_models.virtual_patient.joints import JointName


@dataclass(frozen=True, slots=True)
class Norm:
    """Strength in N·m/kg the positive way (`flexion`) and back (`extension`), and where the numbers are from."""

    flexion: float
    extension: float
    source: str


_ANDERSON = "recalled: Anderson 2007, young men, at a height of 1.75 m"
_SYNTHETIC = "synthetic"

NORMS: Mapping[JointName, Norm] = MappingProxyType(
    {
        "hip": Norm(1.94, 2.76, _ANDERSON),
        "knee": Norm(1.385, 3.185, "Šarabon 2021, middle of the young men's range"),
        "ankle": Norm(0.57, 1.63, _ANDERSON),
        "shoulder_flexion": Norm(0.9, 1.1, _SYNTHETIC),
        "shoulder_abduction": Norm(0.8, 0.9, _SYNTHETIC),
        "shoulder_rotation": Norm(0.6, 0.4, _SYNTHETIC),
        "elbow": Norm(0.78, 0.67, "published of young men as 78 and 67 % of the body mass, author not noted"),
        "forearm": Norm(0.13, 0.13, _SYNTHETIC),
        "neck": Norm(0.35, 0.6, _SYNTHETIC),
    }
)

YOUNG_YEARS, OLD_YEARS = 40.0, 70.0
"""Between these ages strength falls in a straight line, outside it stays. Assumed."""

_EXTENSION = {"male": (3.185, 1.95), "female": (2.41, 1.52)}
_FLEXION = {"male": (1.385, 0.79), "female": (1.048, 0.635)}
"""Knee, young and old, N·m/kg: the middles of Šarabon's ranges (2021; 13 893 people). Young women's flexion was not
found: theirs is men's times the ratio of their extension."""


def _at_age(young_and_old: tuple[float, float], age_years: float) -> float:
    young, old = young_and_old
    share = min(max((age_years - YOUNG_YEARS) / (OLD_YEARS - YOUNG_YEARS), 0.0), 1.0)
    return young + share * (old - young)


def _factor(table: Mapping[str, tuple[float, float]], sex: Sex | None, age_years: float) -> float:
    sexes = [sex] if sex else ["female", "male"]
    return sum(_at_age(table[one], age_years) for one in sexes) / len(sexes) / table["male"][0]


def strongest(joint: JointName, mass_kg: float, sex: Sex | None, age_years: float) -> tuple[float, float]:
    """The largest torque in N·m the positive way and back of a healthy person; without a sex, the mean of both."""
    norm, extension = NORMS[joint], _factor(_EXTENSION, sex, age_years)
    flexion = _factor(_FLEXION, sex, age_years) if joint == "knee" else extension
    return norm.flexion * flexion * mass_kg, norm.extension * extension * mass_kg
