"""Angles from tags against the angles that the pictures were drawn with."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.vision import CASES, DEGRADED_GOAL, accuracy
from patient_vision.boards import JOINTS, PLATE_M, SEGMENTS, Array, plate_image
from patient_vision.camera import Frame, Image
from patient_vision.edges import refined_corners
from patient_vision.markers import ROUGH_PX, MarkerTracker, found_tags
from patient_vision.plate_fit import CORNERS
from patient_vision.plate_pose import PlatePose, PlateSight, plate_poses, turn_between
from patient_vision.render import (
    BACKGROUND,
    DISTANCE_M,
    HEIGHT,
    PINHOLE,
    TEXELS_PER_M,
    WIDTH,
    RenderedLeg,
    Sheet,
    homography,
    turned,
)
from robot.errors import InputError
from robot.vision import Fault

FEW_FRAMES = 45
"""More than a swing; `python -m benchmarks vision` takes more."""


def bent(deg: float, **how: object) -> Frame:
    leg = RenderedLeg(knee=lambda t: math.radians(deg), **how)  # type: ignore[arg-type]
    return Frame(leg.draw(0.0), 0.0, 0)


@pytest.mark.parametrize("name", CASES)
def test_a_rendered_leg_is_measured_within_its_goal_and_its_own_standard_deviation(name: str) -> None:
    found = accuracy(CASES[name].leg, FEW_FRAMES)
    assert found.rms_deg <= CASES[name].goal_deg
    assert found.degraded_percent < DEGRADED_GOAL
    assert found.in_std < 1.5  # a standard deviation that is too small would be believed


def test_a_plate_that_leans_meanwhile_is_followed() -> None:
    swaying = RenderedLeg(CASES["clean"].leg.knee, yaw=lambda t: 0.4 * math.sin(2.0 * t), noise=4.0)
    found = accuracy(swaying, FEW_FRAMES)
    assert found.rms_deg <= 0.3
    assert found.degraded_percent == 0.0


@given(st.floats(0.3, 0.9), st.floats(-0.2, 0.2), st.floats(-3.0, 3.0))
def test_a_board_of_two_tags_overrules_an_expectation_that_leans_the_wrong_way(
    yaw: float, x: float, turn: float
) -> None:
    true = turned(x, yaw, turn)
    jitter = np.random.default_rng(1).normal(0.0, 0.02 / 600.0, (8, 2))
    found = posed(projected(true) + jitter, turned(x, -yaw, turn))
    assert found is not None and found.rival is None
    assert lean_deg(found.rotation, true) < 3.0
    assert abs(turn_between(true, found.rotation)) < 4.0 * found.turn_std_rad + 1e-3


@pytest.mark.parametrize("seed", range(8))
def test_where_the_corners_cannot_tell_two_leans_apart_the_last_frame_does(seed: int) -> None:
    """One tag that is far away: both leans explain it."""
    true = turned(0.3, 0.4, 0.2)
    seen = one_tag(0, true, 5.0, np.random.default_rng(seed))
    alone, helped = posed(seen, None), posed(seen, true)
    assert alone is not None and helped is not None
    assert alone.rival is not None
    assert min(lean_deg(one, true) for one in (alone.rotation, alone.rival)) < 10.0
    assert helped.rival is None and lean_deg(helped.rotation, true) < 10.0


def test_a_lean_that_was_seen_long_ago_decides_nothing() -> None:
    true = turned(0.3, 0.4, 0.2)
    seen = one_tag(0, true, 5.0, np.random.default_rng(0))
    soon, late, before = (posed(seen, true, age_s) for age_s in (0.03, 1.0, -0.03))
    assert soon is not None and soon.rival is None
    assert late is not None and late.rival is not None
    assert before is not None and before.rival is not None  # the clock went back


def test_a_turns_standard_deviation_is_that_of_many_noisy_views() -> None:
    true, random = turned(0.9, 0.1, 0.0), np.random.default_rng(5)
    views = {str(at): projected(true) + random.normal(0.0, 0.3 / 600.0, (8, 2)) for at in range(400)}
    poses = plate_poses({name: PlateSight(view, true, 0.03) for name, view in views.items()}, 600.0).values()
    assert len(poses) == 400
    turns = [turn_between(true, pose.rotation) for pose in poses]
    assert np.std(turns) == pytest.approx(np.sqrt(np.mean([pose.turn_std_rad**2 for pose in poses])), rel=0.15)


def test_a_tag_with_something_over_an_edge_is_left_out() -> None:
    image = bent(0.0, thigh=lambda t: 0.0).image
    tags = found_tags(image)
    assert set(tags) == {*SEGMENTS["thigh"], *SEGMENTS["shank"]}
    left, top = np.rint(tags[4].min(axis=0)).astype(int)
    image[top + 8 : top + 18, left - 4 : left + 3] = 0  # a black strap's end, from outside to the border
    corners = np.stack([tags[4], tags[5]])
    _, rough = refined_corners(image, corners)
    assert rough[0] > ROUGH_PX and rough[1] < 0.1
    assert 4 not in found_tags(image)


def test_a_frame_is_degraded_where_its_angle_depends_on_a_lean_that_nothing_decides() -> None:
    """Single tags, far away and leaning: the four ways to combine their rotations give angles degrees apart."""
    poses = {}
    for name, tag, turn in (("thigh", 1, 1.2), ("shank", 0, 1.9)):
        pose = posed(one_tag(tag, turned(0.3, 0.7, turn), 6.0, np.random.default_rng(4 - tag)), None)
        assert pose is not None and pose.rival is not None
        poses[name] = pose
    seen = MarkerTracker(PINHOLE)._observation(0.0, poses, {})
    assert seen.faults == Fault.UNCERTAIN
    assert math.degrees(seen.std_rad[0]) > 5.0


def lean_deg(first: Array, second: Array) -> float:
    """The angle between two plates' normals."""
    return math.degrees(math.acos(min(1.0, float(first[:, 2] @ second[:, 2]))))


