"""The filters against what theory says of them: the Riccati equation, frequency response, and step response."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.linalg import solve_discrete_are

from patient_vision.filter import ACCELERATION, FORGET_S, AngleFilter, OneEuro
from robot.observed_angle import HORIZON_S, ObservedAngle

PERIOD = 1.0 / 30.0
MARKER_STD = math.radians(0.3)
SWING, OMEGA = math.radians(30.0), 2.0 * math.pi * 0.7


def model(dt: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    transition = np.array([[1.0, dt], [0.0, 1.0]])
    noise = ACCELERATION * np.array([[dt**3 / 3.0, dt**2 / 2.0], [dt**2 / 2.0, dt]])
    return transition, noise, np.array([[1.0, 0.0]])


def covariance(angle: ObservedAngle) -> np.ndarray:
    return np.array([[angle.var_angle, angle.covar], [angle.covar, angle.var_rate]])


def settled(std: float) -> ObservedAngle:
    kalman = AngleFilter()
    for frame in range(600):
        kalman.update(frame * PERIOD, 0.0, std)
    assert kalman.latest is not None
    return kalman.latest


@pytest.mark.parametrize("std", [MARKER_STD, math.radians(3.0), math.radians(20.0)])
def test_it_settles_where_the_riccati_equation_says(std: float) -> None:
    transition, noise, sees = model(PERIOD)
    expected = solve_discrete_are(transition.T, sees.T, noise, [[std**2]])
    after = settled(std)
    assert covariance(after.at(after.captured_s + PERIOD)) == pytest.approx(expected, rel=1e-9)


def test_a_swing_is_followed_as_the_frequency_response_of_the_settled_filter_says() -> None:
    transition, _, sees = model(PERIOD)
    ahead = settled(MARKER_STD)
    expected = covariance(ahead.at(ahead.captured_s + PERIOD))
    gain = expected @ sees.T / (expected[0, 0] + MARKER_STD**2)
    closed = (np.eye(2) - gain @ sees) @ transition
    turn = np.exp(1j * OMEGA * PERIOD)
    state = turn * np.linalg.solve(turn * np.eye(2) - closed, gain)[:, 0]
    latency = 0.06
    response = state[0] + latency * state[1] - np.exp(1j * OMEGA * latency)

    kalman, errors = AngleFilter(), []
    for frame in range(1500):
        captured = frame * PERIOD
        kalman.update(captured, SWING * math.sin(OMEGA * captured), MARKER_STD)
        assert kalman.latest is not None
        told, _ = kalman.latest.seen_from(captured + latency)
        errors.append(told - SWING * math.sin(OMEGA * (captured + latency)))
    # Amplitude by the two components over whole swings: 30 frames a second and 0.7 Hz repeat after 10 s.
    last = np.array(errors[-300:])
    phase = np.exp(-1j * OMEGA * PERIOD * np.arange(300))
    assert 2.0 * abs((last * phase).mean()) == pytest.approx(SWING * abs(response), rel=1e-6)


def test_a_swing_seen_60_ms_late_is_predicted_to_within_three_degrees_at_every_tick() -> None:
    kalman, random, errors, held = AngleFilter(), np.random.default_rng(7), [], []
    frame, measured = 0, 0.0
    for now in np.arange(0.0, 20.0, 1.0 / 500.0):
        while frame * PERIOD + 0.06 <= now:
            captured = frame * PERIOD
            measured = SWING * math.sin(OMEGA * captured) + MARKER_STD * random.normal()
            kalman.update(captured, measured, MARKER_STD)
            frame += 1
        if now > 1.0:
            assert kalman.latest is not None
            truth = SWING * math.sin(OMEGA * now)
            errors.append(kalman.latest.seen_from(now)[0] - truth)
            held.append(measured - truth)
    rms, raw = (math.degrees(math.sqrt(np.square(each).mean())) for each in (errors, held))
    assert rms <= 3.0
    assert raw > 2.0 * rms


def wander(random: np.random.Generator, std: float) -> tuple[AngleFilter, np.ndarray, float]:
    """A second of a limb that moves as the filter assumes: the filter, the true state, and the last innovation."""
    transition, noise, _ = model(PERIOD)
    root, truth, kalman, innovation = np.linalg.cholesky(noise), np.zeros(2), AngleFilter(), 0.0
    for frame in range(25):
        truth = transition @ truth + root @ random.normal(size=2)
        innovation = kalman.update(frame * PERIOD, truth[0] + std * random.normal(), std)
    return kalman, truth, innovation


def test_its_deviations_are_those_of_its_errors_where_the_limb_moves_as_it_assumes() -> None:
    random, normed, innovations = np.random.default_rng(3), [], []
    for _ in range(1500):
        kalman, truth, innovation = wander(random, math.radians(1.0))
        assert kalman.latest is not None
        off = np.array([kalman.latest.angle, kalman.latest.rate]) - truth
        normed.append(off @ np.linalg.solve(covariance(kalman.latest), off))
        innovations.append(innovation)
    assert np.mean(normed) == pytest.approx(2.0, rel=0.1)  # χ² with two degrees of freedom
    assert np.sqrt(np.square(innovations).mean()) == pytest.approx(1.0, rel=0.06)


def test_a_jump_stands_out() -> None:
    kalman, truth, _ = wander(np.random.default_rng(5), math.radians(1.0))
    before = kalman.latest
    assert kalman.update(25 * PERIOD, truth[0] + math.radians(60.0), math.radians(1.0), at_most=5.0) > 5.0
    assert kalman.latest is before


TIMES = some.floats(0.0, 0.2)
ANGLES = some.builds(
    lambda angle, rate, deviations, correlation: ObservedAngle(
        0.0,
        angle,
        rate,
        deviations[0] ** 2,
        correlation * deviations[0] * deviations[1],
        deviations[1] ** 2,
        ACCELERATION,
    ),
    some.floats(-3.0, 3.0),
    some.floats(-10.0, 10.0),
    some.tuples(some.floats(1e-3, 1.0), some.floats(1e-3, 10.0)),
    some.floats(-0.99, 0.99),
)


@given(ANGLES, TIMES, TIMES)
def test_two_predictions_are_one_and_stay_a_covariance(angle: ObservedAngle, one: float, more: float) -> None:
    stepwise, at_once = angle.at(one).at(one + more), angle.at(one + more)
    assert astuple(stepwise) == pytest.approx(astuple(at_once), rel=1e-9, abs=1e-12)
    assert np.linalg.eigvalsh(covariance(at_once)).min() > 0.0


@pytest.mark.parametrize("age", [-1e-6, HORIZON_S + 1e-6, math.nan, math.inf, -math.inf])
def test_beyond_the_horizon_there_is_no_angle(age: float) -> None:
    assert all(map(math.isnan, ObservedAngle(0.0, 0.1, 0.2, 1e-4, 0.0, 1e-2, 1.0).seen_from(age)))


@pytest.mark.parametrize("variance", [-1e-4, math.nan, -math.inf])
def test_a_variance_that_cannot_be_gives_no_angle_and_no_error(variance: float) -> None:
    assert all(map(math.isnan, ObservedAngle(0.0, 0.1, 0.2, variance, 0.0, 0.0, 0.0).seen_from(0.0)))


ANY = some.floats(allow_nan=True, allow_infinity=True)


@given(some.lists(some.tuples(ANY, ANY, ANY), max_size=10))
def test_nothing_that_is_no_number_gets_in_or_comes_out(seen: list[tuple[float, float, float]]) -> None:
    kalman = AngleFilter()
    kalman.update(0.0, 0.5, 0.01)
    for captured, angle, std in seen:
        before = kalman.latest
        if not all(map(math.isfinite, (captured, angle, std))) or std <= 0.0:
            assert kalman.update(captured, angle, std) == math.inf
            assert kalman.latest is before
        else:
            kalman.update(captured, angle, std)
        assert kalman.latest is not None
        assert all(map(math.isfinite, astuple(kalman.latest)))


def test_a_frame_out_of_order_is_left_out_and_a_long_gap_begins_anew() -> None:
    kalman = AngleFilter()
    assert kalman.update(1.0, 0.5, 0.01) == 0.0
    before = kalman.latest
    assert kalman.update(1.0, 0.5, 0.01) == math.inf
    assert kalman.update(0.9, 0.5, 0.01) == math.inf
    assert kalman.latest is before
    assert kalman.update(1.0 + FORGET_S + 0.01, 2.0, 0.01) == 0.0
    assert kalman.latest is not None
    assert (kalman.latest.angle, kalman.latest.rate) == (2.0, 0.0)


def test_the_shown_angle_follows_a_step_as_a_first_order_low_pass_where_speed_has_no_say() -> None:
    shown, dt, cutoff = OneEuro(cutoff_hz=2.0, per_rate=0.0), 1e-4, 2.0
    shown(0.0, 0.0)
    for step in range(1, 5000):
        told = shown(step * dt, 1.0)
    assert told == pytest.approx(1.0 - math.exp(-2.0 * math.pi * cutoff * 4999 * dt), abs=1e-3)


def test_the_shown_angle_is_calm_at_rest_and_less_late_in_motion_than_its_cutoff_alone() -> None:
    random, noise = np.random.default_rng(2), math.radians(1.0)
    resting = OneEuro()
    calm = [resting(frame * PERIOD, noise * random.normal()) for frame in range(900)]
    assert np.std(calm[30:]) < 0.5 * noise

    def lag(shown: OneEuro) -> float:
        times = PERIOD * np.arange(900)
        angles = SWING * np.sin(OMEGA * times)
        told = np.array([shown(at, angle) for at, angle in zip(times, angles, strict=True)])
        return float(np.sqrt(np.square(told - angles)[60:].mean()))

    assert lag(OneEuro()) < 0.75 * lag(OneEuro(per_rate=0.0))


def test_the_shown_angle_begins_anew_after_nothing_was_seen() -> None:
    shown = OneEuro()
    assert shown(0.0, 1.0) == 1.0
    assert math.isnan(shown(0.1, math.nan))
    assert shown(0.2, 2.0) == 2.0
    assert math.isnan(shown(0.2, 2.0))
