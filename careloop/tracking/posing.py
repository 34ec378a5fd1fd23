"""The pose tracker as the command line asks for it."""

from collections.abc import Sequence
from pathlib import Path

from patient_vision.gate import JudgedTracker
from patient_vision.observation import Tracker
from patient_vision.pose.angles import Side, View
from patient_vision.pose.tracker import PoseTracker
from robot.errors import InputError
from robot.vision import FrameLimits

Region = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of the picture."""


def pose_tracker(home: Path, joints: Sequence[str], side: Side, facing: Side | None, region: Region) -> Tracker:
    """A tracker that needs no plates, every frame of it held against what a limb can do.

    Raises `InputError` where the facing side or a sound region is missing, or the networks are.
    """
    if facing is None:
        raise InputError("facing-unchosen", field="--facing")
    left, top, right, bottom = region
    if not (0.0 <= left < right <= 1.0 and 0.0 <= top < bottom <= 1.0):
        raise InputError("region-empty", field="--region", given=" ".join(f"{one:g}" for one in region))
    return JudgedTracker(PoseTracker.of(View(side, facing, region), home, joints), FrameLimits())
