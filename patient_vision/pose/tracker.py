"""One patient, followed from image to image: posture and presence, for supervision alone."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from patient_vision.camera import Frame, Image
from patient_vision.models import DETECTOR, LANDMARKS, content
from patient_vision.observation import Line, Observation
from patient_vision.pose.angles import JOINTS, View, flexions, leg_points, segments
from patient_vision.pose.body import Body, BodyFinder, Point
from patient_vision.pose.crop import Points, Square
from patient_vision.pose.detector import LIKELY, Detector, Person
from patient_vision.pose.network import Network
from robot.errors import InputError
from robot.vision import Fault

PRESENT = 0.5
"""How sure the network has to be that there is anybody (BlazePose's own)."""

VISIBLE = 0.5
"""How visible each point of the leg has to be: more likely so than not."""

SMALLEST_SHARE = 0.45
"""The square around a patient's body is at least so much of the picture's shorter side: who is smaller is somebody in
the distance. Assumed: a camera is set up for its patient."""

FARTHEST_SHARE = 0.25
"""The hips move by at most so much of the body's square from one image to the next; who is elsewhere is another."""

CROSSED_SHARE = 0.05
"""Left and right count as exchanged where they would fit the last image better by so much of the body's square."""

LOOK_S = 0.3
"""So often whoever else is in the region is looked for while the patient is followed. Assumed."""

FEWEST_FRAMES = 3
"""Somebody who was just found is not relied on before being followed through so many frames. Assumed."""

LOCK_S = 0.5
"""Somebody else is taken for the patient only after nobody was one for so long: more than any gate bears, so that
nobody can take a patient's place unnoticed."""

STD = math.radians(10.0)
"""What a projected angle may be off by, mostly steadily. Assumed."""

_LEG = (Point.HIP, Point.KNEE, Point.ANKLE, Point.HEEL, Point.TOE)
_PAIRS = (Point.KNEE, Point.ANKLE)


class PoseTracker:
    """Follows the one patient in the view's region; a `Tracker`.

    `identity` counts the people that were taken for the patient: it stays 1 as long as nobody else was.
    """

    def __init__(self, view: View, detector: Detector, finder: BodyFinder, joints: Sequence[str] = JOINTS) -> None:
        unknown = [joint for joint in joints if joint not in JOINTS]
        if unknown or not joints:
            raise InputError("joint-not-projected", given=", ".join(unknown) or "–", known=", ".join(JOINTS))
        self._view = view
        self.joints = tuple(joints)
        self._places = [JOINTS.index(joint) for joint in joints]
        self._detector, self._finder = detector, finder
        self._body: Body | None = None
        self._crossed = self._crowded = False
        self._frames = 0
        self._seen_at = self._looked_at = -math.inf
        self.identity = 0

    @classmethod
    def of(cls, view: View, home: Path, joints: Sequence[str] = JOINTS) -> "PoseTracker":
        """One with the networks of the data home; raises InputError where they were not fetched."""
        found = [content(model, home) for model in (DETECTOR, LANDMARKS)]
        return cls(view, Detector(Network(found[0])), BodyFinder(Network(found[1])), joints)

    def observe(self, frame: Frame) -> Observation:
        """The leg's projected angles in this frame; NaN where the patient, or the whole leg, is not in it."""
        before, followed = self._body, self._follow(frame)
        self._frames = self._frames + 1 if followed else 0
        self._body = followed or self._look_for(frame)
        if self._body is None:
            # Where time goes back, the wait for anybody else begins anew.
            self._seen_at = min(self._seen_at, frame.captured_s)
            return self._nothing(frame, Fault.ABSENT | (Fault.CROWDED if self._crowded else Fault(0)), {})
        self._seen_at = frame.captured_s
        if not 0.0 <= frame.captured_s - self._looked_at < LOOK_S:
            self._crowded = any(self._is_another(one.square, self._body, frame) for one in self._people(frame))
        return self._observed(frame, self._body, before)

    def _observed(self, frame: Frame, body: Body, before: Body | None) -> Observation:
        self._crossed ^= before is not None and exchanged(before, body)
        points = across(body.points) if self._crossed else body.points
        leg = leg_points(points, self._view.side)
        lines = segments(leg)
        if not all(_shown(leg[point], frame.image) for point in _LEG):
            return self._nothing(frame, Fault.OUT_OF_FRAME, lines)
        faults = Fault.CROWDED if self._crowded else Fault(0)
        if before is not None and np.array_equal(before.raw, body.raw):
            faults |= Fault.FROZEN
        visible = leg_points(body.visible, self._view.side)
        if self._crossed or self._frames < FEWEST_FRAMES or min(float(visible[point]) for point in _LEG[:3]) < VISIBLE:
            faults |= Fault.UNCERTAIN
        found = flexions(lines, self._view.facing)
        angles = tuple(found[place] for place in self._places)
        # The angles are those of the points themselves: nothing is left that they could not explain.
        return Observation(frame.captured_s, angles, (STD,) * len(angles), faults, 0.0, lines)

    def _nothing(self, frame: Frame, fault: Fault, lines: Mapping[str, Line]) -> Observation:
        unknown = (math.nan,) * len(self.joints)
        return Observation(frame.captured_s, unknown, unknown, fault, math.nan, lines)

    def _follow(self, frame: Frame) -> Body | None:
        """The patient where the last image says, or nobody."""
        if self._body is None:
            return None
        expected = self._body.square
        body = self._believed(frame.image, expected)
        return body if body is not None and _near(body.square, expected) else None

    def _look_for(self, frame: Frame) -> Body | None:
        """The only person in the region, or nobody: of two, nothing says which one the patient is.

        For the patient to be somebody has to be likely; for a second one to be in doubt it is enough to be possible.
        """
        last, found = self._body, self._people(frame)
        self._crowded = len(found) > 1
        if len(found) != 1 or found[0].score < LIKELY or not self._large(found[0].square, frame.image):
            return None
        body = self._believed(frame.image, found[0].square)
        if body is None:
            return None
        return body if self._is_the_patient(body, last, frame.captured_s) else None

    def _people(self, frame: Frame) -> list[Person]:
        """Everybody in the region, near or in the distance."""
        self._looked_at, self._crowded = frame.captured_s, False
        people = self._detector.find(frame.image, self._enclosing(frame.image))
        return [one for one in people if self._inside(one.square, frame.image)]

    def _is_the_patient(self, body: Body, last: Body | None, at: float) -> bool:
        """Whether it can be the one from before; somebody else is only let in after a while."""
        if last is not None and _near(body.square, last.square):
            return True
        if not at - self._seen_at > LOCK_S:
            return False
        self.identity += 1
        self._crossed = False
        return True

    def _believed(self, image: Image, square: Square) -> Body | None:
        body = self._finder.find(image, square)
        return body if self._is_somebody(body, image) and self._large(body.square, image) else None

    def _is_another(self, square: Square, patient: Body, frame: Frame) -> bool:
        """Whether a candidate is somebody beside the patient, and not the patient once more."""
        if _near(square, patient.square):
            return False
        body = self._finder.find(frame.image, square)
        return self._is_somebody(body, frame.image) and not _near(body.square, patient.square)

    def _is_somebody(self, body: Body, image: Image) -> bool:
        """Whether there is a body, with its hips in the region."""
        known = body.present >= PRESENT and bool(np.isfinite(body.raw).all())
        return known and self._inside(body.square, image)

    def _inside(self, square: Square, image: Image) -> bool:
        """Whether somebody's hips are in the region."""
        left, top, right, bottom = self._region(image)
        return left <= square.x <= right and top <= square.y <= bottom

    @staticmethod
    def _large(square: Square, image: Image) -> bool:
        """Whether somebody is as near as a patient is."""
        return bool(square.side >= SMALLEST_SHARE * min(image.shape[:2]))

    def _region(self, image: Image) -> tuple[float, float, float, float]:
        height, width = image.shape[:2]
        left, top, right, bottom = self._view.region
        return left * width, top * height, right * width, bottom * height

    def _enclosing(self, image: Image) -> Square:
        left, top, right, bottom = self._region(image)
        return Square((left + right) / 2.0, (top + bottom) / 2.0, max(right - left, bottom - top), 0.0)


def _near(one: Square, expected: Square) -> bool:
    """Whether somebody may be the one who was expected there."""
    return math.hypot(one.x - expected.x, one.y - expected.y) <= FARTHEST_SHARE * expected.side


def across(points: Points) -> Points:
    """A body's points with left and right exchanged: from the shoulders on down they come in pairs, left first."""
    exchanged_points = points.copy()
    exchanged_points[11:33:2], exchanged_points[12:33:2] = points[12:33:2], points[11:33:2]
    return exchanged_points


def exchanged(before: Body, now: Body) -> bool:
    """Whether the network seems to have taken one leg for the other since the last image."""
    same = crossed = 0.0
    for point in _PAIRS:
        last, here = before.points[point : point + 2], now.points[point : point + 2]
        same += float(np.linalg.norm(here - last, axis=1).sum())
        crossed += float(np.linalg.norm(here[::-1] - last, axis=1).sum())
    return crossed < same - CROSSED_SHARE * now.square.side


def _shown(point: Points, image: Image) -> bool:
    height, width = image.shape[:2]
    return bool(0.0 <= point[0] <= width - 1.0 and 0.0 <= point[1] <= height - 1.0)
