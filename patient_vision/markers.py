"""Joint angles from plates with AprilTags on a limb's segments: one camera, the patient seen from the side."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

import cv2
import numpy as np

from patient_vision.boards import JOINTS, PLATE_M, SEGMENTS, TAGS, Array, Image
from patient_vision.calibration import Calibration
from patient_vision.camera import Frame
from patient_vision.edges import refined_corners
from patient_vision.observation import Line, Observation, grey
from patient_vision.plate_pose import PlatePose, PlateSight, plate_poses, turn_between
from robot.errors import InputError
from robot.vision import Fault

Side = Literal["left", "right"]
"""The patient's side that faces the camera."""

LARGEST_STD_RAD = math.radians(1.0)
"""An angle that is known less well makes its frame a degraded one: the goal for the hardest scenes."""

ROUGH_PX = 0.5
"""A tag whose edges are less straight than this, root mean square, is covered in part: it is left out. Assumed."""

ENDS = np.array([[-PLATE_M[0] / 2.0, 0.0, 0.0], [PLATE_M[0] / 2.0, 0.0, 0.0]])
"""Of a plate's long axis, in its own frame."""

UNSEEN = np.full((4, 2), np.nan)
"""The corners of a tag that is not seen."""


class MarkerTracker:
    """Flexion of joints between segments that carry plates.

    A joint's angle is the turn of the distal plate about the proximal plate's z, counted from `zero` where that is
    given (`patient_vision/zero.py`), else from plates that lie along their segments exactly. Which of a plate's two
    possible tilts is the true one is decided by the corners, or else by its tilt in the frame before. Where neither can
    and the angle depends on it, the frame is degraded (`Fault.UNCERTAIN`); so is one in which a joint was not seen, or
    is known less well than `LARGEST_STD_RAD`.
    """

    def __init__(
        self,
        calibration: Calibration,
        joints: Sequence[str] = ("knee",),
        side: Side = "right",
        zero: Mapping[str, Array] | None = None,
    ) -> None:
        unknown = [joint for joint in joints if joint not in JOINTS]
        if unknown or not joints:
            raise InputError("joint-unseen", given=", ".join(unknown) or "–", known=", ".join(JOINTS))
        self._calibration = calibration
        self._joints = tuple(dict.fromkeys(joints))
        self._mirror = 1.0 if side == "right" else -1.0
        self._zero = dict(zero or {})
        hinges = [JOINTS[joint] for joint in joints]
        self._segments = tuple(dict.fromkeys(name for one in hinges for name in (one.proximal, one.distal)))
        self._poses: dict[str, PlatePose] = {}
        self._known: dict[
            str, tuple[float, Array]
        ] = {}  # when a plate's rotation was last beyond doubt, and what it was

    @property
    def joints(self) -> tuple[str, ...]:
        """The joints, in the order of an observation's angles."""
        return self._joints

    def observe(self, frame: Frame) -> Observation:
        """The joints' angles in this frame."""
        image = grey(frame.image)
        height, width = image.shape
        camera = self._calibration.of_size(width, height)
        tags = found_tags(image)
        poses = self._poses = plate_poses(self._sights(tags, camera, frame.captured_s), camera.focal_px[0])
        self._known |= {name: (frame.captured_s, pose.rotation) for name, pose in poses.items() if pose.rival is None}
        return self._observation(frame.captured_s, poses, _lines(camera, poses))

    def relative(self, joint: str) -> Array | None:
        """How a joint's distal plate is turned against its proximal one in the last frame; None where not both are."""
        first, second = (self._poses.get(name) for name in (JOINTS[joint].proximal, JOINTS[joint].distal))
        return None if first is None or second is None else first.rotation.T @ second.rotation

    def _sights(self, tags: Mapping[int, Array], camera: Calibration, at_s: float) -> dict[str, PlateSight]:
        """Every segment of which a tag was seen, by the tags' corners in pixels."""
        if not tags:
            return {}
        rays = dict(zip(tags, camera.unit(np.concatenate(list(tags.values()))).reshape(-1, 4, 2), strict=True))
        sights = {}
        for segment in self._segments:
            pair = [rays.get(tag, UNSEEN) for tag in SEGMENTS[segment]]
            if any(one is not UNSEEN for one in pair):
                before_s, expected = self._known.get(segment, (-math.inf, None))
                sights[segment] = PlateSight(np.concatenate(pair), expected, at_s - before_s)
        return sights

    def _observation(self, at_s: float, poses: Mapping[str, PlatePose], lines: Mapping[str, Line]) -> Observation:
        seen = [self._flexion(joint, poses) for joint in self._joints]
        doubtful = not all(std <= LARGEST_STD_RAD for _, std in seen)
        faults = (Fault.UNCERTAIN if doubtful else Fault(0)) if poses else Fault.ABSENT
        errors = [pose.reprojection_px for pose in poses.values()]
        rms = math.sqrt(sum(error**2 for error in errors) / len(errors)) if errors else math.nan
        angles, stds = zip(*seen, strict=True)
        return Observation(at_s, angles, stds, faults, rms, lines)

    def _flexion(self, joint: str, poses: Mapping[str, PlatePose]) -> tuple[float, float]:
        """A joint's angle and its standard deviation in rad, NaN where a plate was not seen.

        Half of what the angle would differ by, were a plate's other rotation the true one, counts as deviation too.
        """
        first, second = (poses.get(name) for name in (JOINTS[joint].proximal, JOINTS[joint].distal))
        if first is None or second is None:
            return math.nan, math.nan
        angle = self._angle(joint, first.rotation, second.rotation)
        others = [self._angle(joint, a, b) for a in _rotations(first) for b in _rotations(second)]
        torn = max(abs(math.remainder(other - angle, math.tau)) for other in others) / 2.0
        return angle, math.hypot(first.turn_std_rad, second.turn_std_rad, torn)

    def _angle(self, joint: str, proximal: Array, distal: Array) -> float:
        """A joint's flexion in rad from the rotations of its plates."""
        hinge, zero = JOINTS[joint], self._zero.get(joint)
        if zero is None:
            turn = turn_between(proximal, distal) - self._mirror * math.radians(hinge.neutral_deg)
        else:
            turn = turn_between(proximal, distal @ zero.T)
        return hinge.right * self._mirror * math.remainder(turn, math.tau)


