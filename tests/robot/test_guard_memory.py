"""What the guard remembers where nothing is known, and how far its times are counted."""

import math

import pytest

from robot.guard import Flag
from robot.guard.thermal import DERATED_TO, START
from tests.robot.guard_bench import DT, ORDINARY

BROKEN = {
    "tau_previous": 0.0,
    "dq_previous": 0.0,
    "ddq_filtered": 0.0,
    "since_half_spasm": DT,
    "warming": DERATED_TO - START,
    "blind": DT,
    "unseen": DT,
    "energy_spent": ORDINARY["limit_energy"],
    "strain": 0.0,
}
"""What each kind of memory is after a tick whose velocity is none, where it was not known before."""


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_not_remembered_begins_where_it_does_least_harm(bench, kind, broken):
    bench.set_limits(limit_tau_rate=1.0)  # so that a made-up last command would be seen
    bench.remember(**{kind: broken})
    bench.tick(dq=math.nan, tau_law=5.0)
    assert bench.command[0] == 0.0
    assert bench.remembered(kind) == pytest.approx(BROKEN[kind], rel=1e-4)


def test_a_memory_that_is_broken_is_said_and_healed_in_one_tick(bench):
    for index in range(bench.memory.size):
        bench.reset()
        bench.memory[index] = math.nan
        assert bench.tick(tau_law=0.5) == 0.0
        assert bench.seen & Flag.MEMORY_NOT_FINITE
        bench.tick(tau_law=0.5)
        assert not bench.seen
        assert bench.command[0] == 0.5


@pytest.mark.parametrize("kind", ["tau_previous", "dq_previous", "ddq_filtered"])
def test_a_memory_that_is_not_known_counts_as_none(bench, kind):
    bench.remember(**{kind: math.nan})
    bench.tick(age=DT)
    assert bench.remembered(kind) == 0.0


def test_an_acceleration_from_a_velocity_that_is_not_known_is_none(bench):
    bench.remember(dq_previous=math.nan)
    bench.tick(dq=1.0)
    assert bench.remembered("ddq_filtered") == 0.0


@pytest.mark.parametrize(
    ("kind", "given"), [("blind", {"q": math.nan}), ("unseen", {"age": DT}), ("since_half_spasm", {"age": DT})]
)
def test_times_are_counted_from_nothing_up_to_ten_seconds(bench, kind, given):
    for before, after in ((0.0, DT), (1.0, 1.0 + DT), (9.999, 10.0), (1e300, 10.0), (-5.0, DT), (math.nan, DT)):
        bench.remember(**{kind: before})
        bench.tick(**given)
        assert bench.remembered(kind) == after
