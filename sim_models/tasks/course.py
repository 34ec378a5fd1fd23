"""What a care task is measured on: the truth of one trial, by column, at each moment of the exercise and after it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from robot.tick import Array

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Course:
    """The truth of a trial, a row for each measurement `dt` s after the one before, with the names of its columns.

    `repetition` tells which one each row belongs to: 0 before the first; what came after the last is the last's.
    """

    columns: tuple[str, ...]
    truth: Array
    repetition: Array
    dt: float

    def of(self, column: str) -> Array:
        """One column."""
        values: Array = self.truth[:, self.columns.index(column)]
        return values

    @property
    def target(self) -> Array:
        """Where the task's target was, x, y, z in m."""
        return np.stack([self.of(f"target_{axis}_m") for axis in "xyz"], axis=1)

    @property
    def repetitions(self) -> list[Mask]:
        """Which rows belong to each repetition."""
        return [self.repetition == number for number in range(1, int(self.repetition.max(initial=0.0)) + 1)]

    @property
    def peaks(self) -> dict[str, float]:
        """The largest force in N on each region that the scene has."""
        ending = "_contact_N"
        named = [name for name in self.columns if name.endswith(ending)]
        return {name.removesuffix(ending).replace("_", "-"): float(self.of(name).max()) for name in named}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: its `figures`, and of each criterion that it missed a line in words.

    `undone` has these lines where nothing but the task went wrong, whether or not it had to succeed.
    """

    figures: dict[str, float]
    missed: tuple[str, ...]
    undone: tuple[str, ...] = ()


def longest_s(mask: Mask, dt: float) -> float:
    """How long in s a mask holds in a row, at most."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(int)))
    return dt * float((edges[1::2] - edges[::2]).max(initial=0))
