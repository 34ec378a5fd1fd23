"""Calibration against the pinhole that drew the pictures, and against a lens that bends them."""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patient_vision.boards import Array
from patient_vision.calibration import (
    FEWEST_VIEWS,
    Calibration,
    View,
    ViewFinder,
    calibrated,
    judge,
    read_calibration,
    write_calibration,
)
from patient_vision.camera import Image
from patient_vision.render import CAMERA, FOCAL_PX, HEIGHT, PINHOLE, WIDTH, RenderedBoard
from robot.errors import CheckFailed, InputError

BENT = np.array([-0.25, 0.08, 0.001, -0.0005])
"""A wide lens's distortion: straight lines at the picture's edge bend by a dozen pixels."""


def bent(image: Image) -> Image:
    """The picture as a lens with this distortion would show it: each of its pixels taken from where it would be."""
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float64), np.arange(HEIGHT, dtype=np.float64))
    places = np.stack([x.ravel(), y.ravel()], axis=1)
    straight = cv2.undistortPoints(places, CAMERA, BENT, P=CAMERA)[:, 0].astype(np.float32).reshape(HEIGHT, WIDTH, 2)
    return np.asarray(cv2.remap(image, straight, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


@cache
def views(tilt: float = 0.7, noise: float = 2.0, lens: bool = False, count: int = 24) -> tuple[View, ...]:
    finder, board = ViewFinder(), RenderedBoard(tilt, noise)
    for index in range(count):
        image = board.draw(index / 30.0)
        finder.look(bent(image) if lens else image)
    return tuple(finder.views)


def found(seen: tuple[View, ...]) -> Calibration:
    return calibrated(seen, (WIDTH, HEIGHT))


@cache
def good() -> Calibration:
    return found(views())


def test_the_pinhole_that_drew_the_board_is_found() -> None:
    camera = good()
    judge(camera)
    assert camera.focal_px == pytest.approx((FOCAL_PX, FOCAL_PX), rel=3e-3)
    assert camera.centre_px == pytest.approx(PINHOLE.centre_px, abs=2.0)
    assert np.abs(camera.distortion).max() < 0.02
    assert camera.reprojection_px < 0.15


def test_a_lens_that_bends_is_straightened() -> None:
    camera = found(views(lens=True))
    judge(camera)
    assert camera.focal_px == pytest.approx((FOCAL_PX, FOCAL_PX), rel=3e-3)
    across, down = np.meshgrid(np.linspace(20.0, WIDTH - 20.0, 9), np.linspace(20.0, HEIGHT - 20.0, 7))
    grid = np.column_stack([across.ravel(), down.ravel()])
    true = cv2.undistortPoints(grid, CAMERA, BENT)[:, 0]
    assert np.abs(camera.unit(grid) - true).max() * FOCAL_PX < 1.0


def test_a_board_that_only_faces_the_camera_is_refused_though_it_fits() -> None:
    camera = found(views(tilt=0.02))
    assert camera.reprojection_px < 0.15
    assert abs(camera.focal_px[0] / FOCAL_PX - 1.0) > 0.02  # the error that the refusal is for
    assert refusal(camera) == "calibration-tilt"


def refusal(camera: Calibration) -> str:
    with pytest.raises(CheckFailed) as refused:
        judge(camera)
    return refused.value.code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reprojection_px": 0.6}, "calibration-error"),
        ({"coverage": 0.5}, "calibration-coverage"),
        ({"tilted_views": 4}, "calibration-tilt"),
        ({"focal_share": 0.02}, "calibration-focal"),
        ({"focal_px": (600.0, 640.0)}, "calibration-implausible"),
        ({"focal_px": (100.0, 100.0)}, "calibration-implausible"),
        ({"focal_px": (9000.0, 9000.0)}, "calibration-implausible"),
        ({"centre_px": (450.0, 240.0)}, "calibration-implausible"),
    ],
)
def test_each_figure_of_quality_refuses_alone(changed: dict[str, object], code: str) -> None:
    judge(good())
    assert refusal(good().model_copy(update=changed)) == code


