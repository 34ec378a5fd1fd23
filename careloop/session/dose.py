"""What a session does of its exercise: how many repetitions, and whether a slow one comes first as a trial."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from robot.errors import InputError
from robot.law import ASSISTANCE
from robot.plan import Plan

REPETITIONS = (1, 1000)
"""As a plan may ask for (`robot.plan`)."""

LOWERED = (ASSISTANCE.name, "motion.speed")
"""What a trial lowers where the plan lets it be adjusted: gentle, and slow."""


@dataclass(frozen=True, slots=True)
class Dose:
    """So many `repetitions`, in place of the plan's own; with a `trial` one more comes before them.

    The motion is the one that was proven, only longer or shorter. Raises `InputError` outside of `REPETITIONS`.
    """

    repetitions: int
    trial: bool

    def __post_init__(self) -> None:
        low, high = REPETITIONS
        if not low <= self.repetitions <= high:
            raise InputError("off-scale", field="repetitions", given=self.repetitions, low=low, high=high)

    @property
    def in_all(self) -> int:
        """Repetitions with the trial's: what the motion does, and the row counts."""
        return self.repetitions + self.trial

    @property
    def facts(self) -> dict[str, Any]:
        """As an order keeps it."""
        return asdict(self)


def trial_changes(plan: Plan) -> Mapping[str, float]:
    """What a trial changes: the lowest speed and assistance that may be set, which the proof's corners span."""
    return {name: plan.adjustable[name][0] for name in LOWERED if name in plan.adjustable}
