"""Real-time scheduling where the system permits it; what it does not is named with the command that would."""

import ctypes
import gc
import os

CONTROL_PRIORITY = 50
EMULATOR_PRIORITY = 40
"""The emulator stands for hardware: it must not wait behind ordinary processes, but control goes first."""

_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def enter_real_time(priority: int) -> list[str]:
    """Ask for FIFO scheduling and locked memory, and put the garbage collector to rest; blocks for some milliseconds.

    Returns a line for each thing that was not granted.
    """
    missing = []
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        missing.append(f"no real-time priority: sudo setcap cap_sys_nice+ep {os.path.realpath('/proc/self/exe')}")
    # On fault: only pages that are really used get locked, 37 MB instead of 164 for a small process.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        missing.append("memory is not locked: raise the limit with ulimit -l unlimited")
    gc.collect()
    gc.freeze()
    gc.disable()
    return missing
