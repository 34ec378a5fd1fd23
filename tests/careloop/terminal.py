"""A command at a terminal of its own: what is on the screen, and what a person types."""

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|[()][A-Z0-9]|[=>]|\][^\x07\x1b]*(\x07|\x1b\\)|P[^\x1b]*\x1b\\)")
PATIENCE_S = 200.0
"""Starting control takes seconds, on a busy machine many."""


@dataclass
class Terminal:
    """The near end of a terminal, and the process on its far end; `text` without the codes that place and colour it."""

    process: "subprocess.Popen[bytes]"
    descriptor: int
    text: str = ""
    seen: int = 0
    typed: list[str] = field(default_factory=list)
    _pending: str = ""
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def read(self, seconds: float) -> bool:
        """Take what comes within some time; False where the far end is closed."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return True
        try:
            more = os.read(self.descriptor, 65536)
        except OSError:
            return False
        self._pending += self._decoder.decode(more)
        whole = self._whole()
        self.text += ESCAPES.sub("", self._pending[:whole]).replace("\r", "")
        self._pending = self._pending[whole:]
        return bool(more)

    def _whole(self) -> int:
        """How much of what is pending can be read: a code at its end that is cut off has to wait for its rest."""
        begins = self._pending.rfind("\x1b")
        cut = begins >= 0 and ESCAPES.match(self._pending, begins) is None
        return begins if cut else len(self._pending)

    def expect(self, words: str) -> str:
        """Wait until words that were not seen yet are there; what was written until then."""
        until = time.monotonic() + PATIENCE_S
        while (place := self.text.find(words, self.seen)) < 0:
            assert self.read(0.1) and time.monotonic() < until, f"no {words!r} in: {self.text[-3000:]}"
        before, self.seen = self.text[self.seen : place], place + len(words)
        return before

    def send(self, keys: str) -> None:
        """Press keys."""
        self.typed.append(keys)
        os.write(self.descriptor, keys.encode())

    def answer(self, question: str, line: str, effect: str) -> None:
        """Answer a question with a line, and see what it did."""
        self.expect(question)
        self.send(line + "\n")
        self.expect(effect)

    def close(self) -> None:
        """Close the terminal, as a window is closed."""
        os.close(self.descriptor)
        self.descriptor = -1

    def wait(self) -> int:
        """Read on until the process has ended; its status."""
        while self.descriptor >= 0 and self.read(0.5) and self.process.poll() is None:
            pass
        return self.process.wait(PATIENCE_S)


def members(leader: int) -> list[int]:
    """The processes of the terminal's session that `leader` leads, itself included."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = place.read_text().rpartition(")")[2].split()
            found += [int(place.parent.name)] if int(after_name[3]) == leader else []
    return found


@contextmanager
def terminal(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    """Run a command as the leader of a terminal of 40 lines and 120 columns."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    told = {**os.environ, "TERM": "xterm-256color", **(environment or {})}

    led = ["setsid", "--ctty", *command]  # it becomes the command itself, at the head of the terminal's session
    process = subprocess.Popen(led, stdin=far, stdout=far, stderr=far, env=told)
    os.close(far)
    at = Terminal(process, near)
    try:
        yield at
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if at.descriptor >= 0:
            os.close(at.descriptor)
