"""Which process it was, so that a later look can tell whether it still runs."""

import os
from pathlib import Path


def this_process() -> str:
    """The calling process: its number and, because numbers are used again, when it began."""
    pid = os.getpid()
    return f"{pid} {_began(pid)}"


def lives(process: str) -> bool:
    """Whether a process, named as `this_process` does or by its number alone, still runs; a zombie does not."""
    pid, *began = (int(word) for word in process.split())
    now = _began(pid)
    return now is not None and began in ([], [now])


def _began(pid: int) -> int | None:
    """When a live process began, in clock ticks since the machine's start; None for none or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = text.rpartition(")")[2].split()  # the command's name may hold spaces and parentheses
    return None if state in "ZX" else int(fields[18])
