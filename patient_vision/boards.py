"""What is printed: two AprilTags on a plate for each limb segment, and the chessboard that calibrates a camera.

A segment's plate has its x axis along the segment, away from the trunk (on the trunk down, on the foot to the toes), y
to the right of that, and z into the paper. Lengths in m. Tags are of the family 36h11 (Wang and Olson 2016): eleven
bits would have to be misread to take one for another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]

TAGS = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)

TAG_M = 0.080
"""A tag's side, black border included."""

PITCH_M = 0.110
"""Between the centres of a plate's two tags: 30 mm of white between them, and the plate fits across A4."""

PLATE_M = (0.210, 0.100)
"""Length and width of the plate."""

CELLS = 8
"""Cells of a tag along a side: six of code, and the border."""

SEGMENTS = {
    name: (2 * place, 2 * place + 1)
    for place, name in enumerate(("trunk", "thigh", "shank", "foot", "upper-arm", "forearm"))
}
"""The tags of every segment's plate, the one nearer to the trunk first."""


@dataclass(frozen=True, slots=True)
class Hinge:
    """A joint between two segments, seen from the side.

    `right` is the sign of its flexion as a turn of the distal plate about z where the patient's right side faces the
    camera; the left side mirrors it. `neutral_deg` is that turn where the joint is at zero.
    """

    proximal: str
    distal: str
    right: float
    neutral_deg: float = 0.0


JOINTS: Mapping[str, Hinge] = {
    "hip": Hinge("trunk", "thigh", -1.0),
    "knee": Hinge("thigh", "shank", 1.0),
    "ankle": Hinge("shank", "foot", -1.0, -90.0),
    "shoulder": Hinge("trunk", "upper-arm", -1.0),
    "elbow": Hinge("upper-arm", "forearm", -1.0),
}
"""What can be measured; flexion and dorsiflexion positive."""


def plate_corners(tag: int) -> Array:
    """The corners of a tag on its plate, (4, 2) in m: in the order in which OpenCV finds them."""
    centre = (tag % 2 - 0.5) * PITCH_M
    half = TAG_M / 2.0
    left, right = centre - half, centre + half
    return np.array([[left, -half], [right, -half], [right, half], [left, half]])


def tag_cells(tag: int) -> Image:
    """A tag's cells, (8, 8): 0 black, 255 white."""
    return np.asarray(cv2.aruco.generateImageMarker(TAGS, tag, CELLS), np.uint8)


def plate_image(segment: str, pixels_per_m: float) -> Image:
    """A segment's plate as it is printed, without words."""
    width, height = (round(side * pixels_per_m) for side in PLATE_M)
    plate = np.full((height, width), 255, np.uint8)
    side = round(TAG_M * pixels_per_m)
    for tag in SEGMENTS[segment]:
        corner = (plate_corners(tag)[0] + np.array(PLATE_M) / 2.0) * pixels_per_m
        x, y = np.rint(corner).astype(int)
        plate[y : y + side, x : x + side] = cv2.resize(tag_cells(tag), (side, side), interpolation=cv2.INTER_NEAREST)
    return plate


CHESSBOARD = cv2.aruco.CharucoBoard((9, 6), 0.030, 0.024, cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
"""The board for calibration: 30 mm squares, A4 across; its markers are of a family that no limb carries."""

CHESSBOARD_M = (0.270, 0.180)
"""Its length and width."""


def chessboard_image(pixels_per_m: float) -> Image:
    """The chessboard as it is printed, without words."""
    width, height = (round(side * pixels_per_m) for side in CHESSBOARD_M)
    return np.asarray(CHESSBOARD.generateImage((width, height)), np.uint8)
