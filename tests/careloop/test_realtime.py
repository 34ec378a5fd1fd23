"""The control process: real-time scheduling where it is granted, named where it is not, and nothing heavy in it."""

import json
import os
import subprocess
import sys

ASK = """
import gc, json, os
from robot.runtime.realtime import CONTROL_PRIORITY, enter_real_time
missing = enter_real_time(CONTROL_PRIORITY)
print(json.dumps([os.sched_getscheduler(0) == os.SCHED_FIFO, gc.isenabled(), missing]))
"""


def ask(*before: str) -> tuple[bool, bool, list[str]]:
    answer = subprocess.run([*before, sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    fifo, collecting, missing = json.loads(answer.stdout)
    return fifo, collecting, missing


def test_what_is_missing_is_said_and_nothing_else() -> None:
    fifo, collecting, missing = ask()
    assert fifo is not any("setcap" in line for line in missing)
    assert not collecting


def test_without_capabilities_it_names_the_command_that_grants_them() -> None:
    dropped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    fifo, collecting, missing = ask(*dropped)
    assert not fifo
    assert not collecting
    assert any("setcap cap_sys_nice" in line for line in missing)


def test_control_on_serial_needs_neither_physics_nor_tables() -> None:
    ask_modules = "import careloop.session.control, hardware.plant, sys; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", ask_modules], capture_output=True, text=True, check=True)
    assert {"pybullet", "pyarrow", "sqlalchemy", "matplotlib", "rich"} & set(answer.stdout.split()) == set()
