"""A leg that is drawn as control measures it: it stands for camera and patient before emulated motors.

Nobody is seen by it. What it is good for is to try a camera's session, and to see its figures, without a camera.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

from careloop.session.files import MAILBOX
from careloop.session.status import Status
from patient_vision.camera import Frame
from patient_vision.render import RenderedLeg
from robot.errors import InputError
from robot.runtime.mailbox import Mailbox

RATE_HZ = 30.0

FASTEST_RAD_S = math.radians(200.0)
"""A drawn limb is no faster than a limb."""


class DrawnPatient:
    """A `Source`: the first joint in motion of the session in `folder`, before that at the `given` angle.

    `given` is `rendered-patient`, or `rendered-patient:75` for one whose limb begins at 75°.
    """

    live = True
    frames = None
    rate_hz = RATE_HZ

    def __init__(self, folder: Path, given: str) -> None:
        try:
            self._angle = math.radians(float(given.partition(":")[2] or 0.0))
        except ValueError as problem:
            raise InputError("source-unknown", field=given) from problem
        self._folder = folder
        self._mailbox: Mailbox | None = None

    def __iter__(self) -> Iterator[Frame]:
        due, index = time.monotonic(), 0
        while True:
            due = max(due + 1.0 / RATE_HZ, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
            self._follow()
            at = time.monotonic()
            yield Frame(RenderedLeg(lambda t: self._angle, noise=4.0).draw(at), at, index)
            index += 1

    def _follow(self) -> None:
        """Move toward what control measured last; without a session the limb keeps still."""
        if self._mailbox is None:
            try:
                self._mailbox = Mailbox.attach(self._folder / MAILBOX)
            except (FileNotFoundError, ValueError):  # not made yet, or half
                return
        status = Status.read(self._mailbox)
        if status is not None and math.isfinite(status.q):
            most = FASTEST_RAD_S / RATE_HZ
            self._angle += min(max(status.q - self._angle, -most), most)
