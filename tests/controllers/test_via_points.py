"""Minimum jerk through via points: held against an independent solve, and against every other path nearby."""

from itertools import pairwise

import casadi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.joint_pace import JointPace
from controllers.motions.minimum_jerk import minimum_jerk
from controllers.motions.quintic import Knot, Trajectory
from controllers.motions.via_points import through, through_at_pace
from robot.errors import PlanError

PACE = (JointPace(1.2, 3.0, 20.0), JointPace(0.6, 5.0, 60.0))
angles = st.tuples(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))


@st.composite
def courses(draw):
    """Points that differ, and times that rise."""
    points = draw(st.lists(angles, min_size=2, max_size=6, unique=True))
    steps = draw(st.lists(st.floats(0.2, 2.0), min_size=len(points) - 1, max_size=len(points) - 1))
    return points, np.cumsum([0.0, *steps]).tolist()


def squared_jerk(path):
    """∫ jerk² over all of it for each joint; the integrand has degree 4, and three Gauss points are exact."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    total = 0.0
    for before, after in pairwise(path.knots):
        step = after.time - before.time
        for joint in range(len(before.q)):
            ends = [(getattr(knot, name)[joint]) for knot in (before, after) for name in ("q", "dq", "ddq")]
            at_ends = np.array([[0.0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0], [0, 0, 0, 2, 0, 0]])
            t = np.array([5.0, 4, 3, 2, 1, 0])
            later = np.array(
                [step**t, [*(t[:5] * step ** (t[:5] - 1)), 0], [*(t[:4] * (t[:4] - 1) * step ** (t[:4] - 2)), 0, 0]]
            )
            jerk = np.polyder(np.poly1d(np.linalg.solve(np.vstack((at_ends, later)), ends)), 3)
            total += float(np.sum(0.5 * step * weights * jerk(0.5 * step * (nodes + 1.0)) ** 2))
    return total


@settings(deadline=None, max_examples=25)
@given(courses())
def test_it_goes_through_every_point_at_its_time_with_four_continuous_derivatives(course):
    points, times = course
    path = through(points, times)
    assert path.duration_s == pytest.approx(times[-1])
    for point, time in zip(points, times, strict=True):
        np.testing.assert_allclose(path.at(time)[0], point, atol=1e-9)
    for order in (3, 4):
        for place in range(1, len(times) - 1):
            left, right = path._quintics[place - 1], path._quintics[place]
            steps = times[place] - times[place - 1], times[place + 1] - times[place]
            for before, after in zip(left, right, strict=True):
                ends = np.polynomial.Polynomial(before).deriv(order)(1.0) / steps[0] ** order
                begins = np.polynomial.Polynomial(after).deriv(order)(0.0) / steps[1] ** order
                assert ends == pytest.approx(begins, rel=1e-6, abs=1e-6 * path.peak(order)[0] + 1e-6)


def solved_for_least_jerk(points, times, pieces=60):
    """The same problem without splines: a jerk that is constant over each of many pieces, as a quadratic programme."""
    grid = np.unique(np.concatenate([np.linspace(a, b, pieces + 1) for a, b in pairwise(times)]))
    jerk = casadi.SX.sym("jerk", len(grid) - 1)
    q, dq, ddq, cost, met, wanted = casadi.SX(points[0]), casadi.SX(0), casadi.SX(0), casadi.SX(0), [], []
    for place, step in enumerate(np.diff(grid)):
        one = jerk[place]
        q += step * dq + step**2 / 2 * ddq + step**3 / 6 * one
        dq += step * ddq + step**2 / 2 * one
        ddq += step * one
        cost += step * one**2
        if (place + 1) % pieces == 0:
            met.append(q)
            wanted.append(points[(place + 1) // pieces])
    constraints = casadi.vertcat(*met, dq, ddq)
    bounds = casadi.vertcat(*wanted, 0.0, 0.0)
    quiet = {"print_time": False, "print_iter": False, "print_header": False, "print_info": False}
    solver = casadi.qpsol("least", "qrqp", {"x": jerk, "f": cost, "g": constraints}, quiet)
    return float(solver(lbg=bounds, ubg=bounds)["f"])


@pytest.mark.parametrize(
    ("points", "times"),
    [
        ([0.0, 1.0], [0.0, 1.3]),
        ([0.0, 1.0, 0.4], [0.0, 1.0, 1.7]),
        ([0.2, 1.0, -0.5, 0.2], [0.0, 0.8, 2.0, 3.5]),
    ],
)
def test_it_is_as_good_as_an_independent_solve_finds(points, times):
    """A jerk of many steps comes near the best from above: by the square of a step's length."""
    least = squared_jerk(through([(one,) for one in points], times))
    coarse, fine = (solved_for_least_jerk(points, times, pieces) for pieces in (20, 40))
    assert least < fine < coarse < 1.02 * least
    assert (coarse - least) / (fine - least) == pytest.approx(4.0, rel=0.05)


