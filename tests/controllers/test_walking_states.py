"""The state machine for walking: its transitions, hysteresis and time-outs, and the torque of each state."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.recorded import recorded_curve
from controllers.walking_states import BLEND_S, STATES, WalkingState, WalkingStates
from tests.controllers.law_bench import DT, Bench, arm, knee

ANGLE, HYSTERESIS, SPEED, TIMEOUT = 0.6, 0.2, 0.5, 1.0
TRANSPARENT, STANCE, FLEXION, EXTENSION = WalkingState
NAMED = {
    (STANCE, FLEXION),
    (TRANSPARENT, FLEXION),
    (FLEXION, EXTENSION),
    (EXTENSION, STANCE),
    (STANCE, TRANSPARENT),
    (FLEXION, TRANSPARENT),
    (EXTENSION, TRANSPARENT),
}
IMPEDANCE = {STANCE: (80.0, 0.1, 3.0), FLEXION: (20.0, 1.1, 1.0), EXTENSION: (30.0, 0.05, 2.0)}
"""Stiffness, rest and damping of each state."""


def walking(**changed):
    values = {"swing_angle": ANGLE, "hysteresis": HYSTERESIS, "swing_speed": SPEED, "timeout": TIMEOUT}
    for state, impedance in IMPEDANCE.items():
        names = (f"{state.name.lower()}_{part}" for part in ("stiffness", "rest", "damping"))
        values |= dict(zip(names, impedance, strict=True))
    return WalkingStates(**values | changed)


@pytest.fixture(scope="module")
def law():
    return Bench(walking(), knee())


def state(law):
    return WalkingState(int(law.memory[0]))


def weights(law):
    return law.memory[2:]


def held(law, seconds, **measured):
    """The last torque after the same measurement for a time."""
    return [law(**measured)[0] for _ in range(round(seconds / DT))][-1]


def led_to(law, wanted):
    """The law from the beginning to one of its states, settled there."""
    law.forget()
    way = {FLEXION: [(0.8, 1.0)], EXTENSION: [(0.8, 1.0), (0.9, -1.0)]}
    way[STANCE] = [*way[EXTENSION], (0.2, -1.0)]
    for q, dq in way[wanted]:
        held(law, 1.5 * BLEND_S, q=q, dq=dq)
    assert state(law) == wanted


def walked(law, strides, rate=0.8):
    """The states along the recorded knee, and the torques."""
    curve = recorded_curve("walking-2d", (("knee", 0.09, 1.14),))
    states, torques = [state(law)], []
    for turns in rate * DT * np.arange(1, round(strides / rate / DT) + 1):
        q, slope, _ = curve.at(turns % 1.0)
        torques.append(law(q=q, dq=rate * slope[0])[0])
        states.append(state(law))
    return states, np.array(torques)


def test_along_a_recorded_stride_each_state_comes_once_and_in_its_order(law):
    law.forget()
    states, _ = walked(law, 5)
    changes = [after for before, after in pairwise(states) if before != after]
    assert changes[:3] == [FLEXION, EXTENSION, STANCE]
    assert changes == (5 * [FLEXION, EXTENSION, STANCE])[: len(changes)]
    assert len(changes) == 15


def test_slower_than_its_time_out_it_lets_the_leg_go_and_takes_it_up_again(law):
    law.forget()
    states, _ = walked(law, 3, rate=0.25)
    changes = [pair for pair in pairwise(states) if pair[0] != pair[1]]
    assert set(changes) <= NAMED
    assert changes.count((STANCE, TRANSPARENT)) == 3
    assert changes.count((TRANSPARENT, FLEXION)) == 3


@pytest.mark.parametrize("wanted", STATES)
def test_in_a_state_there_is_its_spring_and_damper_alone(law, wanted):
    led_to(law, wanted)
    q, dq = {STANCE: (0.3, 0.2), FLEXION: (1.0, 0.7), EXTENSION: (0.8, -0.4)}[wanted]
    stiffness, rest, damping = IMPEDANCE[wanted]
    assert held(law, 2 * DT, q=q, dq=dq) == pytest.approx(stiffness * (rest - q) - damping * dq, rel=1e-12)
    law.parameters[2] = 0.5
    assert law(q=q, dq=dq)[0] == pytest.approx(0.5 * (stiffness * (rest - q) - damping * dq), rel=1e-12)
    law.parameters[2] = 1.0


@pytest.mark.parametrize("wanted", STATES)
def test_whatever_the_state_who_stands_still_is_let_go(law, wanted):
    """Not before the time-out, not later than it takes to go over, and to zero exactly."""
    led_to(law, wanted)
    q = {STANCE: 0.2, FLEXION: 0.8, EXTENSION: 0.8}[wanted]
    held(law, TIMEOUT - law.memory[1] - 2 * DT, q=q)
    assert state(law) == wanted
    assert held(law, 3 * DT, q=q) != 0.0
    assert state(law) == TRANSPARENT
    assert held(law, BLEND_S + 2 * DT, q=q) == 0.0
    assert held(law, 5.0, q=q) == 0.0
    assert law.memory[1] <= TIMEOUT


def test_noise_about_the_thresholds_does_not_turn_a_state_back(law):
    """Hysteresis: within it in angle, or below it in speed, nothing changes."""
    rng = np.random.default_rng(2)
    led_to(law, EXTENSION)
    for noise, fast in rng.uniform(-1.0, 1.0, (100, 2)):
        law(q=ANGLE - 0.5 * HYSTERESIS + 0.49 * HYSTERESIS * noise, dq=3.0 * fast)
        assert state(law) == EXTENSION
    led_to(law, STANCE)
    for noise, fast in rng.uniform(-1.0, 1.0, (100, 2)):
        law(q=ANGLE + 0.1 * noise, dq=0.99 * SPEED * fast)
        assert state(law) == STANCE
    led_to(law, FLEXION)
    for noise, fast in rng.uniform(-1.0, 1.0, (100, 2)):
        law(q=ANGLE + noise, dq=0.99 * SPEED * fast)
        assert state(law) == FLEXION


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), pace=st.sampled_from([1, 10, 100]))
def test_whatever_is_measured_only_named_transitions_happen_and_the_weights_stay_shares(law, seed, pace):
    law.forget()
    rng = np.random.default_rng(seed)
    for q, dq in rng.uniform((-0.3, -3.0), (1.5, 3.0), (20, 2)):
        for _ in range(pace):
            before = state(law)
            law(q=q, dq=dq)
            assert before == state(law) or (before, state(law)) in NAMED
            assert weights(law).min() >= 0.0
            assert weights(law).sum() <= 1.0 + 1e-12


def test_the_torque_goes_over_and_never_jumps(law):
    """In a tick by no more than the shares go over of what the springs ask for, and what the movement itself makes."""
    law.forget()
    _, torques = walked(law, 5)
    most = max(k * 1.1 + d * 6.0 for k, _, d in IMPEDANCE.values())
    assert np.abs(np.diff(torques)).max() < 2.0 * DT / BLEND_S * most + DT * (80.0 * 6.0 + 3.0 * 80.0)


def test_a_memory_that_holds_no_state_ends_transparent_too(law):
    law.forget()
    law.memory[0] = 7.0
    held(law, TIMEOUT + 2 * DT, q=0.7)
    assert law.memory[0] == TRANSPARENT
    held(law, 2 * DT, q=0.7, dq=2.0)
    assert state(law) == FLEXION


def test_each_joint_is_in_a_state_of_its_own():
    law = Bench(walking(), arm())
    law(q=[0.8, 0.8, 0.2, 0.2, 0.8, 0.2, 0.8], dq=[1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 2.0])
    np.testing.assert_array_equal(law.memory[:7], [FLEXION, 0, 0, 0, 0, 0, FLEXION])
    torque = [law(q=[0.8, 0.8, 0.2, 0.2, 0.8, 0.2, 0.8], dq=7 * [1.0]) for _ in range(round(2 * BLEND_S / DT))][-1]
    spring = IMPEDANCE[FLEXION][0] * (IMPEDANCE[FLEXION][1] - 0.8) - IMPEDANCE[FLEXION][2]
    np.testing.assert_allclose(torque, [spring, spring, 0.0, 0.0, spring, 0.0, spring], rtol=1e-12)
