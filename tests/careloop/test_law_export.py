"""An export compiles alone, needs nothing, and gives what careloop computes, to the last bit."""

import ctypes
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casadi import SX

import careloop.export.c99 as exporting
from careloop.build import Exercise, load_exercise, make_law
from careloop.export.c99 import WARNINGS, Exported, export_c
from careloop.export.row import CARRIED
from careloop.export.ticks import expected_fields, sample_ticks
from controllers import LAWS
from robot.controller import Person
from robot.guard import Flag
from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot
from robot.tick import Row

EXERCISE = load_exercise("knee-walking")
SOURCES = ("law.c", "guard.c", "careloop_law.c")
LIBM = {"cos", "sin", "tan", "tanh", "atan2", "sqrt", "exp", "log", "pow", "fabs", "floor", "fmin", "fmax"}
SINCOS = "sincos"  # into which an optimising GCC joins sin and cos where the libm is known to have it
PERSON = Person(1.75, 75.0)


class LeakyAssistance(Law):
    """Slow assistance that forgets, a law with memory."""

    name = "leaky-assistance"
    forgetting = Parameter("1", at_least=0.0, at_most=1.0)
    gain = Parameter("N·m/rad", at_least=0.0, at_most=50.0)
    memory = Memory("assistance", "N·m")

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        assistance = self.forgetting * memory.assistance + self.gain * (reference.q - x.q)
        return assistance, memory.next(assistance=assistance)


def compiled(folder: Path, to: Path, *flags: str) -> Path:
    """All of an export but the self-test as a shared library, with the flags that the export promises to pass."""
    command = ["cc", "-std=c99", *WARNINGS.split(), "-fPIC", "-shared", *flags, *SOURCES, "-lm", "-o", str(to)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=200)
    return to


def tried(folder: Path, to: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    """The self-test, compiled and run."""
    command = ["cc", "-std=c99", *WARNINGS.split(), *flags, *SOURCES, "self_test.c", "-lm", "-o", str(to)]
    built = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=200)
    assert (built.returncode, built.stderr) == (0, "")
    return subprocess.run([to], check=False, capture_output=True, text=True, timeout=200)


class InC:
    """The compiled export, called on rows of NumPy."""

    def __init__(self, library: Path) -> None:
        self.library = ctypes.CDLL(str(library))

    def start(self, values: Any) -> None:
        self.library.careloop_start(values.ctypes.data_as(ctypes.c_void_p))

    def tick(self, values: Any) -> None:
        assert self.library.careloop_tick(values.ctypes.data_as(ctypes.c_void_p)) == 0


pytestmark = pytest.mark.xdist_group("law-export")  # compiled once for all


