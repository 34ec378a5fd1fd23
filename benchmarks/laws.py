"""What each law costs in a tick, beside the bare joint impedance: compiled, in buffers as the row is, paced."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.tick import PERIOD_S, Kind, _arm, _knee, _paced
from controllers import LAWS
from controllers.joint_impedance import JointImpedance
from robot.controller import compile_law
from robot.law import Law
from robot.symbolic import SymbolicRobot
from robot.tick import Array

GOAL = 3.0
"""Times the bare joint impedance on the same robot."""

CYCLE_TICKS = 997
"""Ticks of a cycle of the phase: no divisor of the blocks, so that every node has its turn."""


def run() -> list[dict[str, Any]]:
    """Every law that a plan can name at 1, 6 and 7 joints, against the joint impedance in the same run."""
    robots = [(name, SymbolicRobot(urdf, joints)) for name, urdf, joints in (_knee(), _arm(6), _arm(7))]
    times = _paced([_kind(name, robot, law) for name, robot in robots for law in LAWS.values()])
    rows = []
    for name, _ in robots:
        bare = times[f"{name} {JointImpedance.name}"]
        rows += [_row(name, law, times[f"{name} {law}"], bare) for law in LAWS if law != JointImpedance.name]
    return rows


def _kind(name: str, robot: SymbolicRobot, law: type[Law]) -> Kind:
    """A law with every parameter half-way between its bounds; before each tick a new state and the next memory."""
    given = {one: 0.5 * (each.at_least + each.at_most) for one, each in law.parameters().items()}
    compiled = compile_law(law(**given), robot, PERIOD_S)
    function = compiled.compiled.function
    inputs = [np.zeros(function.numel_in(index)) for index in range(function.n_in())]
    outputs = [np.zeros(function.numel_out(index)) for index in range(function.n_out())]
    inputs[7][:] = compiled.initial
    inputs[7][:2] = 1.7, 70.0
    call = compiled.compiled.bind(inputs, outputs)
    return Kind(f"{name} {law.name}", _next_state(inputs, outputs), call)


def _next_state(inputs: list[Array], outputs: list[Array]) -> Callable[[], None]:
    rng = np.random.default_rng(0)

    def prepare() -> None:
        for place in inputs[:6]:
            place[:] = rng.uniform(-1.0, 1.0, place.size)
        inputs[6][0] = (inputs[6][0] + 1.0 / CYCLE_TICKS) % 1.0
        inputs[8][:] = outputs[1]

    return prepare


def _row(name: str, law: str, taken: Array, bare: Array) -> dict[str, Any]:
    measured = float(np.median(taken) / np.median(bare))
    told = [f"{1e6 * np.median(times):.1f}, {1e6 * np.percentile(times, 99.0):.1f}" for times in (taken, bare)]
    return {
        "name": f"{law}, {name}",
        "measured": measured,
        "unit": "×",
        "goal": GOAL,
        "met": measured <= GOAL,
        "beside": f"{told[0]} µs, {JointImpedance.name} {told[1]} µs (p50, p99, both paced at 1 kHz)",
    }
