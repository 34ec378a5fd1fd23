"""Resistance by energy: the person gives it, an elastic one gives back at most what it got."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.resistance import FULL_SPEED, MOST_ISOTONIC, ElasticResistance, IsotonicResistance, ViscousResistance
from tests.controllers.law_bench import DT, Bench, knee

SPEEDS = st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=120)
STIFFNESS, REST = 30.0, 0.4


@pytest.fixture(scope="module")
def laws():
    return {
        "isotonic": Bench(IsotonicResistance(resistance=MOST_ISOTONIC), knee()),
        "viscous": Bench(ViscousResistance(damping=5.0), knee()),
        "elastic": Bench(ElasticResistance(stiffness=STIFFNESS, rest=REST), knee()),
    }


def given_by_the_person(law, speeds, start):
    """Work in J of the person at each period's end: speed held over a period, as the torque is."""
    q, work = start, [0.0]
    for speed in speeds:
        work.append(work[-1] - law(q=q, dq=speed)[0] * speed * DT)
        q += speed * DT
    return np.array(work), q


@settings(max_examples=60, deadline=None)
@given(speeds=SPEEDS, start=st.floats(-0.2, 2.0))
@pytest.mark.parametrize("kind", ["isotonic", "viscous"])
def test_the_person_always_gives(laws, kind, speeds, start):
    work, _ = given_by_the_person(laws[kind], speeds, start)
    assert (np.diff(work) >= 0.0).all()


@settings(max_examples=100, deadline=None)
@given(speeds=SPEEDS)
def test_an_elastic_resistance_gives_back_at_most_what_it_got(laws, speeds):
    """From rest, what was given is ½ K e² at every moment, exactly: the sampled spring neither makes nor loses."""
    work, q = given_by_the_person(laws["elastic"], speeds, REST)
    assert work.min() >= -1e-12
    assert work[-1] == pytest.approx(0.5 * STIFFNESS * (q - REST) ** 2, abs=1e-10)


@settings(max_examples=60, deadline=None)
@given(speeds=SPEEDS, start=st.floats(-0.2, 2.0))
def test_an_elastic_resistance_closes_every_circle_with_nothing(laws, speeds, start):
    work, q = given_by_the_person(laws["elastic"], [*speeds, *(-speed for speed in speeds)], start)
    assert q == pytest.approx(start)
    assert work[-1] == pytest.approx(0.0, abs=1e-10)


def test_a_sampled_spring_without_the_half_period_would_make_energy(laws):
    """K T/2 ∫ dq², Colgate and Schenkel's term: what the law's half period takes away."""
    speeds = 2.0 * np.sin(np.linspace(0.0, 2.0 * np.pi, 500))
    work, _ = given_by_the_person(lambda q, dq: np.array([-STIFFNESS * (q - REST)]), speeds, REST)
    q_end = REST + DT * speeds.sum()
    made = 0.5 * STIFFNESS * (q_end - REST) ** 2 - work[-1]
    assert made == pytest.approx(0.5 * STIFFNESS * DT * (speeds**2).sum() * DT, rel=1e-9)


def test_the_resistances_are_what_they_say(laws):
    for speed in (-2.0, -0.1, 0.0, 0.3, 1.5):
        expected = -MOST_ISOTONIC * np.tanh(speed / FULL_SPEED)
        assert laws["isotonic"](dq=speed)[0] == pytest.approx(expected, abs=1e-12)
        assert laws["viscous"](dq=speed)[0] == pytest.approx(-5.0 * speed, abs=1e-12)
    assert laws["elastic"](q=1.0)[0] == pytest.approx(-STIFFNESS * 0.6)


def test_resistance_knows_neither_reference_nor_assistance(laws):
    for law in laws.values():
        there = law(q=0.8, dq=0.5)[0]
        law.parameters[2] = 0.0
        assert law(q=0.8, dq=0.5, tau=9.0, q_ref=1.2, dq_ref=2.0, ddq_ref=3.0, phase=0.4)[0] == there
        law.parameters[2] = 1.0


def test_the_steepest_isotonic_resistance_is_no_more_than_the_largest_damping(laws):
    slope = -laws["isotonic"](dq=1e-6)[0] / 1e-6
    assert slope == pytest.approx(40.0, rel=1e-6)
