"""Real-time scheduling where the system permits it; what it does not is named with the command that would."""

import contextlib
import ctypes
import gc
import os
from collections.abc import Iterable
from pathlib import Path

from robot.scheduling import Scheduling

EMULATOR = Scheduling(priority=40)
"""The emulator stands for hardware: it must not wait behind ordinary processes, but control goes first."""

_PR_SET_TIMERSLACK = 29
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def enter_real_time(asked: Scheduling) -> list[str]:
    """Ask for FIFO scheduling, cores, timer slack and locked memory, and put the garbage collector to rest.

    Blocks for some milliseconds. Returns a line for each thing that was not granted.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    answers = (
        _schedule_fifo(asked.priority),
        None if asked.cores is None else _bind_to(asked.cores),
        _set_timer_slack(libc, asked.timer_slack_ns),
        _lock_memory(libc),
    )
    gc.collect()
    gc.freeze()
    gc.disable()
    return [line for line in answers if line is not None]


def peak_memory_mb() -> float:
    """The most that this process had resident so far, in MB.

    From the kernel's own account of it: `getrusage` also remembers the process that started this one.
    """
    account = Path("/proc/self/status").read_text(encoding="ascii")
    return float(account.partition("VmHWM:")[2].split()[0]) / 1024.0


def _schedule_fifo(priority: int) -> str | None:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        return f"no real-time priority: sudo setcap cap_sys_nice+ep {os.path.realpath('/proc/self/exe')}"
    return None


def _bind_to(cores: tuple[int, ...]) -> str | None:
    with contextlib.suppress(OSError):  # raised where none of them may be used: what is bound below says so
        os.sched_setaffinity(0, cores)
    granted = os.sched_getaffinity(0)
    if granted == set(cores):
        return None
    existing = os.cpu_count() or 1
    grant = (
        f"sudo systemctl set-property --runtime user.slice AllowedCPUs={_listed(cores, ',')}"
        if max(cores) < existing
        else f"this machine has 0 to {existing - 1}; correct scheduling.cores in the robot's description"
    )
    return f"not bound to cores {_listed(cores)} but to {_listed(granted)}: {grant}"


def _set_timer_slack(libc: ctypes.CDLL, nanoseconds: int) -> str | None:
    if libc.prctl(_PR_SET_TIMERSLACK, ctypes.c_ulong(nanoseconds), 0, 0, 0) == 0:
        return None
    return "timer slack is not set: let this sandbox call prctl, as docker run --security-opt seccomp=unconfined does"


def _lock_memory(libc: ctypes.CDLL) -> str | None:
    # On fault: only pages that are really used get locked, 37 MB instead of 164 for a small process.
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0:
        return None
    return "memory is not locked: raise the limit with ulimit -l unlimited"


def _listed(cores: Iterable[int], separator: str = ", ") -> str:
    return separator.join(str(core) for core in sorted(cores))