def _rotations(pose: PlatePose) -> list[Array]:
    return [pose.rotation] if pose.rival is None else [pose.rotation, pose.rival]


def found_tags(image: Image) -> dict[int, Array]:
    """The corners (4, 2) of every tag in a grey picture, in pixels; a tag that is there twice is left out."""
    # A light blur and one window instead of three: much faster; `python -m benchmarks vision` compares them.
    corners, names, _ = detector(image.shape[1]).detectMarkers(blurred(image))
    if names is None:
        return {}
    fine, rough = refined_corners(image, np.concatenate(corners).astype(np.float64))
    told = names.ravel().tolist()
    return {tag: fine[place] for place, tag in enumerate(told) if rough[place] <= ROUGH_PX and told.count(tag) == 1}


def blurred(image: Image) -> Image:
    """The picture as tags are looked for in it: noise makes a detector slow."""
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0.0), np.uint8)


WINDOW_SHARE = 13.0 / 640.0
"""The detector's threshold window as a share of the picture's width."""


@cache
def detector(width: int) -> cv2.aruco.ArucoDetector:
    """A detector of tags for pictures of this width."""
    window = 2 * round(width * WINDOW_SHARE / 2.0) + 1
    settings = cv2.aruco.DetectorParameters()
    settings.adaptiveThreshWinSizeMin = settings.adaptiveThreshWinSizeMax = window
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_CONTOUR
    return cv2.aruco.ArucoDetector(TAGS, settings)


def _lines(camera: Calibration, poses: Mapping[str, PlatePose]) -> dict[str, Line]:
    """Every plate's long axis in the picture."""
    if not poses:
        return {}
    ends = np.concatenate([ENDS @ pose.rotation.T + pose.place for pose in poses.values()])
    points, _ = cv2.projectPoints(ends, np.zeros(3), np.zeros(3), camera.matrix, np.array(camera.distortion))
    lines = points.reshape(-1, 4).tolist()
    return {name: (x0, y0, x1, y1) for name, (x0, y0, x1, y1) in zip(poses, lines, strict=True)}
