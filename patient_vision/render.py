"""Synthetic pictures whose truth is known exactly: a leg with its plates, or a chessboard, through a pinhole.

Everything that is drawn is a plane, so a homography gives each picture in about a millisecond. Lengths in m, angles in
rad, times in s. The camera looks along z, x to the right and y down, as OpenCV's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from patient_vision.boards import (
    CHESSBOARD_M,
    PLATE_M,
    SEGMENTS,
    Array,
    Image,
    chessboard_image,
    plate_corners,
    plate_image,
)
from patient_vision.calibration import Calibration

WIDTH, HEIGHT = 640, 480
FOCAL_PX = 600.0
"""A common webcam's: 56° across."""

PINHOLE = Calibration(
    size_px=(WIDTH, HEIGHT),
    focal_px=(FOCAL_PX, FOCAL_PX),
    centre_px=((WIDTH - 1) / 2.0, (HEIGHT - 1) / 2.0),
    distortion=(0.0, 0.0, 0.0, 0.0),
    reprojection_px=0.0,
    views=0,
    tilted_views=0,
    coverage=0.0,
    focal_share=0.0,
)
"""The renderer's own camera."""

CAMERA = PINHOLE.matrix

DISTANCE_M = 1.35
FINE = 4
"""Samples of a pixel along each side."""

TEXELS_PER_M = 2000.0
BACKGROUND, SKIN = 120, 165

Course = Callable[[float], float]
"""An angle in rad over the time in s."""


def turned(x: float, y: float, z: float) -> Array:
    """The rotation by these angles about the fixed axes x, then y, then z."""
    return np.asarray(
        cv2.Rodrigues(np.array([0.0, 0.0, z]))[0]
        @ cv2.Rodrigues(np.array([0.0, y, 0.0]))[0]
        @ cv2.Rodrigues(np.array([x, 0.0, 0.0]))[0]
    )


def homography(rotation: Array, place: Array) -> Array:
    """From a plane's x and y in m to the image; `rotation` and `place` are the plane's in the camera's frame."""
    return CAMERA @ np.column_stack([rotation[:, 0], rotation[:, 1], place])


def outline(size_m: tuple[float, float], rotation: Array, place: Array) -> Array:
    """The image of a rectangle's corners, (4, 2) in pixels."""
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) * np.array(size_m) / 2.0
    return np.asarray(cv2.perspectiveTransform(corners[None], homography(rotation, place))[0])


