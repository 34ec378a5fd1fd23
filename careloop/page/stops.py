"""What the stop inputs of a running session say, as control reads them."""

from dataclasses import dataclass
from pathlib import Path

from careloop.messages.language import Words
from careloop.session.files import STOP_INPUT, Order
from robot.emergency_stop import EmergencyStop
from robot.runtime.mailbox import Mailbox
from robot.runtime.stop_input import Said, read_input

CODES = {
    Said.RELEASED: "page-stop-released",
    Said.PRESSED: "page-stop-pressed",
    Said.SILENT: "page-stop-silent",
}


@dataclass(frozen=True, slots=True)
class StopInputs:
    """The mailbox of the process that reads them, None where the session has none."""

    mailbox: Mailbox | None
    silence_s: float

    @classmethod
    def of(cls, folder: Path, order: Order) -> "StopInputs":
        """Those of a session that runs in `folder`."""
        described = order.robot.get("emergency_stop")
        if order.stop_input is None or described is None:
            return cls(None, 0.0)
        return cls(Mailbox.attach(folder / STOP_INPUT), EmergencyStop.model_validate(described).silence_s)

    def said(self, words: Words) -> tuple[str, bool]:
        """In words, and whether it is anything but *released*."""
        if self.mailbox is None:
            return words("page-stop-none"), False
        said = read_input(self.mailbox, self.silence_s)
        return words(CODES[said]), said is not Said.RELEASED
