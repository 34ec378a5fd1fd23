"""What a law remembers is learnt from measurements alone: a lost reply, or nonsense, teaches nothing."""

import numpy as np
import pytest

from controllers import LAWS
from tests.controllers.law_bench import Bench, knee

REMEMBERING = [law for law in LAWS.values() if law.memories()]


def learnt(law):
    """A law on a bench, of more than middling parameters, that has followed half a cycle with some error."""
    middling = {name: 0.4 * one.at_least + 0.6 * one.at_most for name, one in law.parameters().items()}
    bench = Bench(law(**middling), knee())
    for phase in np.linspace(0.1, 0.6, 50):
        bench(q=0.8, dq=1.3, tau=30.0, q_ref=1.2, dq_ref=0.5, phase=phase)
    return bench


@pytest.mark.parametrize("law", REMEMBERING, ids=lambda law: law.name)
@pytest.mark.parametrize("missing", [("q", "dq", "tau"), ("q",), ("dq",), ("tau",)], ids="-".join)
@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf])
def test_what_was_not_measured_teaches_nothing(law, missing, nonsense):
    bench = learnt(law)
    before = bench.memory.copy()
    assert before.any()
    measured = {"q": 0.8, "dq": 1.3, "tau": 30.0} | dict.fromkeys(missing, nonsense)
    bench(**measured, q_ref=1.2, dq_ref=0.5, phase=0.61)
    np.testing.assert_array_equal(bench.memory, before)


@pytest.mark.parametrize("law", REMEMBERING, ids=lambda law: law.name)
@pytest.mark.parametrize("name", ["q_ref", "dq_ref", "phase"])
def test_a_reference_that_is_no_number_teaches_nothing_to_who_asks_for_it(law, name):
    bench, other = learnt(law), learnt(law)
    before = bench.memory.copy()
    tick = {"q": 0.8, "dq": 1.3, "tau": 30.0, "q_ref": 1.2, "dq_ref": 0.5, "phase": 0.61}
    bench(**tick | {name: np.nan})
    other(**tick | {name: 0.4})
    does_not_ask = np.array_equal(bench.memory, other.memory)
    assert does_not_ask or np.array_equal(bench.memory, before)
