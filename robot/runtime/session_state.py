"""The states of a session, the transitions that exist, and the torque's fade in and out."""

from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """Where a session is; the number is what the row holds."""

    IDLE = 0
    ARMED = 1
    RUNNING = 2
    PAUSED = 3
    STOPPED = 4
    FAULT = 5


class Severity(IntEnum):
    """How strongly a stop is asked for; a latch keeps the highest.

    FINISH: the motion comes to rest, then the torque fades out slowly. SOFT: torque faded out within the guard's rate
    limit (IEC 60204-1 category 1). OFF: torque off now (category 0).
    """

    NONE = 0
    FINISH = 1
    SOFT = 2
    OFF = 3


class Trial(IntEnum):
    """Where a session's trial repetition is: it lasts; it was done, and the session is held; there is none any more."""

    NONE = 0
    RUNNING = 1
    DONE = 2


TRANSITIONS = {
    State.IDLE: {State.ARMED, State.FAULT},
    State.ARMED: {State.RUNNING, State.STOPPED, State.FAULT},
    State.RUNNING: {State.PAUSED, State.STOPPED, State.FAULT},
    State.PAUSED: {State.RUNNING, State.STOPPED, State.FAULT},
    State.STOPPED: set[State](),
    State.FAULT: set[State](),
}
"""Every transition that exists; any other is refused."""


class TransitionRefused(ValueError):  # noqa: N818  (named after what happened)
    """A transition that is not named in `TRANSITIONS`."""

    def __init__(self, before: State, after: State) -> None:
        super().__init__(f"a session cannot go from {before.name} to {after.name}")
        self.before = before
        self.after = after


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a session: when (s on its grid), a stable code, and values for its sentence."""

    time_s: float
    code: str
    values: dict[str, float | str]
