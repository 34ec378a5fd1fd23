"""What the drives turn: the mechanical side of a plant, the same for the simulated plant and for an emulated drive."""

from collections.abc import Sequence
from typing import Protocol


class Load(Protocol):
    """Robot, limb and whatever else is moved, seen from the joints; the drives' own friction and inertia included.

    Joint side, in the description's joint order; rad, rad/s, N·m.
    """

    @property
    def q(self) -> Sequence[float]:
        """Joint positions now, in rad."""

    @property
    def dq(self) -> Sequence[float]:
        """Joint velocities now, in rad/s."""

    @property
    def truth_columns(self) -> tuple[str, ...]:
        """Names, with units, of what `truth` gives: things that no real robot measures."""

    @property
    def truth(self) -> Sequence[float]:
        """The simulated truth now, in the order of `truth_columns`."""

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps of `step_s` with the drives' joint-side torques held."""

    @property
    def step_s(self) -> float:
        """The physics step in s."""

    def close(self) -> None:
        """Give back what it holds."""


class Braked(Protocol):
    """What brakes can hold."""

    def brake(self, torques: Sequence[float]) -> None:
        """From now on brakes hold each joint with so much torque (N·m) as friction; with none they are open."""


class BrakedLoad(Load, Braked, Protocol):
    """A load whose joints brakes can hold."""
