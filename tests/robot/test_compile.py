import hashlib
import os
import shutil
import subprocess
import sys

import casadi
import numpy as np
import pytest
from casadi import SX

import robot.compile as compiling
from controllers.gravity import GravityCompensation
from controllers.joint_impedance import JointImpedance
from robot.compile import compile_function
from robot.controller import compile_law
from robot.errors import DeviceError
from robot.guard import compile_guard
from robot.symbolic import SymbolicRobot


def spring():
    """Two springs, a product and a sine: two inputs, two outputs of different lengths."""
    q, k = SX.sym("q", 2), SX.sym("k")
    return compile_function("spring", [q, k], [k * casadi.sin(q), casadi.dot(q, q)])


def ready(compiled):
    """Inputs and outputs of the right lengths, and the call that is bound to them."""
    function = compiled.function
    inputs = [np.zeros(function.numel_in(index)) for index in range(function.n_in())]
    outputs = [np.zeros(function.numel_out(index)) for index in range(function.n_out())]
    return inputs, outputs, compiled.bind(inputs, outputs)


def bound(compiled, *values):
    inputs, outputs, call = ready(compiled)
    for place, value in zip(inputs, values, strict=True):
        place[:] = value
    call()
    return outputs


@pytest.fixture
def fresh_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CARELOOP_CACHE", str(tmp_path))
    return tmp_path / "compiled"


@pytest.fixture
def no_compiler(tmp_path, monkeypatch):
    """No `cc` is on the path."""
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    compiling.compiler_version.cache_clear()
    yield
    compiling.compiler_version.cache_clear()


def test_it_computes_what_the_expression_says():
    for q, k in (([0.3, -1.2], 2.0), ([1e-9, 40.0], -7.5)):
        torque, square = bound(spring(), q, [k])
        np.testing.assert_allclose(torque, k * np.sin(q), rtol=1e-15)
        np.testing.assert_allclose(square, np.dot(q, q), rtol=1e-15)


def test_a_sparse_expression_fills_every_place():
    """CasADi writes a sparse result's non-zeros from the first place on; ours are dense."""
    x = SX.sym("x")
    sparse = SX(3, 1)
    sparse[2] = x
    (result,) = bound(compile_function("sparse", [x], [sparse]), [5.0])
    np.testing.assert_array_equal(result, [0.0, 0.0, 5.0])


def test_it_reads_and_writes_where_the_arrays_lie():
    row = np.zeros(10)
    call = spring().bind([row[0:2], row[2:3]], [row[5:7], row[9:10]])
    for value in (1.0, 2.0):
        row[0:3] = value, 0.0, 3.0
        call()
        assert row[5] == pytest.approx(3.0 * np.sin(value))
        assert row[9] == pytest.approx(value**2)
        np.testing.assert_array_equal(row[[3, 4, 7, 8]], 0.0)


def test_the_arrays_live_as_long_as_the_call():
    call = spring().bind([np.ones(2), np.ones(1)], [np.zeros(2), np.zeros(1)])
    for _ in range(1000):
        np.full(2, np.nan)
        call()


