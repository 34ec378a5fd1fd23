"""The tunnel: nothing inside, a wall beyond it, and a flow along the path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.path_control import RIM, PathControl
from tests.controllers.law_bench import Bench, arm, knee

WIDTH, WINDOW, K, D, FLOW = 0.08, 0.2, 60.0, 4.0, 3.0
SEEDS = st.integers(0, 2**32 - 1)


def control(robot, **changed):
    values = {"stiffness": K, "damping": D, "width": WIDTH, "window": WINDOW, "flow": 0.0}
    return Bench(PathControl(**{**values, **changed}), robot)


@pytest.fixture(scope="module")
def tunnel():
    return control(arm())


@pytest.fixture(scope="module")
def line():
    return control(knee())


def across(rng, along):
    """A direction at right angles to the path."""
    direction = rng.normal(size=7)
    direction -= direction @ along / (along @ along) * along
    return direction / np.linalg.norm(direction)


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, shift=st.floats(-WINDOW, WINDOW), share=st.floats(0.0, 0.999))
def test_inside_of_the_tunnel_the_torque_is_zero_exactly(tunnel, seed, shift, share):
    rng = np.random.default_rng(seed)
    q_ref, dq_ref, dq = rng.normal(size=(3, 7))
    q = q_ref + shift * dq_ref + share * WIDTH * across(rng, dq_ref)
    assert not tunnel(q=q, dq=dq, q_ref=q_ref, dq_ref=dq_ref).any()


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, shift=st.floats(-WINDOW, WINDOW), depth=st.floats(1e-3, 0.5))
def test_beyond_its_wall_a_spring_points_straight_back_to_the_path(tunnel, seed, shift, depth):
    rng = np.random.default_rng(seed)
    q_ref, dq_ref = rng.normal(size=(2, 7))
    off = across(rng, dq_ref)
    torque = tunnel(q=q_ref + shift * dq_ref + (WIDTH + depth) * off, dq=dq_ref, q_ref=q_ref, dq_ref=dq_ref)
    np.testing.assert_allclose(torque, -K * depth * off, rtol=1e-6, atol=1e-6)


def test_the_wall_is_the_slope_of_its_energy_also_at_the_windows_ends(tunnel):
    """τ = −∇ ½ K d², with the nearest point found by search over the window and not by the formula."""
    rng, step = np.random.default_rng(4), 1e-6
    for _ in range(20):
        q_ref, dq_ref = rng.normal(size=(2, 7))
        q = q_ref + rng.normal(0.0, 0.4, 7)

        def energy(q, q_ref=q_ref, dq_ref=dq_ref):
            shifts = np.linspace(-WINDOW, WINDOW, 4001)
            nearest = np.linalg.norm(q - q_ref - shifts[:, None] * dq_ref, axis=1).min()
            return 0.5 * K * max(nearest - WIDTH, 0.0) ** 2

        slope = [(energy(q + step * one) - energy(q - step * one)) / (2.0 * step) for one in np.eye(7)]
        torque = tunnel(q=q, dq=dq_ref, q_ref=q_ref, dq_ref=dq_ref)
        np.testing.assert_allclose(torque, -np.array(slope), rtol=1e-2, atol=2e-2)


@given(shift=st.floats(-1.0, 1.0), speed=st.floats(0.05, 2.0))
def test_at_one_joint_it_is_the_moving_window_with_the_width_at_its_ends(line, shift, speed):
    error = shift * speed
    expected = -K * np.sign(error) * max(abs(error) - WINDOW * speed - WIDTH, 0.0)
    assert line(q=0.7 + error, dq=speed, q_ref=0.7, dq_ref=speed)[0] == pytest.approx(expected, abs=1e-6)


@given(error=st.floats(-0.5, 0.5))
def test_about_a_reference_at_rest_it_is_a_dead_band(line, error):
    expected = -K * np.sign(error) * max(abs(error) - WIDTH, 0.0)
    assert line(q=0.7 + error, q_ref=0.7)[0] == pytest.approx(expected, abs=1e-9)


def test_the_walls_damping_comes_in_over_its_rim_and_takes_energy(line):
    free = line(q=WIDTH)[0]
    assert free == 0.0
    for depth in (0.25 * RIM, RIM, 4.0 * RIM):
        for speed in (-1.0, 1.0):
            braked = line(q=WIDTH + depth, dq=speed)[0] - line(q=WIDTH + depth)[0]
            assert braked == pytest.approx(-D * speed * min(depth / RIM, 1.0), abs=1e-9)


def test_the_flow_carries_who_is_behind_and_lets_be_who_is_ahead():
    law = control(arm(), flow=FLOW)
    rng = np.random.default_rng(5)
    q_ref, dq_ref = rng.normal(size=(2, 7))
    for shift, share in ((-WINDOW, 1.0), (0.0, 0.5), (WINDOW, 0.0)):
        torque = law(q=q_ref + shift * dq_ref, dq=dq_ref, q_ref=q_ref, dq_ref=dq_ref)
        np.testing.assert_allclose(torque, share * FLOW * dq_ref / np.linalg.norm(dq_ref), rtol=1e-3, atol=1e-6)
    assert not law(q=q_ref, q_ref=q_ref).any()  # a reference at rest has no flow


def test_a_wider_tunnel_never_holds_more(line):
    wide = control(knee(), width=2.0 * WIDTH)
    for error in np.linspace(-0.5, 0.5, 101):
        assert abs(wide(q=error)[0]) <= abs(line(q=error)[0])


def test_without_assistance_there_is_no_tunnel(tunnel):
    tunnel.parameters[2] = 0.0
    assert not tunnel(q=np.ones(7)).any()
    tunnel.parameters[2] = 1.0
