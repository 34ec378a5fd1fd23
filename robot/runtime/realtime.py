"""Real-time scheduling where the system permits it; what it does not is named with the command that would."""

import contextlib
import ctypes
import gc
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from robot.errors import Notice
from robot.scheduling import Scheduling

EMULATOR = Scheduling(priority=40)
"""The emulator stands for hardware: it must not wait behind ordinary processes, but control goes first."""

_IDLE_EXIT = Path("/dev/cpu_dma_latency")
"""The kernel's PM QoS interface: while it is held open, no processor idles so deeply that waking takes longer than what
was written, in µs as four bytes."""

_PR_SET_TIMERSLACK = 29
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def enter_real_time(asked: Scheduling) -> list[Notice]:
    """Ask for FIFO scheduling, cores, timer slack, processors that stay awake and locked memory; rest the collector.

    Blocks for some milliseconds. Returns a notice for each thing that was not granted, with what would grant it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    answers = (
        _schedule_fifo(asked.priority),
        None if asked.cores is None else _bind_to(asked.cores),
        _set_timer_slack(libc, asked.timer_slack_ns),
        None if asked.idle_exit_us is None else keep_awake(asked.idle_exit_us),
        _lock_memory(libc),
    )
    gc.collect()
    gc.freeze()
    gc.disable()
    return [notice for notice in answers if notice is not None]


def peak_memory_mb() -> float:
    """The most that this process had resident so far, in MB.

    From the kernel's own account of it: `getrusage` also remembers the process that started this one.
    """
    account = Path("/proc/self/status").read_text(encoding="ascii")
    return float(account.partition("VmHWM:")[2].split()[0]) / 1024.0


def _schedule_fifo(priority: int) -> Notice | None:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        return Notice("no-real-time-priority", {"program": os.path.realpath("/proc/self/exe")})
    return None


def _bind_to(cores: tuple[int, ...]) -> Notice | None:
    with contextlib.suppress(OSError):  # raised where none of them may be used: what is bound below says so
        os.sched_setaffinity(0, cores)
    granted = os.sched_getaffinity(0)
    if granted == set(cores):
        return None
    last = (os.cpu_count() or 1) - 1
    if max(cores) > last:
        return Notice("cores-not-there", {"asked": _listed(cores), "granted": _listed(granted), "last": last})
    return Notice("cores-not-granted", {"asked": _listed(cores), "granted": _listed(granted)})


def _set_timer_slack(libc: ctypes.CDLL, nanoseconds: int) -> Notice | None:
    if libc.prctl(_PR_SET_TIMERSLACK, ctypes.c_ulong(nanoseconds), 0, 0, 0) == 0:
        return None
    return Notice("timer-slack-not-set", {})


def keep_awake(exit_us: int, interface: Path = _IDLE_EXIT) -> Notice | None:
    """Let every processor wake up within `exit_us` µs until this process ends, which leaves the interface open."""
    try:
        os.write(os.open(interface, os.O_WRONLY), struct.pack("=i", exit_us))
    except OSError:
        return Notice("processors-may-sleep", {"interface": str(interface)})
    return None


def _lock_memory(libc: ctypes.CDLL) -> Notice | None:
    # On fault: only pages that are really used get locked, 37 MB instead of 164 for a small process.
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0:
        return None
    return Notice("memory-not-locked", {})


def _listed(cores: Iterable[int]) -> str:
    return ",".join(str(core) for core in sorted(cores))
