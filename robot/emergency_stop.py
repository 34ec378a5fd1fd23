"""How a robot's emergency stop is read: a digital input, and the voltage that the motors' power has.

The circuit itself cuts the power; what is described here only reads it.
"""

from typing import Annotated, Literal

from pydantic import Field

from robot.files import Strict


class EmergencyStop(Strict):
    """The two channels of an emergency stop.

    `unit` is the Modbus-RTU board's address and `input` the discrete input on it, counted from 0, that is on while the
    button's normally closed contact is closed: a broken wire reads as pressed. Below `supply_v` at a drive the motors'
    power counts as cut. The input may be silent for `silence_ms`, and the channels may differ for `disagree_ms`: an
    assumed time for a relay to fall and capacitors to empty.
    """

    unit: Annotated[int, Field(ge=1, le=247)]
    input: Annotated[int, Field(ge=0, le=65535)]
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
