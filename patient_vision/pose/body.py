"""A body's points in one image, by the BlazePose landmark network."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from patient_vision.camera import Image
from patient_vision.pose.crop import Points, Square
from patient_vision.pose.network import Network

_LANDMARKS, _PRESENCE = 0, 1
_HIPS, _REACH = 33, 34  # the two points that tell where the body will be in the next image


class Point(IntEnum):
    """The network's numbers of the points that are used, for the left side; the right one's follows each."""

    SHOULDER = 11
    HIP = 23
    KNEE = 25
    ANKLE = 27
    HEEL = 29
    TOE = 31


@dataclass(frozen=True, slots=True)
class Body:
    """What the network tells of a crop.

    `present` 0…1 whether anybody is there; `points` (39, 2) in pixels of the image; `visible` (39,) 0…1 each;
    `square` around the body as it is now; `raw` the network's own numbers.
    """

    present: float
    points: Points
    visible: Points
    square: Square
    raw: npt.NDArray[np.float32]


class BodyFinder:
    """Finds the points of the body in a square of an image."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def find(self, image: Image, square: Square) -> Body:
        """The body in the square, whether there is one or not."""
        raw, present = self._network(square.cut(image, self._network.side), (_LANDMARKS, _PRESENCE))
        table = raw.astype(np.float64).reshape(39, 5)
        points = square.back(table[:, :2] / self._network.side)
        visible = 1.0 / (1.0 + np.exp(-np.clip(table[:, 3], -100.0, 100.0)))
        return Body(float(present[0]), points, visible, Square.around(points[_HIPS], points[_REACH]), raw)
