"""Where frames come from: a camera, a stream, a video file, a folder of images, or a renderer. No frame is stored.

A live frame is stamped on the monotonic clock at the moment it arrived; a recorded one with the seconds since the
recording's first frame. Exposure and transfer of a live frame lie before its stamp.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # what is wrong with a file is told in our one line

import cv2

from patient_vision.quiet import unheard
from robot.errors import DeviceError, InputError

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

Image = npt.NDArray[np.uint8]
"""Grey (height, width), or blue, green, red (height, width, 3)."""

LARGEST_PIXELS = 1920 * 1080
"""A larger image is scaled down to at most so many pixels: markers need no more, and a tick's time is short."""

SILENT_S = 2.0
"""A live source that gives nothing new for so long has failed."""

STARTING_S = 10.0
"""Before its first picture a camera may take so long. Assumed."""

ASSUMED_HZ = 30.0
"""Images of a folder, and frames of a camera that does not tell, are taken to be so many a second. Assumed."""

IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True, slots=True)
class Frame:
    """One image, when it was captured (s), and its place in the source."""

    image: Image
    captured_s: float
    index: int


class Source(Protocol):
    """Gives frames in the order of their capture, once."""

    @property
    def live(self) -> bool:
        """Whether the stamps are on the monotonic clock."""

    @property
    def frames(self) -> int | None:
        """How many frames will come, None where nobody knows."""

    @property
    def rate_hz(self) -> float:
        """How many frames a second it means to give."""

    def __iter__(self) -> Iterator[Frame]:
        """Frames until the source ends; DeviceError or InputError where it fails."""


def open_source(given: str) -> Source:
    """The source that `given` names: a camera's number or device, a URL, a video file or a folder of images."""
    path = Path(given)
    if given.isdecimal() or path.is_char_device() or "://" in given:
        return Camera(given)
    if given and path.is_dir():
        return ImageFolder(path)
    if path.is_file():
        return VideoFile(path)
    raise InputError("source-unknown", field=given)


class Camera:
    """A camera or a network stream, read by a thread so that the newest frame is never behind the one that is used.

    A frame that repeats the one before bit by bit is not new, and is left out: a sensor's noise never repeats. So a
    frozen camera falls silent, and grows old to whoever reads it, before it fails here.
    """

    live = True
    frames = None

    def __init__(self, given: str) -> None:
        self._name = given
        self._capture = _opened(given)
        if not self._capture.isOpened():
            raise DeviceError("camera-missing", field=given)
        told = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate_hz = told if 0.0 < told < 1e4 else ASSUMED_HZ
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._ended = False

    def __iter__(self) -> Iterator[Frame]:
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        last = -1
        try:
            while True:
                frame = self._next_after(last)
                last = frame.index
                yield frame
        finally:
            self._ended = True
            reader.join(SILENT_S)

    def _next_after(self, last: int) -> Frame:
        with self._changed:
            patience_s = SILENT_S if last >= 0 else STARTING_S
            fresh = self._changed.wait_for(lambda: self._ended or self._index > last, patience_s)
            if self._newest is None or self._newest.index <= last:
                raise DeviceError("camera-silent" if not fresh else "camera-lost", field=self._name)
            return self._newest

    @property
    def _index(self) -> int:
        return -1 if self._newest is None else self._newest.index

    def _read(self) -> None:
        """Keep the newest frame, until the camera or the reader ends."""
        before: Image | None = None
        while not self._ended and self._capture.grab():
            at = time.monotonic()
            got, image = self._capture.retrieve()
            if not got:
                break
            if before is None or not np.array_equal(image, before):
                with self._changed:
                    self._newest = Frame(fitted(np.asarray(image, np.uint8)), at, self._index + 1)
                    self._changed.notify_all()
                before = np.asarray(image, np.uint8)
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._capture.release()


def _opened(given: str) -> cv2.VideoCapture:
    if "://" not in given:
        return cv2.VideoCapture(int(given) if given.isdecimal() else given, cv2.CAP_V4L2)
    waits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(1e3 * STARTING_S)]
    waits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(1e3 * SILENT_S)]
    return cv2.VideoCapture(given, cv2.CAP_FFMPEG, waits)


TYPESET = cv2.VideoWriter.fourcc(*"ansi")
"""A text file, which FFmpeg opens as pictures of a terminal that shows it."""


class VideoFile:
    """A recorded video. One that ends well before the end that it announces is told as cut off, after its frames."""

    live = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened() or self._capture.get(cv2.CAP_PROP_FOURCC) == TYPESET:
            raise InputError("video-unreadable", file=path)
        self.rate_hz = self._capture.get(cv2.CAP_PROP_FPS)
        if not 0.0 < self.rate_hz < 1e4:
            raise InputError("video-rate", file=path)
        self.frames = max(1, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    def __iter__(self) -> Iterator[Frame]:
        count, at, period = 0, -1.0, 1.0 / self.rate_hz
        while self._capture.grab():
            got, image = self._capture.retrieve()
            if not got:
                break
            # The file's own stamp where it has one: a telephone's frames are not evenly spaced.
            told = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
            at = told if told > at else at + period
            yield Frame(fitted(np.asarray(image, np.uint8)), at, count)
            count += 1
        self._capture.release()
        # A container's count may be off by a few frames; one part in fifty is not "a few". Assumed.
        if count < self.frames - max(2, self.frames // 50):
            raise InputError("video-cut-off", file=self._path, frames=count, announced=self.frames)


class ImageFolder:
    """Images of a folder by their names' order, stamped as `ASSUMED_HZ`."""

    live = False
    rate_hz = ASSUMED_HZ

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGES)
        if not self._paths:
            raise InputError("folder-without-images", file=folder)
        self.frames = len(self._paths)

    def __iter__(self) -> Iterator[Frame]:
        for index, path in enumerate(self._paths):
            with unheard():
                image = cv2.imread(str(path))
            if image is None:
                raise InputError("image-unreadable", file=path)
            yield Frame(fitted(np.asarray(image, np.uint8)), index / ASSUMED_HZ, index)


class Rendered:
    """Frames that `draw(t)` makes for the time t in s: a renderer behind the same face as a camera."""

    live = False

    def __init__(self, draw: Callable[[float], Image], rate_hz: float, frames: int) -> None:
        self._draw, self.rate_hz, self.frames = draw, rate_hz, frames

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self.frames):
            at = index / self.rate_hz
            yield Frame(self._draw(at), at, index)


def fitted(image: Image) -> Image:
    """The image, scaled down to at most `LARGEST_PIXELS` where it is larger."""
    height, width = image.shape[:2]
    scale = (LARGEST_PIXELS / (height * width)) ** 0.5
    if scale >= 1.0:
        return image
    size = int(width * scale), int(height * scale)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
