"""Runs tests against a mutant: in a copy of the source, in a forked process that has the heavy libraries already."""

import gc
import importlib.util
import json
import math
import os
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
PRELOADED = (
    *("_hypothesis_pytestplugin", "pytest_timeout"),
    *("adam.casadi", "annotated_types", "casadi", "numpy", "pinocchio", "pydantic.main", "pydantic.types", "yaml"),
    "cryptography.hazmat.primitives.asymmetric.ed25519",
)
"""Imported once and inherited by every mutant's process; nothing of ours, or the mutant would not be seen."""

AT_LEAST_S, PATIENCE = 4.0, 5.0
"""A test may compute for this long, and as much more as this many times what it takes on the sound source."""

_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build")
_DURATIONS, _KILLER = ".durations.json", ".killer"


@dataclass
class Tests:
    """Test files, how long each test took on the sound source and all of them together (s), how often each killed."""

    files: Sequence[str]
    durations: dict[str, float]
    seconds: float
    kills: Counter[str] = field(default_factory=Counter)

    def note_killer(self, tree: Path) -> None:
        """Count the test that failed in a tree's last run, if one did."""
        with suppress(FileNotFoundError):
            self.kills[(tree / _KILLER).read_text()] += 1
            (tree / _KILLER).unlink()


class _Order:
    """Pytest plugin: short tests first and those that killed before, since a failure ends the run; notes durations."""

    def __init__(self, tests: Tests) -> None:
        self.known, self.kills, self.measured = tests.durations, tests.kills, dict[str, float]()
        self.killer = Path(_KILLER).absolute()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # Some milliseconds go by around each test, however short it is.
        items.sort(key=lambda item: (self.known.get(item.nodeid, 0.0) + 0.005) / (1 + self.kills[item.nodeid]))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test that loops is ended by the system; counted in computing time, since the machine may be busy."""
        if self.known:
            until = time.process_time() + AT_LEAST_S + PATIENCE * self.known.get(nodeid, 0.0)
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(until), resource.RLIM_INFINITY))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":  # what a shared fixture takes is not its first test's fault
            self.measured[report.nodeid] = report.duration
        if report.failed:
            self.killer.write_text(report.nodeid)


def preload() -> None:
    """Import what every run needs; examples are drawn alike in each run, and a failing one is not made smaller."""
    for name in PRELOADED:
        importlib.import_module(name)
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, phases=phases, deadline=None)
    hypothesis.settings.load_profile("mutants")
    gc.freeze()  # what is here already is not searched for garbage in each mutant's process again


def copy_source(source: Path, tree: Path) -> None:
    """A copy of the source to be mutated, byte code included where it is a copy of a copy."""
    shutil.copytree(source, tree, ignore=_NOT_COPIED if source == ROOT else None)


def run_sound(tree: Path, files: Sequence[str]) -> Tests:
    """Run the tests on the source as it is. Exits with what pytest printed where one fails."""
    begun, log = time.monotonic(), tree / ".log"
    pid = start(tree, Tests(files, {}, 0.0), log)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        sys.exit(f"{log.read_text()}\nthe tests fail without any mutant")
    return Tests(files, json.loads((tree / _DURATIONS).read_text()), time.monotonic() - begun)


def put(tree: Path, module: str, source: str) -> None:
    """Write a module's text, and forget its byte code: Python tells a new text by its length and its second alone."""
    path = tree / module
    path.write_text(source, encoding="utf-8")
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def start(tree: Path, tests: Tests, log: Path | None = None) -> int:
    """Fork a process that runs the tests in a tree, as its own group; returns its id. It ends with pytest's status."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 3
        try:
            status = _run(tree, tests, log)
        finally:
            os._exit(status)
    return pid


def _run(tree: Path, tests: Tests, log: Path | None) -> int:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(tree)
    output = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.path[:] = [str(tree), *(path for path in sys.path if Path(path).resolve() != ROOT)]
    # Without a C compiler the laws and the guard run in CasADi's virtual machine: the same numbers, and at once.
    os.environ.update(PYTHONPATH=str(tree), PATH="")
    sound = log is not None
    if not sound:
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    order = _Order(tests)
    options = ["--exitfirst", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
    status = int(pytest.main([*options, *tests.files], plugins=[order]))
    if sound:
        Path(_DURATIONS).write_text(json.dumps(order.measured))
    return status


def end(pid: int) -> None:
    """End a run and everything that it started."""
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
