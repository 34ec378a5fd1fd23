"""Whatever is measured, so long as it is a number, a law asks for a torque that is a number, and remembers numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers import LAWS, IterativeTorque, PhaseTorque, WalkingStates
from robot.law import COMMON
from tests.controllers.law_bench import Bench, arm, knee

TRIED = {"knee": (knee, tuple(LAWS.values())), "arm": (arm, (IterativeTorque, PhaseTorque, WalkingStates))}


@pytest.fixture(scope="module", params=list(TRIED))
def benches(request):
    """Laws on a robot, each with its parameters at their least, half-way and at their most."""
    robot, laws = TRIED[request.param]
    return [bench_and_ends(law, robot()) for law in laws]


def bench_and_ends(law, robot):
    """A law on a bench, and the least and the most of its parameters in the row's order."""
    parameters = law.parameters()
    bench = Bench(law(**{name: 0.5 * (one.at_least + one.at_most) for name, one in parameters.items()}), robot)
    each = [one for one in parameters.values() for _ in range(robot.count if one.per_joint else 1)]
    return bench, np.array([one.at_least for one in each]), np.array([one.at_most for one in each])


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([0.0, 1e-12, 1.0, 1e3, 1e9]), share=st.floats(0.0, 1.0))
def test_numbers_give_numbers(benches, seed, size, share):
    rng = np.random.default_rng(seed)
    for bench, least, most in benches:
        bench.forget()
        bench.parameters[len(COMMON) :] = least + share * (most - least)
        for _ in range(6):
            measured = {name: size * rng.normal(size=bench.values[name].size) for name in bench.INPUTS[:6]}
            torque = bench(**measured, phase=rng.uniform(0.0, 1.0))
            assert np.isfinite(torque).all()
            assert np.isfinite(bench.memory).all()
