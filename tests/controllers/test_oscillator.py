"""Adaptive oscillators against what theory says of them, and the torque along the phase that they tell."""

from itertools import pairwise

import casadi
import numpy as np
import pytest
from casadi import SX
from hypothesis import given
from hypothesis import strategies as st

from controllers.motions.recorded import recorded_shape
from controllers.oscillator import FARTHEST, HARMONICS, LEAST_AMPLITUDE, LOCK_CYCLES, LOST_S, Oscillators, follow
from controllers.phase_torque import PhaseTorque
from tests.controllers.law_bench import DT, Bench, arm, knee

START, SIZE = 0.8, 0.4
SLOTS = (HARMONICS, HARMONICS, 1, 1, 1)
PHASE, RATE_CHANGE, LOCK = 0, 2 * HARMONICS + 1, 2 * HARMONICS + 2


def tick_of(dt):
    """One tick of the oscillators, from state (a column), angle and response to the next state."""
    state, angle, response = SX.sym("state", sum(SLOTS)), SX.sym("angle"), SX.sym("response")
    ends = np.cumsum((0, *SLOTS))
    before = Oscillators(*(state[a:b].T for a, b in pairwise(ends)))
    after = follow(before, angle, SX(START), response, dt)
    parts = (after.phases, after.amplitudes, after.offset, after.rate_change, after.lock)
    return casadi.Function("tick", [state, angle, response], [casadi.horzcat(*parts).T])


TICKS = {dt: tick_of(dt) for dt in (0.5 * DT, DT)}
LONG = tick_of(1.0)


def followed(state, angles, response):
    """The states after each of these angles, a row each."""
    course = TICKS[DT].mapaccum(len(angles))
    return np.array(course(state, np.reshape(angles, (1, -1)), response)).T


def following(rate=START, phase=0.0):
    """The state that follows a sine of `SIZE` at this rate, `phase` turns ahead of its beginning."""
    state = np.zeros(sum(SLOTS))
    state[PHASE], state[HARMONICS], state[RATE_CHANGE] = phase, SIZE, rate - START
    return state


def apart(one, other):
    """Difference of two phases in cycles, the shorter way round."""
    return (one - other + 0.5) % 1.0 - 0.5


def sine_of(turns):
    return SIZE * np.sin(2.0 * np.pi * turns)


def ticks(seconds):
    """The times of the ticks."""
    return DT * np.arange(1, round(seconds / DT) + 1)


def test_who_follows_a_steady_rhythm_goes_on_without_any_error():
    """Its own rhythm is a solution of the sampled system too, to the last digits."""
    turns = 0.95 * ticks(10.0)
    states = followed(following(0.95), sine_of(turns), 1.0)
    np.testing.assert_allclose(apart(states[:, PHASE], turns), 0.0, atol=1e-9)
    np.testing.assert_allclose(states[:, RATE_CHANGE], 0.15, atol=1e-9)


def test_a_small_phase_error_dies_away_as_a_critically_damped_pair():
    """δ(t) = δ₀ (1 − w t) exp(−w t), of ν = 4 w and ν_ω = 2 w²: within a twentieth of δ₀."""
    response, begun, times = 0.1, 0.01, ticks(60.0)
    states = followed(following(phase=begun), sine_of(START * times), response)
    expected = begun * (1.0 - response * times) * np.exp(-response * times)
    np.testing.assert_allclose(apart(states[:, PHASE], START * times), expected, atol=0.05 * begun)


@pytest.mark.parametrize("change", [0.004, -0.004])
def test_a_rate_that_changes_steadily_is_followed_late_by_as_much_as_theory_says(change):
    """r / w² cycles."""
    response, times = 0.6, ticks(40.0)
    turns = START * times + 0.5 * change * times**2
    lags = apart(turns, followed(following(), sine_of(turns), response)[:, PHASE])
    assert np.mean(lags[-5000:]) == pytest.approx(change / response**2, rel=0.05)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.3])
@pytest.mark.parametrize("offset", [0.0, 0.6])
def test_it_finds_a_sine_of_unknown_rate_size_and_offset(rate, offset):
    turns = rate * ticks(60.0)
    state = followed(np.zeros(sum(SLOTS)), offset + sine_of(turns), 0.8)[-1]
    assert apart(state[PHASE], turns[-1]) == pytest.approx(0.0, abs=1e-3)
    assert state[RATE_CHANGE] + START == pytest.approx(rate, rel=1e-3)
    assert state[HARMONICS] == pytest.approx(SIZE, rel=1e-2)
    assert state[2 * HARMONICS] == pytest.approx(offset, abs=1e-2)
    assert state[LOCK] == 1.0


