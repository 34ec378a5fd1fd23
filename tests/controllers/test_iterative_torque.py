"""Iterative learning of a torque: how fast it converges, where it ends, and what it never does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.friction import FrictionCompensation
from controllers.gravity import GravityCompensation
from controllers.iterative_torque import NODES, IterativeTorque
from robot.errors import PlanError
from tests.controllers.law_bench import DT, Bench, arm, knee

TICKS = 1600
"""Ticks of a cycle; no tick falls onto a node, so each cycle is learnt from whole."""

KEPT, GAIN, SHARE, PEAK_PHASE = 0.9, 0.5, 0.8, 0.4
PLAIN = {"peak": 0.0, "peak_phase": PEAK_PHASE, "rise": 0.3, "fall": 0.2, "lead": 0.0, "most": 40.0}
PLAIN |= {"proportional": 0.0, "damping": 0.0, "forgetting": KEPT, "gain": GAIN}


def learning(**changed):
    return Bench(IterativeTorque(**PLAIN | changed), knee())


def phases(cycles=1):
    return (np.arange(cycles * TICKS) + 0.5) / TICKS % 1.0


def cycle(law, plant, cycles=1, **given):
    """The law along whole cycles, on a plant from its torque and the phase to the one measured; the last torques."""
    told, torque = [], 0.0
    for at in phases(cycles):
        torque = law(tau=plant(torque, at), phase=at, **given)[0]
        told.append(torque)
    return np.array(told[-TICKS:])


def begun(law, learnt=0.0):
    """A law that knows where it is, and has learnt this."""
    law.forget()
    cycle(law, lambda *_: 0.0)
    law.memory[: NODES + 2] = 0.0
    law.memory[:NODES] = learnt
    return law


def learnt(law):
    return law.memory[:NODES].copy()


def inner(law, count):
    """What is learnt where the beginning is not felt: it goes on by a node in a cycle."""
    return learnt(law)[count : NODES - 1 - count]


@pytest.mark.parametrize(("forgetting", "gain"), [(0.9, 0.5), (1.0, 0.7), (0.6, 1.0)])
def test_an_error_that_is_the_same_all_round_shrinks_by_its_factor_in_each_cycle(forgetting, gain):
    """F_k = F_end (1 − s^k), s = f − g κ, on a plant τ = κ u + d; what is left of d is (1 − f) / (1 − s)."""
    law = learning(forgetting=forgetting, gain=gain)
    begun(law)
    disturbance, factor = -6.0, forgetting - gain * SHARE
    end = -gain * disturbance / (1.0 - factor)
    for count in range(1, 7):
        cycle(law, lambda torque, _: SHARE * torque + disturbance)
        np.testing.assert_allclose(inner(law, count), end * (1.0 - factor**count), rtol=1e-4)
    left = SHARE * end + disturbance
    assert left == pytest.approx(disturbance * (1.0 - forgetting) / (1.0 - factor), rel=1e-12)


@pytest.mark.parametrize("waves", [1, 5, 11, 16])
def test_a_pattern_along_the_cycle_shrinks_by_its_own_factor(waves):
    """A wave of m periods over the nodes: f − g κ (2/3 + 1/3 cos(2 π m / 32)), the mean of hats under a hat."""
    pattern = np.cos(2.0 * np.pi * waves * np.arange(NODES) / NODES)
    law = learning()
    begun(law, pattern)
    cycle(law, lambda torque, _: SHARE * torque)  # its beginning has no error yet
    factor = KEPT - GAIN * SHARE * (2.0 + np.cos(2.0 * np.pi * waves / NODES)) / 3.0
    before = learnt(law)
    cycle(law, lambda torque, _: SHARE * torque)
    np.testing.assert_allclose(learnt(law), factor * before, rtol=0.02, atol=0.02 * np.abs(before).max())


def test_proportional_control_slows_the_learning_as_it_takes_the_error():
    """s = f − g κ / (1 + κ K_p)."""
    kp, disturbance = 0.5, -6.0
    law = learning(proportional=kp)
    begun(law)
    factor = KEPT - GAIN * SHARE / (1.0 + SHARE * kp)
    end = GAIN * -disturbance / (1.0 + SHARE * kp) / (1.0 - factor)
    for count in range(1, 6):
        cycle(law, lambda torque, _: SHARE * torque + disturbance)
        np.testing.assert_allclose(inner(law, count), end * (1.0 - factor**count), rtol=5e-3)


def test_with_a_drive_that_does_as_told_there_is_nothing_to_learn():
    """The torque is the profile, and its peak is where it was asked for."""
    law = learning(peak=15.0)
    begun(law)
    last = cycle(law, lambda torque, _: torque, cycles=3)
    assert last.max() == pytest.approx(15.0, abs=0.05)
    assert phases()[last.argmax()] == pytest.approx(PEAK_PHASE, abs=0.01)
    assert np.abs(learnt(law)).max() < 0.1  # the measurement is of the tick before


def test_damping_is_injected_at_the_measured_speed():
    law = learning(damping=3.0)
    assert law(dq=0.7)[0] == pytest.approx(-2.1)


def test_what_was_learnt_is_given_earlier_by_the_lead():
    """`lead` s at the phase's own rate: 30 ms at a stride of 3.2 s."""
    law = learning(gain=0.0, forgetting=1.0, lead=0.03)
    begun(law, np.random.default_rng(4).normal(size=NODES))
    torques = cycle(law, lambda *_: 0.0, cycles=2)
    nodes = np.append(learnt(law), learnt(law)[0])
    ahead = (phases() + 0.03 / (TICKS * DT)) % 1.0
    np.testing.assert_allclose(torques, np.interp(ahead, np.arange(NODES + 1) / NODES, nodes), atol=1e-9)


