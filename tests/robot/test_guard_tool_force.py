"""The force at the last link of a robot that carries nobody: estimated from its torques, and a stop over a limit."""

import casadi
import numpy as np
import pytest
from casadi import SX

from robot.description import load_robot
from robot.guard import Flag, compile_guard, limit_columns, memory_columns, parts
from robot.runtime.session_state import Severity
from robot.symbolic import SymbolicRobot
from tests.robot.guard_bench import DT, INPUTS, ORDINARY, OUTPUTS

ARM = load_robot("care-arm")
SYMBOLIC = SymbolicRobot.of(ARM)
LIMIT = 40.0
AT = np.radians([10.0, 20.0, -5.0, -100.0, 8.0, -45.0, 3.0])


def evaluated(expression, q):
    return np.asarray(casadi.Function("one", [q], [expression])(AT))


@pytest.fixture(scope="module")
def bench():
    """What rests at `AT` and pushes with a force in N, for long or, if not `lasting`, from now on."""
    q = SX.sym("q", 7)
    weight, jacobian = evaluated(SYMBOLIC.gravity(q), q)[:, 0], evaluated(SYMBOLIC.jacobian(q), q)
    guard = compile_guard(SYMBOLIC, DT, tool=True)
    places = parts(limit_columns(SYMBOLIC.joints, tool=True))
    remembered = parts(memory_columns(SYMBOLIC.joints, tool=True))

    def run(force, lasting=True, **changed):
        inputs = {name: np.zeros(guard.function.numel_in(index)) for index, name in enumerate(INPUTS)}
        for kind, place in places.items():
            inputs["limits"][place] = LIMIT if kind == "limit_tool_force" else {**ORDINARY, "limit_q_min": -3.0}[kind]
        inputs["q"][:], inputs["fade"][:] = AT, 1.0
        inputs["tau_law"][:] = inputs["tau_measured"][:] = weight + jacobian.T @ np.array([*force, 0.0, 0.0, 0.0])
        for name, value in changed.items():
            inputs[name][:] = value
        outputs = [np.zeros(guard.function.numel_out(index)) for index in range(len(OUTPUTS))]
        inputs["memory"][remembered["tau_filtered"]] = inputs["tau_measured"] if lasting else weight
        guard.bind(list(inputs.values()), outputs)()
        return Flag(int(outputs[OUTPUTS.index("flags")][0])), outputs[OUTPUTS.index("severity")][0]

    return run


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, -1, 0), (0, 0, 1), (0.6, 0.0, -0.8)])
def test_a_force_over_the_limit_asks_for_a_soft_stop_in_any_direction_and_less_does_not(bench, direction):
    flags, severity = bench(np.array(direction) * 0.99 * LIMIT)
    assert Flag.TOOL_FORCE not in flags
    assert severity == Severity.NONE
    flags, severity = bench(np.array(direction) * 1.01 * LIMIT)
    assert Flag.TOOL_FORCE in flags
    assert severity == Severity.SOFT


def test_one_tick_of_a_force_is_felt_by_its_share_of_the_filter(bench):
    """2 ms of 32: torque that comes back after lost replies is no blow."""
    share = DT / (0.030 + DT)
    assert Flag.TOOL_FORCE not in bench((0.0, 0.0, 0.99 * LIMIT / share), lasting=False)[0]
    assert Flag.TOOL_FORCE in bench((0.0, 0.0, 1.01 * LIMIT / share), lasting=False)[0]


def test_while_torque_is_faded_nothing_is_felt_that_brakes_may_bear(bench):
    assert Flag.TOOL_FORCE not in bench((0.0, 0.0, -500.0), fade=0.999)[0]


@pytest.mark.parametrize("name", ["q", "dq", "tau_measured", "tau_law"])
def test_what_is_no_number_is_no_force(bench, name):
    assert Flag.TOOL_FORCE not in bench((0.0, 0.0, 0.0), **{name: np.nan})[0]


def test_no_spasm_is_looked_for_where_nothing_is_strapped_on():
    kinds = set(parts(limit_columns(("a1", "a2"), tool=True))) | set(parts(memory_columns(("a1", "a2"), tool=True)))
    assert {kind for kind in kinds if "spasm" in kind} == set()
    assert "limit_tool_force" in kinds


def test_the_wrench_of_torques_is_what_pushes_there():
    q, tau = SX.sym("q", 7), SX.sym("tau", 7)
    wrench = casadi.Function("wrench", [q, tau], [SYMBOLIC.tip_wrench(q, tau)])
    jacobian = evaluated(SYMBOLIC.jacobian(q), q)
    for given in np.random.default_rng(3).uniform(-30.0, 30.0, (20, 6)):
        np.testing.assert_allclose(np.asarray(wrench(AT, jacobian.T @ given))[:, 0], given, rtol=0.01, atol=0.05)
