"""The zero pose of plates that were put on askew: measured, kept in a file, and taken off every angle."""

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from patient_vision.boards import Image
from patient_vision.camera import Frame
from patient_vision.markers import MarkerTracker
from patient_vision.render import BACKGROUND, DISTANCE_M, HEIGHT, PINHOLE, PLATES, WIDTH, noisy, turned
from patient_vision.zero import ZeroPose, read_zero, write_zero, zero_pose
from robot.errors import CheckFailed, InputError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANGLE = some.floats(-math.pi / 2.0, math.pi / 2.0)


def test_from_a_zero_pose_on_plates_that_were_put_on_askew_an_angle_counts_as_from_straight_ones() -> None:
    """The shank's plate is turned by 12° in its plane and leans by 15°; so are all the pictures of it."""
    askew = turned(math.radians(15.0), 0.0, math.radians(12.0))

    def picture(flexion_deg: float, index: int) -> Frame:
        image: Image = np.full((HEIGHT, WIDTH), BACKGROUND, np.uint8)
        PLATES["thigh"].onto(image, turned(0.0, 0.0, math.pi / 2.0), np.array([0.0, -0.2, DISTANCE_M]))
        shank = turned(0.0, 0.0, math.pi / 2.0 + math.radians(flexion_deg)) @ askew
        PLATES["shank"].onto(image, shank, np.array([0.0, 0.2, DISTANCE_M]))
        return Frame(noisy(image, 2.0, (index,)), index / 30.0, index)

    tracker, zeros = MarkerTracker(PINHOLE), []
    for index in range(12):
        tracker.observe(picture(0.0, index))
        relative = tracker.relative("knee")
        assert relative is not None
        zeros.append(relative)
    zeroed = MarkerTracker(PINHOLE, zero=zero_pose({"knee": zeros}))
    raw = math.degrees(MarkerTracker(PINHOLE).observe(picture(30.0, 0)).angles_rad[0])
    counted = math.degrees(zeroed.observe(picture(30.0, 1)).angles_rad[0])
    assert abs(raw - 30.0) > 8.0
    assert counted == pytest.approx(30.0, abs=0.5)


def test_a_zero_pose_of_a_moving_or_a_hidden_limb_is_refused() -> None:
    still = [np.eye(3)] * 20
    moving = [turned(0.0, 0.0, math.radians(turn)) for turn in np.linspace(-4.0, 4.0, 20)]
    assert zero_pose({"knee": still})["knee"] == pytest.approx(np.eye(3))
    for rotations, code in ((moving, "zero-moved"), (still[:5], "zero-unseen")):
        with pytest.raises(CheckFailed) as refused:
            zero_pose({"knee": rotations})
        assert refused.value.code == code


@given(ANGLE, ANGLE, ANGLE)
def test_a_zero_pose_survives_its_file(tmp_path_factory: pytest.TempPathFactory, x: float, y: float, z: float) -> None:
    path, rotation = tmp_path_factory.mktemp("zero") / "knee.yaml", turned(x, y, z)
    write_zero(ZeroPose.of({"knee": rotation}, "left", NOON), path)
    read = read_zero(path)
    assert (read.side, read.measured_at) == ("left", NOON)
    assert read.rotations["knee"] == pytest.approx(rotation, abs=1e-9)


@pytest.mark.parametrize(
    ("was", "becomes", "field"),
    [
        ("side: left", "side: both", "side"),
        ("- 0.0", "- .nan", "turns.knee.0"),
        ("- 0.0", "- 9.0", "turns.knee.0"),
        ("knee:", "nose:", "turns.nose"),
        ("2026-11-22 12:00:00+00:00", "yesterday", "measured_at"),
        ("2026-11-22 12:00:00+00:00", "2026-11-22 12:00:00", "measured_at"),
        ("careloop_zero: 1", "careloop_zero: 2", "careloop_zero"),
    ],
)
def test_a_file_that_is_no_zero_pose_names_the_field(tmp_path: Path, was: str, becomes: str, field: str) -> None:
    path = tmp_path / "knee.yaml"
    write_zero(ZeroPose.of({"knee": np.eye(3)}, "left", NOON), path)
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, becomes, 1))
    with pytest.raises(InputError) as refused:
        read_zero(path)
    assert refused.value.values["field"] == field
