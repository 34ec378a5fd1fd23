"""Poses of plates against a solver of least squares that runs to its end, and what the fit leaves alone."""

import math

import cv2
import numpy as np
import pytest
from scipy.optimize import least_squares

from patient_vision.boards import Array
from patient_vision.plate_fit import CORNERS, fitted
from patient_vision.plate_pose import EYE, FLAT
from patient_vision.render import turned


def looked(rotation: Array, place: Array) -> Array:
    points = CORNERS @ rotation[:, :2].T + place
    return np.asarray(points[:, :2] / points[:, 2:])


def off_by(pose: Array, seen: Array) -> Array:
    """What a rotation vector and a place leave of the corners that were seen."""
    off = looked(np.asarray(cv2.Rodrigues(pose[:3])[0]), pose[3:]) - seen
    return np.asarray(off[np.isfinite(seen)])


@pytest.mark.parametrize("seed", range(40))
def test_the_fit_ends_where_a_solver_that_runs_to_its_end_does(seed: int) -> None:
    """Plates of one tag and of two, at every lean up to 60°, from IPPE's better start."""
    random = np.random.default_rng(seed)
    true = turned(0.0, 0.0, random.uniform(-3.0, 3.0)) @ turned(
        random.uniform(0.1, 1.0), 0.0, random.uniform(-3.0, 3.0)
    )
    place = np.array([0.2, -0.1, 1.0]) * random.uniform(0.6, 2.0)
    seen = looked(true, place) + random.normal(0.0, 0.1 / 600.0, (8, 2))
    seen[: 4 * (seed % 2)] = np.nan
    known = np.isfinite(seen[:, 0])
    _, turns, places, _ = cv2.solvePnPGeneric(FLAT[known], seen[known], EYE, None, flags=cv2.SOLVEPNP_IPPE)
    begun = np.concatenate([turns[0], places[0]]).ravel()
    end = least_squares(off_by, begun, args=(seen,), method="lm", xtol=1e-14, ftol=1e-14, gtol=1e-14)
    fits = fitted(np.asarray(cv2.Rodrigues(turns[0])[0])[None], begun[None, 3:], seen[None])
    assert fits.errors[0] == pytest.approx(2.0 * end.cost, rel=1e-3)
    apart = cv2.Rodrigues(fits.rotations[0].T @ cv2.Rodrigues(end.x[:3])[0])[0]
    assert math.degrees(float(np.linalg.norm(apart))) < 0.1
    assert fits.rotations[0] @ fits.rotations[0].T == pytest.approx(np.eye(3), abs=1e-9)


def test_every_plate_is_fitted_as_if_it_were_alone() -> None:
    random = np.random.default_rng(3)
    rotations = np.stack([turned(0.4, 0.1 * n, 0.5 * n) for n in range(5)])
    places = random.normal([0.0, 0.0, 1.3], 0.1, (5, 3))
    seen = np.stack([looked(*pose) for pose in zip(rotations, places, strict=True)])
    seen[1, 4:] = np.nan
    started = places + random.normal(0.0, 0.01, (5, 3))
    together = fitted(rotations, started, seen)
    assert together.places == pytest.approx(places, abs=1e-6)
    for at in range(5):
        alone = fitted(rotations[at : at + 1], started[at : at + 1], seen[at : at + 1])
        assert alone.rotations[0] == pytest.approx(together.rotations[at], abs=1e-12)
        assert alone.turn_variances[0] == pytest.approx(together.turn_variances[at], rel=1e-9)


def test_a_start_that_is_no_number_spoils_no_other_plate() -> None:
    rotations, places = np.stack([turned(0.4, 0.1, 0.5)] * 3), np.full((3, 3), [0.0, 0.0, 1.3])
    seen = np.stack([looked(rotations[0], places[0])] * 3)
    rotations[0], places[2] = np.nan, np.inf
    fits = fitted(rotations, places, seen)
    assert not np.isfinite(fits.errors[[0, 2]]).any()
    assert fits.errors[1] == pytest.approx(0.0, abs=1e-12)
