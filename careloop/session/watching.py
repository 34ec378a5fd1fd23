"""The camera around a session: its calibration, and the patient seen through it before there is torque."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from careloop.session.files import VISION
from careloop.session.supervision import POLL_S, start_process
from careloop.settings import Home
from robot.description import RobotDescription
from robot.errors import CheckFailed, DeviceError, InputError
from robot.runtime.mailbox import Mailbox
from robot.runtime.sight import angles_of, look_of
from robot.tick import Array
from robot.vision import Fault, Vision, sight_code
from robot.vision_gate import Gate

DRAWN = "rendered-patient"
"""A drawn limb in the place of a camera, maybe with the angle (°) at which it begins: `rendered-patient:75`."""

READY_S = 30.0
"""The patient must have been seen well within this: a camera takes up to ten seconds to begin. Assumed."""

ZERO_HOLDS_S = 3600.0
"""A zero pose is of this patient and of these plates, so of just now. Assumed."""

SeenWith = tuple[dict[str, Any] | None, dict[str, Any] | None]
"""A camera's calibration and its plates' zero pose, by content."""


def check_camera(vision: Vision, *, emulated: bool) -> None:
    """Refuse what is no camera: a recording shows another moment, and a drawn limb nobody at all.

    A limb that is drawn as control measures it is let pass before emulated motors. Raises `InputError`.
    """
    drawn, file = vision.camera.partition(":")[0] == DRAWN, Path(vision.camera)
    if (drawn and not emulated) or file.is_file() or file.is_dir():
        raise InputError("vision-not-live", field="vision.camera", given=vision.camera)


def read_camera(robot: RobotDescription, home: Home) -> dict[str, Any] | None:
    """The calibration that a robot names, by its content; None where it needs none. Raises `InputError`."""
    if robot.vision is None or robot.vision.calibration is None:
        return None
    from patient_vision.calibration import read_calibration

    return read_calibration(home.cameras / f"{robot.vision.calibration}.yaml").model_dump(mode="json")


def read_zero_pose(robot: RobotDescription, home: Home) -> dict[str, Any] | None:
    """The zero pose that a robot names, by its content; None where its plates' own zero counts.

    Raises `InputError` where there is none, `CheckFailed` for one that is not of just now, or of other joints.
    """
    vision = robot.vision
    if vision is None or vision.zero is None:
        return None
    from patient_vision.zero import read_zero

    path = home.cameras / f"{vision.zero}.yaml"
    if not path.exists():
        raise InputError("zero-missing", file=path, robot=robot.name)
    zero = read_zero(path)
    if zero.side != vision.side or not set(vision.joints.values()) <= set(zero.turns):
        raise CheckFailed("zero-other", file=path, robot=robot.name)
    age_s = (datetime.now(UTC) - zero.measured_at).total_seconds()
    if not 0.0 <= age_s <= ZERO_HOLDS_S:
        raise CheckFailed("zero-old", file=path, robot=robot.name, minutes=ZERO_HOLDS_S / 60.0)
    return zero.model_dump(mode="json")


@contextmanager
def watched_patient(
    folder: Path, vision: Vision, seen_with: SeenWith, home: Home, given_up: Callable[[], bool]
) -> Iterator[dict[str, float]]:
    """Start the process that watches, wait until the patient is seen well, and watch on.

    Gives the angle at which each of the robot's observed joints was seen, in rad. Raises `DeviceError` where the camera
    fails, `CheckFailed` where the patient is not seen, `KeyboardInterrupt` when given up.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mailbox = Mailbox.create(folder / VISION)
    words = (VISION, str(home.root), vision.model_dump_json(), *(json.dumps(one) for one in seen_with))
    watcher = start_process(folder, "careloop.session.vision_watch", *words)
    try:
        ended, log = lambda: watcher.poll() is not None, folder / "vision_watch.log"
        seen = angles_of(_await_sight(mailbox, vision, ended, given_up, log), len(vision.joints))
        yield {name: angle.angle for name, angle in zip(vision.joints, seen, strict=True)}
    finally:
        watcher.kill()
        watcher.wait()


def _await_sight(
    mailbox: Mailbox, vision: Vision, ended: Callable[[], bool], given_up: Callable[[], bool], log: Path
) -> Array:
    """The last of as many good frames in a row as the gate asks for before it is armed, as it was published."""
    gate, number, seen, until = Gate(vision.gate), 0, Fault(0), time.monotonic() + READY_S
    numbers: Array = np.empty(0)
    while not gate.ready:
        if given_up():
            raise KeyboardInterrupt
        if ended():
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise DeviceError("vision-ended", field=vision.camera, reason=said[-1] if said else "")
        if time.monotonic() > until:
            frames = vision.gate.rearm_frames
            raise CheckFailed("vision-not-ready", seconds=READY_S, frames=frames, why=sight_code(seen))
        told = mailbox.told()
        if told is not None and told[0] != number:
            number, numbers = told
            look = look_of(numbers)
            gate, seen = gate.after(time.monotonic(), look), look.faults
        time.sleep(POLL_S / 10.0)
    return numbers
