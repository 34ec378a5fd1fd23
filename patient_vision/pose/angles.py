"""Projected sagittal angles of one leg from its points in an image taken from the patient's side.

These are angles between lines in the picture, "sagittal flexion (projected)", and no joint angles of a body in space:
what turns out of the picture's plane is seen too small.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from patient_vision.observation import Line
from patient_vision.pose.body import Point
from patient_vision.pose.crop import Points

Side = Literal["left", "right"]

JOINTS = ("hip", "knee", "ankle")

_LINES = {
    "trunk": (Point.SHOULDER, Point.HIP),
    "thigh": (Point.HIP, Point.KNEE),
    "shank": (Point.KNEE, Point.ANKLE),
    "foot": (Point.HEEL, Point.TOE),
}


@dataclass(frozen=True, slots=True)
class View:
    """What a camera is set up to see: the leg of which `side`, and to which side of the picture the patient faces.

    `region` is where the middle of the patient's hips has to be: left, top, right and bottom as shares of the picture.
    """

    side: Side
    facing: Side
    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


def leg_points(points: Points, side: Side) -> Mapping[Point, Points]:
    """The points of one side."""
    return {point: points[point + (side == "right")] for point in Point}


def segments(leg: Mapping[Point, Points]) -> dict[str, Line]:
    """Trunk, thigh, shank and foot as lines of the image, each from its upper or rear end."""
    return {name: _line(leg[one], leg[other]) for name, (one, other) in _LINES.items()}


def flexions(lines: Mapping[str, Line], facing: Side) -> tuple[float, float, float]:
    """Hip, knee and ankle in rad: 0 standing upright with the foot level, flexion and dorsiflexion positive.

    Each is the turn from one segment to the next, with the sign that it has for a patient who faces that side of the
    picture, from −π to π.
    """
    trunk, thigh, shank, foot = (_direction(lines[name]) for name in ("trunk", "thigh", "shank", "foot"))
    forward = 1.0 if facing == "right" else -1.0
    hip = -forward * _turn(trunk, thigh)
    knee = forward * _turn(thigh, shank)
    ankle = math.remainder(-forward * _turn(shank, foot) - math.pi / 2.0, math.tau)
    return hip, knee, ankle


def _line(one: Points, other: Points) -> Line:
    return float(one[0]), float(one[1]), float(other[0]), float(other[1])


def _direction(line: Line) -> Points:
    return np.array([line[2] - line[0], line[3] - line[1]])


def _turn(one: Points, other: Points) -> float:
    """From one direction to another in rad, clockwise as the picture is seen; NaN where either has no length."""
    if not (one.any() and other.any()):
        return math.nan
    return math.atan2(float(one[0] * other[1] - one[1] * other[0]), float(one @ other))
