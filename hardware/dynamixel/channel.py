"""One drive in the cycle: its counts and the joint's units, its clock and ours, what is wrong with it."""

import math
import struct
from dataclasses import dataclass, field
from typing import Self

from hardware.bus import ERROR_ALERT, ERROR_WATCHDOG, Reading
from robot.drive import Drive

STALE_S = 0.003
"""How much older than the question an answer may be: the drive's tick counts in ms, and the line takes its time."""

AHEAD_S = 0.2
"""How far a drive's clock may be ahead of the largest lead seen: the answers that gave it may all have been late, while
a stalled machine kept them. What is further ahead is another clock: the drive was started again."""

DRIFT = 1e-4
"""How fast a drive's clock may fall behind ours, s/s: both are quartz, good for some 50 ppm each."""

FEEDBACK = struct.Struct("<HBBhhii")
"""The block that is read every cycle: tick, moving, moving status, PWM, current, velocity, position."""

_WRAP_S = 32.768


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
    _lead: float = math.nan

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
        return math.isfinite(self._lead)

    def start(self, now: float) -> None:
        """As after a handshake at `now` (s): no error, clock unknown."""
        self.reading.time = now
        self.hardware_error, self.watchdog_tripped = 0, False
        self.forget_clock()

    def forget_clock(self) -> None:
        """Take the next answer's tick as it is."""
        self._lead = math.nan

    def goal(self, torque: float) -> int:
        """Goal current in counts for a joint torque in N·m, within the largest; one that is not finite gives none."""
        if not math.isfinite(torque):
            return 0
        return min(max(round(torque / self.tau_per_count), -self.largest_goal), self.largest_goal)

    def take(self, feedback: bytes, sent: float, received: float) -> bool:
        """Refresh the reading from an answer, asked for and received at these times (s); False if it is stale."""
        tick, _, _, _, current, velocity, position = FEEDBACK.unpack(feedback)
        if not self._is_fresh(tick / 1000.0, sent, received):
            return False
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

    def _is_fresh(self, drive_time: float, sent: float, received: float) -> bool:
        """Whether an answer was measured after its question, told by the drive's clock (s).

        Lateness only ever lowers the lead of the drive's clock over the time of receipt, so the largest lead seen is
        nearest to the truth: it is kept, less the drift, however late the answers after it.
        """
        lead = drive_time - received
        if not self.clock_known:
            self._lead = lead
            return True
        ahead = math.remainder(lead - self._lead, _WRAP_S)
        if ahead > AHEAD_S or ahead + (received - sent) < -STALE_S:
            return False
        self._lead += max(ahead, -DRIFT * (received - self.reading.time))
        return True
