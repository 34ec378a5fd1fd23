"""The motor behind a spring: its friction, its energy, and the exact motion where there is no friction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from docs.science.transmission import Transmission


def test_without_coulomb_friction_it_is_the_linear_system():
    """The exponential, to the first order of its steps."""
    plant = Transmission(coulomb=0.0, load_friction=0.0)
    matrix = np.array([[0.0, 1.0, 0.0], [-200.0 / 0.02, -0.3 / 0.02, 5.0 / 0.02], [0.0, 0.0, 0.0]])
    for count in range(1, 101):
        plant.go(5.0, 0.0, 0.0, 0.002)
        angle, speed, _ = expm(0.002 * count * matrix) @ [0.0, 0.0, 1.0]
        assert plant.q == pytest.approx(angle, abs=1.5e-3)
        assert plant.dq == pytest.approx(speed, abs=0.15)


@given(given_=st.floats(-1.0, 1.0))
def test_what_is_below_its_friction_does_not_move_it(given_):
    plant = Transmission()
    plant.go(given_, 0.0, 0.0, 0.1)
    assert (plant.q, plant.dq, plant.tau) == (0.0, 0.0, 0.0)


@settings(max_examples=20)
@given(given_=st.floats(2.0, 30.0), way=st.sampled_from([-1.0, 1.0]))
def test_it_comes_to_rest_where_friction_holds_what_is_left(given_, way):
    plant = Transmission()
    plant.go(way * given_, 0.0, 0.0, 1.0)
    assert plant.dq == 0.0
    assert abs(way * given_ - plant.tau) <= 1.0 + 0.1 * abs(plant.tau) + 1e-6


def test_a_joint_that_is_led_stretches_the_spring():
    plant = Transmission()
    plant.go(0.0, 0.0, 0.004, 0.002)
    assert plant.tau == pytest.approx(-200.0 * (0.004 - plant.q))
    assert plant.tau < -0.5
