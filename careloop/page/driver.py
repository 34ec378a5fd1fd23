"""Textual's driver of a terminal, made to end with it."""

from collections.abc import Callable
from queue import Full

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from careloop.page.terminal import terminal_gone

PATIENCE_S = 0.1
"""How long a screen that takes nothing is waited for before it is looked at again."""


class EndingDriver(LinuxDriver):
    """Writes as long as the terminal is there, and tells of each key before the screen gets to it.

    `at_once` is called by the thread that reads the keys: a stop must not wait for a screen that is being drawn.

    Textual's own waits for ever where a terminal was closed while it took nothing, as one does whose connection was
    lost: the session would end, and its process never.
    """

    at_once: Callable[[Key], None] = staticmethod(lambda key: None)

    def process_message(self, message: Message) -> None:
        """Take a message from the terminal."""
        if isinstance(message, Key):
            self.at_once(message)
        super().process_message(message)

    def write(self, data: str) -> None:
        """Leave `data` to the thread that writes, or drop it where that thread or the terminal is gone."""
        thread = self._writer_thread
        while thread is not None and thread.is_alive() and not terminal_gone(self.fileno):
            try:
                # Its own write() waits for ever, and Textual 8.2 has no other way in.
                thread._queue.put(data, timeout=PATIENCE_S)
            except Full:
                continue
            return