def projected(rotation: Array, distance: float = DISTANCE_M) -> Array:
    """Where a plate's corners are seen at unit focal length."""
    points = CORNERS @ rotation[:, :2].T + [0.0, 0.0, distance]
    return np.asarray(points[:, :2] / points[:, 2:])


def one_tag(which: int, rotation: Array, distance: float, random: np.random.Generator) -> Array:
    """A plate of which only one tag is seen, each of its corners a tenth of a pixel off."""
    seen = projected(rotation, distance) + random.normal(0.0, 0.1 / 600.0, (8, 2))
    seen[4 * (1 - which) :][:4] = np.nan
    return seen


def posed(seen: Array, expected: Array | None, age_s: float = 0.03) -> PlatePose | None:
    return plate_poses({"": PlateSight(seen, expected, age_s)}, 600.0).get("")


def test_flexion_has_the_same_sign_from_either_side() -> None:
    right = bent(40.0)
    mirrored = drawn_plates({"thigh": (0.0, 90.0), "shank": (0.2, 50.0)})
    seen_right = MarkerTracker(PINHOLE).observe(right)
    seen_left = MarkerTracker(PINHOLE, side="left").observe(mirrored)
    assert math.degrees(seen_right.angles_rad[0]) == pytest.approx(40.0, abs=0.1)
    assert math.degrees(seen_left.angles_rad[0]) == pytest.approx(40.0, abs=0.1)


def drawn_plates(plates: dict[str, tuple[float, float]]) -> Frame:
    """Plates side by side: how far along x their middle is (m), and how they are turned in the picture (deg)."""
    image: Image = np.full((HEIGHT, WIDTH), BACKGROUND, np.uint8)
    for name, (x, turn) in plates.items():
        sheet = Sheet(plate_image(name, TEXELS_PER_M), PLATE_M)
        sheet.onto(image, turned(0.0, 0.0, math.radians(turn)), np.array([x, 0.0, DISTANCE_M]))
    return Frame(image, 0.0, 0)


