"""How a flat plate is turned: its rotation from the corners of its tags.

A plane's picture is explained nearly alike by two rotations, the plate's tilt one way and the other (the ambiguity of
planar pose; Collins and Bartoli 2014, whose IPPE gives both). The corners decide where they can; where they cannot,
what was expected does: limbs turn in their plane, and lean out of it slowly.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from patient_vision.boards import Array

CLEARLY = 9.0
"""A rotation is the better one where its squared error, in variances, is less by so much: three standard deviations."""

TILT_RAD, TILT_RATE_RAD_S = math.radians(3.0), math.radians(60.0)
"""How well a plate's tilt is known from the last frame, and what that loses in time. Assumed."""

STEPS = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 4, 1e-7)
"""Few steps are enough from IPPE's start; how good they leave it `python -m benchmarks vision` prints."""

CORNER_PX = 0.05
"""The least standard deviation of a corner's coordinate: rendered pictures without noise give about so much."""

EYE = np.eye(3)
"""The camera matrix of rays at unit focal length."""


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


def plate_pose(plate: Array, seen: Array, focal_px: float, expected: Array | None, age_s: float) -> PlatePose | None:
    """The rotation of a plate whose corners `plate` (n, 2; m) were `seen` (n, 2) at unit focal length.

    `expected` is the rotation that it had `age_s` ago, None where that is not known. None where no plane fits.
    """
    flat = np.column_stack([plate, np.zeros(len(plate))])
    count, turns, places, _ = cv2.solvePnPGeneric(flat, seen, EYE, None, flags=cv2.SOLVEPNP_IPPE)
    if not count:
        return None
    fits = [cv2.solvePnPRefineLM(flat, seen, EYE, None, *one, STEPS) for one in zip(turns, places, strict=True)]
    rotations = [np.asarray(cv2.Rodrigues(turn)[0]) for turn, _ in fits]
    drawn = [cv2.projectPoints(flat, *fit, EYE, None) for fit in fits]
    errors = [focal_px**2 * float(np.square(points[:, 0] - seen).sum()) for points, _ in drawn]
    freedom = max(1, 2 * len(plate) - 6)
    variance = max(CORNER_PX**2, min(errors) / freedom)
    costs = [error / variance + _surprise(one, expected, age_s) for error, one in zip(errors, rotations, strict=True)]
    if not np.isfinite(costs).all():  # IPPE has no answer for a few exactly symmetric views
        return None
    best = int(np.argmin(costs))
    rivals = [one for one, cost in zip(rotations, costs, strict=True) if 0.0 < cost - costs[best] < CLEARLY]
    std = math.sqrt(variance) / focal_px * _turn_std(fits[best][0], drawn[best][1])
    rms = math.sqrt(errors[best] / len(plate))
    return PlatePose(rotations[best], np.asarray(fits[best][1]), std, rms, rivals[0] if rivals else None)


def turn_between(first: Array, second: Array) -> float:
    """The turn in rad about the first frame's z that is in the rotation from it to the second: its twist."""
    relative = first.T @ second
    return math.atan2(relative[1, 0] - relative[0, 1], relative[0, 0] + relative[1, 1])


def _surprise(rotation: Array, expected: Array | None, age_s: float) -> float:
    """How much a plate's lean differs from the expected one, squared, in variances."""
    if expected is None or not age_s >= 0.0:  # a clock that went back says nothing
        return 0.0
    lean = math.acos(min(1.0, max(-1.0, float(rotation[:, 2] @ expected[:, 2]))))
    return (lean / (TILT_RAD + TILT_RATE_RAD_S * age_s)) ** 2


def _turn_std(turn: Array, jacobian: Array) -> float:
    """The standard deviation of the turn about the plate's z for a unit one of the corners' coordinates.

    The covariance of a rotation vector becomes that of a small rotation of the plate by the right Jacobian of SO(3).
    """
    by_pose = jacobian[:, :6]
    covariance = np.linalg.inv(by_pose.T @ by_pose)[:3, :3]
    angle = float(np.linalg.norm(turn))
    x, y, z = turn.ravel()
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    first, second = (
        (0.5, 1.0 / 6.0) if angle < 1e-4 else ((1.0 - math.cos(angle)) / angle**2, (angle - math.sin(angle)) / angle**3)
    )
    row = (np.eye(3) - first * cross + second * cross @ cross)[2]
    return math.sqrt(float(row @ covariance @ row))
