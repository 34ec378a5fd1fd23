"""An emulated robot in a process of its own, for hosts that open a real terminal."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from hardware.dynamixel.emulator import DynamixelEmulator
from robot.description import RobotDescription
from tests.hardware.rigs import FreeLoad

INERTIA = 2.0
"""Of every rotor, in kg·m²."""


def _serve(link: Connection, description: RobotDescription, wire_time: bool) -> None:
    load = FreeLoad(len(description.joints), inertia=INERTIA)
    with DynamixelEmulator(description, load, wire_time=wire_time) as emulator:
        link.send(emulator.ports)
        emulator.serve(link.poll)  # a word, or the end of the test's process, ends it


@contextmanager
def served(description: RobotDescription, *, wire_time: bool = True) -> Iterator[tuple[dict[str, str], BaseProcess]]:
    """The emulator's ports and its process, which a test may kill."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, description, wire_time), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours.recv(), process
    finally:
        ours.close()
        process.join(10.0)
        if process.is_alive():
            process.kill()
            process.join()
