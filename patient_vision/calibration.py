"""What is known of a camera: measured from views of the printed chessboard, judged, and kept in a file.

Brown's model with two radial terms and the tangential ones; the third radial term stays zero, since a board seldom
reaches the corners of the picture that alone would determine it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
import yaml
from pydantic import Field

from patient_vision.boards import CHESSBOARD, Array, Image
from robot.errors import CheckFailed, InputError
from robot.files import NotNegative, Positive, Strict, read_document, read_text

LARGEST_TERM, FARTHEST_PX = 1e3, 2e4
"""No lens distorts more, and no optical axis is further aside: such numbers come of a fit that led nowhere. Assumed."""

Term = Annotated[float, Field(ge=-LARGEST_TERM, le=LARGEST_TERM)]
Place = Annotated[float, Field(ge=-FARTHEST_PX, le=FARTHEST_PX)]
Side = Annotated[int, Field(ge=16, le=20_000)]

FEWEST_CORNERS = 12
"""A view with fewer corners says little. Assumed."""

FEWEST_VIEWS, MOST_VIEWS = 10, 40
"""Views of a calibration: fewer leave too much open, more change nothing (evenly spaced ones are taken). Assumed."""

FEWEST_TILTED, TILTED_DEG = 5, 20.0
"""So many views must show the board tilted by so much: of a board that faces the camera, a longer lens from further
away takes the same picture, and the error of the fit says nothing of it. Assumed.
"""

NEW_VIEW = 0.04
"""A view counts where the board moved by this share of the picture's width since each view before. Assumed."""

LARGEST_REPROJECTION_PX = 0.5
"""A sharp board that is flat gives half of it. Assumed."""

LARGEST_FOCAL_SHARE = 0.01
"""The focal length's standard deviation. An angle of a plate at 45° is wrong by a quarter of a degree by it."""

SMALLEST_COVERAGE = 0.6
"""Of the picture's cells, `GRID` across and down, in which a corner was seen. Assumed."""

GRID = 4
FOCAL_OF_WIDTH = (0.4, 4.0)
"""Focal lengths of lenses from 103° to 14° across; others are no camera for a patient, or no calibration. Assumed."""

SQUARE_SHARE = 0.03
"""By so much may the focal lengths of both directions differ: pixels are square. Assumed."""

OFF_CENTRE = 0.15
"""So far from the picture's middle may the optical axis be, as a share of its side. Assumed."""


class Calibration(Strict):
    """A camera's numbers for pictures of `size_px` (width, height); distortion is k1, k2, p1, p2.

    The rest is its quality: root mean square reprojection error, views and how many of them show the board tilted, the
    share of the picture that had corners, and the focal length's standard deviation as a share of it.
    """

    careloop_camera: Literal[1] = 1
    size_px: tuple[Side, Side]
    focal_px: tuple[Positive, Positive]
    centre_px: tuple[Place, Place]
    distortion: tuple[Term, Term, Term, Term]
    reprojection_px: NotNegative
    views: Annotated[int, Field(ge=0)]
    tilted_views: Annotated[int, Field(ge=0)]
    coverage: Annotated[float, Field(ge=0.0, le=1.0)]
    focal_share: NotNegative

    @property
    def matrix(self) -> Array:
        """The camera matrix, (3, 3) in pixels."""
        (fx, fy), (cx, cy) = self.focal_px, self.centre_px
        return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])

    def unit(self, points: Array) -> Array:
        """Pixels (n, 2) as the straight rays' places at unit focal length, (n, 2)."""
        return np.asarray(cv2.undistortPoints(points, self.matrix, np.array(self.distortion))[:, 0])

    def of_size(self, width: int, height: int) -> "Calibration":
        """The same camera for pictures that were scaled to this size; InputError where the shape is another."""
        scale = width / self.size_px[0]
        if abs(height / self.size_px[1] - scale) > 0.01 * scale:
            had = f"{self.size_px[0]} × {self.size_px[1]}"
            raise InputError("calibration-size", given=f"{width} × {height}", had=had)
        if scale == 1.0:
            return self
        # A pixel's number stands for its middle: half a pixel lies before the first.
        centre = tuple((one + 0.5) * scale - 0.5 for one in self.centre_px)
        focal = tuple(one * scale for one in self.focal_px)
        return self.model_copy(update={"size_px": (width, height), "focal_px": focal, "centre_px": centre})


def read_calibration(path: Path) -> Calibration:
    """The calibration in a file; InputError names the field that cannot be."""
    return read_document(read_text(path, InputError), str(path), Calibration, InputError)


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Keep a calibration as YAML."""
    path.write_text(yaml.safe_dump(calibration.model_dump(mode="json"), sort_keys=False), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class View:
    """The chessboard's inner corners in one picture: on the board (n, 3) in m, in the picture (n, 2) in pixels."""

    board: Array
    seen: Array
    outline: Array

    def moved(self, other: "View") -> float:
        """How far the board moved between two views, in pixels: the mean over its four corners."""
        return float(np.linalg.norm(self.outline - other.outline, axis=1).mean())


