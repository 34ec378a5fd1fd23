"""Laws that lie along the phase: the basis, a stiffness that varies, and the two that learn."""

from itertools import pairwise

import casadi
import numpy as np
import pytest
from casadi import SX
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.adaptive_assistance import NODES as MODEL_NODES
from controllers.adaptive_assistance import AdaptiveAssistance
from controllers.error_based_assistance import NODES, ErrorBasedAssistance
from controllers.joint_impedance import JointImpedance
from controllers.phase_basis import hats, passed
from controllers.phase_impedance import PhaseImpedance
from tests.controllers.law_bench import DT, Bench, arm, knee

before, phase = SX.sym("before"), SX.sym("phase")
WEIGHTS = casadi.Function("weights", [phase], [hats(phase, NODES)])
PASSED = casadi.Function("passed", [before, phase], [passed(before, phase, NODES)])
FORGETTING, GAIN, BAND = 0.8, 6.0, 0.05


def triangle(at, node, count=NODES):
    """The hat by its definition."""
    away = abs((at - node / count + 0.5) % 1.0 - 0.5) * count
    return max(0.0, 1.0 - away)


@given(at=st.floats(0.0, 1.0))
def test_the_hats_are_triangles_that_sum_to_one(at):
    weights = np.array(WEIGHTS(at))[0]
    np.testing.assert_allclose(weights, [triangle(at, node) for node in range(NODES)], atol=1e-12)
    assert weights.sum() == pytest.approx(1.0)


@settings(max_examples=50)
@given(start=st.floats(0.0, 0.999), steps=st.lists(st.floats(1e-4, 1.0 / NODES - 1e-6), min_size=60, max_size=300))
def test_over_whole_cycles_every_node_is_passed_as_often(start, steps):
    """Whatever the steps: the shares are exact integrals, which add up."""
    course = start + np.concatenate([[0.0], np.cumsum(steps)])
    cycles = int(course[-1] - start)
    course = np.append(course[course < start + cycles], start + cycles)
    shares = sum(np.array(PASSED(one % 1.0, other % 1.0))[0] for one, other in pairwise(course))
    np.testing.assert_allclose(shares, cycles, atol=1e-9)


@pytest.mark.parametrize(("one", "other"), [(0.3, 0.3), (0.3, 0.29), (0.01, 0.99), (0.3, 0.4), (0.0, 0.5)])
def test_a_phase_that_stands_goes_back_or_jumps_passes_nothing(one, other):
    np.testing.assert_array_equal(np.array(PASSED(one, other)), np.zeros((1, NODES)))


def test_four_equal_values_are_the_joint_impedance():
    values = dict.fromkeys(("stiffness_0", "stiffness_25", "stiffness_50", "stiffness_75"), 70.0)
    laws = PhaseImpedance(**values, damping=4.0), JointImpedance(stiffness=70.0, damping=4.0)
    varying, plain = (Bench(law, arm()) for law in laws)
    for state in np.random.default_rng(0).normal(size=(50, 4, 7)):
        given_ = dict(zip(("q", "dq", "q_ref", "dq_ref"), state, strict=True)) | {"phase": abs(state[0, 0]) % 1.0}
        np.testing.assert_allclose(varying(**given_), plain(**given_), rtol=1e-12, atol=1e-12)


@given(at=st.floats(0.0, 1.0))
def test_the_stiffness_goes_straight_from_value_to_value_round_the_cycle(varying, at):
    expected = np.interp(at, [0.0, 0.25, 0.5, 0.75, 1.0], [10.0, 90.0, 30.0, 50.0, 10.0])
    assert varying(q_ref=0.1, phase=at)[0] == pytest.approx(0.1 * expected, rel=1e-9)


@pytest.fixture(scope="module")
def varying():
    return Bench(PhaseImpedance(stiffness_0=10, stiffness_25=90, stiffness_50=30, stiffness_75=50, damping=0.0), knee())


@pytest.fixture(scope="module")
def learning():
    return Bench(ErrorBasedAssistance(forgetting=FORGETTING, gain=GAIN, dead_band=BAND, most=40.0), knee())


def repetition(law, error, ticks=500):
    """One cycle at this error (or errors of the phase); the torques along it."""
    of = error if callable(error) else lambda _: error
    return np.array([law(q_ref=of(at), phase=at % 1.0)[0] for at in np.arange(1, ticks + 1) / ticks])


@pytest.mark.parametrize("error", [0.2, -0.1, 0.051])
def test_at_a_constant_error_it_learns_as_emken_says(learning, error):
    """F_k = F_end (1 − f^k), F_end = g e / (1 − f), at every phase; e is what is past the dead band."""
    learning.forget()
    end = GAIN * np.sign(error) * (abs(error) - BAND) / (1.0 - FORGETTING)
    for count in range(1, 12):
        repetition(learning, error)
        np.testing.assert_allclose(learning.memory[:NODES], end * (1.0 - FORGETTING**count), rtol=1e-9)
    assert repetition(learning, error)[-1] == pytest.approx(end * (1.0 - FORGETTING**12), rel=1e-9)


