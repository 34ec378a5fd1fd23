"""Corners of tags to a few hundredths of a pixel: straight lines through their four edges, and where those cross.

A detector's corners are up to a pixel off, and a corner's own surroundings say little. An edge is long, though: across
it the grey level rises from the border's black to the paper's white, and the area under that rise tells where the edge
is, whatever the blur. Our own method; AprilTag 3 refines edges to the same end.

Places and directions in the picture are complex numbers here, x + iy: fewer and shorter steps than with pairs.
"""

import cv2
import numpy as np
import numpy.typing as npt

from patient_vision.boards import CELLS, Array, Image

Places = npt.NDArray[np.complex128]

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

NEXT, BEFORE = (1, 2, 3, 0), (3, 0, 1, 2)
"""Of each corner or edge of a tag, the neighbours."""

_ACROSS = REACH * (2.0 * np.arange(SAMPLES) + 1.0 - SAMPLES) / SAMPLES
_GRID = np.stack([one.ravel() for one in np.broadcast_arrays(1.0, ALONG[:, None], _ACROSS)]).astype(complex)
"""Every sample's place: one of an edge's middle, so much of its length along it, so many cells outward."""


def _told_by_samples() -> Array:
    """From an edge's samples, in order: levels inside and outside; the line's mean level and slope; what is no line.

    The last are the components of the profiles' means along the edge that no line explains, in an orthonormal basis.
    """
    every = np.ones_like(ALONG) / len(ALONG)
    inside, outside = np.arange(SAMPLES) < 2, np.arange(SAMPLES) >= SAMPLES - 2
    line = np.column_stack([np.ones_like(ALONG), ALONG])
    apart = np.linalg.qr(line, mode="complete")[0][:, 2:]
    profile = np.full(SAMPLES, 1.0 / SAMPLES)
    levels = [np.kron(every, ends / 2.0) for ends in (inside, outside)]
    return np.column_stack([*levels, *(np.kron(one, profile) for one in (*np.linalg.pinv(line), *apart.T))])


_TOLD = _told_by_samples()


def refined_corners(image: Image, corners: Array) -> tuple[Array, Array]:
    """Tags' corners (n, 4, 2) in pixels, made finer; and how straight each tag's edges were found, (n,) in pixels.

    The straightness is the root mean square distance of what was seen of the edges from the lines: it is large where
    something covers an edge, and infinite where there is none.
    """
    places: Places = corners[..., 0] + 1.0j * corners[..., 1]
    rough = np.full(len(corners), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):  # what has no contrast ends as infinitely rough
        for _ in range(ROUNDS):
            places, rough = _once(image, places)
    return places.view(np.float64).reshape(corners.shape), rough


def _once(image: Image, corners: Places) -> tuple[Places, Array]:
    side = corners[:, NEXT] - corners
    length = np.abs(side)
    outward = side / length * -1.0j  # the corners go round with y down
    middles = corners + side / 2.0
    reach = _area(corners)[:, None] / length / CELLS  # a cell's size square to the edge, in any perspective
    told = _sampled(image, np.stack([middles, side, outward * reach], axis=-1) @ _GRID) @ _TOLD
    black, rise = told[..., 0], told[..., 1] - told[..., 0]
    scale = reach * 2.0 * REACH / rise
    offset, slope = scale * (rise / 2.0 + black - told[..., 2]), scale * -told[..., 3]
    rough = np.sqrt(np.square(scale[..., None] * told[..., 4:]).sum(axis=(1, 2)) / (4 * len(ALONG)))
    found = _crossings(middles + outward * offset, side + outward * slope)
    good = np.all((rise > FADED) & np.isfinite(found), axis=1)
    return np.where(good[:, None], found, corners), np.where(good, rough, np.inf)


def _sampled(image: Image, places: Places) -> Array:
    """The image between its pixels, linearly."""
    flat = places.astype(np.complex64).view(np.float32).reshape(-1, places.shape[-1], 2)
    drawn = cv2.remap(image, flat, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn.reshape(places.shape), np.float64)


def _area(corners: Places) -> Array:
    """The areas (n,) of quadrilaterals, by their diagonals."""
    return np.abs(_cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])) / 2.0


def _crossings(points: Places, directions: Places) -> Places:
    """Where each edge's line meets that of the edge before it, (n, 4)."""
    start, other = points[:, BEFORE], directions[:, BEFORE]
    return start + _cross(points - start, directions) / _cross(other, directions) * other


def _cross(first: Places, second: Places) -> Array:
    return np.asarray((first.conj() * second).imag, np.float64)
