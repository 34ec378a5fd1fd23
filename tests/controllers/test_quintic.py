"""Quintics from knot to knot: minimum jerk between rests, smooth everywhere, and its peaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.minimum_jerk import minimum_jerk
from controllers.motions.quintic import SHORTEST_S, Knot, Trajectory, resting
from robot.errors import PlanError

small = st.floats(-3.0, 3.0)
states = st.tuples(small, small, small)


def ends_in_rest(steps, inner):
    """A trajectory of one joint whose inner knots are anything at all."""
    times = np.cumsum([0.0, *steps]).tolist()
    knots = [Knot(time, (q,), (dq,), (ddq,)) for time, (q, dq, ddq) in zip(times[1:-1], inner, strict=True)]
    return Trajectory((resting(0.0, (0.3,)), *knots, resting(times[-1], (-0.4,))))


@st.composite
def trajectories(draw):
    inner = draw(st.lists(states, max_size=4))
    steps = draw(st.lists(st.floats(0.1, 3.0), min_size=len(inner) + 1, max_size=len(inner) + 1))
    return ends_in_rest(steps, inner)


@settings(deadline=None, max_examples=50)
@given(way=small, lasts=st.floats(SHORTEST_S, 100.0), s=st.floats(0.0, 1.0))
def test_between_two_rests_it_is_minimum_jerk(way, lasts, s):
    q, dq, ddq = Trajectory((resting(0.0, (0.2,)), resting(lasts, (0.2 + way,)))).at(s * lasts)
    position, velocity, acceleration = minimum_jerk(s)
    assert q[0] == pytest.approx(0.2 + way * position, abs=1e-12)
    assert dq[0] * lasts == pytest.approx(way * velocity, abs=1e-10)
    assert ddq[0] * lasts**2 == pytest.approx(way * acceleration, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(way=small, lasts=st.floats(SHORTEST_S, 100.0))
def test_its_peaks_are_the_published_ones(way, lasts):
    step = Trajectory((resting(0.0, (0.0, 1.0)), resting(lasts, (way, 1.0))))
    for order, peak in ((1, 1.875), (2, 10.0 / 3.0**0.5), (3, 60.0)):
        moving, still = step.peak(order)
        assert moving * lasts**order == pytest.approx(peak * abs(way), rel=1e-9, abs=1e-12)
        assert still == 0.0


@settings(deadline=None, max_examples=50)
@given(trajectories())
def test_it_goes_through_its_knots_and_never_jumps(path):
    h = 1e-9
    within = [1e-9 + 2.0 * h * path.peak(order)[0] for order in (1, 2, 3)]
    for knot in path.knots:
        for time in (knot.time - h, knot.time, knot.time + h):
            for has, wanted, close in zip(path.at(time), (knot.q, knot.dq, knot.ddq), within, strict=True):
                assert has[0] == pytest.approx(wanted[0], abs=close)


@settings(deadline=None, max_examples=50)
@given(path=trajectories(), share=st.floats(0.0, 1.0))
def test_each_derivative_is_the_one_before_it_by_finite_difference(path, share):
    h, time = 1e-6, share * path.duration_s
    before, now, after = path.at(time - h), path.at(time), path.at(time + h)
    bend, jerk = path.peak(3)[0], path.peak(4)[0]
    assert (after[0][0] - before[0][0]) / (2 * h) == pytest.approx(now[1][0], abs=1e-8 + bend * h**2)
    assert (after[1][0] - before[1][0]) / (2 * h) == pytest.approx(now[2][0], abs=1e-7 * (1 + jerk) + bend * h)


@settings(deadline=None, max_examples=50)
@given(trajectories())
def test_a_peak_is_the_largest_that_sampling_finds(path):
    times = np.linspace(0.0, path.duration_s, 4001)
    sampled = np.array([path.at(time) for time in times.tolist()])[:, :, 0]
    for order in (1, 2):
        peak, found = path.peak(order)[0], np.abs(sampled[:, order]).max()
        step = times[1] - times[0]
        assert found - 1e-9 <= peak <= found + 0.5 * step * path.peak(order + 1)[0] + 1e-9


def test_before_and_after_it_stands():
    path = ends_in_rest([1.0, 1.0], [(1.0, 1.0, 1.0)])
    assert path.at(-1.0) == path.at(0.0) == ((0.3,), (0.0,), (0.0,))
    assert path.at(2.0) == path.at(1e9) == ((-0.4,), (0.0,), (0.0,))


@pytest.mark.parametrize("lasts", [0.0, 0.5 * SHORTEST_S, -1.0])
def test_a_step_that_takes_no_time_is_refused(lasts):
    with pytest.raises(PlanError, match="times-too-close"):
        Trajectory((resting(0.0, (0.0,)), resting(lasts, (1.0,))))


def test_one_knot_alone_is_no_trajectory():
    with pytest.raises(PlanError, match="times-too-close"):
        Trajectory((resting(0.0, (0.0,)),))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused_before_anything_else(bad):
    for knot in (resting(bad, (0.0,)), resting(1.0, (bad,)), Knot(1.0, (0.0,), (bad,), (0.0,))):
        with pytest.raises(PlanError, match="not-a-number"):
            Trajectory((resting(0.0, (0.0,)), knot))


def test_an_end_that_moves_is_refused():
    with pytest.raises(PlanError, match="end-not-at-rest"):
        Trajectory((resting(0.0, (0.0,)), Knot(1.0, (1.0,), (0.1,), (0.0,))))
