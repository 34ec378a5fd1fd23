"""From a camera's picture to the gate's word: what goes wrong with a camera ends where it should, in time."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from patient_vision.camera import Frame, Image, VideoFile, fitted
from patient_vision.gate import FrameJudge, Judged
from patient_vision.markers import MarkerTracker
from patient_vision.observation import Tracker
from patient_vision.pose.angles import View
from patient_vision.pose.tracker import PoseTracker
from patient_vision.render import PINHOLE, RenderedLeg
from robot.errors import InputError
from robot.vision import Fault, FrameLimits, GateLimits, Sight
from robot.vision_gate import Gate, Look
from tests.patient_vision.material import models_home
from tests.patient_vision.test_pose_tracker import LAWN, picture

RATE_HZ, LATENCY_S, TICK_S = 30.0, 0.06, 0.01
GOOD_FRAMES = 30
FAULT_AT = GOOD_FRAMES / RATE_HZ


def knee(t: float) -> float:
    """A swing of ±30° at 0.7 Hz about 0.6 rad."""
    return 0.6 + math.radians(30.0) * math.sin(2.0 * math.pi * 0.7 * t)


def leg(frames: int = 90, rate_hz: float = RATE_HZ) -> Iterator[Frame]:
    draw = RenderedLeg(knee, noise=4.0).draw
    return (Frame(draw(index / rate_hz), index / rate_hz, index) for index in range(frames))


@dataclass(frozen=True)
class Told:
    """What the gate said at each moment (s) of its reader's clock, and what was known of the angles by then."""

    sights: dict[float, Sight]
    judged: dict[float, Judged]

    def first(self, sight: Sight) -> float:
        """When it was first said after the fault began."""
        return min(at for at, one in self.sights.items() if at > FAULT_AT and one is sight)


def told(frames: Iterable[Frame], tracker: Tracker | None = None, until: float = 3.0) -> Told:
    """Run frames, each known 60 ms after its arrival, past a gate that is asked at every tick.

    What is stamped is when a frame says that it was captured; it arrives by its number, whatever it says. The gate is
    acknowledged while all is still well.
    """
    tracker = tracker or MarkerTracker(PINHOLE)
    judge, gate, sights, judged = FrameJudge(tracker.joints, FrameLimits()), Gate(GateLimits()), {}, {}
    coming, latest = [(frame.index / RATE_HZ + LATENCY_S, frame) for frame in frames], None
    for now in np.arange(0.0, until, TICK_S).tolist():
        look = None
        if coming and coming[0][0] <= now:
            latest = judge.judge(tracker.observe(coming.pop(0)[1]))
            look = Look(latest.captured_s, latest.faults)
        gate = gate.after(now, look, acknowledged=now < FAULT_AT)
        sights[now] = gate.sight
        if latest is not None:
            judged[now] = latest
    return Told(sights, judged)


def with_fault(fault: Iterable[Frame]) -> Told:
    return told([*leg(GOOD_FRAMES), *fault])


def after(frames: Iterator[Frame]) -> Iterator[Frame]:
    return (frame for frame in frames if frame.index >= GOOD_FRAMES)


def painted(image: Image) -> Iterator[Frame]:
    """One picture again and again, with a sensor's noise."""
    for index in range(GOOD_FRAMES, 90):
        noise = np.random.default_rng(index).normal(0.0, 2.0, image.shape)
        yield Frame(np.clip(image + noise, 0, 255).astype(np.uint8), index / RATE_HZ, index)


def test_a_leg_in_good_light_is_tracked_to_the_end_and_its_angle_known_to_within_three_degrees() -> None:
    seen = told(leg(), until=90 / RATE_HZ)
    assert {sight for at, sight in seen.sights.items() if at > FAULT_AT} == {Sight.TRACKING}
    errors = []
    for now, judged in seen.judged.items():
        angle = judged.angles[0]
        if now > FAULT_AT and angle is not None:
            errors.append(angle.seen_from(now)[0] - knee(now))
    assert math.degrees(math.sqrt(np.square(errors).mean())) <= 3.0


