"""A session with its page: the session in a thread of its own, the page before it, a soft stop where the page fails."""

import signal
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from careloop.messages.language import Words
from careloop.page.app import Page
from careloop.page.watched import Watched
from careloop.page.wishes import Note
from careloop.session.run import Outcome
from careloop.session.supervision import asked_by

LOG = "page.log"
"""In the session's folder: what the page failed with."""


class Shown(Protocol):
    """What a session says to its page; from any thread."""

    def begin(self, folder: Path) -> None:
        """There is a session now, in this folder."""

    def ask(self, code: str) -> None:
        """A person is asked for what a code stands for, as to press the emergency stop."""


def run_with_page(run: Callable[[Shown], Outcome], interrupts: list[int], words: Words, title: str) -> Outcome:
    """Run a session in a thread, its page on the whole screen until it has ended and Enter was pressed.

    To be called by the main thread inside of `counted_interrupts`, whose list is `interrupts`; `run` gives the same to
    `run_session`. Where the page fails or its terminal was closed, the session is stopped softly and its end waited
    for. Raises what `run` raises.
    """
    with ThreadPoolExecutor(1, "session") as pool:
        watched = Watched(title)
        future = pool.submit(_seen_to_its_end, run, watched)
        page = Page(watched, words, lambda: _interrupted(interrupts))
        failure = _shown(page)
        if not future.done():
            interrupts.append(signal.SIGTERM)
        if failure is not None:
            _tell_failure(failure, watched.folder, words)
        return future.result()


def _seen_to_its_end(run: Callable[[Shown], Outcome], watched: Watched) -> Outcome:
    """Run a session and tell its page how it ended; where it never began, the page has nothing to show."""
    try:
        outcome = run(watched)
    except BaseException:
        watched.leave = True
        raise
    watched.end = outcome.end.reason
    return outcome


def _shown(page: Page) -> BaseException | None:
    """Show the page until it is left; what it failed with, if it did."""
    try:
        page.run(mouse=False)
    except Exception as problem:  # noqa: BLE001  (whatever it is: the session must not go on unseen)
        return problem
    return page.failure


def _interrupted(interrupts: list[int]) -> Note:
    """As the keyboard's interrupt elsewhere: it finishes, then stops softly, then takes the torque off."""
    interrupts.append(signal.SIGINT)
    return Note("page-asked", {"what": Note("page-key-interrupt", {"count": int(asked_by(interrupts))})})


def _tell_failure(failure: BaseException, folder: Path | None, words: Words) -> None:
    """One line for the person, and the rest for whoever mends it."""
    log = None if folder is None else folder / LOG
    if log is not None:
        log.write_text("".join(traceback.format_exception(failure)), encoding="utf-8")
    print(words("page-crashed", reason=repr(failure), log=log), file=sys.stderr)