@settings(deadline=None, max_examples=25)
@given(course=courses(), change=st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4))
def test_every_other_velocity_and_acceleration_at_a_via_point_costs_more(course, change):
    points, times = course
    path = through(points, times)
    others = [
        Knot(knot.time, knot.q, tuple(np.add(knot.dq, change[:2])), tuple(np.add(knot.ddq, change[2:])))
        for knot in path.knots[1:-1]
    ]
    other = Trajectory((path.knots[0], *others, path.knots[-1]))
    assert squared_jerk(other) >= squared_jerk(path) * (1 - 1e-9)


def test_between_two_points_it_is_the_minimum_jerk_step():
    path = through([(0.2,), (1.0,)], [0.0, 2.0])
    for s in np.linspace(0.0, 1.0, 21):
        assert path.at(2.0 * s)[0][0] == pytest.approx(0.2 + 0.8 * minimum_jerk(s)[0], abs=1e-12)


def test_a_point_that_lies_on_the_step_changes_nothing():
    """Where the minimum-jerk step goes by itself, going through it costs nothing: Flash and Hogan's own check."""
    middle = minimum_jerk(0.3)[0]
    with_it, without = through([(0.0,), (middle,), (1.0,)], [0.0, 0.3, 1.0]), through([(0.0,), (1.0,)], [0.0, 1.0])
    for s in np.linspace(0.0, 1.0, 21).tolist():
        for one, other in zip(with_it.at(s), without.at(s), strict=True):
            assert one[0] == pytest.approx(other[0], abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(angles, min_size=2, max_size=6, unique=True))
def test_at_a_pace_no_limit_is_passed_and_one_is_met(points):
    distances = [max(abs(a - b) for a, b in zip(one, other, strict=True)) for one, other in pairwise(points)]
    if min(distances) < 0.02:  # a step of so small a share of the way is refused
        return
    path = through_at_pace(points, PACE)
    shares = [
        path.peak(order)[joint] / getattr(pace, name)
        for joint, pace in enumerate(PACE)
        for order, name in enumerate(("velocity", "acceleration", "jerk"), 1)
    ]
    assert max(shares) == pytest.approx(1.0, abs=1e-6)


def test_the_same_point_twice_in_a_row_is_refused():
    for points in ([(0.0, 0.0), (0.0, 0.0)], [(0.0, 0.0), (1.0, 1.0), (1.0, 1.0), (0.0, 0.0)]):
        with pytest.raises(PlanError, match="times-too-close"):
            through_at_pace(points, PACE)


@pytest.mark.parametrize("times", [[0.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, float("nan"), 1.0]])
def test_times_that_do_not_rise_are_refused(times):
    with pytest.raises(PlanError):
        through([(0.0,), (1.0,), (2.0,)], times)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_pace_that_is_none_is_refused(bad):
    for given_ in ((bad, 1.0, 1.0), (1.0, bad, 1.0), (1.0, 1.0, bad)):
        with pytest.raises(PlanError, match="not-above-zero"):
            JointPace(*given_)
