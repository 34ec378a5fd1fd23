"""The process that watches the patient through a camera in a session.

`python -m careloop.session.vision_watch FOLDER SUPERVISOR MAILBOX HOME VISION CALIBRATION ZERO`, started by the process
of that id; the last three are JSON. It publishes what each frame says, and decides nothing: one that hangs or dies
shows there as an old frame. It is a process of its own with one thread of inference, so that control is not late for
it.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

import cv2
import numpy as np

from careloop.messages import explain
from careloop.session.watching import DRAWN
from patient_vision.calibration import Calibration
from patient_vision.camera import Frame, Source, open_source
from patient_vision.gate import FrameJudge, Judged
from patient_vision.markers import MarkerTracker
from patient_vision.observation import Tracker
from patient_vision.zero import ZeroPose
from robot.errors import CareloopError
from robot.runtime.mailbox import Mailbox
from robot.runtime.sight import ANGLE_SIZE, ANGLES, CAPTURED, FAULTS
from robot.tick import Array
from robot.vision import Vision

ORPHAN_S = 2.0
"""It goes on for so long without its supervisor: control, which stops softly then, still sees by it."""

NICE = -10
"""The process's niceness, where it may choose: pictures that wait for a spreadsheet would be sight lost."""


def watch(mailbox: Mailbox, frames: Iterable[Frame], tracker: Tracker, vision: Vision, supervisor: int) -> None:
    """Publish what each frame says, until `ORPHAN_S` after the supervisor."""
    judge, orphan_since = FrameJudge(tracker.joints, vision.frame), None
    places = [tracker.joints.index(joint) for joint in vision.joints.values()]
    for frame in frames:
        mailbox.publish(numbers_of(judge.judge(tracker.observe(frame)), places))
        if os.getppid() != supervisor:
            orphan_since = orphan_since or time.monotonic()
            if time.monotonic() - orphan_since > ORPHAN_S:
                return


def numbers_of(judged: Judged, places: list[int]) -> Array:
    """A frame as control reads it, with the angles at these places of the tracker's."""
    numbers = np.full(ANGLES + ANGLE_SIZE * len(places), np.nan)
    numbers[CAPTURED], numbers[FAULTS] = judged.captured_s, int(judged.faults)
    for index, place in enumerate(places):
        angle = judged.angles[place]
        if angle is not None:
            numbers[ANGLES + ANGLE_SIZE * index :][:ANGLE_SIZE] = astuple(angle)
    return numbers


def tracker_of(vision: Vision, calibration: str, zero: str, home: Path) -> Tracker:
    """What the description asks for; raises `InputError` where the pose networks were not fetched."""
    joints = tuple(vision.joints.values())
    if vision.tracker == "markers":
        held = json.loads(zero) and ZeroPose.model_validate_json(zero).rotations
        return MarkerTracker(Calibration.model_validate_json(calibration), joints, vision.side, held)
    from patient_vision.pose.angles import View
    from patient_vision.pose.tracker import PoseTracker

    return PoseTracker.of(View(vision.side, vision.faces, vision.region), home, joints)


def camera_of(vision: Vision, folder: Path) -> Source:
    """The description's camera, or what stands for it before emulated motors."""
    if vision.camera.startswith(DRAWN):
        from careloop.session.drawn_patient import DrawnPatient

        return DrawnPatient(folder, vision.camera)
    return open_source(vision.camera)


def main(folder: str, supervisor: str, mailbox: str, home: str, described: str, calibration: str, zero: str) -> None:
    """Watch until the supervisor ends it, or the camera fails: that is said on the error stream."""
    cv2.setNumThreads(1)
    with suppress(PermissionError):  # before ordinary programs where that is granted; control comes before it anyway
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    vision = Vision.model_validate_json(described)
    try:
        tracker = tracker_of(vision, calibration, zero, Path(home))
        frames = camera_of(vision, Path(folder))
        watch(Mailbox.attach(Path(folder) / mailbox), frames, tracker, vision, int(supervisor))
    except CareloopError as problem:
        raise SystemExit(explain(problem)) from problem


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(*sys.argv[1:])
