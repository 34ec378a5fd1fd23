"""The pose tracker on real pictures: the patient is found and stays the same, and what is no patient is refused."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from patient_vision.camera import Frame, VideoFile, fitted
from patient_vision.gate import FrameJudge
from patient_vision.models import LANDMARKS, content
from patient_vision.observation import Observation
from patient_vision.pose.angles import JOINTS, View
from patient_vision.pose.body import BodyFinder
from patient_vision.pose.network import Network
from patient_vision.pose.tracker import PoseTracker
from robot.vision import Fault, FrameLimits
from tests.patient_vision.material import (
    ASTRONAUT,
    PEDESTRIANS,
    SPORTS,
    STILLS,
    beam,
    debian,
    material,
    models_home,
)

LAWN = View("left", "left", (0.0, 0.55, 0.9, 1.0))
"""Where a woman walks from the right to the left; on a roof above it a man jumps."""

ROOF = View("right", "right", (0.1, 0.0, 0.7, 0.45))
BEAM = {
    1: View("right", "right", (0.2, 0.2, 1.0, 0.8)),
    2: View("right", "right", (0.2, 0.2, 1.0, 0.8)),
    3: View("right", "right", (0.0, 0.1, 1.0, 0.8)),
    4: View("right", "right", (0.0, 0.1, 1.0, 0.8)),
}
"""Regions that leave out a bystander beside the beam."""

WALKING = range(57, 189)
"""The frames in which the walking woman is whole, as looked at: from behind a tree to the left edge."""

EMPTY = range(32)
"""The frames in which the man on the roof is the only person."""


@dataclass(frozen=True)
class Followed:
    tracker: PoseTracker
    seen: list[Observation]
    faults: list[Fault]

    @property
    def found(self) -> float:
        return sum(one.seen for one in self.seen) / len(self.seen)

    @property
    def largest_step_deg(self) -> float:
        """Between two frames in a row that nothing speaks against."""
        pairs = zip(self.seen, self.seen[1:], self.faults, self.faults[1:], strict=False)
        steps = [np.subtract(b.angles_rad, a.angles_rad) for a, b, *faults in pairs if not any(faults)]
        return math.degrees(float(np.abs(steps).max()))


def followed(view: View, frames: Iterator[Frame]) -> Followed:
    tracker, judge = PoseTracker.of(view, models_home()), FrameJudge(JOINTS, FrameLimits())
    seen = [tracker.observe(frame) for frame in frames]
    return Followed(tracker, seen, [judge.judge(one).faults for one in seen])


def frames(video: Path, some: range = range(10**6)) -> Iterator[Frame]:
    return islice(VideoFile(video), some.start, some.stop)


def picture(index: int) -> np.ndarray:
    """One picture of the lawn."""
    video = cv2.VideoCapture(str(material(*SPORTS)))
    video.set(cv2.CAP_PROP_POS_FRAMES, index)
    got, image = video.read()
    assert got
    return fitted(np.asarray(image, np.uint8))


def still(path: Path, times: int = 3) -> Iterator[Frame]:
    image = cv2.imread(str(path))
    assert image is not None
    return (Frame(np.asarray(image, np.uint8), index / 30.0, index) for index in range(times))


def test_the_walking_woman_is_followed_and_the_man_on_the_roof_is_not() -> None:
    walk = followed(LAWN, frames(material(*SPORTS), range(57, 100)))
    assert walk.found >= 0.9
    assert walk.tracker.identity == 1
    assert walk.largest_step_deg <= 25.0
    knees = np.degrees([one.angles_rad[1] for one in walk.seen if not one.faults])
    assert 50.0 < knees.max() < 90.0  # a knee's swing in walking: 60 to 70° (Perry and Burnfield 2010, recalled)
    assert -15.0 < knees.min() < 20.0


def test_the_astronauts_legs_are_refused() -> None:
    seen = followed(View("left", "right"), still(material(*ASTRONAUT)))
    assert not any(one.seen for one in seen.seen)
    assert all(one.faults & (Fault.ABSENT | Fault.OUT_OF_FRAME) for one in seen.seen)


def test_a_picture_that_does_not_change_is_frozen() -> None:
    same = [Frame(picture(80), index / 30.0, index) for index in range(4)]
    tracker = PoseTracker.of(LAWN, models_home())
    tracker._finder = Frozen(tracker._finder._network)
    told = [tracker.observe(frame).faults for frame in same]
    assert not told[0] & Fault.FROZEN
    assert all(one & Fault.FROZEN for one in told[1:])


class Frozen(BodyFinder):
    """A finder whose network gives its first answer for ever."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self._first: tuple[np.ndarray, ...] | None = None
        self._network = self  # type: ignore[assignment]
        self._real = network
        self.side = network.side

    def __call__(self, image: np.ndarray, outputs: tuple[int, ...]) -> tuple[np.ndarray, ...]:
        self._first = self._first or self._real(image, outputs)
        return self._first


