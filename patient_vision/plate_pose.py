"""How a flat plate is turned: its rotation from the corners of its tags.

A plane's picture is explained nearly alike by two rotations, the plate's tilt one way and the other (the ambiguity of
planar pose; Collins and Bartoli 2014, whose IPPE gives both). The corners decide where they can; where they cannot,
what was expected does: limbs turn in their plane, and lean out of it slowly.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from patient_vision.boards import Array
from patient_vision.plate_fit import CORNERS, Fits, fitted

CLEARLY = 9.0
"""A rotation is the better one where its squared error, in variances, is less by so much: three standard deviations."""

TILT_RAD, TILT_RATE_RAD_S = math.radians(3.0), math.radians(60.0)
"""How well a plate's tilt is known from the last frame, and what that loses in time. Assumed."""

CORNER_PX = 0.05
"""The least standard deviation of a corner's coordinate: rendered pictures without noise give about so much."""

EYE = np.eye(3)
"""The camera matrix of rays at unit focal length."""

FLAT = np.column_stack([CORNERS, np.zeros(len(CORNERS))])
"""A plate's corners in its own frame, (8, 3)."""


@dataclass(frozen=True, slots=True)
class PlateSight:
    """A plate as it is seen: its `corners` (8, 2) at unit focal length, NaN where a tag is not seen.

    `expected` is the rotation that it had `age_s` ago, None where that is not known.
    """

    corners: Array
    expected: Array | None
    age_s: float


@dataclass(frozen=True, slots=True)
class PlatePose:
    """A plate's `rotation` into the camera's frame, (3, 3), and the `place` of its middle there in m.

    `turn_std_rad` is the standard deviation of its turn about the plate's own z, `reprojection_px` the root mean square
    distance between the corners that were seen and the ones that it explains. `rival` is the other rotation where that
    explains them nearly as well, and nothing decided between the two.
    """

    rotation: Array
    place: Array
    turn_std_rad: float
    reprojection_px: float
    rival: Array | None


def plate_poses(sights: Mapping[str, PlateSight], focal_px: float) -> dict[str, PlatePose]:
    """The pose of every plate, under the names that the sights have; a plate that no plane fits is left out.

    `focal_px` makes pixels of distances at unit focal length.
    """
    begun = [(name, turn, place) for name, sight in sights.items() for turn, place in _both(sight.corners)]
    if not begun:
        return {}
    rotations = np.stack([cv2.Rodrigues(turn)[0] for _, turn, _ in begun])
    places = np.stack([place[:, 0] for _, _, place in begun])
    fits = fitted(rotations, places, np.stack([sights[name].corners for name, _, _ in begun]))
    chosen = {
        name: _chosen(fits, [at for at, one in enumerate(begun) if one[0] == name], sight, focal_px)
        for name, sight in sights.items()
    }
    return {name: pose for name, pose in chosen.items() if pose is not None}


def _both(corners: Array) -> list[tuple[Array, Array]]:
    """IPPE's two rotation vectors with their places; none where no plane fits."""
    known = np.isfinite(corners[:, 0])
    count, turns, places, _ = cv2.solvePnPGeneric(FLAT[known], corners[known], EYE, None, flags=cv2.SOLVEPNP_IPPE)
    return list(zip(turns, places, strict=True)) if count else []


def _chosen(fits: Fits, own: list[int], sight: PlateSight, focal_px: float) -> PlatePose | None:
    """The best of a plate's own fits, beside its rival; None where there is none, or one that is no number."""
    if not own:
        return None
    seen = int(np.isfinite(sight.corners[:, 0]).sum())
    errors = (focal_px**2 * fits.errors[own]).tolist()
    variance = max(CORNER_PX**2, min(errors) / max(1, 2 * seen - 6))
    costs = [error / variance + _surprise(fits.rotations[at], sight) for error, at in zip(errors, own, strict=True)]
    if not all(map(math.isfinite, costs)):  # IPPE has no answer for a few exactly symmetric views
        return None
    cost, error, best = min(zip(costs, errors, own, strict=True))
    rivals = [fits.rotations[at] for one, at in zip(costs, own, strict=True) if 0.0 < one - cost < CLEARLY]
    std = math.sqrt(variance * fits.turn_variances[best]) / focal_px
    rms = math.sqrt(error / seen)
    return PlatePose(fits.rotations[best], fits.places[best], std, rms, rivals[0] if rivals else None)


def turn_between(first: Array, second: Array) -> float:
    """The turn in rad about the first frame's z that is in the rotation from it to the second: its twist."""
    relative = first.T @ second
    return math.atan2(relative[1, 0] - relative[0, 1], relative[0, 0] + relative[1, 1])


def _surprise(rotation: Array, sight: PlateSight) -> float:
    """How much a plate's lean differs from the expected one, squared, in variances."""
    if sight.expected is None or not sight.age_s >= 0.0:  # a clock that went back says nothing
        return 0.0
    lean = math.acos(min(1.0, max(-1.0, float(rotation[:, 2] @ sight.expected[:, 2]))))
    return (lean / (TILT_RAD + TILT_RATE_RAD_S * sight.age_s)) ** 2
