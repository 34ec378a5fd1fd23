"""Joint angles from tags: how true on rendered legs, and how fast beside a bare detection of the same pictures."""

import math
import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from patient_vision.boards import TAGS
from patient_vision.camera import Frame, Rendered
from patient_vision.markers import MarkerTracker, detector
from patient_vision.render import PINHOLE, RenderedLeg

RATE_HZ, FRAMES = 30.0, 150

DEGRADED_GOAL = 20.0
"""Per cent of frames."""

SPEED_GOAL, FRAMES_GOAL = 1.5, 60.0
"""Times a bare detection, and frames a second."""

ROUNDS = 4


def knee(t: float) -> float:
    """A swing of ±30° at 0.7 Hz."""
    return 0.6 + math.radians(30.0) * math.sin(2.0 * math.pi * 0.7 * t)


@dataclass(frozen=True)
class Case:
    """A leg as it is pictured, and the root mean square error in degrees that is allowed of it."""

    leg: RenderedLeg
    goal_deg: float


CASES = {
    "clean": Case(RenderedLeg(knee), 0.3),
    "noise σ 8": Case(RenderedLeg(knee, noise=8.0), 0.3),
    "10 ms of exposure": Case(RenderedLeg(knee, exposure_s=0.010), 0.5),
    "20 % occlusion": Case(RenderedLeg(knee, hidden=0.2), 1.0),
    "45° of yaw": Case(RenderedLeg(knee, yaw=lambda t: math.pi / 4.0), 1.0),
    "all of these": Case(RenderedLeg(knee, noise=8.0, exposure_s=0.010, hidden=0.2, yaw=lambda t: math.pi / 4.0), 1.0),
}


@dataclass(frozen=True)
class Accuracy:
    """The error of the frames that are not degraded, in degrees and in their own standard deviations."""

    rms_deg: float
    max_deg: float
    in_std: float
    degraded_percent: float


def accuracy(leg: RenderedLeg, frames: int = FRAMES) -> Accuracy:
    """What the tracker makes of a leg's pictures, beside the angle that they were drawn with."""
    tracker = MarkerTracker(PINHOLE)
    seen = [tracker.observe(frame) for frame in Rendered(leg.draw, RATE_HZ, frames)]
    good = [one for one in seen if not one.degraded]
    errors = np.array([one.angles_rad[0] - leg.knee(one.captured_s) for one in good])
    stds = np.array([one.std_rad[0] for one in good])
    return Accuracy(
        rms_deg=math.degrees(_rms(errors)),
        max_deg=math.degrees(float(np.abs(errors).max())),
        in_std=_rms(errors / stds),
        degraded_percent=100.0 * (1.0 - len(good) / len(seen)),
    )


def _rms(values: Any) -> float:
    return float(np.sqrt(np.square(values).mean()))


def run() -> list[dict[str, Any]]:
    """Every figure of the marker tracker."""
    return [*(row for name, case in CASES.items() for row in _truth(name, case)), *_speeds()]


def _truth(name: str, case: Case) -> list[dict[str, Any]]:
    found = accuracy(case.leg)
    return [
        {
            "name": f"knee angle from tags, {name}, RMS error",
            "measured": found.rms_deg,
            "unit": "°",
            "goal": case.goal_deg,
            "met": found.rms_deg <= case.goal_deg,
            "beside": f"largest {found.max_deg:.2f}°; {found.in_std:.2f} of its own standard deviation",
        },
        {
            "name": f"frames that are degraded, {name}",
            "measured": found.degraded_percent,
            "unit": "%",
            "goal": DEGRADED_GOAL,
            "met": found.degraded_percent < DEGRADED_GOAL,
            "beside": f"{FRAMES} frames",
        },
    ]


def _speeds() -> list[dict[str, Any]]:
    """The tracker beside detections by turns, frame by frame, on one thread."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    frames = list(Rendered(RenderedLeg(knee, noise=4.0).draw, RATE_HZ, 60))
    tracker, ours = MarkerTracker(PINHOLE), detector(frames[0].image.shape[1])
    shipped = cv2.aruco.ArucoDetector(TAGS)
    took: dict[str, list[float]] = {"tracker": [], "bare": [], "shipped": []}
    for _ in range(ROUNDS):
        for frame in frames:
            took["tracker"].append(_seconds(tracker.observe, frame))
            took["bare"].append(
                _seconds(lambda frame: ours.detectMarkers(cv2.GaussianBlur(frame.image, (3, 3), 0.0)), frame)
            )
            took["shipped"].append(_seconds(lambda frame: shipped.detectMarkers(frame.image), frame))
    cv2.setNumThreads(threads)
    median = {name: float(np.median(times)) for name, times in took.items()}
    told = ", ".join(f"{name} {1e3 * one:.2f} ms" for name, one in median.items())
    return [
        _ratio("of a bare detection with the same blur and settings", median["tracker"] / median["bare"], told),
        _ratio("of a bare detection with OpenCV's own settings", median["tracker"] / median["shipped"], told),
        {
            "name": "frames a second from tags, 640 × 480, one thread",
            "measured": 1.0 / median["tracker"],
            "unit": "Hz",
            "goal": FRAMES_GOAL,
            "met": 1.0 / median["tracker"] >= FRAMES_GOAL,
            "beside": told,
        },
    ]


def _seconds(work: Any, frame: Frame) -> float:
    begun = time.perf_counter()
    work(frame)
    return time.perf_counter() - begun


def _ratio(of_what: str, measured: float, told: str) -> dict[str, Any]:
    return {
        "name": f"tags to angles, {of_what}",
        "measured": measured,
        "unit": "×",
        "goal": SPEED_GOAL,
        "met": measured <= SPEED_GOAL,
        "beside": f"medians: {told}",
    }