@pytest.mark.parametrize(
    ("inputs", "outputs", "complaint"),
    [
        ([np.zeros(2)], [np.zeros(2), np.zeros(1)], "takes 2 inputs, not 1"),
        ([np.zeros(2), np.zeros(1)], [np.zeros(2)], "takes 2 outputs, not 1"),
        ([np.zeros(3), np.zeros(1)], [np.zeros(2), np.zeros(1)], "input 0 has 3 numbers, not 2"),
        ([np.zeros(2), np.zeros(1)], [np.zeros(1), np.zeros(1)], "output 0 has 1 numbers, not 2"),
        ([np.zeros(2, np.float32), np.zeros(1)], [np.zeros(2), np.zeros(1)], "input 0 is not a contiguous float64"),
        ([np.zeros(2, np.int64), np.zeros(1)], [np.zeros(2), np.zeros(1)], "input 0 is not a contiguous float64"),
        ([np.zeros(2, ">f8"), np.zeros(1)], [np.zeros(2), np.zeros(1)], "input 0 is not a contiguous float64"),
        ([np.zeros(4)[::2], np.zeros(1)], [np.zeros(2), np.zeros(1)], "input 0 is not a contiguous float64"),
        ([np.zeros(2), np.zeros(1)], [np.zeros(4)[::-2], np.zeros(1)], "output 0 is not a contiguous float64"),
        ([np.zeros((2, 1)), np.zeros(1)], [np.zeros(2), np.zeros(1)], "input 0 is not a contiguous float64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(inputs, outputs, complaint):
    with pytest.raises(ValueError, match=complaint):
        spring().bind(inputs, outputs)


def test_outputs_that_overlap_inputs_or_each_other_are_refused():
    shared = np.zeros(4)
    with pytest.raises(ValueError, match="shares memory"):
        spring().bind([shared[0:2], np.zeros(1)], [shared[1:3], np.zeros(1)])
    with pytest.raises(ValueError, match="share memory"):
        spring().bind([np.zeros(2), np.zeros(1)], [shared[0:2], shared[1:2]])


def test_an_output_that_cannot_be_written_is_refused():
    locked = np.zeros(2)
    locked.flags.writeable = False
    with pytest.raises(ValueError, match="cannot be written"):
        spring().bind([np.zeros(2), np.zeros(1)], [locked, np.zeros(1)])


GUARD_IN_ANOTHER_PROCESS = """
from robot.description import load_robot
from robot.guard import compile_guard
from robot.symbolic import SymbolicRobot
robot = load_robot("knee-exo")
print(compile_guard(SymbolicRobot.of(robot, 0.1), robot.dt).sha256)
"""


def test_the_same_expression_gives_the_same_code_in_another_process(exercise):
    guard = compile_guard(SymbolicRobot.of(exercise.robot, 0.1), exercise.robot.dt)
    assert guard.sha256 == hashlib.sha256(guard.source.encode()).hexdigest()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        answer = subprocess.run(
            [sys.executable, "-c", GUARD_IN_ANOTHER_PROCESS],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            timeout=200,
        )
        assert answer.stdout.strip() == guard.sha256


def test_another_expression_has_another_hash():
    x = SX.sym("x")
    assert compile_function("f", [x], [2 * x]).sha256 != compile_function("f", [x], [3 * x]).sha256


def test_the_code_depends_on_no_folder(fresh_cache, monkeypatch, tmp_path):
    here = spring()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert spring().source == here.source


def test_a_library_is_built_once_and_then_taken_from_the_cache(fresh_cache):
    spring()
    (library,) = fresh_cache.glob("*.so")
    built = library.stat()
    spring()
    assert library.stat() == built


def test_a_tampered_library_is_rebuilt_and_never_loaded(fresh_cache):
    """The forged library gives k·cos(q) under the right name."""
    spring()
    (library,) = fresh_cache.glob("*.so")
    q, k = SX.sym("q", 2), SX.sym("k")
    forged = compile_function("spring", [q, k], [k * casadi.cos(q), casadi.dot(q, q)])
    np.testing.assert_allclose(bound(forged, [0.3, 1.0], [2.0])[0], 2.0 * np.cos([0.3, 1.0]))
    (forgery,) = set(fresh_cache.glob("*.so")) - {library}
    shutil.copy(forgery, fresh_cache / "copy")
    (fresh_cache / "copy").replace(library)
    np.testing.assert_allclose(bound(spring(), [0.3, 1.0], [2.0])[0], 2.0 * np.sin([0.3, 1.0]))
    assert library.read_bytes() != forgery.read_bytes()
    assert spring().library_sha256 == hashlib.sha256(library.read_bytes()).hexdigest()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"sha256": "0"}', b"{}"])
def test_a_library_whose_note_is_damaged_is_rebuilt(fresh_cache, damage):
    spring()
    (note,) = fresh_cache.glob("*.json")
    intact = note.read_bytes()
    note.write_bytes(damage)
    np.testing.assert_allclose(bound(spring(), [0.3, 1.0], [2.0])[0], 2.0 * np.sin([0.3, 1.0]))
    assert note.read_bytes() == intact


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_cache_that_others_may_write_is_refused(fresh_cache, mode):
    fresh_cache.mkdir()
    fresh_cache.chmod(mode)
    with pytest.raises(DeviceError) as refused:
        spring()
    assert (refused.value.code, refused.value.values["folder"]) == ("cache-not-private", fresh_cache)


def test_a_cache_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CARELOOP_CACHE", str(tmp_path / "file"))
    with pytest.raises(DeviceError) as refused:
        spring()
    assert refused.value.code == "cache-not-writable"


def fill_at_random(inputs, rng):
    """Ordinary numbers, and now and then one that is none."""
    odd = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1e308, -1e308]
    for place in inputs:
        place[:] = rng.normal(0.0, 10.0, place.size)
    if rng.random() < 0.3:
        inputs[rng.integers(len(inputs))][:] = rng.choice(odd)


@pytest.mark.parametrize("which", ["law", "guard"])
def test_without_a_compiler_the_virtual_machine_gives_the_same_numbers_exactly(
    exercise, no_compiler, monkeypatch, which
):
    robot = SymbolicRobot.of(exercise.robot, 0.2)
    law = JointImpedance(stiffness=60, damping=3) + GravityCompensation(limb_share=0.7)

    def made():
        return compile_law(law, robot, 0.002).compiled if which == "law" else compile_guard(robot, 0.002)

    interpreted = made()
    assert interpreted.built_by == "CasADi's virtual machine (no C compiler found)"
    monkeypatch.undo()
    compiling.compiler_version.cache_clear()
    compiled = made()
    assert compiled.built_by == compiling.compiler_version()
    assert "virtual machine" not in compiled.built_by
    assert (interpreted.source, interpreted.sha256) == (compiled.source, compiled.sha256)
    rng = np.random.default_rng(5)
    inputs, results, run = ready(compiled)
    same_inputs, same_results, run_interpreted = ready(interpreted)
    for _ in range(5000):
        fill_at_random(inputs, rng)
        for place, value in zip(same_inputs, inputs, strict=True):
            place[:] = value
        run()
        run_interpreted()
        # C leaves open which zero fmin and fmax give of 0.0 and -0.0; every other bit is the same.
        for one, other in zip(results, same_results, strict=True):
            assert np.array_equal(one, other, equal_nan=True), inputs
