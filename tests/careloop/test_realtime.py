"""The control process: real-time scheduling where it is granted, named where it is not, and nothing heavy in it."""

import ctypes
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from careloop.messages import sentence
from robot.runtime.realtime import keep_awake

ASK = """
import gc, json, os, struct, sys
from careloop.messages import sentence
from robot.runtime.realtime import enter_real_time
from robot.scheduling import Scheduling
IDLE = "/dev/cpu_dma_latency"
missing = enter_real_time(Scheduling.model_validate_json(sys.argv[1]))
print(json.dumps({
    "fifo": os.sched_getscheduler(0) == os.SCHED_FIFO, "priority": os.sched_getparam(0).sched_priority,
    "cores": sorted(os.sched_getaffinity(0)), "slack_ns": int(open("/proc/self/timerslack_ns").read()),
    "exit_us": struct.unpack("=i", open(IDLE, "rb").read(4))[0] if os.access(IDLE, os.R_OK) else None,
    "collecting": gc.isenabled(), "missing": [sentence(notice.code, notice.values) for notice in missing],
}))
"""

CORES = sorted(os.sched_getaffinity(0))
ORDINARY = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
"""What keeps a command from every privilege."""


@dataclass(frozen=True)
class Answer:
    """What a process of its own got."""

    fifo: bool
    priority: int
    cores: list[int]
    slack_ns: int
    exit_us: int | None
    collecting: bool
    missing: list[str]

    def lines(self, word: str) -> list[str]:
        return [line for line in self.missing if word in line]


def ask(*before: str, preexec: Callable[[], None] | None = None, **scheduling: Any) -> Answer:
    command = [*before, sys.executable, "-c", ASK, json.dumps(scheduling)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=preexec)
    return Answer(**json.loads(answer.stdout))


def test_what_is_missing_is_said_and_nothing_else() -> None:
    got = ask(priority=37)
    assert got.fifo is not any("setcap" in line for line in got.missing)
    assert got.priority == (37 if got.fifo else 0)
    assert not got.collecting


def test_without_capabilities_it_names_the_commands_that_grant_them() -> None:
    got = ask(*ORDINARY)
    assert not got.fifo
    assert not got.collecting
    assert len(got.lines("setcap cap_sys_nice")) == 1
    assert all("\n" not in line for line in got.missing)


def test_little_memory_that_may_be_locked_is_said_with_its_command() -> None:
    import resource

    got = ask(*ORDINARY, preexec=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (4096, 4096)))
    assert len(got.lines("ulimit -l unlimited")) == 1


@pytest.mark.parametrize("before", [[], ORDINARY])
def test_cores_and_timer_slack_need_no_privilege(before: list[str]) -> None:
    got = ask(*before, cores=[CORES[-1]], timer_slack_ns=2000)
    assert got.cores == [CORES[-1]]
    assert not got.lines("core")
    assert not got.lines("slack")
    if not got.fifo:  # the kernel keeps no slack at all for a FIFO process
        assert got.slack_ns == 2000


@pytest.mark.parametrize("exit_us", [0, 7])
def test_no_processor_idles_more_deeply_than_it_was_asked(exit_us: int) -> None:
    got = ask(idle_exit_us=exit_us)
    if not got.lines("cpu_dma_latency") and got.exit_us is not None:
        assert got.exit_us <= exit_us  # another process may ask for still less


def test_idling_is_left_to_the_system_where_that_was_asked() -> None:
    assert not ask(idle_exit_us=None).lines("cpu_dma_latency")


def test_the_kernel_is_told_in_its_own_four_bytes_and_what_it_refuses_is_said(tmp_path: Path) -> None:
    interface = tmp_path / "interface"
    refused = keep_awake(7, interface)
    assert refused is not None
    assert f"setfacl -m u:$USER:w {interface}" in sentence(refused.code, refused.values)
    interface.touch()
    assert keep_awake(7, interface) is None
    assert interface.read_bytes() == bytes([7, 0, 0, 0])


def test_by_default_every_core_may_be_used() -> None:
    assert ask().cores == CORES


@pytest.mark.parametrize("cores", [[1023], [CORES[0], 1023]])
def test_a_core_that_the_machine_does_not_have_is_said_and_the_others_are_used(cores: list[int]) -> None:
    got = ask(cores=cores)
    assert got.cores == (CORES if cores == [1023] else [CORES[0]])
    (line,) = got.lines("1023")
    assert f"this machine has 0 to {(os.cpu_count() or 1) - 1}" in line
    assert "scheduling.cores" in line


def refuse_timer_slack() -> None:
    """Let the kernel refuse prctl(PR_SET_TIMERSLACK), as a sandbox may: a filter of the process's own calls."""
    number, argument = 0, 16  # offsets in struct seccomp_data: the call, the low half of its first argument
    load, jump_if, answer = 0x20, 0x15, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | 1  # EPERM
    program = b"".join(
        struct.pack("HBBI", *one)
        for one in (
            (load, 0, 0, number),
            (jump_if, 0, 3, 157),  # prctl on x86-64
            (load, 0, 0, argument),
            (jump_if, 0, 1, 29),
            (answer, 0, 0, refuse),
            (answer, 0, 0, allow),
        )
    )
    held = ctypes.create_string_buffer(program)
    filter_ = struct.pack("HxxxxxxP", 6, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges
    assert libc.prctl(22, 2, filter_, 0, 0) == 0


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the filter names x86-64's system calls")
def test_a_refused_timer_slack_is_said_with_what_grants_it() -> None:
    got = ask(preexec=refuse_timer_slack, timer_slack_ns=3000)
    assert len(got.lines("timer slack is not set")) == 1
    assert got.slack_ns != 3000


def test_memory_is_that_of_the_process_and_not_of_the_one_that_started_it() -> None:
    held = bytearray(os.urandom(1024)) * (300 * 1024)  # the starter has 300 MB, the started one an interpreter
    tell = "from robot.runtime.realtime import peak_memory_mb; print(peak_memory_mb())"
    answer = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    assert 5.0 < float(answer.stdout) < len(held) / 2e6


def test_control_on_serial_needs_neither_physics_nor_tables() -> None:
    ask_modules = "import careloop.session.control, hardware.plant, sys; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", ask_modules], capture_output=True, text=True, check=True)
    assert {"pybullet", "pyarrow", "pymodbus", "sqlalchemy", "matplotlib", "rich"} & set(answer.stdout.split()) == set()
