"""What the keys ask of a running session, beside the screen: the latest wish counts, and what came of it is told.

Control may take up to a second to answer, or never: the keys must not wait for it. While one wish is on its way, later
ones are not queued but overwritten, so that ten presses of a key lead to where the last one pointed.
"""

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from careloop.messages import explain
from careloop.messages.language import Words
from careloop.session.steering import Answer, Running
from robot.errors import CareloopError
from robot.runtime.live import PAUSED, VALUES
from robot.runtime.session_state import Severity, State

STEPS = {"assistance": 0.05, "motion.speed": 0.02}
"""What one press adds. Of full assistance a twentieth; of the recorded speed what is just noticed in a slow exercise:
some 7 % of a speed of 0.3. Our choice."""

PAUSE, MARK = "pause", "mark"
"""The wishes that are no values."""


REFUSALS = {
    "page-refused",
    "page-at-most",
    "page-at-least",
    "page-fixed-assistance",
    "page-fixed-speed",
    "page-nothing-to-go-on",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What a key did, for the page to say: a code and its values, which may be notes and errors themselves."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether it says that nothing was done."""
        return self.code in REFUSALS

    def said(self, words: Words) -> str:
        """The note in words."""
        return words(self.code, **{name: _in_words(value, words) for name, value in self.values.items()})


def _in_words(value: Any, words: Words) -> Any:
    if isinstance(value, Note):
        return value.said(words)
    return explain(value, words.language) if isinstance(value, CareloopError) else value


STOP = Note("page-key-stop")
KEYS = {"assistance": "page-key-assistance", "motion.speed": "page-key-speed"}
FIXED = {"assistance": "page-fixed-assistance", "motion.speed": "page-fixed-speed"}
"""Of each value that keys change: what is asked for, and that the plan does not let it be changed."""


class Wishes:
    """Asks `running` for what keys say; `tell` is called at once with what was asked, and from a thread when answered.

    `close` it at the end; what is still on its way is not waited for longer than control may take.
    """

    def __init__(self, running: Running, tell: Callable[[Note], None]) -> None:
        self._running = running
        self._tell = tell
        self._lock = Lock()
        self._wanted: dict[str, tuple[Note, float, Callable[[], Answer]]] = {}
        self._aimed: dict[str, float] = {}
        self._asking = False
        self._pool = ThreadPoolExecutor(1, "wishes")
        self._stopping = ThreadPoolExecutor(1, "stop")

    def close(self) -> None:
        """Let go of the threads."""
        for pool in (self._pool, self._stopping):
            pool.shutdown(wait=True, cancel_futures=True)

    def target(self, name: str) -> float:
        """Where an adjustable value is on its way to: as asked here last, else as control was last asked."""
        with self._lock:
            if name in self._aimed:
                return self._aimed[name]
        latest = self._running.mailbox.wish()
        place = PAUSED if name == PAUSE else VALUES + list(self._running.ranges).index(name)
        return math.nan if latest is None else float(latest[1][place])

    def latch_stop(self) -> None:
        """Torque away within 100 ms; from any thread, and waits for nothing."""
        self._running.mailbox.stop(Severity.SOFT)

    def stop(self) -> None:
        """The latch is set before anything else is done, and its answer awaited aside."""
        pressed = time.monotonic()
        self.latch_stop()
        self._tell(Note("page-asked", {"what": STOP}))
        self._stopping.submit(self._answer, STOP, pressed, lambda: self._running.stop(Severity.SOFT))

    def mark(self) -> None:
        """Mark this moment in the record."""
        self._ask(MARK, 0.0, Note("page-key-mark"), self._running.mark)

    def toggle_pause(self, state: State) -> None:
        """Pause, or go on where it pauses or is about to."""
        if state is State.PAUSED or self.target(PAUSE) == 1.0:
            self.go_on()
        else:
            self._ask(PAUSE, 1.0, Note("page-key-pause"), self._running.pause)

    def go_on(self) -> None:
        """Go on after a pause or after the trial."""
        self._ask(PAUSE, 0.0, Note("page-key-resume"), self._running.resume)

    def step(self, name: str, direction: int) -> None:
        """Ask for one step more (1) or less (-1) of a value, within what the plan allows."""
        if name not in self._running.ranges:
            self._tell(Note(FIXED[name]))
            return
        low, high = self._running.ranges[name]
        before = self.target(name)
        value = round(min(max(before + direction * STEPS[name], low), high), 6)
        if not abs(value - before) > 1e-9:  # also where nothing is known to start from
            what = Note(KEYS[name], {"percent": 100.0 * before})
            self._tell(Note("page-at-most" if direction > 0 else "page-at-least", {"what": what}))
            return
        asked = Note(KEYS[name], {"percent": 100.0 * value})
        self._ask(name, value, asked, lambda: self._running.set({name: value}))

    def _ask(self, name: str, value: float, note: Note, ask: Callable[[], Answer]) -> None:
        """Put a wish in the place of an earlier one that is not on its way yet."""
        pressed = time.monotonic()
        self._tell(Note("page-asked", {"what": note}))
        with self._lock:
            self._wanted[name], self._aimed[name] = (note, pressed, ask), value
            begin, self._asking = not self._asking, True
        if begin:
            self._pool.submit(self._ask_all)

    def _ask_all(self) -> None:
        """Ask for what is wanted, one after another, until nothing is."""
        while True:
            with self._lock:
                if not self._wanted:
                    self._asking = False
                    self._aimed.clear()
                    return
                note, pressed, ask = self._wanted.pop(next(iter(self._wanted)))
            self._answer(note, pressed, ask)

    def _answer(self, note: Note, pressed: float, ask: Callable[[], Answer]) -> None:
        """Ask, and tell what came of it: how long after the key was pressed, or why not."""
        try:
            ask()
        except CareloopError as error:
            self._tell(Note("page-refused", {"what": note, "why": error}))
        except Exception as error:  # noqa: BLE001  (a key whose thread died in silence would look as if it were asked)
            self._tell(Note("page-refused", {"what": note, "why": repr(error)}))
        else:
            self._tell(Note("page-acknowledged", {"what": note, "ms": round(1e3 * (time.monotonic() - pressed))}))
