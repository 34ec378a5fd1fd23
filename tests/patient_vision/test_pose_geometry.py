"""What needs no network: crops and the way back, blended candidates, the signs of the angles, exchanged legs."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from patient_vision.pose.angles import flexions
from patient_vision.pose.body import Body, Point
from patient_vision.pose.crop import MARGIN, Square
from patient_vision.pose.detector import anchors, blend
from patient_vision.pose.tracker import across, exchanged

SQUARES = some.builds(
    Square, some.floats(100, 540), some.floats(100, 380), some.floats(50, 600), some.floats(-math.pi, math.pi)
)


@given(SQUARES, some.lists(some.tuples(some.floats(0.15, 0.85), some.floats(0.15, 0.85)), min_size=1, max_size=3))
def test_what_is_seen_in_a_crop_is_where_the_way_back_says(square: Square, spots: list[tuple[float, float]]) -> None:
    points = square.back(np.array(spots))
    for spot, (x, y) in zip(spots, points, strict=True):
        image = np.zeros((480, 640, 3), np.uint8)
        radius = max(3, round(square.side / 40))
        if not (radius < x < 639 - radius and radius < y < 479 - radius):
            continue
        # OpenCV counts from the middle of the first pixel, a square from the picture's corner.
        centre = round(16 * (x - 0.5)), round(16 * (y - 0.5))
        cv2.circle(image, centre, 16 * radius, (0, 0, 255), -1, cv2.LINE_AA, 4)
        crop = square.cut(image, 256)[:, :, 0]
        assert square.cut(image, 256)[:, :, 2].max() == 0.0  # red comes first
        rows, columns = np.indices(crop.shape)
        middle = np.array([(columns * crop).sum(), (rows * crop).sum()]) / crop.sum()
        assert (middle + 0.5) / 256 == pytest.approx(np.array(spot), abs=0.25 / square.side + 0.002)


@given(some.floats(-math.pi, math.pi), some.floats(20.0, 400.0))
def test_a_square_stands_upright_along_its_body(lean: float, reach: float) -> None:
    hips = np.array([300.0, 200.0])
    square = Square.around(hips, hips + reach * np.array([math.sin(lean), -math.cos(lean)]))
    assert math.remainder(square.angle - lean, math.tau) == pytest.approx(0.0, abs=1e-9)
    assert square.side == pytest.approx(2.0 * MARGIN * reach)
    head = square.back(np.array([[0.5, 0.5 - 0.5 / MARGIN]]))[0]
    assert head == pytest.approx(hips + reach * np.array([math.sin(lean), -math.cos(lean)]))


def test_there_is_an_anchor_for_each_of_the_networks_candidates() -> None:
    places = anchors()
    assert places.shape == (2254, 2)
    assert 0.0 < places.min() < places.max() < 1.0
    assert places[0] == pytest.approx([0.5 / 28, 0.5 / 28])
    assert places[2] == pytest.approx([1.5 / 28, 0.5 / 28])
    assert places[-1] == pytest.approx([6.5 / 7, 6.5 / 7])


def candidate(x: float, y: float, side: float = 0.2) -> np.ndarray:
    middle = np.array([x, y])
    return np.array([middle - side / 2, middle + side / 2, middle, middle - [0.0, side]])


def test_candidates_of_one_person_are_averaged_by_their_scores_and_others_left_apart() -> None:
    points = np.array([candidate(0.30, 0.5), candidate(0.8, 0.5), candidate(0.32, 0.5)])
    people = blend(points, np.array([0.9, 0.7, 0.6]))
    assert [score for score, _ in people] == [0.9, 0.7]
    assert people[0][1][2] == pytest.approx([(0.9 * 0.30 + 0.6 * 0.32) / 1.5, 0.5])
    assert people[1][1] == pytest.approx(points[1])


@given(some.lists(some.tuples(*[some.floats(0, 1)] * 2, some.floats(0, 0.5), some.floats(0.5, 1)), max_size=12))
def test_blending_loses_nobody_and_stays_within_what_was_seen(given_: list[tuple[float, ...]]) -> None:
    points = np.array([candidate(*one[:3]) for one in given_]).reshape(-1, 4, 2)
    scores = np.array([one[3] for one in given_])
    people = blend(points, scores)
    assert bool(people) is bool(given_)
    for score, place in people:
        assert score in scores
        assert (place >= points.min(axis=0) - 1e-12).all() and (place <= points.max(axis=0) + 1e-12).all()


def drawn(hip: float, knee: float, ankle: float, facing: str, tilt: float = 0.0) -> dict[str, tuple[float, ...]]:
    """A leg with these angles (rad) as a side camera sees it, built from the pelvis down; `tilt` rolls the camera."""
    sign = 1.0 if facing == "right" else -1.0

    def line(direction: float, length: float) -> tuple[float, ...]:
        """From (0, 0): `direction` from straight down toward the front."""
        x, y = sign * length * math.sin(direction), length * math.cos(direction)
        return 0.0, 0.0, x * math.cos(tilt) - y * math.sin(tilt), x * math.sin(tilt) + y * math.cos(tilt)

    return {
        "trunk": line(0.0, 50.0),
        "thigh": line(hip, 40.0),
        "shank": line(hip - knee, 40.0),
        "foot": line(hip - knee + math.pi / 2 + ankle, 20.0),
    }


@given(
    some.floats(-0.5, 2.0),
    some.floats(-0.2, 2.6),
    some.floats(-0.9, 0.6),
    some.sampled_from(["left", "right"]),
    some.floats(-math.pi, math.pi),
)
def test_the_angles_of_a_drawn_leg_come_back_for_either_side_and_any_roll(
    hip: float, knee: float, ankle: float, facing: str, tilt: float
) -> None:
    assert flexions(drawn(hip, knee, ankle, facing, tilt), facing) == pytest.approx((hip, knee, ankle), abs=1e-9)


def test_a_segment_without_length_has_no_angle() -> None:
    lines = {**drawn(0.3, 0.5, 0.0, "right"), "shank": (1.0, 1.0, 1.0, 1.0)}
    hip, knee, ankle = flexions(lines, "right")
    assert hip == pytest.approx(0.3)
    assert math.isnan(knee) and math.isnan(ankle)


def body(points: np.ndarray) -> Body:
    return Body(1.0, points, np.ones(39), Square(300.0, 200.0, 400.0, 0.0), np.zeros(195, np.float32))


def test_exchanged_legs_are_noticed_and_legs_that_pass_each_other_are_not() -> None:
    random = np.random.default_rng(4)
    points = random.uniform(100.0, 500.0, (39, 2))
    before = body(points)
    assert not exchanged(before, body(points + random.normal(0.0, 3.0, points.shape)))
    assert exchanged(before, body(across(points) + random.normal(0.0, 3.0, points.shape)))
    together = points.copy()
    for point in (Point.KNEE, Point.ANKLE):
        together[point + 1] = together[point] + [4.0, 0.0]
    assert not exchanged(body(together), replace(body(across(together))))


def test_left_and_right_exchanged_twice_are_as_before() -> None:
    points = np.random.default_rng(1).uniform(size=(39, 2))
    assert (across(across(points)) == points).all()
    assert (across(points)[Point.KNEE + 1] == points[Point.KNEE]).all()
    assert (across(points)[:11] == points[:11]).all()
    assert (across(points)[33:] == points[33:]).all()