class ViewFinder:
    """Collects the views of a chessboard that differ from one another."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self.size_px = (0, 0)
        self._detector = cv2.aruco.CharucoDetector(CHESSBOARD)

    def look(self, grey: Image) -> bool:
        """Look for the board in a picture; whether it gave one view more."""
        height, width = grey.shape
        if self.size_px not in ((0, 0), (width, height)):
            raise InputError("calibration-sizes", given=f"{width} × {height}", had="{} × {}".format(*self.size_px))
        self.size_px = width, height
        view = self._view(grey)
        if view is None or any(view.moved(other) < NEW_VIEW * width for other in self.views):
            return False
        self.views.append(view)
        return True

    def _view(self, grey: Image) -> View | None:
        corners, names, _, _ = self._detector.detectBoard(grey)
        if names is None or len(names) < FEWEST_CORNERS:
            return None
        board, seen = (
            np.asarray(points, np.float64).reshape(len(names), -1)
            for points in CHESSBOARD.matchImagePoints(corners, names)
        )
        to_image, _ = cv2.findHomography(board[:, :2], seen)
        if to_image is None:
            return None
        width, height = (squares * CHESSBOARD.getSquareLength() for squares in CHESSBOARD.getChessboardSize())
        edge = np.array([[[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]]])
        return View(board, seen, cv2.perspectiveTransform(edge, to_image)[0])


def calibrated(views: Sequence[View], size_px: tuple[int, int]) -> Calibration:
    """The camera that explains the views; CheckFailed where they do not determine it well enough."""
    if len(views) < FEWEST_VIEWS:
        raise CheckFailed("calibration-views", views=len(views), at_least=FEWEST_VIEWS)
    taken = [views[place] for place in np.linspace(0, len(views) - 1, min(len(views), MOST_VIEWS)).astype(int)]
    error, matrix, distortion, turns, stds = _fitted(taken, size_px)
    k1, k2, p1, p2 = (float(term) for term in distortion.ravel()[:4])
    focal = float(matrix[0, 0]), float(matrix[1, 1])
    return Calibration(
        size_px=size_px,
        focal_px=focal,
        centre_px=(float(matrix[0, 2]), float(matrix[1, 2])),
        distortion=(k1, k2, p1, p2),
        reprojection_px=error,
        views=len(taken),
        tilted_views=sum(_tilt_deg(turn) > TILTED_DEG for turn in turns),
        coverage=_coverage((view.seen for view in taken), size_px),
        focal_share=float(stds[0, 0]) / focal[0],
    )


def _fitted(views: Sequence[View], size_px: tuple[int, int]) -> tuple[float, Array, Array, Sequence[Array], Array]:
    """OpenCV's fit: error, camera matrix, distortion, the board's turn in each view, the numbers' deviations.

    CheckFailed where the views lead to no camera at all, as of a board that is always the same.
    """
    try:
        error, matrix, distortion, turns, _, stds, _, _ = cv2.calibrateCameraExtended(
            [view.board.astype(np.float32) for view in views],
            [view.seen.astype(np.float32) for view in views],
            size_px,
            np.eye(3),
            np.zeros(5),
            flags=cv2.CALIB_FIX_K3,
        )
    except cv2.error as problem:
        raise CheckFailed("calibration-implausible", **dict.fromkeys(("fx", "fy", "cx", "cy"), math.nan)) from problem
    fx, fy, cx, cy = (float(matrix[place]) for place in ((0, 0), (1, 1), (0, 2), (1, 2)))
    known = np.concatenate([matrix.ravel(), distortion.ravel(), stds.ravel(), [error]])
    possible = min(fx, fy) > 0.0 and max(abs(cx), abs(cy)) <= FARTHEST_PX and np.abs(distortion).max() <= LARGEST_TERM
    if not (np.isfinite(known).all() and possible):
        raise CheckFailed("calibration-implausible", fx=fx, fy=fy, cx=cx, cy=cy)
    return float(error), matrix, distortion, turns, stds


def judge(found: Calibration) -> None:
    """CheckFailed, with what to do about it, where a calibration is not good enough to measure a patient with."""
    if found.reprojection_px > LARGEST_REPROJECTION_PX:
        raise CheckFailed("calibration-error", given=found.reprojection_px, at_most=LARGEST_REPROJECTION_PX)
    if found.coverage < SMALLEST_COVERAGE:
        raise CheckFailed("calibration-coverage", given=100.0 * found.coverage, at_least=100.0 * SMALLEST_COVERAGE)
    if found.tilted_views < FEWEST_TILTED:
        raise CheckFailed("calibration-tilt", views=found.tilted_views, tilt=TILTED_DEG, at_least=FEWEST_TILTED)
    if found.focal_share > LARGEST_FOCAL_SHARE:
        raise CheckFailed("calibration-focal", given=100.0 * found.focal_share, at_most=100.0 * LARGEST_FOCAL_SHARE)
    width, height = found.size_px
    (fx, fy), (cx, cy) = found.focal_px, found.centre_px
    low, high = FOCAL_OF_WIDTH
    off_centre = max(abs(cx / width - 0.5), abs(cy / height - 0.5))
    if not (low <= fx / width <= high and abs(fx / fy - 1.0) < SQUARE_SHARE and off_centre < OFF_CENTRE):
        raise CheckFailed("calibration-implausible", fx=fx, fy=fy, cx=cx, cy=cy)


def _tilt_deg(turn: Array) -> float:
    """By how much a board's plane is turned away from the picture's."""
    return float(np.degrees(np.arccos(np.clip(abs(cv2.Rodrigues(turn)[0][2, 2]), 0.0, 1.0))))


def _coverage(seen: Iterable[Array], size_px: tuple[int, int]) -> float:
    """The share of the picture's cells in which a corner was seen."""
    cells = np.floor(np.concatenate(list(seen)) / np.array(size_px) * GRID).astype(int)
    return len({(x, y) for x, y in cells.tolist() if 0 <= x < GRID and 0 <= y < GRID}) / GRID**2
