"""The emulated emergency stop's button: two bytes that the processes of an emulator share."""

import mmap
import os
from pathlib import Path

CONTACTS = ("input", "rail")
"""What the button moves: the digital input's contact, and the one in the motors' power."""

_INPUT, _RAIL, _SIZE = 0, 1, 2


class Button:
    """A button with two contacts. Pressed, one opens the digital input and the other cuts the motors' power.

    Each can be moved alone, as a welded contact or a broken wire would have it.
    """

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory

    @classmethod
    def create(cls, path: Path) -> "Button":
        """A released button in a new file at `path`."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _SIZE)
            return cls(mmap.mmap(descriptor, _SIZE))
        finally:
            os.close(descriptor)

    @classmethod
    def attach(cls, path: Path) -> "Button":
        """The button that another process made."""
        with path.open("r+b") as file:
            return cls(mmap.mmap(file.fileno(), _SIZE))

    def move(self, pressed: bool, contacts: tuple[str, ...] = CONTACTS) -> None:
        """Press or release the named contacts."""
        for place, name in enumerate(CONTACTS):
            if name in contacts:
                self._memory[place] = int(pressed)

    @property
    def input_closed(self) -> bool:
        """Whether current flows through the digital input."""
        return not self._memory[_INPUT]

    @property
    def rail_live(self) -> bool:
        """Whether the motors have power."""
        return not self._memory[_RAIL]