@given(
    dt=st.sampled_from(sorted(TICKS)),
    phases=st.lists(st.floats(0.0, 1.0), min_size=HARMONICS, max_size=HARMONICS),
    sizes=st.lists(st.floats(0.0, 0.5), min_size=HARMONICS, max_size=HARMONICS),
    rest=st.tuples(st.floats(-1.0, 1.0), st.floats(-0.4, 0.8), st.floats(0.0, 1.0)),
    angle=st.floats(-2.0, 2.0),
    response=st.floats(0.1, 2.0),
)
def test_a_tick_never_makes_the_error_larger_and_stays_in_bounds(dt, phases, sizes, rest, angle, response):
    """Where no amplitude is negative: one that is drives its phase half a turn away, and becomes positive."""
    state = np.array([*phases, *sizes, *rest])
    after = np.array(TICKS[dt](state, angle, response))[:, 0]
    predicted = np.array(phases) + dt * (START + rest[1]) * np.arange(1, HARMONICS + 1)

    def error(turns, all_of):
        return angle - all_of[2 * HARMONICS] - all_of[HARMONICS : 2 * HARMONICS] @ np.sin(2.0 * np.pi * turns)

    assert abs(error(after[:HARMONICS], after)) <= abs(error(predicted, state)) + 1e-12
    assert ((after[:HARMONICS] >= 0.0) & (after[:HARMONICS] <= 1.0)).all()
    assert START / FARTHEST - 1e-12 <= START + after[RATE_CHANGE] <= START * FARTHEST + 1e-12
    assert 0.0 <= after[LOCK] <= 1.0


PEAK, PEAK_PHASE = 12.0, 0.3


def push(response=0.8, **changed):
    values = {"signal": 1.0, "stride_rate": START, "response": response}
    values |= {"peak": PEAK, "peak_phase": PEAK_PHASE, "rise": 0.2, "fall": 0.1}
    return PhaseTorque(**values | changed)


def walked(law, angle, seconds, rate=1.0):
    """The law along an angle of the turns: a row of turns and torque for each tick."""
    turns = rate * DT * np.arange(1, round(seconds / DT) + 1)
    return np.array([(at, law(q=angle(at))[0]) for at in turns])


def sine(turns):
    return SIZE * np.cos(2.0 * np.pi * turns)


@pytest.fixture(scope="module")
def pushed():
    return walked(Bench(push(), knee()), sine, 30.0)


def test_the_push_comes_at_its_phase_of_the_persons_own_rhythm(pushed):
    """Phase 0 is where the angle's fundamental is highest."""
    last = pushed[-round(1.0 / DT) :]
    turns, torque = last[np.argmax(last[:, 1])]
    assert torque == pytest.approx(PEAK, rel=1e-3)
    assert apart(turns, PEAK_PHASE) == pytest.approx(0.0, abs=2e-3)
    outside = (apart(last[:, 0], PEAK_PHASE) < -0.21) | (apart(last[:, 0], PEAK_PHASE) > 0.11)
    assert not last[outside, 1].any()


def test_no_push_comes_before_half_the_cycles_of_a_lock_are_followed(pushed):
    assert not pushed[pushed[:, 0] < 0.5 * LOCK_CYCLES, 1].any()
    peaks = [pushed[(pushed[:, 0] > k) & (pushed[:, 0] <= k + 1), 1].max() for k in range(30)]
    assert np.diff(peaks).min() >= -0.01 * PEAK  # it fades in
    assert np.abs(np.diff(pushed[:, 1])).max() < 2.5 * PEAK / 0.1 * DT  # and never jumps


def test_who_stands_still_is_left_alone_within_a_moment(pushed):
    law = Bench(push(), knee())
    walked(law, sine, 30.0)
    assert law.memory[LOCK] == 1.0
    standing = walked(law, lambda _: 0.1, 8.0)
    first = 0.5 * LOST_S + 0.25  # the angle may stand where it was followed, up to a quarter of a cycle
    assert not standing[round(first / DT) : round(3.0 / DT), 1].any()
    assert not standing[-round(2.0 / DT) :, 1].any()
    assert law.memory[LOCK] == 0.0


@pytest.mark.parametrize("size", [0.0, 0.5 * LEAST_AMPLITUDE])
def test_what_is_no_rhythm_is_not_followed(size):
    law = Bench(push(), knee())
    rng = np.random.default_rng(1)
    assert not walked(law, lambda at: size * np.cos(2.0 * np.pi * at), 20.0)[:, 1].any()
    assert not walked(law, lambda at: rng.normal(0.0, 0.3), 20.0)[:, 1].any()


def test_a_rhythm_past_its_bounds_is_not_followed():
    """Three times the rate at which it starts."""
    law = Bench(push(), knee())
    assert not walked(law, sine, 30.0, rate=3.0 * START)[:, 1].any()
    assert law.memory[RATE_CHANGE] <= (FARTHEST - 1.0) * START + 1e-12


