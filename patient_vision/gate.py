"""What speaks against a frame: every check that needs no more than what was observed, frame by frame.

The verdict on a run of frames is not made here but by its reader, on the reader's own clock (`robot/vision_gate.py`).
"""

import math
from dataclasses import dataclass, replace

from patient_vision.camera import Frame
from patient_vision.filter import AngleFilter
from patient_vision.observation import Line, Observation, Tracker
from robot.observed_angle import ObservedAngle
from robot.vision import Fault, FrameLimits

LENGTH_TIME_S = 1.0
"""A segment's usual length in the picture follows the one that is seen within about so long: slowly enough for a swap
of limbs or of people to stand out, and quickly enough for someone who walks nearer. Assumed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A frame's faults, and what is known of each joint's angle by now, None for one that was not seen lately."""

    captured_s: float
    faults: Fault
    angles: tuple[ObservedAngle | None, ...]


class FrameJudge:
    """Holds one observation after the other against `limits`, and filters the angles of the good ones.

    `joints` are the names of the observed joints in their order; a posture's envelope goes by them.
    """

    def __init__(self, joints: tuple[str, ...], limits: FrameLimits) -> None:
        self._limits = limits
        self._filters = [AngleFilter() for _ in joints]
        self._envelopes = [limits.posture_deg.get(joint, (-math.inf, math.inf)) for joint in joints]
        self._lengths: dict[str, float] = {}
        self._good_at = -math.inf
        self._before: Observation | None = None

    def judge(self, seen: Observation) -> Judged:
        """The frame's faults: the tracker's own, and what speaks against it beside the frames before.

        Where time goes back, that frame is invalid, and what was known is forgotten: one stamp from far in the future
        must not make every later one wrong.
        """
        faults = seen.faults
        if not math.isfinite(seen.captured_s):
            faults |= Fault.INVALID
        elif self._before is not None and seen.captured_s < self._before.captured_s:
            faults |= Fault.INVALID
            self._forget()
        elif not seen.seen:
            faults |= Fault.ABSENT
        else:
            faults |= self._alone(seen) | self._beside_the_last(seen) | self._lengths_of(seen)
            faults |= self._take_in(seen, faults)
            self._before = seen
            if not faults:
                self._learn_lengths(seen)
        return Judged(seen.captured_s, faults, tuple(one.latest for one in self._filters))

    def _forget(self) -> None:
        self._filters = [AngleFilter() for _ in self._filters]
        self._lengths, self._good_at, self._before = {}, -math.inf, None

    def _alone(self, seen: Observation) -> Fault:
        faults = Fault(0)
        if not seen.reprojection_px <= self._limits.reprojection_px:  # NaN explains nothing
            faults |= Fault.REPROJECTION
        for angle, (low, high) in zip(seen.angles_rad, self._envelopes, strict=True):
            if not low <= math.degrees(angle) <= high:
                faults |= Fault.POSTURE
        return faults

    def _beside_the_last(self, seen: Observation) -> Fault:
        before = self._before
        if before is None:
            return Fault(0)
        passed = seen.captured_s - before.captured_s
        if passed <= 0.0:
            return Fault.INVALID
        if seen.angles_rad == before.angles_rad:  # a sensor's noise never repeats
            return Fault.FROZEN
        fastest = max(abs(one - last) for one, last in zip(seen.angles_rad, before.angles_rad, strict=True)) / passed
        return Fault.ANGULAR_RATE if math.degrees(fastest) > self._limits.angular_rate_deg_s else Fault(0)

    def _lengths_of(self, seen: Observation) -> Fault:
        """Whether a segment's length in the picture is not what it was."""
        if seen.captured_s - self._good_at > LENGTH_TIME_S:
            return Fault(0)
        most = self._limits.segment_share
        known = ((_length(line), self._lengths.get(name)) for name, line in seen.segments_px.items())
        fits = all(usual is None or abs(length - usual) <= most * usual for length, usual in known)
        return Fault(0) if fits else Fault.SEGMENT_LENGTH

    def _learn_lengths(self, seen: Observation) -> None:
        """Follow the lengths slowly; after a second without a good frame they are learnt anew."""
        passed = seen.captured_s - self._good_at
        share = 1.0 if passed > LENGTH_TIME_S else -math.expm1(-passed / LENGTH_TIME_S)
        for name, line in seen.segments_px.items():
            length = _length(line)
            usual = self._lengths.get(name, length)
            self._lengths[name] = usual + share * (length - usual)
        self._good_at = seen.captured_s

    def _take_in(self, seen: Observation, faults: Fault) -> Fault:
        """Give the angles to their filters, but for those of a frame that is bad for another reason."""
        if faults & ~Fault.POSTURE:
            return Fault(0)
        most, surprised = self._limits.innovation, False
        for one, angle, std in zip(self._filters, seen.angles_rad, seen.std_rad, strict=True):
            surprised |= not one.update(seen.captured_s, angle, std, most) <= most
        return Fault.INNOVATION if surprised else Fault(0)


class JudgedTracker:
    """A tracker whose observations carry every fault of their frame, and not only those that it knows of itself."""

    def __init__(self, tracker: Tracker, limits: FrameLimits) -> None:
        self._tracker = tracker
        self._judge = FrameJudge(tracker.joints, limits)
        self.joints = tracker.joints

    def observe(self, frame: Frame) -> Observation:
        """What this frame says, and all that speaks against it."""
        seen = self._tracker.observe(frame)
        return replace(seen, faults=self._judge.judge(seen).faults)


def _length(line: Line) -> float:
    return math.hypot(line[2] - line[0], line[3] - line[1])