@pytest.mark.parametrize("lead", [0.0, 0.1])
def test_the_torque_never_jumps_where_a_triangle_is_renewed(lead):
    law = learning(gain=1.0, forgetting=0.5, lead=lead)
    rng = np.random.default_rng(5)
    begun(law, rng.normal(0.0, 5.0, NODES))
    wrong, places = rng.normal(0.0, 20.0, 7), np.linspace(0.0, 1.0, 7)
    told = [law(tau=np.interp(at, places, wrong), phase=at)[0] for at in phases(3)]
    steepest = 2.0 * 40.0 * NODES / TICKS
    assert np.abs(np.diff(told)).max() < steepest
    assert np.abs(learnt(law)).max() > 5.0


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_what_is_learnt_stays_within_its_most(way):
    law = learning(gain=1.0, forgetting=1.0, most=4.0)
    for _ in range(4):
        assert np.abs(cycle(law, lambda *_: -50.0 * way)).max() <= 4.0
    np.testing.assert_allclose(learnt(law), 4.0 * way)


@settings(max_examples=30)
@given(start=st.floats(0.0, 0.99), steps=st.lists(st.floats(0.01, 0.99), min_size=80, max_size=80))
def test_whatever_the_ticks_a_triangle_learns_the_whole_error_once(whole, start, steps):
    """The shares are exact integrals: those of a triangle that was passed through add up to one."""
    whole.forget()
    course = start + np.cumsum([0.0, *steps]) / NODES
    for at in course[course < start + 0.9]:
        whole(tau=-2.0, phase=at % 1.0)
        last = at
    first, end = int(np.ceil(start * NODES + 1e-9)) + 1, int(np.floor(last * NODES - 1e-6))
    passed = [node % NODES for node in range(first, end)]
    np.testing.assert_allclose(learnt(whole)[passed], 2.0, rtol=1e-9)


@pytest.fixture(scope="module")
def whole():
    return learning(gain=1.0, forgetting=1.0)


def test_nothing_is_learnt_where_the_phase_stands_goes_back_or_jumps():
    law = learning(gain=1.0)
    cycle(law, lambda *_: -2.0)
    there = law.memory.copy()
    for _ in range(500):
        law(tau=-30.0, phase=there[-1])
    np.testing.assert_array_equal(law.memory, there)
    for at in (0.3, 0.7, 0.69, 0.3, 0.29, 0.05):
        law(tau=-30.0, phase=at)
        np.testing.assert_array_equal(learnt(law), there[:NODES])
        assert not law.memory[NODES : NODES + 2].any()


def test_assistance_scales_what_is_wanted_and_at_none_the_joint_is_to_feel_nothing():
    law = learning(peak=20.0)
    for share in (1.0, 0.5, 0.0):
        law.forget()
        law.parameters[2] = share
        assert law(tau=0.0, phase=PEAK_PHASE)[0] == pytest.approx(20.0 * share)
    begun(law)
    cycle(law, lambda *_: 3.0)
    assert (learnt(law)[:-1] < 0.0).all()


@pytest.mark.parametrize("other", [GravityCompensation(limb_share=1.0), FrictionCompensation(share=0.5)])
def test_beside_a_law_that_gives_what_it_learns_it_is_refused(other):
    with pytest.raises(PlanError, match="compensated-twice"):
        IterativeTorque(**PLAIN) + other


def test_the_joints_learn_apart():
    law = Bench(IterativeTorque(**PLAIN), arm(joints=3))
    wrong = np.array([-3.0, -0.5, 2.0])
    for at in phases(2):
        torque = law(tau=wrong, phase=at)
    assert torque[0] > GAIN * 3.0
    np.testing.assert_allclose(torque, wrong * torque[0] / wrong[0], rtol=1e-9, atol=1e-12)