@pytest.mark.parametrize(
    ("joint", "proximal_deg", "distal_deg", "flexion_deg"),
    [
        ("hip", 90.0, 50.0, 40.0),  # the thigh forward, to the right of the picture
        ("knee", 90.0, 130.0, 40.0),  # the shank back
        ("ankle", 90.0, 0.0, 0.0),  # the foot forward, square to the shank
        ("ankle", 90.0, -15.0, 15.0),  # its toes up
        ("shoulder", 90.0, 30.0, 60.0),
        ("elbow", 90.0, 10.0, 80.0),
    ],
)
def test_every_joints_flexion_is_positive(
    joint: str, proximal_deg: float, distal_deg: float, flexion_deg: float
) -> None:
    hinge = JOINTS[joint]
    frame = drawn_plates({hinge.proximal: (-0.25, proximal_deg), hinge.distal: (0.25, distal_deg)})
    (angle,) = MarkerTracker(PINHOLE, (joint,)).observe(frame).angles_rad
    assert math.degrees(angle) == pytest.approx(flexion_deg, abs=0.2)


def test_black_blank_and_half_hidden_pictures_are_degraded_and_never_a_number() -> None:
    tracker = MarkerTracker(PINHOLE)
    for grey in (0, 128, 255):
        seen = tracker.observe(Frame(np.full((HEIGHT, WIDTH), grey, np.uint8), 0.0, 0))
        assert seen.faults == Fault.ABSENT
        assert math.isnan(seen.angles_rad[0]) and math.isnan(seen.std_rad[0]) and math.isnan(seen.reprojection_px)
    only_thigh = bent(30.0).image.copy()
    only_thigh[230:] = BACKGROUND
    seen = tracker.observe(Frame(only_thigh, 0.0, 0))
    assert seen.faults == Fault.UNCERTAIN and not seen.seen and set(seen.segments_px) == {"thigh"}


def test_two_patients_with_the_same_plates_are_nobody() -> None:
    one = bent(30.0).image
    both = np.where(np.roll(one, -230, axis=1) != BACKGROUND, np.roll(one, -230, axis=1), one)
    assert MarkerTracker(PINHOLE).observe(Frame(both, 0.0, 0)).faults == Fault.ABSENT


def test_a_larger_picture_of_the_same_shape_gives_the_same_angle_and_another_shape_is_refused() -> None:
    small = bent(30.0).image
    large = cv2.resize(small, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    (angle,) = MarkerTracker(PINHOLE).observe(Frame(np.asarray(large, np.uint8), 0.0, 0)).angles_rad
    assert math.degrees(angle) == pytest.approx(30.0, abs=0.2)
    with pytest.raises(InputError) as refused:
        MarkerTracker(PINHOLE).observe(Frame(small[:, :480], 0.0, 0))
    assert refused.value.code == "calibration-size"


def test_joints_that_no_plates_measure_are_refused() -> None:
    for joints in ((), ("wrist",), ("knee", "neck")):
        with pytest.raises(InputError) as refused:
            MarkerTracker(PINHOLE, joints)
        assert refused.value.code == "joint-unseen"


def test_the_lines_of_an_observation_lie_on_the_plates() -> None:
    seen = MarkerTracker(PINHOLE).observe(bent(0.0, thigh=lambda t: 0.0))
    top, bottom = (np.array([0.0, y, 1.0]) for y in (-0.42 + 0.21 - 0.105, -0.42 + 0.21 + 0.105))
    for place, at in ((top, seen.segments_px["thigh"][:2]), (bottom, seen.segments_px["thigh"][2:])):
        point = homography(np.eye(3), np.array([0.0, 0.0, DISTANCE_M])) @ place
        assert at == pytest.approx((point[:2] / point[2]).tolist(), abs=0.5)
