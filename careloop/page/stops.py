"""What the stop inputs of a running session say, as control reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from careloop.messages.language import Words
from careloop.session.files import STOP_INPUT, Order
from robot.emergency_stop import EmergencyStop
from robot.runtime.mailbox import Mailbox
from robot.runtime.stop_input import EMERGENCY, HAND, Said, read_input

CODES: Mapping[int, Mapping[Said, str]] = {
    EMERGENCY: {
        Said.RELEASED: "page-stop-released",
        Said.PRESSED: "page-stop-pressed",
        Said.SILENT: "page-stop-silent",
    },
    HAND: {
        Said.RELEASED: "page-hand-released",
        Said.PRESSED: "page-hand-pressed",
        Said.SILENT: "page-hand-silent",
    },
}
"""Of each input, by its place among what is published: what it says."""


@dataclass(frozen=True, slots=True)
class StopInputs:
    """The mailbox of the process that reads them, and the places in it of those that the robot has.

    Without a mailbox the session was given no inputs.
    """

    mailbox: Mailbox | None
    silence_s: float
    places: tuple[int, ...]

    @classmethod
    def of(cls, folder: Path, order: Order) -> "StopInputs":
        """Those of a session that runs in `folder`."""
        described = order.robot.get("emergency_stop")
        if order.stop_input is None or described is None:
            return cls(None, 0.0, ())
        silence_s = EmergencyStop.model_validate(described).silence_s
        places = (EMERGENCY,) if order.robot.get("hand_switch") is None else (EMERGENCY, HAND)
        return cls(Mailbox.attach(folder / STOP_INPUT), silence_s, places)

    def said(self, words: Words) -> tuple[str, bool]:
        """In words, and whether any of them is anything but ready."""
        if self.mailbox is None:
            return words("page-stop-none"), False
        said = {place: read_input(self.mailbox, self.silence_s, at=place) for place in self.places}
        lines = [words(CODES[place][one]) for place, one in said.items()]
        return "   ".join(lines), set(said.values()) != {Said.RELEASED}
