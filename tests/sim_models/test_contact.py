"""Contact: how deep, how hard, which way; nothing outside, nothing that pulls."""

import casadi
import numpy as np
import pytest
from casadi import DM
from hypothesis import given
from hypothesis import strategies as st

from sim_models.contact import (
    CREEP,
    Meeting,
    Surface,
    ball_in_box,
    ball_on_ball,
    ball_on_capsule,
    outside,
    padded,
    pressed,
)

coordinate = st.floats(-0.3, 0.3)
point = st.tuples(coordinate, coordinate, coordinate).map(DM)
speed = st.tuples(*[st.floats(-0.5, 0.5)] * 3).map(DM)


def row(vector: DM) -> list[float]:
    return [float(one) for one in casadi.vertsplit(vector)]


def nearest_by_search(ball: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """The distance to a line from end to end, tried at many places."""
    shares = np.linspace(0.0, 1.0, 4001)[:, None]
    return float(np.linalg.norm(ball - (start + shares * (end - start)), axis=1).min())


@given(point, point, point)
def test_a_capsule_is_as_deep_as_a_search_along_it_says(ball: DM, start: DM, end: DM) -> None:
    met = ball_on_capsule(ball, 0.02, start, end, 0.05)
    found = nearest_by_search(*(np.array(row(one)) for one in (ball, start, end)))
    assert float(met.depth) == pytest.approx(0.07 - found, abs=1e-4)


def test_normals_have_length_one_and_point_from_the_part_to_the_ball() -> None:
    met = ball_on_capsule(DM([0.1, 0.0, 0.06]), 0.02, DM([0, 0, 0]), DM([0.3, 0, 0]), 0.05)
    assert row(met.normal) == pytest.approx([0, 0, 1])
    assert row(met.place) == pytest.approx([0.1, 0, 0.05])
    assert float(met.depth) == pytest.approx(0.01)
    on_ball = ball_on_ball(DM([0.0, 0.0, -0.1]), 0.02, DM([0, 0, 0]), 0.09)
    assert row(on_ball.normal) == pytest.approx([0, 0, -1])
    assert float(on_ball.depth) == pytest.approx(0.01)


def test_a_box_is_met_at_its_face_and_at_its_edge() -> None:
    half = DM([0.02, 0.01, 0.005])
    turned = casadi.DM([[0, -1, 0], [1, 0, 0], [0, 0, 1]])  # the box's x lies along y
    face = ball_in_box(DM([0.0, 0.0, 0.009]), 0.006, DM([0, 0, 0]), turned, half)
    assert float(face.depth) == pytest.approx(0.002)
    assert row(face.normal) == pytest.approx([0, 0, 1])
    edge = ball_in_box(DM([0.013, 0.024, 0.0]), 0.006, DM([0, 0, 0]), turned, half)
    assert float(edge.depth) == pytest.approx(0.006 - 0.005)  # 3 mm and 4 mm off the corner
    inside = ball_in_box(DM([0.001, 0.0, 0.0]), 0.006, DM([0, 0, 0]), turned, half)
    assert float(inside.depth) == pytest.approx(0.006)


@given(point, speed)
def test_contact_never_pulls_and_is_nothing_outside(ball: DM, velocity: DM) -> None:
    met = ball_on_ball(ball, 0.03, DM([0, 0, -1]), 1.0)
    force, pressing = pressed(met, velocity, Surface(3000.0, 0.4))
    assert float(pressing) >= 0.0
    assert float(casadi.dot(force, met.normal)) == pytest.approx(float(pressing), abs=1e-9)
    if float(met.depth) <= 0.0:
        assert row(force) == [0, 0, 0]


@given(st.floats(0.0, 0.02), speed)
def test_friction_stays_within_its_cone_and_against_the_sliding(depth: float, velocity: DM) -> None:
    met = Meeting(DM(depth), DM([0, 0, 1]), DM([0, 0, 0]))
    force, pressing = pressed(met, velocity, Surface(3000.0, 0.4))
    across = np.array(row(force)[:2])
    assert np.linalg.norm(across) <= 0.4 * float(pressing) + 1e-12
    assert across @ row(velocity)[:2] <= 1e-12


def test_what_slides_fast_is_rubbed_by_nearly_all_that_friction_gives() -> None:
    met = Meeting(DM(0.01), DM([0, 0, 1]), DM([0, 0, 0]))
    force, pressing = pressed(met, DM([100.0 * CREEP, 0, 0]), Surface(1000.0, 0.3))
    assert float(pressing) == pytest.approx(10.0)
    assert float(force[0]) == pytest.approx(-3.0, rel=1e-4)


def test_two_springs_in_a_row_give_way_by_the_sum_of_both() -> None:
    surface = padded(3000.0, "forearm", 0.3)
    assert 10.0 / surface.stiffness == pytest.approx(10.0 / 3000.0 + 10.0 / 40000.0)


def test_an_opening_is_open_inside_alone() -> None:
    half = DM([0.015, 0.02])
    assert float(outside(half, DM([0.014, -0.019, 0.5]))) == 0.0
    assert float(outside(half, DM([0.016, 0.0, 0.0]))) == 1.0
    assert float(outside(half, DM([0.0, 0.021, 0.0]))) == 1.0
