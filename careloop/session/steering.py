"""A running session from another terminal: pause it, go on, stop it, change what may be adjusted."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from careloop.session.files import MAILBOX, Order
from robot.errors import CheckFailed, DeviceError, InputError
from robot.runtime.live import MARKED, PAUSED, RESUMED, VALUES
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity
from robot.tick import Array
from session_records.folder import control_announced, control_lives
from session_records.store import Registry, SessionRecord

ANSWER_WITHIN_S = 1.0
"""Control answers within one of its ticks; after this long it is hung, or has ended."""

POLL_S = 0.001


@dataclass(frozen=True, slots=True)
class Answer:
    """What control acknowledged: for a stop how strongly it is stopping; and after how long, in ms."""

    session: str
    asked: str
    after_ms: float


@dataclass(frozen=True)
class Running:
    """A session that has not ended; `ranges` are what may be adjusted in it, in its plan's order."""

    session: str
    folder: Path
    mailbox: Mailbox
    ranges: Mapping[str, tuple[float, float]]

    def pause(self) -> Answer:
        """Ask it to come to rest and hold; raises `CheckFailed` where it is ending, `DeviceError` without an answer."""
        return self._wish("pause", {PAUSED: 1.0})

    def resume(self) -> Answer:
        """Ask it to go on, from a pause or after its trial; raises as `pause`."""
        return self._wish("resume", {PAUSED: 0.0}, count=RESUMED)

    def mark(self) -> Answer:
        """Mark this moment in its record; raises as `pause`."""
        return self._wish("mark", {}, count=MARKED)

    def set(self, changes: Mapping[str, float]) -> Answer:
        """Ask for other values, each within its range; raises `InputError` outside, and as `pause`."""
        names = list(self.ranges)
        for name, value in changes.items():
            if name not in self.ranges:
                raise InputError("not-adjustable", field=name, known=", ".join(names) or "none")
            low, high = self.ranges[name]
            if not low <= value <= high:
                raise InputError("outside-adjustable", field=name, given=value, low=low, high=high)
        asked = ", ".join(f"{name}={value:g}" for name, value in changes.items())
        return self._wish(asked, {VALUES + names.index(name): value for name, value in changes.items()})

    def stop(self, severity: Severity) -> Answer:
        """Ask for a stop at least this strong; raises `DeviceError` without an answer."""
        asked = time.monotonic()
        self.mailbox.stop(severity)
        self._wait(lambda: self.mailbox.heeded_stop >= severity)
        return Answer(self.session, f"stop ({severity.name.lower()})", 1e3 * (time.monotonic() - asked))

    def _wish(self, asked: str, changes: Mapping[int, float], count: int | None = None) -> Answer:
        """Ask for the changes of a wish, by their place in it, with one more in the place that counts."""

        def change(wish: Array) -> None:
            if count is not None:
                wish[count] += 1.0
            for place, value in changes.items():
                wish[place] = value

        begun = time.monotonic()
        number = self.mailbox.ask(change)
        self._wait(lambda: self.mailbox.acknowledged >= number)
        if self.mailbox.refused >= number:
            raise CheckFailed("wish-not-taken", session=self.session, asked=asked)
        return Answer(self.session, asked, 1e3 * (time.monotonic() - begun))

    def _wait(self, done: Callable[[], bool]) -> None:
        until = time.monotonic() + ANSWER_WITHIN_S
        while not done():
            _refuse_gone(self.session, self.folder)
            if time.monotonic() > until:
                raise DeviceError("control-silent", session=self.session, within_s=ANSWER_WITHIN_S)
            time.sleep(POLL_S)


def running_session(registry: Registry, session: str | None) -> Running:
    """The session of that id or, without one, the only one that runs.

    Raises `InputError` for an unknown id and where none or several run, `CheckFailed` where it has ended or its control
    is gone. One whose control has yet to begin can be asked already.
    """
    record = _only(registry) if session is None else registry.get(session)
    if record.ended is not None:
        raise CheckFailed("session-already-ended", session=record.session, end=record.ended.end)
    folder = registry.folder(record.session)
    _refuse_gone(record.session, folder)
    if not (folder / MAILBOX).exists():
        raise CheckFailed("control-not-ready", session=record.session)
    ranges = Order.read(folder).plan["adjustable"]
    mailbox = Mailbox.attach(folder / MAILBOX)
    return Running(record.session, folder, mailbox, {name: (low, high) for name, (low, high) in ranges.items()})


def _refuse_gone(session: str, folder: Path) -> None:
    if control_announced(folder) and not control_lives(folder):
        raise CheckFailed("control-gone", session=session)


def _only(registry: Registry) -> SessionRecord:
    running = registry.running()
    if not running:
        raise InputError("no-session-runs")
    if len(running) > 1:
        raise InputError("several-sessions-run", known=", ".join(one.session for one in running))
    return running[0]
