"""The benchmark of the laws: every law runs in it, and its figures are ratios to the bare joint impedance."""

import numpy as np
import pytest

from benchmarks import laws
from benchmarks.tick import _knee
from controllers import LAWS
from robot.symbolic import SymbolicRobot


def test_every_law_runs_on_changing_states_with_a_memory_that_goes_on():
    _, urdf, joints = _knee()
    robot = SymbolicRobot(urdf, joints)
    for law in LAWS.values():
        kind = laws._kind("1 joint", robot, law)
        for _ in range(5):
            kind.prepare()
            kind.call()
        assert kind.name == f"1 joint {law.name}"


@pytest.mark.parametrize(("times", "met"), [(2.9, True), (3.1, False)])
def test_a_law_beyond_three_times_the_bare_one_is_missed(times, met):
    row = laws._row("7 joints", "admittance", np.full(9, times * 4e-6), np.full(9, 4e-6))
    assert (row["measured"], row["met"]) == (pytest.approx(times), met)
    assert row["beside"].startswith(f"{4 * times:.1f}, {4 * times:.1f} µs")
