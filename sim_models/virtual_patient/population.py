"""A population: patients sampled from a profile by a seed, each of which can be made again by its name."""

import re
from itertools import count, islice
from pathlib import Path

import numpy as np

from robot.errors import InputError
from sim_models.virtual_patient.patient import STANDARD, VirtualPatient
from sim_models.virtual_patient.profile import Pair, Profile, load_profile, shipped_profiles

_SAMPLED = re.compile(r"(?P<profile>.+)\.(?P<seed>\d{1,9})\.(?P<number>\d{1,9})")


def sampled(profile: Profile, seed: int, number: int) -> VirtualPatient:
    """The patient of that number (1, 2, …) of a seed: the same whoever is sampled besides.

    Each number of the profile takes one draw, also where it is no range: a range that is altered alters nothing else.
    """
    random = np.random.default_rng([seed, number])

    def draw(pair: Pair) -> float:
        low, high = pair
        return min(high, low + (high - low) * float(random.random()))

    return profile.drawn(f"{profile.name}.{seed}.{number}", draw)


def population(profile: Profile | str, n: int, seed: int) -> tuple[VirtualPatient, ...]:
    """The first `n` patients of a seed; `profile` may be a name or a file."""
    found = load_profile(profile) if isinstance(profile, str) else profile
    return tuple(sampled(found, seed, number) for number in islice(count(1), n))


def patient_named(name: str, field: str = "patient") -> VirtualPatient:
    """A standard patient, a profile's typical one, or a sampled one: `stroke-left-moderate.7.12`.

    A profile is a shipped one or a file: `my-profile.yaml.7.12`. Raises `InputError` about `field` where there is none,
    and what `load_profile` raises.
    """
    if name in STANDARD:
        return STANDARD[name]
    match = _SAMPLED.fullmatch(name)
    if match and _is_profile(match["profile"]):
        return sampled(load_profile(match["profile"]), int(match["seed"]), int(match["number"]))
    if _is_profile(name):
        return load_profile(name).typical
    known = ", ".join((*STANDARD, *shipped_profiles()))
    raise InputError("patient-unknown", field=field, given=name, known=known)


def _is_profile(name: str) -> bool:
    return name in shipped_profiles() or Path(name).suffix in {".yaml", ".yml"}
