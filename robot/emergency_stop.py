"""How a robot's emergency stop and the patient's hand switch are read.

The emergency stop's circuit itself cuts the motors' power; what is described here only reads it: a digital input, and
the voltage that the motors' power has. The hand switch is another digital input on the same line.
"""

from typing import Annotated, Literal

from pydantic import Field

from robot.errors import RobotError
from robot.files import Strict


class Contact(Strict):
    """A button's normally closed contact: a broken wire reads as pressed.

    `unit` is the Modbus-RTU board's address and `input` the discrete input on it, counted from 0, that is on while the
    contact is closed.
    """

    unit: Annotated[int, Field(ge=1, le=247)]
    input: Annotated[int, Field(ge=0, le=65535)]


class HandSwitch(Contact):
    """The patient's own button. Pressed, or silent as the emergency stop may not be, it stops softly."""


class EmergencyStop(Contact):
    """The two channels of an emergency stop: its contact, and the motors' power.

    Below `supply_v` at a drive the motors' power counts as cut. The input may be silent for `silence_ms`, and the
    channels may differ for `disagree_ms`: an assumed time for a relay to fall and capacitors to empty.
    """

    baud: Literal[9600, 19200, 38400, 57600, 115200] = 9600
    supply_v: Annotated[float, Field(gt=0.0, le=100.0)]
    silence_ms: Annotated[float, Field(ge=50.0, le=500.0)] = 100.0
    disagree_ms: Annotated[float, Field(ge=50.0, le=2000.0)] = 200.0

    @property
    def silence_s(self) -> float:
        """How old the input's word may be, in s."""
        return self.silence_ms / 1000.0

    @property
    def disagree_s(self) -> float:
        """How long the channels may differ, in s."""
        return self.disagree_ms / 1000.0


def check_hand_switch(hand: HandSwitch | None, stop: EmergencyStop | None) -> None:
    """Refuse a hand switch without the line that it is on, or on the emergency stop's own input."""
    if hand is None:
        return
    if stop is None:
        raise RobotError("hand-switch-alone", field="hand_switch")
    if (hand.unit, hand.input) == (stop.unit, stop.input):
        raise RobotError("hand-switch-not-apart", field="hand_switch.input", given=hand.input)