def test_too_few_views_are_refused_and_a_board_that_keeps_still_is_one() -> None:
    with pytest.raises(CheckFailed) as refused:
        found(views()[: FEWEST_VIEWS - 1])
    assert refused.value.code == "calibration-views"
    finder, image = ViewFinder(), RenderedBoard().draw(0.0)
    assert [finder.look(image) for _ in range(3)] == [True, False, False]
    assert not finder.look(np.full((HEIGHT, WIDTH), 128, np.uint8))
    with pytest.raises(InputError) as other:
        finder.look(image[:, :320])
    assert other.value.code == "calibration-sizes"


def same(corners: Array) -> list[View]:
    """Views that are all alike, with the board's corners at these places of the picture."""
    view = views()[0]
    return [View(view.board, corners, view.outline)] * FEWEST_VIEWS


@pytest.mark.parametrize(
    "corners_of",
    [
        np.zeros_like,
        lambda seen: np.full_like(seen, np.nan),
        lambda seen: np.full_like(seen, 1e12),
        lambda seen: np.column_stack([np.arange(len(seen)), np.arange(len(seen))]).astype(float),
        lambda seen: seen[:, ::-1] * [1.0, -1.0],
    ],
    ids=["one place", "no numbers", "far away", "in a line", "mirrored"],
)
def test_views_that_no_camera_explains_are_refused_with_one_code(corners_of: Callable[[Array], Array]) -> None:
    with pytest.raises(CheckFailed) as refused:
        judge(found(same(corners_of(views()[0].seen))))
    assert refused.value.code.startswith("calibration-")


numbers = st.floats(-1.0, 1.0)


@given(
    st.floats(100.0, 5000.0), st.floats(0.0, 2000.0), st.tuples(numbers, numbers, numbers, numbers), st.integers(0, 99)
)
def test_a_calibration_survives_its_file(
    tmp_path_factory: pytest.TempPathFactory,
    focal: float,
    centre: float,
    distortion: tuple[float, float, float, float],
    count: int,
) -> None:
    written = PINHOLE.model_copy(
        update={
            "focal_px": (focal, focal / 1.01),
            "centre_px": (centre, centre + 0.1),
            "distortion": distortion,
            "views": count,
        }
    )
    path = tmp_path_factory.mktemp("camera") / "camera.yaml"
    write_calibration(written, path)
    assert read_calibration(path) == written


@pytest.mark.parametrize(
    ("was", "becomes", "field"),
    [
        ("views: 0", "views: many", "views"),
        ("- 600.0", "- .nan", "focal_px.0"),
        ("- 640\n", "- 0\n", "size_px.0"),
        ("careloop_camera: 1", "careloop_camera: 2", "careloop_camera"),
        ("views: 0", "vews: 0", "vews"),
        ("views: 0\n", "", "views"),
    ],
)
def test_a_file_that_is_no_calibration_names_the_field(tmp_path: Path, was: str, becomes: str, field: str) -> None:
    path = tmp_path / "camera.yaml"
    write_calibration(PINHOLE, path)
    path.write_text(path.read_text().replace(was, becomes, 1))
    with pytest.raises(InputError) as refused:
        read_calibration(path)
    assert refused.value.values["field"] == field


@pytest.mark.parametrize("scale", [0.5, 1.5, 2.0])
def test_a_scaled_picture_has_the_same_rays(scale: float) -> None:
    """A pixel's number stands for its middle, so the place half a pixel outside of the first is the fixed one."""
    camera = PINHOLE.model_copy(update={"distortion": tuple(BENT.tolist())})
    larger = camera.of_size(round(WIDTH * scale), round(HEIGHT * scale))
    places: Array = np.array([[10.0, 20.0], [320.0, 240.0], [600.0, 400.0]])
    assert larger.unit((places + 0.5) * scale - 0.5) == pytest.approx(camera.unit(places), abs=1e-9)


def test_the_tilt_of_a_view_is_told_from_its_plane_alone() -> None:
    """The rendered boards are tilted up to 0.7 rad about both axes: most of them are beyond 20°, as they are drawn."""
    camera = good()
    random = [np.random.default_rng((0, round(1e6 * index / 30.0))).uniform(-0.7, 0.7, 2) for index in range(24)]
    tilts = [math.degrees(math.acos(math.cos(x) * math.cos(y))) for x, y in random]
    assert camera.tilted_views == pytest.approx(sum(tilt > 20.0 for tilt in tilts), abs=2)
