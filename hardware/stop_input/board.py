"""An emulated Modbus-RTU board with one digital input, served by pymodbus in a process of its own.

A question to another unit gets an exception for an answer, where a real board stays silent.

`python -m hardware.stop_input.board MASTER BUTTON DESCRIPTION`, started by `EmulatedInput`.
"""

import asyncio
import logging
import os
import sys
import termios
import tty
from pathlib import Path

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from hardware.stop_input.button import Button
from robot.emergency_stop import EmergencyStop
from robot.runtime.realtime import EMULATOR, enter_real_time

_LOOK_S = 0.1
_BITS = 16


def board(described: EmergencyStop, button: Button) -> SimDevice:
    """What pymodbus serves: one discrete input that is on while the button's contact is closed."""

    async def look(
        function: int, start: int, address: int, count: int, registers: list[int], values: object
    ) -> ExcCodes | None:
        if function == 2:  # discrete inputs, packed by sixteens
            registers[described.input // _BITS - start] = int(button.input_closed) << described.input % _BITS
        return None

    bit = SimData(described.input, values=False, datatype=DataType.BITS)
    unused = SimData(0, values=0, datatype=DataType.REGISTERS)
    coil = SimData(0, values=False, datatype=DataType.BITS)
    return SimDevice(described.unit, simdata=([coil], [bit], [unused], [unused]), action=look)


async def serve(master: int, button: Button, described: EmergencyStop) -> None:
    """Serve on the terminal's `master` until the parent is gone.

    pymodbus opens a port by its name, which a master has not, so a second pseudo-terminal stands between. A host at
    another baud rate is not understood.
    """
    parent = os.getppid()
    inner, named = os.openpty()
    tty.setraw(named)
    server = ModbusSerialServer(
        board(described, button),
        framer=FramerType.RTU,
        port=os.ttyname(named),
        baudrate=described.baud,
    )
    await server.serve_forever(background=True)
    loop = asyncio.get_running_loop()
    rate = getattr(termios, f"B{described.baud}")

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


if __name__ == "__main__":
    logging.disable()
    asyncio.run(
        serve(int(sys.argv[1]), Button.attach(Path(sys.argv[2])), EmergencyStop.model_validate_json(sys.argv[3]))
    )
