"""A recorded stride, never walked twice the same, and a law of one joint that meets it. The spread is synthetic."""

from dataclasses import dataclass
from math import ceil, pi, radians

import numpy as np

from controllers.motions.recorded import RECORDINGS, recorded_curve
from docs.science.page import Array
from robot.controller import bind_law, compile_law
from robot.description import load_robot
from robot.law import Law
from robot.runtime.loop import carrying_over
from robot.symbolic import SymbolicRobot
from robot.tick import Row, TickLayout

RECORDING = "walking-2d"
NATURAL = 1.0 / RECORDINGS[RECORDING].stride_s
"""Strides a second of the recording."""

RANGE_DEG = {"hip": (-5.0, 23.0), "knee": (5.0, 65.0), "ankle": (-29.0, 11.0)}
"""Those of the recording, rounded."""

DURATION_SPREAD, SIZE_SPREAD = 0.025, 0.04
"""Standard deviation, as a share, of the strides' durations and sizes. Assumed."""

EASED = 0.1
"""Share of a stride in which it goes over to its own duration and size."""


@dataclass(frozen=True)
class Strides:
    """At each tick: the strides done, angle in rad, velocity in rad/s."""

    turns: Array
    q: Array
    dq: Array


def walked(joint: str, rates: Array, dt: float, seed: int) -> Strides:
    """A joint at these rates (strides/s, one for each tick of `dt` s), with the spread drawn from `seed`."""
    count = ceil(1.3 * float(rates.sum()) * dt) + 2
    rng = np.random.default_rng(seed)
    durations, sizes = rng.normal(1.0, DURATION_SPREAD, count), rng.normal(1.0, SIZE_SPREAD, count)
    turns = np.zeros(rates.size)
    for tick in range(1, rates.size):
        before = turns[tick - 1]
        turns[tick] = before + dt * rates[tick - 1] / float(_eased(durations, before))
    (mean, *harmonics) = curve(joint)
    whole = np.exp(2j * pi * turns)
    varying = sum((c * whole**k).real for k, c in enumerate(harmonics, 1))
    q = mean.real + _eased(sizes, turns) * varying
    return Strides(turns, q, np.gradient(q, dt))


def curve(joint: str) -> tuple[complex, ...]:
    """The recorded stride's mean and harmonics in rad, complex."""
    low, high = map(radians, RANGE_DEG[joint])
    (amplitudes,) = recorded_curve(RECORDING, ((joint, low, high),)).amplitudes
    return amplitudes


def _eased(values: Array, turns: Array | float) -> Array:
    """Each stride's own value, gone over to from the last one's."""
    stride = np.floor(turns).astype(int)
    share = 0.5 - 0.5 * np.cos(pi * np.clip((turns - stride) / EASED, 0.0, 1.0))
    before = values[np.maximum(stride - 1, 0)]
    eased: Array = before + share * (values[stride] - before)
    return eased


class Alone:
    """A compiled law of one joint on a row of its own, without a guard; its memory by name."""

    def __init__(self, law: Law) -> None:
        robot = load_robot("knee-exo")
        compiled = compile_law(law, SymbolicRobot.of(robot), robot.dt)
        self.dt = robot.dt
        self._row = Row(TickLayout(robot.joint_names, compiled.parameters, compiled.memory))
        self._row.parameters[:] = compiled.initial
        self._row.parameters[:2] = 1.7, 70.0  # a person of no consequence: these laws carry no limb
        self._call, self._carry_over = bind_law(compiled.compiled, self._row), carrying_over(self._row)
        self._places = {column.name.partition(".")[2]: place for place, column in enumerate(compiled.memory)}

    def __call__(self, q: float, dq: float = 0.0, tau: float = 0.0, phase: float = 0.0) -> float:
        """The torque in N·m at a state in rad, rad/s and N·m; it remembers."""
        row = self._row
        row.q[0], row.dq[0], row.tau_measured[0], row.phase[0] = q, dq, tau, phase
        self._call()
        self._carry_over()
        return float(row.tau_law[0])

    def remembered(self, name: str) -> float:
        """One of its memory, as the law names it."""
        return float(self._row.law_memory_next[self._places[name]])