@dataclass(frozen=True)
class Sheet:
    """A flat printed thing: its picture, and its length and width in m."""

    picture: Image
    size_m: tuple[float, float]

    def onto(self, image: Image, rotation: Array, place: Array) -> None:
        """Draw it with its middle at `place` (m, camera frame); parts outside of the image are cut off."""
        to_image, half = homography(rotation, place), np.array(self.size_m) / 2.0
        edge = outline(self.size_m, rotation, place)
        low = np.maximum(np.floor(edge.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(edge.max(axis=0)).astype(int) + 2, [image.shape[1], image.shape[0]])
        if (high <= low).any():
            return
        texels = self.picture.shape[1] / self.size_m[0]
        # The middle of a picture's pixel (0, 0) is at half a pixel from the sheet's corner; so is a fine sample's.
        to_sheet = np.array(
            [[1 / texels, 0.0, 0.5 / texels - half[0]], [0.0, 1 / texels, 0.5 / texels - half[1]], [0, 0, 1]]
        )
        first = FINE / 2.0 - 0.5
        to_fine = np.array([[FINE, 0.0, first - FINE * low[0]], [0.0, FINE, first - FINE * low[1]], [0.0, 0.0, 1.0]])
        width, height = high - low
        fine = int(width) * FINE, int(height) * FINE
        part = image[low[1] : high[1], low[0] : high[0]]
        behind = cv2.resize(part, fine, interpolation=cv2.INTER_NEAREST)
        cv2.warpPerspective(
            self.picture,
            to_fine @ to_image @ to_sheet,
            fine,
            dst=behind,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        part[:] = cv2.resize(behind, (int(width), int(height)), interpolation=cv2.INTER_AREA)


PLATES = {name: Sheet(plate_image(name, TEXELS_PER_M), PLATE_M) for name in ("thigh", "shank")}
LENGTH_M = 0.42
"""Of thigh and of shank."""

CHESSBOARD_SHEET = Sheet(chessboard_image(TEXELS_PER_M), CHESSBOARD_M)

LIMB_M = (LENGTH_M, 0.12)


SPELL_S = 0.1
"""A tag that something covers is covered for so long."""

MOMENTS = 7
"""Sharp pictures that make a blurred one: a limb moves by less than a pixel from one to the next."""


@dataclass(frozen=True)
class RenderedLeg:
    """A right leg seen from its side, the hip at the picture's top; its truth is `knee` itself.

    `thigh` is the thigh's angle from hanging straight down, forward positive. `yaw` turns the leg's plane away from the
    camera. `noise` is in grey levels. A picture integrates over `exposure_s` around its time. Each tag is covered for
    the share `hidden` of the time, in spells, independent of the others. The same `seed` gives the same pictures.
    """

    knee: Course
    thigh: Course = lambda t: 0.25
    yaw: Course = lambda t: 0.0
    noise: float = 0.0
    exposure_s: float = 0.0
    hidden: float = 0.0
    seed: int = 0

    def draw(self, t: float) -> Image:
        """The picture at `t`."""
        image = self._sharp(t, t)
        if self.exposure_s:
            moments = t + self.exposure_s * np.linspace(-0.5, 0.5, MOMENTS)
            image = np.mean([self._sharp(float(moment), t) for moment in moments], axis=0).astype(np.uint8)
        return image if self.noise == 0.0 else noisy(image, self.noise, (self.seed, round(1e6 * t)))

    def _sharp(self, t: float, covered_at: float) -> Image:
        image = np.full((HEIGHT, WIDTH), BACKGROUND, np.uint8)
        plane = turned(0.0, self.yaw(t), 0.0)
        # Forward is to the right of the picture, so a thigh that swings forward turns against z, and flexion along it.
        place, along = np.array([0.0, -0.42, 0.0]), np.pi / 2.0 - self.thigh(t)
        for segment, turn in (("thigh", 0.0), ("shank", self.knee(t))):
            along += turn
            direction = LENGTH_M * np.array([np.cos(along), np.sin(along), 0.0])
            rotation, middle = (
                plane @ turned(0.0, 0.0, along),
                plane @ (place + direction / 2.0) + [0.0, 0.0, DISTANCE_M],
            )
            cv2.fillConvexPoly(image, np.rint(outline(LIMB_M, rotation, middle)).astype(np.int32), SKIN)
            self._plate(segment, covered_at).onto(image, rotation, middle)
            place = place + direction
        return image

    def _plate(self, segment: str, t: float) -> Sheet:
        """The plate as it is seen at `t`, with what covers its tags."""
        sheet = PLATES[segment]
        if not self.hidden:
            return sheet
        picture = sheet.picture.copy()
        for tag in SEGMENTS[segment]:
            spell = np.random.default_rng((self.seed, tag, int(t / SPELL_S)))
            if spell.random() < self.hidden:
                middle = (
                    plate_corners(tag).mean(axis=0) + np.array(PLATE_M) / 2.0 + spell.normal(0.0, 0.01, 2)
                ) * TEXELS_PER_M
                cv2.circle(picture, np.rint(middle).astype(int).tolist(), round(0.035 * TEXELS_PER_M), SKIN, -1)
        return Sheet(picture, sheet.size_m)


@dataclass(frozen=True)
class RenderedBoard:
    """The chessboard held before the camera, elsewhere in each picture: it is turned, tilted and moved about.

    `tilt` is the largest tilt in rad, `noise` in grey levels.
    """

    tilt: float = 0.7
    noise: float = 2.0
    seed: int = 0

    def draw(self, t: float) -> Image:
        """The picture at `t`: at another time, another pose."""
        place = np.random.default_rng((self.seed, round(1e6 * t)))
        lean, turn = place.uniform(-self.tilt, self.tilt, 2), place.uniform(-0.4, 0.4)
        distance = place.uniform(0.35, 0.6)
        aside = place.uniform(-0.28, 0.28, 2) * [1.0, HEIGHT / WIDTH] * distance
        image = np.full((HEIGHT, WIDTH), BACKGROUND, np.uint8)
        CHESSBOARD_SHEET.onto(image, turned(lean[0], lean[1], turn), np.array([*aside, distance]))
        return noisy(image, self.noise, (self.seed, 1, round(1e6 * t)))


def noisy(image: Image, sigma: float, seed: tuple[int, ...]) -> Image:
    """The picture with independent noise of `sigma` grey levels on each pixel."""
    noise = np.random.default_rng(seed).standard_normal(image.shape, np.float32)
    return np.clip(np.rint(image + np.float32(sigma) * noise), 0, 255).astype(np.uint8)
