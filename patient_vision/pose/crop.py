"""A turned square of an image, as a network wants it, and the way back to the image."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from patient_vision.camera import Image
from patient_vision.pose.network import Values

Points = npt.NDArray[np.float64]
"""Points (n, 2), x to the right and y down."""

MARGIN = 1.25
"""How much larger a crop is than the circle around a body that its two points tell (BlazePose's own)."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square of an image: centre and side in pixels, turned clockwise by `angle` rad."""

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def around(cls, hips: Points, reach: Points) -> "Square":
        """The square around a person of whom the networks tell the middle of the hips and a point on the circle around
        the body that lies in the direction of the head."""
        dx, dy = (float(number) for number in reach - hips)
        turned = math.remainder(math.pi / 2.0 - math.atan2(-dy, dx), math.tau)
        return cls(float(hips[0]), float(hips[1]), 2.0 * MARGIN * math.hypot(dx, dy), turned)

    @property
    def _axes(self) -> Points:
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return self.side * np.array([[cos, -sin], [sin, cos]])

    def cut(self, image: Image, side: int) -> Values:
        """The square out of an image (blue first) as `side` × `side` × 3, red first, 0…1; black beyond the edges."""
        axes = self._axes / side
        # A pixel's number is that of its centre, in both images.
        corner = np.array([self.x, self.y]) - 0.5 - axes @ np.full(2, 0.5 * (side - 1.0))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(image, np.column_stack([axes, corner]), (side, side), flags=how)
        red_first = cv2.cvtColor(cut, cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB)
        return np.asarray(red_first, np.float32) / np.float32(255.0)

    def back(self, points: Points) -> Points:
        """Points of the square (n, 2), 0…1 along each side, in pixels of the image."""
        placed: Points = (points - 0.5) @ self._axes.T + np.array([self.x, self.y])
        return placed