@pytest.mark.parametrize("kind", ["hip", "knee"])
def test_the_phase_of_a_recorded_stride_is_told(kind):
    """Harmonics that it does not have make an error far below a per cent."""
    law, curve = Bench(push(response=0.7), knee()), recorded_shape("walking-2d", (kind,))
    highest = -np.angle(curve.amplitudes[0][1]) / (2.0 * np.pi)
    walked(law, lambda at: 0.7 * curve.at(at % 1.0)[0][0], 30.0)
    wrong = []
    for at in 30.0 + DT * np.arange(1, 1001):
        law(q=0.7 * curve.at(at % 1.0)[0][0])
        wrong.append(apart(law.memory[PHASE] - 0.25, at - highest))
    assert np.sqrt(np.mean(np.square(wrong))) < 0.003


def test_seven_joints_follow_one_rhythm_and_are_pushed_each_in_its_turn():
    joints, alone = arm(), Bench(push(), knee())
    signal = {joint: {0: 1.0, 3: -1.0}.get(place, 0.0) for place, joint in enumerate(joints.joints)}
    turn = {joint: place / 7.0 for place, joint in enumerate(joints.joints)}
    law = Bench(push(signal=signal, peak_phase=turn), joints)
    for at in DT * np.arange(1, 12_001):
        angle = sine(at)
        torque = law(q=[0.5 * angle, 0.3, 0.1, -0.5 * angle, 0.0, 0.2, 0.9])
        alone(q=angle)
    np.testing.assert_allclose(law.memory, alone.memory, rtol=1e-9, atol=1e-12)
    now = (law.memory[PHASE] - 0.25) % 1.0
    for place, given_ in enumerate(torque):
        after = apart(now, place / 7.0)
        x = max(0.0, 1.0 - max(after / 0.1, -after / 0.2))
        assert given_ == pytest.approx(PEAK * x**3 * (10.0 - 15.0 * x + 6.0 * x**2), abs=1e-9)


def test_without_assistance_it_follows_and_does_not_push():
    law = Bench(push(), knee(), assistance=0.0)
    assert not walked(law, sine, 15.0)[:, 1].any()
    assert law.memory[LOCK] == 1.0


@given(angle=st.floats(-2.0, 2.0), phase=st.floats(0.0, 1.0), response=st.floats(0.1, 2.0))
def test_the_error_is_divided_by_all_that_it_moves_however_long_the_tick(angle, phase, response):
    """Without amplitudes the system is linear: e / (1 + 2 w T (1 + Σ sin²)), here at a tick of 1 s."""
    state = np.zeros(sum(SLOTS))
    state[:HARMONICS] = phase
    after = np.array(LONG(state, angle, response))[:, 0]
    sines = np.sin(2.0 * np.pi * (phase + 1.0 * START * np.arange(1, HARMONICS + 1)))
    left = angle - after[2 * HARMONICS] - after[HARMONICS : 2 * HARMONICS] @ sines
    assert left == pytest.approx(angle / (1.0 + 2.0 * response * (1.0 + sines @ sines)), abs=1e-9)


@pytest.mark.parametrize(("end", "angle"), [((FARTHEST - 1.0) * START, 2.0), ((1.0 / FARTHEST - 1.0) * START, -2.0)])
def test_the_rate_ends_at_its_bounds(end, angle):
    state = following(START + end)
    assert followed(state, [angle], 2.0)[0, RATE_CHANGE] == pytest.approx(end, abs=1e-12)
    assert abs(followed(state, [-angle], 2.0)[0, RATE_CHANGE]) < abs(end)


def test_a_lock_takes_its_cycles_and_is_lost_far_faster():
    turns = START * ticks(0.5 * LOCK_CYCLES / START)
    assert followed(following(), sine_of(turns), 1.0)[-1, LOCK] == pytest.approx(0.5, abs=1e-3)
    locked = following()
    locked[LOCK] = 1.0
    states = followed(locked, np.full(round(0.5 * LOST_S / DT), 5.0), 0.1)
    assert states[-1, LOCK] == pytest.approx(0.5, abs=5e-3)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_pull_is_by_the_amplitudes_sizes(sign):
    """A harmonic's sign has no say in it: the same error moves the rate as much."""
    state = following()
    state[HARMONICS + 1], state[PHASE + 1] = sign * SIZE, 0.1
    predicted = 2.0 * np.pi * DT * START * np.arange(1, HARMONICS + 1) + 2.0 * np.pi * state[:HARMONICS]
    error = 0.2
    seen = error + state[HARMONICS : 2 * HARMONICS] @ np.sin(predicted)
    after = followed(state, [seen], 0.5)[0]
    expected = 2.0 * 0.5**2 / (2.0 * SIZE) * DT * error * np.cos(predicted[0]) / (2.0 * np.pi)
    assert after[RATE_CHANGE] == pytest.approx(expected, rel=0.02)
