"""What the joints are asked to follow: the protocol of a motion."""

from collections.abc import Sequence
from typing import Protocol

from robot.tick import Row

SPEED_SLEW = 0.1
"""Change of a motion's speed per s, as a share of the recorded speed: to twice a slow exercise's speed in some 3 s. Our
choice: slow enough to be noticed before it is reached."""

RANGE_SLEW_DEG = 3.0
"""Change of an end of a motion's range in °/s; it adds to the joint's own speed, of which it is a small part. Our
choice."""


class Curve(Protocol):
    """A closed path of the joints over one cycle, smooth to the second derivative."""

    def at(self, phase: float) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
        """Joint angles in rad at `phase` 0…1, and their first and second derivative by phase."""


class Motion(Protocol):
    """A reference in time: begun where the joints are, sampled once a tick, brought to rest on request.

    Whatever is asked and when, angle, velocity and acceleration never jump. Requests are heeded by the next `sample`.
    """

    def begin(self, q: Sequence[float]) -> None:
        """Start from joint angles `q` in rad, at rest, with what was adjusted so far; a pause or stop is forgotten."""

    @property
    def duration_s(self) -> float:
        """How long from `begin` to rest in s, if nothing more changes: it grows while paused, and with less speed."""

    @property
    def speed(self) -> float:
        """The speed that it has or goes over to, as a share of the recorded one."""

    def sample(self, row: Row) -> None:
        """Write `phase`, `repetition`, `q_ref`, `dq_ref`, `ddq_ref` for this tick, and go on by one."""

    def pause(self) -> None:
        """Slow down without a jump and hold, until `resume`; calling it again changes nothing."""

    def resume(self) -> None:
        """Take up speed again without a jump, from wherever a pause has got to; nothing where there was none."""

    @property
    def held(self) -> bool:
        """Whether the reference stands still because of a pause."""

    def adjust(self, name: str, value: float) -> None:
        """Go over to another `motion.speed` (share of the recorded one) or `motion.range_deg.JOINT.low|high` (°).

        By the declared slews. A new speed keeps the phase, and the number of repetitions.
        """

    def come_to_rest(self) -> None:
        """Slow down without a jump and stay for good; calling it again changes nothing."""

    @property
    def at_rest(self) -> bool:
        """Whether the exercise is over and the reference stands still."""
