"""The gate between what a camera says and what control makes of it: TRACKING → DEGRADED → LOST → UNSAFE_POSE.

A pure state machine on its reader's own clock. It stands in the ground floor because control asks it in each tick: a
vision process that is slow or dead leaves old frames, and their age alone trips it.
"""

import math
from dataclasses import dataclass, field, replace

from robot.runtime.session_state import Severity
from robot.vision import Fault, GateLimits, Sight, level_of

_WORSE = (Sight.DEGRADED, Sight.LOST, Sight.UNSAFE_POSE)


@dataclass(frozen=True, slots=True)
class Look:
    """One frame as far as the gate has to know: when it was captured (s, on the reader's clock) and its faults."""

    captured_s: float
    faults: Fault


@dataclass(frozen=True, slots=True)
class _Run:
    """The frames at one level or worse: when the last one was better (s), and how many in a row were not since."""

    better_s: float = -math.inf
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate knows; `after` gives its next value. It begins as lost: nothing was seen yet.

    `sight` only becomes worse, until somebody acknowledges it after enough good frames. `good` counts those in a row.
    """

    limits: GateLimits
    sight: Sight = Sight.LOST
    good: int = 0
    now_s: float = -math.inf
    captured_s: float = -math.inf
    runs: dict[Sight, _Run] = field(default_factory=lambda: dict.fromkeys(_WORSE, _Run()))

    def after(self, now_s: float, look: Look | None, *, acknowledged: bool = False) -> "Gate":
        """The gate at `now_s`, with the frame that came since the last time, if one did.

        An acknowledgement counts only in the moment that it is given in: one given too early is forgotten, so that
        nobody can acknowledge what they have not seen. A clock that is no number, or goes back, is sight lost.
        """
        if not (math.isfinite(now_s) and now_s >= self.now_s):
            return replace(self, sight=max(self.sight, Sight.LOST), good=0)
        seen = self if look is None else self._with(look, now_s)
        tripped = seen._tripped(now_s)
        if tripped:
            return replace(seen, sight=max(seen.sight, tripped), good=0, now_s=now_s)
        armed = acknowledged and seen.good >= seen.limits.rearm_frames
        return replace(seen, sight=Sight.TRACKING if armed else seen.sight, now_s=now_s)

    @classmethod
    def tracking(cls, limits: GateLimits, captured_s: float) -> "Gate":
        """A gate behind which the patient is seen already, last in a frame of `captured_s` (s): a session's start."""
        runs = dict.fromkeys(_WORSE, _Run(captured_s))
        return cls(limits, Sight.TRACKING, captured_s=captured_s, runs=runs)

    @property
    def ready(self) -> bool:
        """Whether an acknowledgement would be heard."""
        return self.sight is not Sight.TRACKING and self.good >= self.limits.rearm_frames

    @property
    def rests_until_s(self) -> float:
        """Until when no passing of time changes anything (s): a reader who is told nothing need not ask before."""
        since = [run.better_s for run in self.runs.values() if run.frames]
        return min([self.captured_s, *since]) + self.limits.trip_s

    @property
    def share(self) -> float:
        """How much of the assistance is left, 0…1; never more than all of it."""
        return {Sight.TRACKING: 1.0, Sight.DEGRADED: self.limits.degraded_share}.get(self.sight, 0.0)

    @property
    def stop(self) -> tuple[Severity, str]:
        """The stop that this asks for, with the code of its reason."""
        reasons = {Sight.LOST: "vision-lost", Sight.UNSAFE_POSE: "vision-unsafe-pose"}
        return (Severity.SOFT, reasons[self.sight]) if self.sight in reasons else (Severity.NONE, "")

    def _with(self, look: Look, now_s: float) -> "Gate":
        """A frame that was not captured after the one before it, or is from the future, is invalid and has no time."""
        in_order = math.isfinite(look.captured_s) and self.captured_s < look.captured_s <= now_s
        captured = look.captured_s if in_order else self.captured_s
        level = level_of(look.faults if in_order else look.faults | Fault.INVALID)
        runs = {
            worse: _Run(run.better_s, run.frames + 1) if level >= worse else _Run(captured)
            for worse, run in self.runs.items()
        }
        return replace(self, captured_s=captured, runs=runs, good=0 if level else self.good + 1)

    def _tripped(self, now_s: float) -> Sight:
        """The worst level that has been there for too many frames or too long, or lost where no frame comes."""
        limits = self.limits
        too_long = [
            worse
            for worse, run in self.runs.items()
            if run.frames >= limits.trip_frames or (run.frames and now_s - run.better_s > limits.trip_s)
        ]
        silent = Sight.LOST if now_s - self.captured_s > limits.trip_s else Sight.TRACKING
        return max([silent, *too_long])