@pytest.mark.parametrize("shade", [0, 255])
def test_a_black_or_white_picture_is_nobody(shade: int) -> None:
    picture = np.full((480, 640, 3), shade, np.uint8)
    seen = followed(View("left", "left"), iter([Frame(picture, index / 30.0, index) for index in range(3)]))
    assert all(one.faults == Fault.ABSENT for one in seen.seen)


def test_of_two_people_in_the_region_neither_is_the_patient() -> None:
    both = np.concatenate([picture(130)] * 2, axis=1)
    seen = followed(View("left", "left", (0.0, 0.4, 1.0, 1.0)), iter([Frame(both, 0.0, 0)]))
    assert seen.seen[0].faults & Fault.ABSENT


def test_somebody_in_the_distance_is_no_patient() -> None:
    far = cv2.resize(picture(80), None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    scene = np.full((576, 768, 3), 128, np.uint8)
    scene[200 : 200 + far.shape[0], 100 : 100 + far.shape[1]] = far
    seen = followed(View("left", "left"), iter([Frame(scene, 0.0, 0)]))
    assert seen.seen[0].faults & Fault.ABSENT


def test_nobody_else_becomes_the_patient_within_what_a_gate_bears() -> None:
    there, elsewhere = picture(100), picture(170)
    tracker = PoseTracker.of(LAWN, models_home())
    assert tracker.observe(Frame(there, 0.0, 0)).seen
    for index in range(1, 12):
        assert not tracker.observe(Frame(elsewhere, index / 30.0, index)).seen
    assert tracker.identity == 1
    assert tracker.observe(Frame(elsewhere, 1.0, 30)).seen
    assert tracker.identity == 2


def test_somebody_who_was_just_found_is_not_relied_on_yet() -> None:
    seen = followed(LAWN, frames(material(*SPORTS), range(100, 105)))
    assert all(one.seen for one in seen.seen)
    assert [bool(one.faults & Fault.UNCERTAIN) for one in seen.seen] == [True, True, True, False, False]


def test_a_time_that_goes_back_lets_nobody_else_in_any_sooner() -> None:
    there, elsewhere = picture(100), picture(170)
    tracker = PoseTracker.of(LAWN, models_home())
    assert tracker.observe(Frame(there, 100.0, 0)).seen
    told = [tracker.observe(Frame(elsewhere, 1.0 + index / 30.0, index)) for index in range(17)]
    assert not any(one.seen for one in told[:15])
    assert told[-1].seen
    assert tracker.identity == 2


def test_the_networks_run_on_one_thread_and_say_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    Network(content(LANDMARKS, models_home()))
    assert capfd.readouterr() == ("", "")


@pytest.mark.sweep
@pytest.mark.parametrize("camera", BEAM)
def test_the_person_on_the_beam_is_found_in_nine_frames_of_ten_by_every_camera(camera: int) -> None:
    walk = followed(BEAM[camera], frames(material(*beam(camera))))
    assert walk.found >= 0.9
    assert walk.tracker.identity == 1
    assert walk.largest_step_deg <= 25.0


@pytest.mark.sweep
def test_the_whole_walk_and_the_man_on_the_roof_have_one_identity_each() -> None:
    walk = followed(LAWN, frames(material(*SPORTS), WALKING))
    roof = followed(ROOF, frames(material(*SPORTS), range(170)))
    for one in (walk, roof):
        assert one.found >= 0.9
        assert one.tracker.identity == 1
        assert one.largest_step_deg <= 25.0


@pytest.mark.sweep
def test_nobody_is_taken_for_a_patient_where_there_is_none() -> None:
    empty = followed(LAWN, frames(material(*SPORTS), EMPTY))
    trees = followed(View("left", "left", (0.7, 0.0, 1.0, 1.0)), frames(material(*SPORTS), EMPTY))
    package = ASTRONAUT[0]
    stills = [followed(View("left", "left"), still(material(package, place))) for place in STILLS]
    random = np.random.default_rng(0)
    noise = [Frame(random.integers(0, 256, (480, 640, 3), np.uint8), index / 30.0, index) for index in range(60)]
    all_seen = [one.seen for each in (empty, trees, *stills, followed(LAWN, iter(noise))) for one in each.seen]
    assert len(all_seen) > 140
    assert sum(all_seen) / len(all_seen) <= 0.01


@pytest.mark.sweep
def test_of_the_pedestrians_in_the_distance_none_is_a_patient() -> None:
    street = followed(View("left", "left"), frames(debian(*PEDESTRIANS)))
    assert len(street.seen) == 795
    assert street.found <= 0.05
    assert all(street.faults)
