"""The emulated emergency stop's button and the patient's hand switch: bytes that the processes of an emulator share."""

import mmap
import os
from pathlib import Path

CONTACTS = ("input", "rail", "hand")
"""The emergency stop's contacts, of the digital input and in the motors' power; and the hand switch's own."""

EMERGENCY_STOP = ("input", "rail")
"""What the emergency stop's button moves."""

_INPUT, _RAIL, _HAND = range(3)


class Button:
    """A button with two contacts. Pressed, one opens the digital input and the other cuts the motors' power.

    Each can be moved alone, as a welded contact or a broken wire would have it. The hand switch moves a third.
    """

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory

    @classmethod
    def create(cls, path: Path) -> "Button":
        """A released button in a new file at `path`."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, len(CONTACTS))
            return cls(mmap.mmap(descriptor, len(CONTACTS)))
        finally:
            os.close(descriptor)

    @classmethod
    def attach(cls, path: Path) -> "Button":
        """The button that another process made."""
        with path.open("r+b") as file:
            return cls(mmap.mmap(file.fileno(), len(CONTACTS)))

    def move(self, pressed: bool, contacts: tuple[str, ...] = EMERGENCY_STOP) -> None:
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

    @property
    def hand_closed(self) -> bool:
        """Whether current flows through the hand switch's input."""
        return not self._memory[_HAND]
