"""What control makes of a camera: its angles become columns, and its gate may lower assistance or stop, and no more."""

import math
import time
from collections.abc import Callable, Iterator

from robot.observed_angle import ObservedAngle
from robot.runtime.agreement import Agreement
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Event, Severity
from robot.runtime.stop_input import Clock
from robot.tick import Array, Row
from robot.vision import Fault, Vision
from robot.vision import Sight as Level
from robot.vision_gate import Gate, Look

CAPTURED, FAULTS, ANGLES = 0, 1, 2
"""What the process that watches publishes with each frame: when it was captured, on the monotonic clock (s), its
`Fault` bits, and from here on an `ObservedAngle` for each observed joint, NaN for one not seen lately."""

ANGLE_SIZE = len(ObservedAngle.__slots__)

ALL_FAULTS = sum(Fault)


def look_of(numbers: Array) -> Look:
    """A published frame as the gate takes it; fault bits that are no number are an invalid frame."""
    faults = float(numbers[FAULTS])
    known = math.isfinite(faults) and 0.0 <= faults <= ALL_FAULTS
    return Look(float(numbers[CAPTURED]), Fault(int(faults)) if known else Fault.INVALID)


class Sight:
    """Reads the latest frame and judges it in each tick of a session; a `StopSource` by being called.

    `joints` are those of the robot, `tell` is given the events of `Agreement`. The patient must have been seen before:
    the gate begins as tracking, and a frame that is too old by then is sight lost. It writes the row's observed columns
    when law and guard are done with it, so that neither can depend on them.
    """

    def __init__(
        self,
        frames: Mailbox,
        vision: Vision,
        joints: tuple[str, ...],
        tell: Callable[[Event], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self._frames, self._limits, self._clock = frames, vision.gate, clock
        self._count = len(vision.joints)
        self._agreement = Agreement(joints, tuple(vision.joints), vision.frame, tell)
        self._gate: Gate | None = None
        self._rests_until_s = -math.inf
        self._seen = 0
        self._angles: tuple[ObservedAngle, ...] = ()
        self._resumed = 0.0
        self._acknowledged = False

    @property
    def share(self) -> float:
        """How much of the assistance is left, 0…1."""
        return 1.0 if self._gate is None else self._gate.share

    @property
    def level(self) -> Level:
        """How far the patient is seen."""
        return Level.TRACKING if self._gate is None else self._gate.sight

    @property
    def ready(self) -> bool:
        """Whether assistance was lowered, and going on would restore it."""
        return self._gate is not None and self._gate.sight is Level.DEGRADED and self._gate.ready

    def hear(self, resumed: float) -> None:
        """How often going on was asked for so far: once more is an acknowledgement, heard in the next tick alone."""
        self._acknowledged, self._resumed = resumed > self._resumed, resumed

    def __call__(self, row: Row) -> tuple[Severity, str]:
        """The stop that a tick asks for; writes what is seen into the row."""
        look = self._read()  # before the clock: a frame that comes between must not be from the future
        now = self._clock()
        for index, angle in enumerate(self._angles):
            row.observed_q[index], row.observed_std[index] = angle.seen_from(now)
        gate = self._gate or Gate.tracking(self._limits, _just_before(look))
        if look is not None or self._acknowledged or not gate.now_s <= now <= self._rests_until_s:
            gate = gate.after(now, self._compared(row, look), acknowledged=self._acknowledged)
            self._rests_until_s, self._acknowledged = gate.rests_until_s, False
        self._gate = gate
        row.vision_age[0], row.vision_sight[0] = now - gate.captured_s, gate.sight
        return gate.stop

    def _read(self) -> Look | None:
        """The frame that came since the last tick, None for none."""
        if self._frames.published == self._seen:
            return None
        told = self._frames.told()
        if told is None or told[0] == self._seen:
            return None  # it changed while it was read, twice: the next tick looks again
        self._seen, numbers = told
        self._angles = tuple(angles_of(numbers, self._count))
        return look_of(numbers)

    def _compared(self, row: Row, look: Look | None) -> Look | None:
        """A frame with what the encoders have against it; one without an angle that has no fault cannot be."""
        if look is None:
            return None
        faults = look.faults
        if not faults and not all(map(math.isfinite, row.observed_q.tolist())):
            faults |= Fault.INVALID
        return Look(look.captured_s, faults | self._agreement.faults(row))


def _just_before(look: Look | None) -> float:
    """When the patient was last seen, where this is the first frame that is looked at: it must be a later one."""
    captured = math.nan if look is None else look.captured_s
    return math.nextafter(captured, -math.inf) if math.isfinite(captured) else -math.inf


def angles_of(numbers: Array, count: int) -> Iterator[ObservedAngle]:
    """The angles of a published frame."""
    for index in range(count):
        begins = ANGLES + index * ANGLE_SIZE
        yield ObservedAngle(*numbers[begins : begins + ANGLE_SIZE].tolist())
