"""Emulated Modbus-RTU boards with the stops' digital inputs, served by pymodbus in a process of its own.

A question to another unit gets an exception for an answer, where a real board stays silent.

`python -m hardware.stop_input.board MASTER BUTTON BAUD EMERGENCY-STOP [HAND-SWITCH]`, started by `EmulatedInputs`.
"""

import asyncio
import logging
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from hardware.stop_input.button import Button
from robot.emergency_stop import Contact
from robot.runtime.realtime import EMULATOR, enter_real_time

_LOOK_S = 0.1
_BITS = 16


Wired = Mapping[Contact, Callable[[], bool]]
"""Which contact is on which input: whether it is closed now."""


def boards(wired: Wired) -> list[SimDevice]:
    """What pymodbus serves: for each unit its discrete inputs, that are on while their contacts are closed."""
    units = sorted({contact.unit for contact in wired})
    return [_board(unit, {one.input: closed for one, closed in wired.items() if one.unit == unit}) for unit in units]


def _board(unit: int, inputs: Mapping[int, Callable[[], bool]]) -> SimDevice:
    async def look(
        function: int, start: int, address: int, count: int, registers: list[int], values: object
    ) -> ExcCodes | None:
        if function == 2:  # discrete inputs, packed by sixteens
            for place in {one // _BITS for one in inputs}:
                closed = [one % _BITS for one in inputs if one // _BITS == place and inputs[one]()]
                registers[place - start] = sum(1 << bit for bit in closed)
        return None

    bits = [SimData(one, values=False, datatype=DataType.BITS) for one in _firsts(inputs)]
    unused = SimData(0, values=0, datatype=DataType.REGISTERS)
    coil = SimData(0, values=False, datatype=DataType.BITS)
    return SimDevice(unit, simdata=([coil], bits, [unused], [unused]), action=look)


def _firsts(inputs: Iterable[int]) -> list[int]:
    """One input of each sixteen: pymodbus keeps them together."""
    return list({one // _BITS: one for one in sorted(inputs)}.values())


async def serve(master: int, baud: int, wired: Wired) -> None:
    """Serve on the terminal's `master` until the parent is gone.

    pymodbus opens a port by its name, which a master has not, so a second pseudo-terminal stands between. A host at
    another baud rate is not understood.
    """
    parent = os.getppid()
    inner, named = os.openpty()
    tty.setraw(named)
    server = ModbusSerialServer(
        boards(wired),
        framer=FramerType.RTU,
        port=os.ttyname(named),
        baudrate=baud,
    )
    await server.serve_forever(background=True)
    loop = asyncio.get_running_loop()
    rate = getattr(termios, f"B{baud}")

    def from_host() -> None:
        data = os.read(master, 4096)
        if termios.tcgetattr(master)[5] == rate:
            os.write(inner, data)

    loop.add_reader(master, from_host)
    loop.add_reader(inner, lambda: os.write(master, os.read(inner, 4096)))
    enter_real_time(EMULATOR)
    print("ready", flush=True)
    while os.getppid() == parent:
        await asyncio.sleep(_LOOK_S)


def main(master: str, button: str, baud: str, *contacts: str) -> None:
    """Serve the contacts of a button, the emergency stop's first."""
    moved = Button.attach(Path(button))
    closed = (lambda: moved.input_closed, lambda: moved.hand_closed)
    wired = {Contact.model_validate_json(contact): look for contact, look in zip(contacts, closed, strict=False)}
    asyncio.run(serve(int(master), int(baud), wired))


if __name__ == "__main__":
    logging.disable()
    main(*sys.argv[1:])
