"""PyBullet, without the lines that it prints: one that greets every process, two where the solver is chosen."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quiet(stream: int) -> Iterator[None]:
    """What C code prints to a stream in this block goes nowhere."""
    shown = os.dup(stream)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    flush = ctypes.CDLL(None).fflush  # C keeps what it prints; Python's own text is kept apart
    try:
        flush(None)
        os.dup2(nowhere, stream)
        yield
    finally:
        flush(None)
        os.dup2(shown, stream)
        os.close(shown)
        os.close(nowhere)


def _import_quietly() -> Any:
    with quiet(2):
        import pybullet
    return pybullet


pybullet = _import_quietly()


def solve_directly(client: int) -> None:
    """Let constraints be solved by pivoting (Dantzig) and not by sweeps: exact, and faster where they are coupled."""
    with quiet(1):
        pybullet.setPhysicsEngineParameter(
            constraintSolverType=pybullet.CONSTRAINT_SOLVER_LCP_DANTZIG, physicsClientId=client
        )


_idle: list[int] = []


def taken_client() -> int:
    """A physics client with an empty world. Making one takes as long as many ticks, so those given back come first."""
    return _idle.pop() if _idle else int(pybullet.connect(pybullet.DIRECT))


def give_back(client: int) -> None:
    """Empty a client's world, as if it had just been made, for whoever takes one next."""
    pybullet.resetSimulation(physicsClientId=client)
    _idle.append(client)
