"""How much a session does of what is prescribed: whole repetitions, and after an interruption what is left of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


def whole_repetitions(minutes: float, cycle_s: float) -> int:
    """As many repetitions of `cycle_s` as fit into so many minutes, at least one."""
    return max(1, math.floor(minutes * 60.0 / cycle_s + 1e-9))


@dataclass(frozen=True, slots=True)
class Share:
    """What a session is to do of a prescribed dose: `repetitions` of the last, out of `of` in all."""

    repetitions: int
    of: int

    @property
    def before(self) -> int:
        """Repetitions that an interrupted session of the same day had done already."""
        return self.of - self.repetitions


def left_of(of: int, today: Sequence[tuple[Share, int, bool]]) -> Share:
    """What is left to do of `of` repetitions; all of them where nothing was interrupted today.

    `today` are the day's sessions of the same prescription, oldest first: what each was to do, the repetitions that it
    did, and whether it was completed.
    """
    if not today:
        return Share(of, of)
    share, done, completed = today[-1]
    left = share.repetitions - done
    return Share(left, of) if share.of == of and not completed and 0 < left < of else Share(of, of)
