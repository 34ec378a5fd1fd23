"""The guard while nothing good comes in: the last command decays, and blindness is counted."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.guard import STOPPING_FLAGS, Flag
from robot.guard.losses import BLIND_S, DECAY_S
from robot.runtime.session_state import Severity
from tests.robot.guard_bench import DT, HANGING

LOSSES = {
    "the position is not a number": ({"q": math.nan}, Flag.MEASUREMENT_NOT_FINITE),
    "the velocity is infinite": ({"dq": math.inf}, Flag.MEASUREMENT_NOT_FINITE),
    "the torque is not a number": ({"tau_measured": math.nan}, Flag.MEASUREMENT_NOT_FINITE),
    "the measurement is old": ({"age": DT}, Flag.MEASUREMENT_STALE),
    "the age is not a number": ({"age": math.nan}, Flag.MEASUREMENT_STALE),
    "the law gives no number": ({"tau_law": math.nan}, Flag.LAW_NOT_FINITE),
    "the law gives infinity": ({"tau_law": -math.inf}, Flag.LAW_NOT_FINITE),
    "the fade is not a number": ({"fade": math.nan}, Flag.LAW_NOT_FINITE),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("held", [30.0, -30.0])
def test_without_anything_good_the_last_command_decays_to_exactly_zero(bench, loss, held):
    bench.set_limits(limit_tau_rate=1e9)
    bench.tick(tau_law=held)
    given, flag = LOSSES[loss]
    commands = [bench.tick(**given)]
    while commands[-1] != 0.0 and len(commands) < 1000:
        commands.append(bench.tick())
        assert bench.seen & flag
    sizes = np.abs([held, *commands])
    assert (np.diff(sizes) < 0.0).all()
    assert (np.diff(sizes) >= -38.0 * DT / DECAY_S - 1e-12).all()
    assert len(commands) == math.ceil(30.0 / 38.0 * DECAY_S / DT)
    assert bench.tick() == 0.0


@settings(max_examples=200)
@given(
    q=st.floats(-6.0, 6.0),
    dq=st.floats(-20.0, 20.0),
    held=st.floats(-38.0, 38.0),
)
def test_a_faded_out_law_is_let_go_wherever_the_joint_is(knee, q, dq, held):
    knee.reset()
    knee.tick(tau_law=held)
    knee.memory[0] = held
    commands = [abs(held)] + [abs(knee.tick(q=q, dq=dq, fade=0.0, tau_law=held)) for _ in range(60)]
    assert (np.diff(commands) <= 0.0).all()
    assert commands[-1] == 0.0


def test_the_rate_limit_holds_while_it_decays(bench):
    bench.memory[0] = 30.0
    commands = [bench.tick(q=math.nan, tau_law=30.0) for _ in range(30)]
    np.testing.assert_allclose(commands, 30.0 - 500.0 * DT * np.arange(1, 31), atol=1e-12)


def test_a_single_lost_reply_costs_little_torque_and_no_stop(bench):
    bench.memory[0] = 20.0
    assert bench.tick(tau_law=20.0) == 20.0
    assert 18.0 <= bench.tick(q=math.nan, age=DT) < 20.0
    assert bench.severity[0] == Severity.NONE
    bench.tick(q=HANGING, age=0.0)
    assert bench.tick() == 20.0
    assert not bench.seen


def test_blindness_is_counted_in_time_and_forgotten_at_the_first_good_tick(bench):
    bench.tick(tau_law=1.0)
    for _ in range(3):
        bench.q[:] = math.nan
        stopped = [bench.tick() == bench.command[0] and bench.severity[0] == Severity.SOFT for _ in range(30)]
        assert stopped.index(True) * DT == pytest.approx(BLIND_S, abs=DT)
        assert all(stopped[stopped.index(True) :])
        assert bench.seen & STOPPING_FLAGS == Flag.BLIND
        bench.tick(q=HANGING)
        assert not bench.seen & STOPPING_FLAGS


def test_blindness_stays_as_it_was_while_replies_are_missed(bench):
    bench.remember(blind=0.01)
    bench.tick(q=math.nan, age=DT)
    assert bench.remembered("blind") == 0.01
    bench.tick(q=HANGING, age=0.0)
    assert (bench.remembered("blind"), bench.remembered("unseen")) == (0.0, 0.0)


def test_blindness_asks_past_its_time_and_not_at_it(bench):
    """A reply that is lost leaves the count as it is."""
    for blind, asked in ((BLIND_S, Severity.NONE), (math.nextafter(BLIND_S, 1.0), Severity.SOFT)):
        bench.reset()
        bench.remember(blind=blind)
        bench.tick(age=DT)
        assert bench.remembered("blind") == blind
        assert bench.severity[0] == asked


def test_a_law_whose_torque_is_too_large_for_a_number_gives_none(bench):
    bench.tick(tau_law=1e308, fade=1e308)
    assert bench.command[0] == 0.0
    assert not bench.seen & Flag.LAW_NOT_FINITE


def test_an_age_of_nothing_is_fresh_and_the_least_more_is_not(bench):
    bench.tick(age=-1.0)
    assert not bench.seen
    bench.tick(age=5e-324)
    assert bench.seen == Flag.MEASUREMENT_STALE
