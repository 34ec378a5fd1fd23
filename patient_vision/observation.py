"""What one frame says about a patient's joints: the common answer of every tracker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from patient_vision.camera import Frame, Image
from robot.vision import Fault

Line = tuple[float, float, float, float]
"""Two ends of a segment in the image: x, y, x, y in pixels of the frame that was observed."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Joint angles of one frame.

    `captured_s` is the frame's own stamp. `angles_rad` and their standard deviations `std_rad` are in the order of the
    tracker's `joints`, flexion and dorsiflexion positive, NaN where a joint was not seen. `faults` is what the tracker
    itself has against the frame. `reprojection_px` is the root mean square distance between what was seen and what the
    angles explain, NaN where nothing was seen. `segments_px` are the limb segments in the image.
    """

    captured_s: float
    angles_rad: tuple[float, ...]
    std_rad: tuple[float, ...]
    faults: Fault
    reprojection_px: float
    segments_px: Mapping[str, Line]

    @property
    def degraded(self) -> bool:
        """Whether the frame must not be relied on."""
        return bool(self.faults)

    @property
    def seen(self) -> bool:
        """Whether every joint has an angle."""
        return bool(np.isfinite(self.angles_rad).all())


class Tracker(Protocol):
    """Gives an observation for every frame; keeps what it needs of the frames before."""

    @property
    def joints(self) -> tuple[str, ...]:
        """The names of the joints, in the order of an observation's angles."""

    def observe(self, frame: Frame) -> Observation:
        """What this frame says; frames come in the order of their stamps."""


def grey(image: Image) -> Image:
    """A frame's brightness, (height, width)."""
    if image.ndim == 2:
        return image
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
