"""What the joints are asked to follow: the protocol of a motion."""

from collections.abc import Sequence
from typing import Protocol

from robot.tick import Row


class Curve(Protocol):
    """A closed path of the joints over one cycle, smooth to the second derivative."""

    def at(self, phase: float) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
        """Joint angles in rad at `phase` 0…1, and their first and second derivative by phase."""


class Motion(Protocol):
    """A reference in time: begun where the joints are, sampled once a tick, brought to rest on request."""

    def begin(self, q: Sequence[float]) -> None:
        """Start from joint angles `q` in rad, at rest."""

    @property
    def duration_s(self) -> float:
        """How long it takes from `begin` to rest, in s."""

    def sample(self, row: Row) -> None:
        """Write `phase`, `repetition`, `q_ref`, `dq_ref`, `ddq_ref` for this tick, and go on by one."""

    def come_to_rest(self) -> None:
        """From the next tick on, slow down without a jump and stay; calling it again changes nothing."""

    @property
    def at_rest(self) -> bool:
        """Whether the exercise is over and the reference stands still."""
