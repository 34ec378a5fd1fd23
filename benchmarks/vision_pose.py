"""How fast the pose tracker follows somebody, beside its network alone on the same pictures."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from careloop.settings import Home
from patient_vision.models import LANDMARKS, content
from patient_vision.pose.angles import flexions, leg_points, segments
from patient_vision.pose.body import BodyFinder
from patient_vision.pose.crop import Square
from patient_vision.pose.network import Network
from robot.errors import CareloopError

SPEED_GOAL, FRAMES_GOAL = 1.3, 20.0
"""Times a bare inference, and frames a second."""

ROUNDS = 60

RATIO = {"name": "a picture to projected angles, of a bare inference", "unit": "×", "goal": SPEED_GOAL}
RATE = {"name": "frames a second without plates, 640 × 480, one thread", "unit": "Hz", "goal": FRAMES_GOAL}


def run() -> list[dict[str, Any]]:
    """Both figures; without the network in the data home they are not measured."""
    given = os.environ.get("CARELOOP_HOME")
    try:
        network = Network(content(LANDMARKS, Home.resolve(Path(given) if given else None).root))
    except CareloopError as problem:
        told = {"measured": None, "met": None, "beside": f"{problem.code}: careloop track models"}
        return [{**RATIO, **told}, {**RATE, **told}]
    ours, bare = _medians(network)
    told = f"medians: following {1e3 * ours:.1f} ms, the network alone {1e3 * bare:.1f} ms"
    ratio, rate = ours / bare, 1.0 / ours
    return [
        {**RATIO, "measured": ratio, "met": ratio <= SPEED_GOAL, "beside": told},
        {**RATE, "measured": rate, "met": rate >= FRAMES_GOAL, "beside": told},
    ]


def _medians(network: Network) -> tuple[float, float]:
    """Seconds for crop, network, points and angles, and for the network alone, by turns, in computing time.

    What is in the picture makes no difference to the time, so it is noise.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    picture = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    square, finder = Square(320.0, 240.0, 400.0, 0.1), BodyFinder(network)
    crop = square.cut(picture, network.side)

    def follow() -> None:
        body = finder.find(picture, square)
        flexions(segments(leg_points(body.points, "left")), "left")

    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        took[0].append(_seconds(follow))
        took[1].append(_seconds(lambda: network(crop, (0, 1))))
    cv2.setNumThreads(threads)
    return float(np.median(took[0])), float(np.median(took[1]))


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.thread_time()
    work()
    return time.thread_time() - begun
