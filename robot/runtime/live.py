"""Live changes: what others wish of a running session, taken over tick by tick, each an event in its record."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from robot.adjustable import Adjustable
from robot.law import ASSISTANCE
from robot.motion import Motion
from robot.runtime.mailbox import Mailbox
from robot.runtime.session import Session
from robot.runtime.session_state import Event, Severity, Trial
from robot.tick import Array, Row

PAUSED, RESUMED, MARKED, VALUES = 0, 1, 2, 3
"""Where a wish has its paused flag (0 or 1), how often going on was asked for and a moment marked so far, and from
where on a target for every adjustable value, in their order."""


def first_wish(mailbox: Mailbox, adjustables: Sequence[Adjustable]) -> None:
    """Leave what holds from the start: not paused, every value its own. Later wishes change it."""

    def fill(wish: Array) -> None:
        wish[VALUES : VALUES + len(adjustables)] = [one.value for one in adjustables]

    mailbox.ask(fill)


class Live:
    """Takes wishes over for one session: `advance` it after every tick.

    A wish counts as a whole, and one with a value that is not finite or not in its range is refused as a whole; so is
    any once a stop was asked for. Parameters move toward their targets by their slew, in place in the row.

    With a `trial` the first repetition is one: the adjustables that it names keep the value that they started with,
    whatever is wished meanwhile, and after it the session is held until going on is asked for. Then they go over to
    what is wished: the mailbox has that from the beginning, so nothing has to be sent at that moment.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        adjustables: Sequence[Adjustable],
        session: Session,
        motion: Motion,
        row: Row,
        trial: Collection[str] | None = None,
    ) -> None:
        self.trial = Trial.NONE if trial is None else Trial.RUNNING
        self._held_back = {place: one.value for place, one in enumerate(adjustables) if one.name in (trial or ())}
        self._mailbox = mailbox
        self._adjustables = tuple(adjustables)
        self._session = session
        self._motion = motion
        self._row = row
        self._seen = 0
        self._resumed = self._marked = 0.0
        self._values = [one.value for one in adjustables]
        self._owners = [index for index, one in enumerate(adjustables) for _ in one.columns]
        self._lowered = np.array([adjustables[owner].name == ASSISTANCE.name for owner in self._owners], bool)
        self._columns = [column for one in adjustables for column in one.columns]
        self._targets: Array = row.parameters[self._columns]
        self._steps = session.dt * np.array([adjustables[owner].slew for owner in self._owners])
        self._moving = False
        self._heeded = Severity.NONE
        self._share = 1.0

    @property
    def resumed(self) -> float:
        """How often going on was asked for, in wishes that were taken over."""
        return self._resumed

    def advance(self) -> None:
        """Look for a new wish, and move what is on its way; also tell who asked which stop is being made."""
        if self._session.stopping is not self._heeded:
            self._heeded = self._session.stopping
            self._mailbox.heed(self._heeded)
        if self.trial is Trial.RUNNING and self._row.repetition[0] > 1.0 and not self._heeded:
            self._hold_after_trial()
        if self._mailbox.wished != self._seen:
            self._look()
        if self._moving and not self._heeded:
            self._slew()

    def lower(self, share: float) -> None:
        """Lead the assistance to this share (0…1) of what is wished, by its own slew, until another one is said.

        A soft stop where that is less than the plan's range allows: nobody has proven the plan with so little.
        """
        if self._session.stopping or (share == self._share == 1.0):
            return
        wished = zip(self._adjustables, self._values, strict=True)
        proven = any(one.low <= share * value for one, value in wished if one.name == ASSISTANCE.name)
        if share < 1.0 and not proven:
            self._session.stop(Severity.SOFT, "vision-degraded")
        elif share != self._share:
            self._tell(
                "assistance-lowered" if share < self._share else "assistance-restored", {"percent": 100.0 * share}
            )
            self._share, self._moving = share, True

    def _look(self) -> None:
        latest = self._mailbox.wish()
        if latest is None or latest[0] == self._seen:
            return  # it changed while it was read, twice: the next tick looks again
        self._seen, wish = latest
        paused, resumed, marked = wish[:VALUES].tolist()
        values = wish[VALUES : VALUES + len(self._adjustables)].tolist()
        wrong = self._wrong(paused, resumed, marked, values)
        if wrong is not None:
            self._tell("wish-refused", {"name": wrong})
        taken = wrong is None and not self._session.stopping
        if taken:
            if self.trial is Trial.DONE and resumed > self._resumed:
                self.trial = Trial.NONE
            if marked > self._marked:
                self._tell("moment-marked", {})
            self._resumed, self._marked = resumed, marked
            self._pause(paused == 1.0 or self.trial is Trial.DONE)
            self._follow(values)
        self._mailbox.acknowledge(self._seen, taken=taken)

    def _wrong(self, paused: float, resumed: float, marked: float, values: list[float]) -> str | None:
        """The first name whose wished value cannot be; finiteness is looked at before anything is compared."""
        if not math.isfinite(paused) or paused not in {0.0, 1.0}:
            return "pause"
        if not math.isfinite(resumed) or resumed < self._resumed:
            return "resume"
        if not math.isfinite(marked) or marked < self._marked:
            return "mark"
        for one, value in zip(self._adjustables, values, strict=True):
            if not math.isfinite(value) or not one.low <= value <= one.high:
                return one.name
        return None

    def _hold_after_trial(self) -> None:
        self.trial = Trial.DONE
        self._session.pause_wished = True
        self._tell("trial-done", {})

    def _pause(self, paused: bool) -> None:
        if paused is not self._session.pause_wished:
            self._session.pause_wished = paused
            self._tell("pause-asked" if paused else "resume-asked", {})

    def _follow(self, values: list[float]) -> None:
        """Take up the targets that changed: a value that nobody touched stays as the plan has it, joint by joint."""
        if self.trial is not Trial.NONE:
            values = [self._held_back.get(place, value) for place, value in enumerate(values)]
        for index, (one, before, value) in enumerate(zip(self._adjustables, self._values, values, strict=True)):
            if value == before:
                continue
            self._tell("value-changed", {"name": one.name, "from": before, "to": value})
            if one.columns:
                self._targets[[place for place, owner in enumerate(self._owners) if owner == index]] = value
                self._moving = True
            else:
                self._motion.adjust(one.name, value)
        self._values = values

    def _slew(self) -> None:
        now = self._row.parameters[self._columns]
        targets = np.where(self._lowered, self._share * self._targets, self._targets)
        after = np.clip(targets, now - self._steps, now + self._steps)
        self._row.parameters[self._columns] = after
        self._moving = bool((after != targets).any())

    def _tell(self, code: str, values: dict[str, float | str]) -> None:
        self._session.events.append(Event(float(self._row.time[0]), code, values))
