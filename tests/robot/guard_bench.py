"""A compiled guard on a bench of its own, and what must hold for it whatever comes in."""

import math

import numpy as np

from robot.guard import STOPPING_FLAGS, Flag, compile_guard, limit_columns, memory_columns, parts
from robot.runtime.session_state import Severity

DT = 0.002
INPUTS = ("q", "dq", "tau_measured", "contact_force", "age", "tau_law", "fade", "limits", "memory")
OUTPUTS = ("command", "interaction", "flags", "severity", "memory_next")
HANGING = math.pi / 2  # the shank bar points straight down: its weight turns nothing
ORDINARY = {
    "limit_q_min": 0.2,
    "limit_q_max": 2.5,
    "limit_velocity": 2.0,
    "limit_tau": 38.0,
    "limit_tau_rate": 500.0,
    "limit_power": 1e3,
    "limit_tau_continuous": 45.0,
    "thermal_time": 60.0,
    "spasm_tau": 1e6,
    "settle_damping": 0.0,
    "limit_contact": 100.0,
    "spasm_within": 0.080,
    "limit_energy": 1e3,
    "energy_refill": 10.0,
}
"""Generous limits in SI units, by kind."""


class Bench:
    """A compiled guard with arrays of its own; `tick` sets what is given, runs it once and carries its memory on."""

    def __init__(self, robot, sensors=()):
        self.joints = robot.count
        compiled = compile_guard(robot, DT, sensors)
        for index, name in enumerate(INPUTS):
            setattr(self, name, np.zeros(compiled.function.numel_in(index)))
        for index, name in enumerate(OUTPUTS):
            setattr(self, name, np.zeros(compiled.function.numel_out(index)))
        self.inputs = [getattr(self, name) for name in INPUTS]
        self.run = compiled.bind(self.inputs, [getattr(self, name) for name in OUTPUTS])
        self.limit_parts = parts(limit_columns(robot.joints, sensors))
        self.memory_parts = parts(memory_columns(robot.joints))
        self.reset()

    def reset(self):
        """Everything at rest mid-range, generous limits, nothing remembered."""
        for values in self.inputs:
            values[:] = 0.0
        self.q[:] = HANGING
        self.fade[:] = 1.0
        self.set_limits(**{kind: value for kind, value in ORDINARY.items() if kind in self.limit_parts})

    def set_limits(self, **limits):
        for kind, value in limits.items():
            self.limit(kind)[:] = value

    def remember(self, **memory):
        for kind, value in memory.items():
            self.memory[self.memory_parts[kind]] = value

    def limit(self, kind):
        return self.limits[self.limit_parts[kind]]

    def remembered(self, kind):
        """What the guard remembers from the last tick."""
        values = self.memory_next[self.memory_parts[kind]]
        return float(values[0]) if values.size == 1 else values

    def tick(self, **given):
        for name, value in given.items():
            getattr(self, name)[:] = value
        self.run()
        self.memory[:] = self.memory_next
        return float(self.command[0])

    @property
    def seen(self):
        return Flag(int(self.flags[0]))


def assert_safe(bench):
    """What holds for every input that there is; call it after `run`, before the memory is carried on."""
    n = bench.joints
    torque, rate = bench.limit("limit_tau"), bench.limit("limit_tau_rate")
    valid = bool(np.isfinite(bench.limits).all() and (bench.limits[2 * n :] >= 0.0).all())
    allowed = torque if valid else np.zeros(n)
    assert np.isfinite(bench.command).all()
    assert (np.abs(bench.command) <= allowed).all()
    previous = np.where(np.isfinite(bench.memory[:n]), bench.memory[:n], 0.0)
    stayed = np.abs(previous) <= allowed  # else the limit itself fell
    if valid:
        with np.errstate(over="ignore"):
            change = np.abs(bench.command - previous)
            rounding = np.spacing(np.maximum(np.abs(previous), np.abs(bench.command)))
        assert (change[stayed] <= rate[stayed] * DT + rounding[stayed]).all()
    assert np.isfinite(bench.memory_next).all()
    assert bench.severity[0] in (Severity.NONE, Severity.SOFT, Severity.OFF)
    assert 0 <= bench.flags[0] < 2 * max(Flag)
    assert bench.flags[0] == int(bench.flags[0])
    assert (bench.severity[0] >= Severity.SOFT) == bool(bench.seen & STOPPING_FLAGS)
    assert_nothing_unknown_passes(bench)


def assert_nothing_unknown_passes(bench):
    """What is not a number is flagged, and what cannot be known is not told."""
    measured = np.concatenate([bench.q, bench.dq, bench.tau_measured, bench.contact_force])
    if np.isfinite(measured).all() and bench.age[0] <= 0.0:
        assert np.isfinite(bench.interaction).all() or not np.isfinite(bench.age[0])
    else:
        assert np.isnan(bench.interaction).all()
    if not np.isfinite(np.concatenate(bench.inputs)).all():
        assert bench.flags[0] > 0
