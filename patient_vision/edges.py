"""Corners of tags to a few hundredths of a pixel: straight lines through their four edges, and where those cross.

A detector's corners are up to a pixel off, and a corner's own surroundings say little. An edge is long, though: across
it the grey level rises from the border's black to the paper's white, and the area under that rise tells where the edge
is, whatever the blur. Our own method; AprilTag 3 refines edges to the same end.
"""

import cv2
import numpy as np

from patient_vision.boards import CELLS, Array, Image

ALONG = np.linspace(-0.38, 0.38, 12)
"""Where an edge is looked at, as a share of its length from its middle: away from the corners."""

REACH = 0.75
"""How far inside and outside it is looked at, in cells: less than the border's width and the paper's margin."""

SAMPLES = 12
"""Of a profile across the edge, each in the middle of its stretch."""

ROUNDS = 2
"""The second begins where the first ended, so that the profiles stand squarely on the edge."""

FADED = 16.0
"""Grey levels: an edge with less contrast is no edge of a tag."""

_ACROSS = REACH * (2.0 * np.arange(SAMPLES) + 1.0 - SAMPLES) / SAMPLES
_LEVELS = np.array([[1.0 / SAMPLES, 0.5 * (k < 2), 0.5 * (k >= SAMPLES - 2)] for k in range(SAMPLES)])
"""From a profile to its mean, and to the levels at its inner and at its outer end."""

_BASIS = np.column_stack([np.ones_like(ALONG), ALONG])
_FIT = np.linalg.pinv(_BASIS).T
"""From offsets along an edge to its line's offset and slope, by least squares."""


def refined_corners(image: Image, corners: Array) -> tuple[Array, Array]:
    """Tags' corners (n, 4, 2) in pixels, made finer; and how straight each tag's edges were found, (n,) in pixels.

    The straightness is the root mean square distance of what was seen of the edges from the lines: it is large where
    something covers an edge, and infinite where there is none.
    """
    rough = np.full(len(corners), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):  # what has no contrast ends as infinitely rough
        for _ in range(ROUNDS):
            corners, rough = _once(image, corners)
    return corners, rough


def _once(image: Image, corners: Array) -> tuple[Array, Array]:
    side = corners[:, (1, 2, 3, 0)] - corners
    length = np.sqrt(np.square(side).sum(axis=2, keepdims=True))
    along = side / length
    outward = along[..., ::-1] * (1.0, -1.0)  # the corners go round with y down
    middles = corners + side / 2.0
    reach = _area(corners)[:, None, None] / length / CELLS  # a cell's size square to the edge, in any perspective
    feet = middles[:, :, None] + side[:, :, None] * ALONG[:, None]
    places = feet[:, :, :, None] + (outward * reach)[:, :, None, None] * _ACROSS[:, None]
    told = _sampled(image, places.astype(np.float32)) @ _LEVELS
    black, white = np.moveaxis(told[..., 1:].mean(axis=2, keepdims=True), 3, 0)
    rise = white - black
    offsets = reach * 2.0 * REACH * (0.5 - (told[..., 0] - black) / rise)
    lines = offsets @ _FIT
    rough = np.sqrt(np.square(offsets - lines @ _BASIS.T).mean(axis=(1, 2)))
    # Each edge's line by one of its points and its direction; the slope is over the edge's length.
    found = _crossings(middles + outward * lines[..., :1], along + outward * lines[..., 1:] / length)
    good = (rise > FADED).all(axis=(1, 2)) & np.isfinite(found).all(axis=(1, 2))
    return np.where(good[:, None, None], found, corners), np.where(good, rough, np.inf)


def _sampled(image: Image, places: Array) -> Array:
    """The image between its pixels, linearly."""
    flat = places.reshape(len(places), -1, 2)
    drawn = cv2.remap(image, flat, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, np.float64).reshape(places.shape[:-1])


def _area(corners: Array) -> Array:
    """The areas (n,) of quadrilaterals, by their diagonals."""
    first, second = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    return np.abs(_cross(first, second)) / 2.0


def _crossings(points: Array, directions: Array) -> Array:
    """Where each edge's line meets that of the edge before it, (n, 4, 2)."""
    before = (3, 0, 1, 2)
    gap, other = points - points[:, before], directions[:, before]
    share = _cross(gap, directions) / _cross(other, directions)
    return points[:, before] + share[..., None] * other


def _cross(first: Array, second: Array) -> Array:
    crossed: Array = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    return crossed
