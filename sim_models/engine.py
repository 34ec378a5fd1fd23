"""PyBullet, imported without the line that it greets every process with."""

import os
from typing import Any


def _import_quietly() -> Any:
    shown = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import pybullet
    finally:
        os.dup2(shown, 2)
        os.close(shown)
        os.close(nowhere)
    return pybullet


pybullet = _import_quietly()
