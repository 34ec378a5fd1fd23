"""The guard: finite and limited whatever comes in, and the law's torque left alone inside every limit."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from robot.guard import limit_columns, memory_columns
from robot.runtime.session_state import Severity
from tests.robot.guard_bench import assert_safe

any_float = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True, width=64)
ordinary = st.floats(-100.0, 100.0)


@pytest.mark.parametrize("which", ["knee", "chain"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_number_in_any_place_gives_a_finite_limited_torque(which, data, request):
    bench = request.getfixturevalue(which)
    number = data.draw(st.sampled_from([any_float, st.one_of(ordinary, any_float)]))
    for values in bench.inputs:
        values[:] = data.draw(st.lists(number, min_size=values.size, max_size=values.size))
    bench.run()
    assert_safe(bench)


ODD = np.array(
    [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, -5e-324, 2.2e-308, 1e308, -1e308, 1.7976931348623157e308, 1e-9, 1.0]
)


def run_odd_numbers(bench, count, seed):
    """Ordinary ticks with odd numbers strewn in, the memory carried on, so that what one leaves behind is met too."""
    rng = np.random.default_rng(seed)
    filled = [values for values in bench.inputs if values.size]
    bench.reset()
    for _ in range(count):
        if rng.random() < 0.05:
            bench.reset()
        bench.q[:] = rng.uniform(-0.5, 3.0, bench.joints)
        bench.dq[:] = rng.normal(0.0, 2.0, bench.joints)
        bench.tau_law[:] = rng.normal(0.0, 40.0, bench.joints)
        for _ in range(rng.integers(0, 4)):
            values = filled[rng.integers(len(filled))]
            values[rng.integers(values.size)] = rng.choice(ODD)
        bench.run()
        assert_safe(bench)
        bench.memory[:] = bench.memory_next
        bench.tau_measured[:] = bench.age[:] = bench.contact_force[:] = 0.0
        bench.fade[:] = 1.0


@pytest.mark.parametrize("which", ["knee", "chain"])
def test_odd_numbers_strewn_into_a_session_do_no_harm(which, request):
    run_odd_numbers(request.getfixturevalue(which), 8000, seed=1)


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("which", ["knee", "chain"])
def test_odd_numbers_strewn_into_many_sessions_do_no_harm(which, seed, request):
    run_odd_numbers(request.getfixturevalue(which), 40_000, seed=100 + seed)


@settings(max_examples=300, deadline=None)
@given(
    q=st.floats(0.2, 2.5),
    dq=st.floats(-2.0, 2.0),
    tau=st.floats(-38.0, 38.0),
    fade=st.one_of(st.just(1.0), st.floats(0.0, 1.0)),
    step=st.floats(-0.99, 0.99),
)
@example(q=2.5, dq=2.0, tau=38.0, fade=1.0, step=0.0)
@example(q=0.2, dq=-2.0, tau=-38.0, fade=1.0, step=0.0)
def test_inside_every_limit_the_laws_torque_passes_bit_for_bit(knee, q, dq, tau, fade, step):
    knee.reset()
    knee.memory[0] = min(max(fade * tau + step, -38.0), 38.0)
    knee.tick(q=q, dq=dq, tau_law=tau, fade=fade)
    assert knee.command[0] == fade * tau
    assert not knee.seen
    assert knee.severity[0] == Severity.NONE


@pytest.mark.parametrize(("which", "joints", "sensors"), [("knee", 1, 0), ("chain", 2, 2)])
def test_its_columns_are_as_many_as_it_reads_and_carries(which, joints, sensors, request):
    bench, names = request.getfixturevalue(which), "abc"
    assert len(limit_columns(tuple(names[:joints]), tuple(names[:sensors]))) == bench.limits.size
    assert len(memory_columns(tuple(names[:joints]))) == bench.memory.size
