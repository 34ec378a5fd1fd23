"""Only inertias that some body has are let through."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from robot.errors import RobotError
from robot.models.urdf import check_inertias, rod


def urdf(mass, tensor):
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = np.array(tensor).tolist()
    return (
        f'<robot name="r"><link name="base"/><link name="thigh"><inertial><mass value="{mass!r}"/>'
        f'<inertia ixx="{xx!r}" ixy="{xy!r}" ixz="{xz!r}" iyy="{yy!r}" iyz="{yz!r}" izz="{zz!r}"/>'
        "</inertial></link></robot>"
    )


def refusal(text):
    with pytest.raises(RobotError) as refused:
        check_inertias(text, "mine")
    values = refused.value.values
    assert (refused.value.code, values["file"], values["link"]) == ("inertia-invalid", "mine", "thigh")
    return values["inequality"]


coordinate = st.floats(-1.0, 1.0)
points = st.lists(st.tuples(coordinate, coordinate, coordinate, st.floats(0.01, 10.0)), min_size=4, max_size=12)


def of_points(points):
    """Mass and inertia about the centre of points (x, y, z, mass); nearly flat heaps are passed over."""
    points = np.array(points)
    place, mass = points[:, :3], points[:, 3]
    place = place - np.average(place, axis=0, weights=mass)
    second = np.einsum("p,pi,pj->ij", mass, place, place)
    assume(np.linalg.eigvalsh(second)[0] > 1e-4)
    return float(mass.sum()), np.trace(second) * np.eye(3) - second


@given(points)
def test_every_heap_of_point_masses_is_a_body(points):
    check_inertias(urdf(*of_points(points)), "mine")


@given(points, st.floats(1.001, 10.0))
def test_a_principal_moment_above_the_sum_of_the_others_is_not(points, beyond):
    mass, tensor = of_points(points)
    moments, axes = np.linalg.eigh(tensor)
    moments[2] = (moments[0] + moments[1]) * beyond
    assert "I1 + I2 >= I3" in refusal(urdf(mass, axes @ np.diag(moments) @ axes.T))


@given(points, st.floats(-10.0, -1e-3))
def test_a_negative_principal_moment_is_not(points, negative):
    mass, tensor = of_points(points)
    moments, axes = np.linalg.eigh(tensor)
    moments[0] = negative
    assert "every principal moment > 0" in refusal(urdf(mass, axes @ np.diag(moments) @ axes.T))


@given(points, st.floats(-10.0, 0.0))
def test_a_body_without_mass_is_not(points, mass):
    _, tensor = of_points(points)
    assert "mass > 0" in refusal(urdf(mass, tensor))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", range(7))
def test_a_number_that_is_none_is_not(place, number):
    numbers = [1.0, 0.1, 0.0, 0.0, 0.1, 0.0, 0.1]
    numbers[place] = number
    mass, xx, xy, xz, yy, yz, zz = numbers
    assert "finite" in refusal(urdf(mass, [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]))


@pytest.mark.parametrize("missing", ['ixy="0.0" ', '<mass value="1.0"/>'])
def test_a_number_that_is_missing_is_not(missing):
    text = urdf(1.0, 0.1 * np.eye(3))
    assert missing in text
    assert "finite" in refusal(text.replace(missing, ""))


@given(st.floats(0.1, 20.0), st.floats(0.05, 1.0), st.floats(0.001, 0.2))
def test_a_rod_is_the_sum_of_its_slices(mass, length, radius):
    """Thin discs along +x: each m r²/4 across and m r²/2 along, moved by the parallel axis."""
    bar, count = rod(mass, length, radius).inertial, 400
    along = (np.arange(count) + 0.5) * length / count
    slice_mass = mass / count
    np.testing.assert_allclose(bar.centre, [along.mean(), 0.0, 0.0])
    across = np.sum(slice_mass * radius**2 / 4.0 + slice_mass * (along - along.mean()) ** 2)
    np.testing.assert_allclose(bar.moments, [mass * radius**2 / 2.0, across, across], rtol=1e-4)
    assert bar.mass == mass
    check_inertias(f'<robot name="r"><link name="bar">{bar.xml()}</link></robot>', "mine")
