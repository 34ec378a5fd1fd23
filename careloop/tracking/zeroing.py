"""The zero pose of a patient's plates, measured before the robot's own camera and kept for its next session."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from careloop.session.watching import DRAWN
from careloop.settings import Home
from careloop.tracking.following import zero_from
from careloop.tracking.sources import source_named
from patient_vision.calibration import read_calibration
from patient_vision.camera import Frame
from patient_vision.markers import MarkerTracker
from patient_vision.observation import Observation
from patient_vision.zero import ZeroPose, write_zero
from robot.description import RobotDescription
from robot.errors import DeviceError, InputError


def zero_of(
    robot: RobotDescription, home: Home, seconds: float, watch: Callable[[], None]
) -> tuple[Path, ZeroPose, dict[str, float]]:
    """Measure and keep it: its file, what it holds, and of each joint the angle (rad) that its plates show at zero.

    `watch` is called with each frame. Raises `InputError` for a robot whose camera looks at no plates or names no zero
    pose, `CheckFailed` where the limb was not seen or not held still, `DeviceError` where the file cannot be written.
    """
    vision = robot.vision
    if vision is None or vision.zero is None or vision.calibration is None:
        raise InputError("zero-unnamed", field="vision.zero", robot=robot.name)
    camera = read_calibration(home.cameras / f"{vision.calibration}.yaml")
    tracker, seen = MarkerTracker(camera, tuple(vision.joints.values()), vision.side), list[Observation]()

    def look(frame: Frame, observed: Observation) -> None:
        seen.append(observed)
        watch()

    source = source_named(DRAWN if vision.camera.startswith(DRAWN) else vision.camera)
    rotations = zero_from(iter(source), tracker, seconds, look)
    zero, path = ZeroPose.of(rotations, vision.side, datetime.now(UTC)), home.cameras / f"{vision.zero}.yaml"
    try:
        write_zero(zero, path)
    except OSError as problem:
        raise DeviceError("calibration-not-written", file=path, reason=problem.strerror or str(problem)) from problem
    askew = np.nanmean([one.angles_rad for one in seen], axis=0).tolist()
    return path, zero, dict(zip(tracker.joints, askew, strict=True))