@pytest.mark.parametrize("error", [0.0, 0.05, -0.049])
def test_without_error_it_decays_by_exactly_its_forgetting_each_repetition(learning, error):
    learning.forget()
    repetition(learning, lambda at: 0.3 * np.sin(2.0 * np.pi * at))
    torques = repetition(learning, error)
    assert np.abs(torques).max() > 0.1
    for _ in range(4):
        following = repetition(learning, error)
        np.testing.assert_allclose(following, FORGETTING * torques, rtol=1e-9, atol=1e-12)
        torques = following


def test_error_at_one_place_is_answered_there_alone(learning):
    learning.forget()
    repetition(learning, lambda at: 0.3 if 0.4 < at < 0.5 else 0.0)
    weights = learning.memory[:NODES]
    assert weights[7] > 0.5
    assert not weights[[0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15]].any()


@pytest.mark.parametrize("forgetting", [1.0, 0.0])
def test_the_ends_of_forgetting(forgetting):
    """At 1 it sums up, at 0 it is proportional to the last repetition's error."""
    law = Bench(ErrorBasedAssistance(forgetting=forgetting, gain=GAIN, dead_band=0.0, most=40.0), knee())
    for _ in range(3):
        repetition(law, 0.1)
    np.testing.assert_allclose(law.memory[:NODES], GAIN * 0.1 * (3 if forgetting else 1), rtol=1e-9)


def test_what_is_learnt_stays_within_its_most():
    law = Bench(ErrorBasedAssistance(forgetting=1.0, gain=50.0, dead_band=0.0, most=4.0), knee())
    for _ in range(5):
        assert np.abs(repetition(law, -1.0)).max() <= 4.0
    np.testing.assert_allclose(law.memory[:NODES], -4.0)


def test_nothing_is_learnt_where_the_phase_stands_or_without_assistance(learning):
    learning.forget()
    repetition(learning, 0.2)
    there = learning.memory.copy()
    for _ in range(1000):
        learning(q_ref=1.0, phase=0.0)
    np.testing.assert_allclose(learning.memory[:NODES], there[:NODES])
    learning.forget()
    learning.parameters[2] = 0.0
    assert not repetition(learning, 0.3).any()
    assert not learning.memory[:NODES].any()
    learning.parameters[2] = 1.0


MASS, SLOPE, RATE, K, D = 1.2, 2.0, 30.0, 60.0, 8.0
FINE = 1e-4


def adaptive(forgetting_rate, dt=FINE):
    law = AdaptiveAssistance(rate=RATE, position_share=SLOPE, forgetting_rate=forgetting_rate, most=40.0)
    return Bench(law + JointImpedance(stiffness=K, damping=D), knee(), dt)


def test_wolbrechts_lyapunov_function_never_grows_without_forgetting():
    """V of the docstring, along a simulated limb that lacks a torque of the model's own kind; the period is fine."""
    law, rng = adaptive(0.0), np.random.default_rng(3)
    truth, q, dq, energies, expected = rng.uniform(-8.0, 8.0, MODEL_NODES), 0.15, 0.0, [], 0.0
    for tick in range(15_000):
        at = (tick + 1) * FINE / 2.0 % 1.0
        missing = law.memory[:MODEL_NODES] - truth
        sliding, p = -dq - SLOPE * q, K + SLOPE * (D - MASS * SLOPE)
        energies.append(0.5 * MASS * sliding**2 + 0.5 * p * q**2 + 0.5 * missing @ missing / RATE)
        weights = np.array([triangle(at, node, MODEL_NODES) for node in range(MODEL_NODES)])
        expected += FINE * ((D - MASS * SLOPE) * dq**2 + SLOPE * K * q**2)
        torque = law(q=q, dq=dq, phase=at)[0] - weights @ truth
        dq += FINE * torque / MASS
        q += FINE * dq
    assert np.diff(energies).max() <= 1e-3 * FINE * energies[0]
    assert energies[0] - energies[-1] == pytest.approx(expected, rel=0.01)
    assert energies[-1] < energies[0]


def test_its_forgetting_takes_the_same_share_of_the_torque_each_second():
    """With no error at a phase that creeps: the torque there decays by 1 − dt / τ_f a tick."""
    law = adaptive(0.5, DT)
    law.memory[:MODEL_NODES] = 10.0
    at = 0.33
    first = law(phase=at)[0]
    for _ in range(500):
        at += 1e-9
        last = law(phase=at)[0]
    assert last / first == pytest.approx((1.0 - 0.5 * DT) ** 500, rel=1e-4)


def test_the_adaptive_model_stays_within_its_most_and_stands_with_the_phase():
    law = Bench(AdaptiveAssistance(rate=100.0, position_share=5.0, forgetting_rate=0.0, most=5.0), knee())
    for tick in range(2000):
        assert abs(law(q_ref=1.0, phase=tick / 500 % 1.0)[0]) <= 5.0
    assert law.memory[:MODEL_NODES].max() == 5.0
    there = law.memory.copy()
    for _ in range(100):
        law(q_ref=-1.0, phase=there[-1])
    np.testing.assert_array_equal(law.memory, there)


def test_the_joints_learn_apart():
    law = Bench(ErrorBasedAssistance(forgetting=FORGETTING, gain=GAIN, dead_band=0.0, most=40.0), arm(joints=3))
    errors = np.array([-0.3, -0.05, 0.2])
    for at in np.arange(1, 501) / 500:
        torque = law(q_ref=errors, phase=at % 1.0)
    np.testing.assert_allclose(torque, GAIN * errors, rtol=1e-9, atol=1e-12)
