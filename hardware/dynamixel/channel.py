"""One drive in the cycle: its counts and the joint's units, its clock and ours, what is wrong with it."""

import math
import struct
from dataclasses import dataclass, field
from typing import Self

from hardware.bus import ERROR_ALERT, ERROR_WATCHDOG, Reading
from robot.description import Drive

STALE_S = 0.003
"""How far a drive's realtime tick, which counts in ms, may be from the time that passed here."""

AHEAD_S = 0.2
"""How far a drive's tick may be ahead of what the last answers let expect: they were late themselves, by as much as a
stalled machine kept them. What is newer than expected is not stale; refusing it would refuse all that follow. A drive
that was started again is silent for longer than a session bears."""

FEEDBACK = struct.Struct("<HBBhhii")
"""The block that is read every cycle: tick, moving, moving status, PWM, current, velocity, position."""

_TICKS = 32768


@dataclass(slots=True, eq=False)
class Channel:
    """The straight lines from a drive's counts to the joint, and what its answers have said so far.

    `answered` in this cycle; `hardware_error` bits last looked up; `watchdog_tripped` once its own watchdog stopped it.
    """

    id: int
    q_zero: float
    q_per_count: float
    dq_per_count: float
    tau_per_count: float
    largest_goal: int
    reading: Reading = field(default_factory=Reading)
    answered: bool = False
    hardware_error: int = 0
    watchdog_tripped: bool = False
    _tick: int = -1
    _sent: float = 0.0
    _received: float = 0.0

    @classmethod
    def of(cls, drive: Drive, largest_torque: float) -> Self:
        """The channel of a described drive; its goals stay within `largest_torque` N·m at the joint."""
        turn = drive.datasheet.encoder_counts
        zero = drive.position_of_counts(0)
        return cls(
            id=drive.id,
            q_zero=zero,
            q_per_count=(drive.position_of_counts(turn) - zero) / turn,
            dq_per_count=drive.velocity_of_counts(1),
            tau_per_count=drive.torque_of_counts(1),
            largest_goal=abs(drive.counts_of_torque(largest_torque)),
        )

    @property
    def clock_known(self) -> bool:
        """Whether an answer has told what the drive's clock shows."""
        return self._tick >= 0

    def start(self, now: float) -> None:
        """As after a handshake at `now` (s): no error, clock unknown."""
        self.reading.time = now
        self.hardware_error, self.watchdog_tripped = 0, False
        self.forget_clock()

    def forget_clock(self) -> None:
        """Take the next answer's tick as it is."""
        self._tick = -1

    def goal(self, torque: float) -> int:
        """Goal current in counts for a joint torque in N·m, within the largest; one that is not finite gives none."""
        if not math.isfinite(torque):
            return 0
        return min(max(round(torque / self.tau_per_count), -self.largest_goal), self.largest_goal)

    def take(self, feedback: bytes, sent: float, received: float) -> bool:
        """Refresh the reading from an answer, asked for and received at these times (s); False if it is stale."""
        tick, _, _, _, current, velocity, position = FEEDBACK.unpack(feedback)
        if not self._runs_with_us(tick, sent, received):
            return False
        if tick != self._tick:
            self._tick, self._sent, self._received = tick, sent, received
        reading = self.reading
        reading.q = self.q_zero + self.q_per_count * position
        reading.dq = self.dq_per_count * velocity
        reading.tau = self.tau_per_count * current
        reading.time = received
        self.answered = True
        return True

    def note_error(self, *, alert: bool) -> None:
        """Put what is wrong into the reading: the hardware error's bits, or the alert alone while they are unknown."""
        if not alert:
            self.hardware_error = 0
        error = (self.hardware_error or ERROR_ALERT) if alert else 0
        self.reading.error = float(error | (ERROR_WATCHDOG if self.watchdog_tripped else 0))

    def _runs_with_us(self, tick: int, sent: float, received: float) -> bool:
        """Whether the drive's clock moved on as ours did since the last valid answer.

        It was read somewhere between `sent` and `received`, then and now, which bounds the time that passed between. An
        old answer lags behind; one after late answers is ahead of them; a drive that was started again jumps.
        """
        if self._tick < 0:
            return True
        passed = (tick - self._tick + _TICKS // 2) % _TICKS - _TICKS // 2
        return sent - self._received - STALE_S <= passed / 1000.0 <= received - self._sent + STALE_S + AHEAD_S
