"""Plates' rotations and places from their corners, by least squares: Gauss and Newton's method, all plates at once.

A plate moves in its own frame: ξ = (ω, τ) turns its points p by ω × p and shifts them by τ, R ← R exp(ω), t ← t + R τ.
A ray's place is u = (x, y) / z, so that ∂u/∂p = (R₁₂ − u R₃) / z with the rows of R. The turn about the plate's own z
is then a coordinate of its own, and its variance one entry of (Jᵀ J)⁻¹. The method: Nocedal and Wright 2006, Numerical
Optimization, 10.3; steps of a rotation in its own frame: Solà, Deray and Atchuthan 2018.
"""

from dataclasses import dataclass

import numpy as np

from patient_vision.boards import Array, plate_corners

CORNERS = np.vstack([plate_corners(0), plate_corners(1)])
"""Of both tags of a plate, (8, 2) in m: every segment's plate is alike."""

STEPS = 3
"""Enough from where IPPE begins: `tests/patient_vision/test_plate_fit.py` holds it against a solver run to its end."""

LEAST = 1e-12 * np.eye(6)
"""Is added to Jᵀ J, whose least eigenvalue is some 5e-7 for a single tag 8 m away: what nothing determines stays."""


def _moved() -> Array:
    """How every corner moves in the plate's frame with ξ, (8, 3, 6): ω × p + τ for p = (x, y, 0)."""
    (x, y), none, one = CORNERS.T, np.zeros(8), np.ones(8)
    rows = [[none, none, -y, one, none, none], [none, none, x, none, one, none], [y, -x, none, none, none, one]]
    return np.array(rows).transpose(2, 0, 1)


_MOVED = _moved()
_LIFTED = np.column_stack([CORNERS, np.ones(8)])
_HALF_CROSS = 0.5 * np.array([[0, 0, 0, 0, 0, -1, 0, 1, 0], [0, 0, 1, 0, 0, 0, -1, 0, 0], [0, -1, 0, 1, 0, 0, 0, 0, 0]])
"""From ω to the rows of ½ ω ×, (3, 9)."""


@dataclass(frozen=True, slots=True)
class Fits:
    """Of m plates: `rotations` (m, 3, 3) and `places` (m, 3) in the camera's frame, in m.

    `errors` (m,) are the sums of the squared distances of the corners, and `turn_variances` (m,) the variances of the
    turn about the plate's own z for a unit one of the corners' coordinates; both at unit focal length.
    """

    rotations: Array
    places: Array
    errors: Array
    turn_variances: Array


def fitted(rotations: Array, places: Array, seen: Array) -> Fits:
    """The poses that explain corners best: `seen` (m, 8, 2) at unit focal length, NaN where a tag was not.

    It begins at `rotations` and `places`, each near its answer. What is not finite there stays so.
    """
    known = np.isfinite(seen)
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            drawn, depth = _drawn(rotations, places)
            off = np.where(known, seen - drawn, 0.0).reshape(-1, 16, 1)
            by_pose = np.where(known[..., None], _by_pose(rotations, drawn, depth), 0.0).reshape(-1, 16, 6)
            across = by_pose.transpose(0, 2, 1)
            normal = across @ by_pose + LEAST
            step = np.asarray(np.linalg.solve(normal, across @ off), np.float64)
            places = places + (rotations @ step[:, 3:])[..., 0]
            rotations = rotations @ _turned(step[:, :3, 0])
        left = np.where(known, seen - _drawn(rotations, places)[0], 0.0)
        errors = np.square(left).sum(axis=(1, 2))
    return Fits(rotations, places, errors, np.asarray(np.linalg.inv(normal)[:, 2, 2], np.float64))


def _drawn(rotations: Array, places: Array) -> tuple[Array, Array]:
    """Where the corners are seen (m, 8, 2), and how deep they lie (m, 8, 1)."""
    plane = np.concatenate([rotations[:, :, :2], places[:, :, None]], axis=2)
    points = _LIFTED @ plane.transpose(0, 2, 1)
    return points[..., :2] / points[..., 2:], points[..., 2:]


def _by_pose(rotations: Array, drawn: Array, depth: Array) -> Array:
    """How what is drawn goes with ξ, (m, 8, 2, 6)."""
    by_point = (rotations[:, None, :2] - drawn[..., None] * rotations[:, None, 2:]) / depth[..., None]
    return np.asarray(by_point @ _MOVED, np.float64)


def _turned(by: Array) -> Array:
    """Rotations (m, 3, 3) that equal exp(ω) for the small `by` (m, 3) up to its square: Cayley's transform.

    (1 − K)⁻¹ (1 + K) = 1 + 2 (K + K²) / (1 + |ω|² / 4) for K = ½ ω ×.
    """
    half = (by @ _HALF_CROSS).reshape(-1, 3, 3)
    share = 2.0 / (1.0 + 0.25 * np.square(by).sum(axis=1))
    return np.asarray(np.eye(3) + share[:, None, None] * (half + half @ half), np.float64)
