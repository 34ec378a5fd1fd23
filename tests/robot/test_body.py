"""Segments against de Leva's table and Pinocchio's sums of bodies."""

import csv
from pathlib import Path

import casadi
import numpy as np
import pinocchio
import pytest
from casadi import SX
from hypothesis import given
from hypothesis import strategies as st

import robot.body as body
from robot.body import segment, shank_and_foot

HEIGHTS, MASSES = st.floats(1.2, 2.1), st.floats(30.0, 180.0)
SEXES = st.sampled_from(["female", "male", None])

with Path(body.__file__).with_name("de_leva_1996_segments.csv").open() as file:
    TABLE = {(row["segment"], row["sex"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize(("sex", "letter"), [("female", "F"), ("male", "M")])
@pytest.mark.parametrize(("name", "row"), [("thigh", "thigh"), ("shank", "shank"), ("foot", "foot(heel-toe)")])
def test_masses_are_the_tables_share_of_the_body(name, row, sex, letter):
    assert segment(name, 1.75, 80.0, sex).mass == pytest.approx(80.0 * float(TABLE[row, letter]["mass_frac"]))


def test_published_shares_stand_in_the_table():
    """De Leva 1996, table 4: spot checks against the paper, in percent of body mass and of segment length."""
    for (name, sex), mass, centre in (
        (("thigh", "M"), 14.16, 40.95),
        (("thigh", "F"), 14.78, 36.12),
        (("shank", "M"), 4.33, 44.59),
        (("shank", "F"), 4.81, 44.16),
        (("foot(heel-toe)", "M"), 1.37, 44.15),
        (("foot(heel-toe)", "F"), 1.29, 40.14),
    ):
        assert 100.0 * float(TABLE[name, sex]["mass_frac"]) == pytest.approx(mass)
        assert 100.0 * float(TABLE[name, sex]["com_frac_from_proximal"]) == pytest.approx(centre)


@pytest.mark.parametrize(
    ("name", "sex", "radius"),
    [
        ("thigh", "male", 0.329),
        ("thigh", "female", 0.364),
        ("shank", "male", 0.249),
        ("shank", "female", 0.267),
        ("foot", "male", 0.245),
        ("foot", "female", 0.279),
    ],
)
def test_the_radius_of_gyration_is_the_published_one_about_the_left_right_axis(name, sex, radius):
    part = segment(name, 1.75, 80.0, sex)
    assert (part.moment / part.mass) ** 0.5 / part.length == pytest.approx(radius)


@pytest.mark.parametrize("name", ["thigh", "shank", "foot"])
@given(height=HEIGHTS, mass=MASSES)
def test_without_a_sex_mass_and_centre_lie_between_female_and_male(name, height, mass):
    female, male, either = (segment(name, height, mass, sex) for sex in ("female", "male", None))
    for of in (lambda one: one.mass, lambda one: one.centre[0], lambda one: one.centre[1]):
        low, high = sorted((of(female), of(male)))
        assert low - 1e-12 <= of(either) <= high + 1e-12


@given(height=HEIGHTS, mass=MASSES, sex=SEXES)
def test_the_whole_is_the_sum_of_its_parts(height, mass, sex):
    """Mass, centre and moment of shank and foot, added by Pinocchio's parallel axes."""
    shank, foot, both = segment("shank", height, mass, sex), segment("foot", height, mass, sex), None
    for part, at in ((shank, 0.0), (foot, shank.length)):
        centre = np.array([at + part.centre[0], 0.0, part.centre[1]])
        inertia = pinocchio.Inertia(part.mass, centre, part.moment * np.eye(3))
        both = inertia if both is None else both + inertia
    whole = shank_and_foot(height, mass, sex)
    assert whole.mass == pytest.approx(both.mass)
    np.testing.assert_allclose([whole.centre[0], 0.0, whole.centre[1]], both.lever, rtol=1e-12, atol=1e-15)
    assert whole.moment == pytest.approx(both.inertia[1, 1])


@given(height=HEIGHTS, mass=MASSES, sex=SEXES, taller=st.floats(1.01, 1.3), heavier=st.floats(1.01, 2.0))
def test_a_limb_scales_as_bodies_do(height, mass, sex, taller, heavier):
    small, large = shank_and_foot(height, mass, sex), shank_and_foot(taller * height, heavier * mass, sex)
    assert large.mass == pytest.approx(heavier * small.mass)
    assert large.length == pytest.approx(taller * small.length)
    np.testing.assert_allclose(large.centre, taller * np.array(small.centre))
    assert large.moment == pytest.approx(heavier * taller**2 * small.moment)


@given(height=HEIGHTS, mass=MASSES, sex=SEXES)
def test_the_toes_point_ahead_and_the_sole_is_below_the_ankle(height, mass, sex):
    foot = segment("foot", height, mass, sex)
    assert foot.centre[0] > 0.0
    assert foot.centre[1] > 0.0


def test_symbols_give_the_same_numbers():
    height, mass = SX.sym("height"), SX.sym("mass")
    limb = shank_and_foot(height, mass)
    function = casadi.Function("limb", [height, mass], [limb.mass, limb.length, *limb.centre, limb.moment])
    for person in ((1.5, 45.0), (1.93, 108.0)):
        expected = shank_and_foot(*person)
        numbers = [float(value) for value in function(*person)]
        assert numbers == pytest.approx([expected.mass, expected.length, *expected.centre, expected.moment])
