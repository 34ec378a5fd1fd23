"""Where a joint's zero is: how its plates lie against each other while the limb is held at zero, and the file of it.

Plates never lie along a bone exactly, and whoever sticks them on again sticks them on otherwise: a zero pose holds for
one patient and as long as the plates stay where they are.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
import yaml
from pydantic import AwareDatetime, Field

from patient_vision.boards import Array
from patient_vision.plate_pose import turn_between
from robot.errors import CheckFailed, InputError
from robot.files import Strict, read_document, read_text
from robot.vision import BodyJoint

FEWEST_ZEROS, LARGEST_ZERO_STD_RAD = 10, math.radians(1.0)
"""A zero pose is the mean of so many frames at least, in which the limb keeps still within this. Assumed."""

Turn = Annotated[float, Field(ge=-math.tau, le=math.tau)]


class ZeroPose(Strict):
    """A limb's zero, seen from the patient's `side` at a time `measured_at`.

    `turns` has of each joint how the distal plate is turned against the proximal one: a rotation vector in rad.
    """

    careloop_zero: Literal[1] = 1
    measured_at: AwareDatetime
    side: Literal["left", "right"]
    turns: Annotated[dict[BodyJoint, tuple[Turn, Turn, Turn]], Field(min_length=1)]

    @classmethod
    def of(cls, rotations: Mapping[str, Array], side: str, measured_at: datetime) -> "ZeroPose":
        """The file's content of `zero_pose`'s answer."""
        turns = {joint: tuple(cv2.Rodrigues(one)[0].ravel().tolist()) for joint, one in rotations.items()}
        return cls.model_validate({"measured_at": measured_at, "side": side, "turns": turns})

    @property
    def rotations(self) -> dict[str, Array]:
        """Of each joint, as `MarkerTracker` takes it."""
        return {joint: np.asarray(cv2.Rodrigues(np.array(turn))[0]) for joint, turn in self.turns.items()}


def read_zero(path: Path) -> ZeroPose:
    """The zero pose in a file; InputError names the field that cannot be."""
    return read_document(read_text(path, InputError), str(path), ZeroPose, InputError)


def write_zero(zero: ZeroPose, path: Path) -> None:
    """Keep a zero pose as YAML."""
    path.write_text(yaml.safe_dump(zero.model_dump(), sort_keys=False), encoding="utf-8")


def zero_pose(relatives: Mapping[str, Sequence[Array]]) -> dict[str, Array]:
    """Each joint's zero: the mean of its `MarkerTracker.relative` over frames in which the limb is held at zero.

    CheckFailed where there were too few frames, or the limb did not keep still.
    """
    zero = {}
    for joint, rotations in relatives.items():
        if len(rotations) < FEWEST_ZEROS:
            raise CheckFailed("zero-unseen", joint=joint, frames=len(rotations), at_least=FEWEST_ZEROS)
        u, _, v = np.linalg.svd(np.mean(rotations, axis=0))
        mean = u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v  # the rotation that is nearest to all of them
        spread = math.degrees(float(np.std([turn_between(mean, one) for one in rotations])))
        if spread > math.degrees(LARGEST_ZERO_STD_RAD):
            raise CheckFailed("zero-moved", joint=joint, given=spread, at_most=math.degrees(LARGEST_ZERO_STD_RAD))
        zero[joint] = mean
    return zero