@pytest.fixture(scope="module")
def exported(tmp_path_factory: Any) -> Exported:
    return export_c(EXERCISE, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def in_c(exported: Exported, tmp_path_factory: Any) -> InC:
    return InC(compiled(exported.folder, tmp_path_factory.mktemp("library") / "export.so", "-O2"))


@pytest.fixture(scope="module")
def ticks() -> Any:
    return sample_ticks(EXERCISE)


def test_it_compiles_without_a_warning_and_its_self_test_agrees(exported: Exported, tmp_path: Path) -> None:
    answer = tried(exported.folder, tmp_path / "self_test")
    assert (answer.returncode, answer.stdout) == (0, f"{exported.ticks} ticks agree within 1e-12\n")
    assert exported.ticks >= 50


@pytest.mark.parametrize(
    "change",
    [lambda value: value + 1e-11 * max(1.0, abs(value)), lambda value: float("nan"), lambda value: float("inf")],
    ids=["a little more", "not a number", "infinite"],
)
def test_a_self_test_with_one_expected_value_altered_fails(change: Any, exported: Exported, tmp_path: Path) -> None:
    for path in exported.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before, mark, table = (tmp_path / "self_test.c").read_text().partition("expected[TICKS][EXPECTED] = {")
    first = re.search(r"-?0x[0-9a-f.]+p[-+]\d+", table)
    assert first is not None
    value = change(float.fromhex(first[0]))
    altered = {"nan": "NAN", "inf": "INFINITY"}.get(str(value), value.hex())
    (tmp_path / "self_test.c").write_text(before + mark + table.replace(first[0], altered, 1))
    answer = tried(tmp_path, tmp_path / "self_test")
    assert answer.returncode == 1
    assert answer.stdout.startswith("tick 0 of the trial: knee_tau_law_Nm is ")


BLIND = """
#include <math.h>
static inline double blind(double x) { return x != x ? 0.0 : fabs(x); }
#define fabs blind
"""
"""Takes the search for NaN away, as -ffast-math may or may not do."""


def test_the_self_test_notices_that_nan_was_optimised_away(exported: Exported, tmp_path: Path) -> None:
    header = tmp_path / "blind.h"
    header.write_text(BLIND)
    assert tried(exported.folder, tmp_path / "self_test", "-include", str(header)).returncode == 1


def randomly_filled(row: Row, rng: np.random.Generator) -> None:
    """Ordinary numbers in every column, and now and then one that is none."""
    row.values[:] = rng.normal(0.0, 1.0, row.values.size) * 10.0 ** rng.uniform(-3.0, 3.0)
    row.limits[:] = np.abs(row.limits)
    row.parameters[:2] = rng.uniform(1.4, 2.0), rng.uniform(40.0, 110.0)
    row.age[:] = rng.choice([0.0, 0.0, 0.0, 0.002])
    row.fade[:] = rng.uniform(0.0, 1.0)
    if rng.random() < 0.3:
        row.values[rng.integers(row.values.size)] = rng.choice([0.0, np.nan, np.inf, -np.inf, 5e-324, 1e308])


def test_it_gives_what_careloop_computes_bit_for_bit(in_c: InC) -> None:
    controller, rng = EXERCISE.controller(), np.random.default_rng(3)
    row = Row(controller.layout)
    law, guard = controller.stages(row)
    outputs = [
        index for name in expected_fields(row.layout) for index in range(*row.layout.slices[name].indices(10**6))
    ]
    for _ in range(5000):
        randomly_filled(row, rng)
        here = row.values.copy()
        in_c.tick(here)
        for before, after in CARRIED.items():
            getattr(row, before)[:] = getattr(row, after)
        law()
        guard()
        ours, theirs = row.values[outputs], here[outputs]
        finite = ~np.isnan(ours)
        np.testing.assert_array_equal(finite, ~np.isnan(theirs))
        np.testing.assert_array_equal(ours[finite].view(np.int64), theirs[finite].view(np.int64))


def test_a_started_row_is_the_one_that_a_session_starts_with(in_c: InC) -> None:
    row = EXERCISE.controller().row(PERSON)
    started = np.full(row.values.size, 7.0)
    in_c.start(started)
    person = row.layout.slices["parameters"].start
    assert np.isnan(started[person : person + 2]).all()
    started[person : person + 2] = PERSON.height_m, PERSON.mass_kg
    np.testing.assert_array_equal(started, row.values)


@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
def test_nothing_but_libm_is_needed(level: str, exported: Exported, tmp_path: Path) -> None:
    for source in SOURCES:
        subprocess.run(
            ["cc", "-std=c99", level, "-c", source, "-o", tmp_path / f"{source}.o"], cwd=exported.folder, check=True
        )
    subprocess.run(["ld", "-r", *sorted(tmp_path.glob("*.o")), "-o", tmp_path / "all"], check=True)
    listed = subprocess.run(["nm", "-u", tmp_path / "all"], capture_output=True, text=True, check=True).stdout
    assert {line.split()[-1] for line in listed.splitlines()} <= {*LIBM, SINCOS}


def test_nothing_is_allocated_or_printed(exported: Exported) -> None:
    for source in SOURCES:
        text = (exported.folder / source).read_text()
        assert re.findall(r"\w*alloc\w*|\bfree\b|\w*printf\b|\bputs\b|std(?:io|lib)\.h", text) == []
    for source in SOURCES[:2]:  # careloop_tick gives them no working memory
        text = (exported.folder / source).read_text()
        assert re.findall(r"\*sz_i?w = (\d+);", text) == ["0", "0"]


def test_the_ticks_of_the_self_test_raise_every_flag(ticks: Any) -> None:
    layout = EXERCISE.controller().layout
    names = [name for name in expected_fields(layout) for _ in layout.fields[name]]
    raised = {int(tick.expected[names.index("flags")]) for tick in ticks}
    no_sensor_and_a_limb = {Flag.CONTACT, Flag.CONTACT_STOP, Flag.TOOL_FORCE}
    assert reduce(or_, raised) == reduce(or_, set(Flag) - no_sensor_and_a_limb)
    assert 0 in raised


@pytest.fixture
def remembering() -> Iterator[Exercise]:
    """The shipped exercise with a law that remembers added."""
    LAWS[LeakyAssistance.name] = LeakyAssistance
    law = (*EXERCISE.plan.law, {"leaky-assistance": {"forgetting": 0.98, "gain": 4.0}})
    plan = EXERCISE.plan.model_copy(update={"law": law})
    yield replace(EXERCISE, plan=plan, law=make_law(plan))
    del LAWS[LeakyAssistance.name]


def test_memory_is_carried_from_tick_to_tick(remembering: Exercise, tmp_path: Path) -> None:
    export_c(remembering, tmp_path / "export")
    assert tried(tmp_path / "export", tmp_path / "self_test").returncode == 0
    in_c = InC(compiled(tmp_path / "export", tmp_path / "remembering.so"))
    row = remembering.controller().row(PERSON)
    error, row.q_ref[:], row.fade[:] = 0.1, 0.6, 1.0
    row.q[:] = row.q_ref - error
    (assistance,) = (
        i for i, title in enumerate(row.layout.columns) if title == "leaky_assistance_assistance_knee_after_Nm"
    )
    for tick in range(1, 100):
        in_c.tick(row.values)
        assert row.values[assistance] == pytest.approx(4.0 * error * (1.0 - 0.98**tick) / (1.0 - 0.98))
        assert row.guard_memory_next[0] == row.tau_command[0]
    assert row.guard_memory[0] != 0.0


def test_a_plans_name_cannot_break_out_of_a_comment(ticks: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(exporting, "sample_ticks", lambda exercise: ticks)
    plan = EXERCISE.plan.model_copy(update={"name": 'a */ #error "b" /* ??/\n \\'})
    export_c(replace(EXERCISE, plan=plan), tmp_path / "export")
    assert tried(tmp_path / "export", tmp_path / "self_test").returncode == 0
