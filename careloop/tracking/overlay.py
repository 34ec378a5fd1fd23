"""A video of what was seen: the limbs as lines, and the angles in words."""

from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from careloop.messages.language import Words
from patient_vision.camera import Frame, Image
from patient_vision.observation import Observation
from robot.errors import DeviceError, InputError

GOOD, BAD = (115, 158, 0), (0, 94, 213)
"""Green and vermilion of Okabe and Ito's palette, in OpenCV's order."""

INK = (255, 255, 255)
LINE_SHARE, LETTER_SHARE = 0.008, 0.045
"""Width of a line and size of a letter as shares of the picture's height."""


def drawn(frame: Frame, seen: Observation, joints: tuple[str, ...], words: Words, *, hidden: bool) -> Image:
    """The frame with what was seen in it; where `hidden`, without the patient's picture."""
    image = frame.image if frame.image.ndim == 3 else np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_GRAY2BGR))
    image = np.zeros_like(image) if hidden else image.copy()
    size = max(12, round(LETTER_SHARE * image.shape[0]))
    colour = BAD if seen.degraded else GOOD
    for x0, y0, x1, y1 in seen.segments_px.values():
        ends = [(round(x0), round(y0)), (round(x1), round(y1))]
        cv2.line(image, *ends, colour, max(2, round(LINE_SHARE * image.shape[0])), cv2.LINE_AA)
        for end in ends:
            cv2.circle(image, end, size // 4, colour, -1, cv2.LINE_AA)
    told = [
        words("track-angle", joint=words.joint(joint), angle=f"{np.degrees(angle):.1f}", std=f"{np.degrees(std):.1f}")
        if np.isfinite(angle)
        else words("track-hidden", joint=words.joint(joint))
        for joint, angle, std in zip(joints, seen.angles_rad, seen.std_rad, strict=True)
    ]
    if seen.degraded:
        told.append(words("track-degraded"))
    image[: round((1.4 * len(told) + 0.6) * size)] //= 3  # light letters on a bright sky cannot be read
    for row, line in enumerate(told):
        place = (size // 2, round((1.4 * row + 1.4) * size))
        cv2.putText(image, line, place, INK, cv2.FontFace("uni"), size, 500)
    return image


class Video:
    """Writes frames into an MP4 file."""

    def __init__(self, path: Path, rate_hz: float) -> None:
        if path.suffix.lower() != ".mp4":
            raise InputError("video-format", field="--show")
        self._path, self._rate_hz = path, rate_hz
        self._writer: cv2.VideoWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.release()

    def write(self, image: Image) -> None:
        """One frame more; the first one decides the size."""
        if self._writer is None:
            size = image.shape[1], image.shape[0]
            self._writer = cv2.VideoWriter(
                str(self._path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), self._rate_hz, size
            )
            if not self._writer.isOpened():
                raise DeviceError("video-not-written", file=self._path)
        self._writer.write(image)
