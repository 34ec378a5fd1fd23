"""One camera's projected knee beside the knee in space that four cameras give with the same network.

That is a disagreement and no error: the four share the network's own idea of where a knee is, and no marker or bone was
ever measured. It says what a single view loses where a leg does not move in the picture's plane.
"""

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import least_squares

from patient_vision.camera import VideoFile
from patient_vision.pose.angles import View
from patient_vision.pose.tracker import PoseTracker
from robot.vision import Fault
from tests.patient_vision.material import beam, material, models_home
from tests.patient_vision.test_pose_tracker import BEAM

CALIBRATION = beam(1)[0], "Pose2Sim/Demo_SinglePerson/calibration/Calib.qca.txt"
SUBPIXELS = 64.0  # the file counts in 64ths of a pixel
EVERY = 5


@dataclass(frozen=True)
class Camera:
    """A calibrated camera: axes to the right, down and forward as rows, where it stands (m), focal lengths, centre."""

    axes: np.ndarray
    place: np.ndarray
    focal: np.ndarray
    centre: np.ndarray

    def sees(self, point: np.ndarray) -> np.ndarray:
        """A point of space in pixels."""
        x, y, z = self.axes @ (point - self.place)
        return self.centre + self.focal * np.array([x, y]) / z


def cameras() -> list[Camera]:
    found = []
    for one in ElementTree.parse(material(*CALIBRATION)).getroot().iter("camera"):
        turn, lens = one.find("transform"), one.find("intrinsic")
        assert turn is not None and lens is not None
        axes = np.array([[float(turn.attrib[f"r{row}{column}"]) for column in "123"] for row in "123"])
        pairs = [[float(lens.attrib[f"{name}{axis}"]) for axis in "UV"] for name in ("focalLength", "centerPoint")]
        focal, centre = np.array(pairs) / SUBPIXELS
        place = np.array([float(turn.attrib[axis]) for axis in "xyz"]) / 1000.0
        found.append(Camera(np.diag([1.0, -1.0, -1.0]) @ axes, place, focal, centre))
    return found


def observed(number: int) -> dict[int, tuple[np.ndarray, float, Fault]]:
    """By frame: hip, knee and ankle of the left leg in pixels of the original, and the projected knee angle."""
    view = BEAM[number]
    tracker, found = PoseTracker.of(View("left", view.facing, view.region), models_home()), {}
    width = 1080.0 if number < 3 else 1088.0
    for frame in VideoFile(material(*beam(number))):
        seen = tracker.observe(frame)
        if seen.seen and frame.index % EVERY == 0:
            scale = width / frame.image.shape[1]
            ends = [seen.segments_px["thigh"][:2], seen.segments_px["shank"][:2], seen.segments_px["shank"][2:]]
            found[frame.index] = scale * np.array(ends), abs(seen.angles_rad[1]), seen.faults
    return found


def placed(some: list[Camera], pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """Where a point is that the cameras see there, and its root mean square distance in the pictures."""

    def off(point: np.ndarray) -> np.ndarray:
        return np.concatenate([camera.sees(point) - pixel for camera, pixel in zip(some, pixels, strict=True)])

    answer = least_squares(off, np.array([0.0, 0.0, 0.8]), loss="soft_l1", f_scale=10.0)
    return answer.x, float(np.sqrt(np.square(off(answer.x)).reshape(-1, 2).sum(axis=1).mean()))


@pytest.mark.sweep
def test_one_camera_beside_four() -> None:
    views, some = [observed(number) for number in BEAM], cameras()
    frames = sorted(set.intersection(*(set(view) for view in views)))
    knees, errors = [], []
    for frame in frames:
        points = [placed(some, np.array([view[frame][0][end] for view in views])) for end in range(3)]
        hip, knee, ankle = (point for point, _ in points)
        thigh, shank = knee - hip, ankle - knee
        cosine = float(thigh @ shank / np.linalg.norm(thigh) / np.linalg.norm(shank))
        knees.append(math.degrees(math.acos(cosine)))
        errors += [error for _, error in points]
        assert 0.25 < np.linalg.norm(shank) < 0.6  # m: it is a person's leg that the four agree on
    print(f"\n{len(frames)} frames, the four agree to {np.median(errors):.1f} px (median)")
    for number, view in zip(BEAM, views, strict=True):
        off = [math.degrees(view[frame][1]) - knee for frame, knee in zip(frames, knees, strict=True)]
        print(
            f"camera {number}: {np.sqrt(np.square(off).mean()):.1f}° RMS beside the four, {np.mean(off):+.1f}° steadily"
        )
    assert len(frames) >= 15
    assert np.median(errors) < 40.0