FAULTS = {
    "unplugged": lambda: [],
    "frozen": lambda: [replace(next(leg(1)), captured_s=k / RATE_HZ, index=k) for k in range(GOOD_FRAMES, 90)],
    "black": lambda: painted(np.zeros((480, 640), np.uint8)),
    "one frame a second": lambda: (frame for frame in after(leg()) if frame.index % 30 == 0),
    "a clock that jumped on": lambda: (replace(one, captured_s=one.captured_s + 3600.0) for one in after(leg())),
    "a clock that jumped back": lambda: (replace(one, captured_s=one.captured_s - 1.0) for one in after(leg())),
    "a clock without a time": lambda: (replace(one, captured_s=math.nan) for one in after(leg())),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_a_camera_is_sight_lost_within_150_ms(name: str) -> None:
    seen = with_fault(FAULTS[name]())
    # A camera that freezes or slows down still gives one good frame.
    assert seen.first(Sight.LOST) <= FAULT_AT + 0.15 + 2 * TICK_S
    assert all(sight is not Sight.TRACKING for at, sight in seen.sights.items() if at >= seen.first(Sight.LOST))


def test_a_leg_that_is_covered_in_part_is_degraded_sight_or_lost_and_never_tracked() -> None:
    def covered(frame: Frame) -> Frame:
        image = frame.image.copy()
        image[:, 330:] = 90
        return replace(frame, image=image)

    seen = with_fault(covered(frame) for frame in after(leg()))
    assert set(seen.sights.values()) <= set(Sight)
    assert all(sight is not Sight.TRACKING for at, sight in seen.sights.items() if at > FAULT_AT + 0.2)


def test_a_picture_of_twenty_megapixels_is_followed_like_any_other() -> None:
    small = next(leg(1))
    large = cv2.resize(small.image, (5164, 3873), interpolation=cv2.INTER_CUBIC)
    assert large.shape[0] * large.shape[1] >= 20_000_000
    seen = MarkerTracker(PINHOLE).observe(replace(small, image=fitted(np.asarray(large, np.uint8))))
    assert seen.faults == Fault(0)
    assert math.degrees(seen.angles_rad[0] - knee(0.0)) == pytest.approx(0.0, abs=1.5)


def test_a_video_that_is_cut_off_ends_with_one_line(tmp_path: Path) -> None:
    whole = tmp_path / "whole.avi"
    writer = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"MJPG"), RATE_HZ, (640, 480), False)
    for frame in leg(60):
        writer.write(frame.image)
    writer.release()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(InputError) as refused:
        list(VideoFile(cut))
    assert refused.value.code in {"video-cut-off", "video-unreadable", "video-rate"}


def test_a_second_person_in_the_region_is_no_patient_and_a_patient_is_not_swapped_for_a_poster() -> None:
    scene = picture(100)
    view = View("left", "left", LAWN.region)

    def with_poster(index: int, *, patient: bool) -> Frame:
        image = scene.copy()
        image[500:960, 300:600] = scene[500:960, 880:1180]
        if not patient:
            image[500:960, 880:1180] = scene[500:960, 1180:1480]
        return Frame(image, index / RATE_HZ, index)

    tracker = PoseTracker.of(view, models_home())
    assert not tracker.observe(with_poster(0, patient=True)).seen  # two are there: which one is the patient?
    tracker = PoseTracker.of(view, models_home())
    assert tracker.observe(Frame(scene, 0.0, 0)).seen
    later = [tracker.observe(with_poster(index, patient=True)) for index in range(1, 12)]
    assert all(one.seen for one in later)  # the one that was followed is followed on
    assert not later[0].faults & Fault.CROWDED
    assert later[-1].faults & Fault.CROWDED  # and who came in is noticed within a third of a second
    gone = [tracker.observe(with_poster(index, patient=False)) for index in range(12, 20)]
    assert not any(one.seen for one in gone)
    assert tracker.identity == 1
