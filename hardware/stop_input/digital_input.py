"""Digital inputs on a line of Modbus-RTU, read with pymodbus: are the stops' contacts closed?

For a process of its own: pymodbus waits for answers by sleeping, which control must never do.
"""

import time
from typing import Self

from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu.bit_message import ReadDiscreteInputsResponse

from robot.emergency_stop import Contact

ANSWER_S = 0.025
"""How long an answer may take besides its time on the wire: a USB adapter's latency timer of 16 ms, and the board."""

LATE_S = 0.020
"""After a question without an answer the line is left alone for this long: Modbus-RTU does not number its answers, and
a late one would pass for the answer to the next question."""

_LINE_BYTES = 8 + 6 + 7
"""Question, answer, and the silence of 3.5 bytes after each."""


class DigitalInputs:
    """Discrete inputs (function 2) of the boards at `port`; 8 bits, no parity, one stop bit.

    `problem` says what spoiled the last question, empty where it was answered.
    """

    def __init__(self, port: str, baud: int) -> None:
        wait_s = _LINE_BYTES * 10 / baud + ANSWER_S
        self._client = ModbusSerialClient(port, baudrate=baud, timeout=wait_s, retries=0)
        self.problem = ""

    def read(self, contact: Contact) -> bool | None:
        """Whether a contact's input is on, None where no valid answer came; blocks up to about 0.1 s; never raises.

        A port that was lost is opened again at the next question.
        """
        try:
            answer = self._client.read_discrete_inputs(contact.input, count=1, device_id=contact.unit)
        except (ModbusException, OSError) as problem:
            self.problem = str(problem)
        else:
            if isinstance(answer, ReadDiscreteInputsResponse) and answer.bits:
                self.problem = ""
                return bool(answer.bits[0])
            self.problem = f"the board refused: {answer}"
        time.sleep(LATE_S)
        return None

    def close(self) -> None:
        """Give the port back."""
        self._client.close()  # type: ignore[no-untyped-call]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
