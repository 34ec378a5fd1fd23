"""Reaching: every target reached and held, all joints together, as fast as the slowest joint's pace allows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.joint_pace import JointPace
from controllers.motions.played import PlayedMotion
from controllers.motions.quintic import SHORTEST_S
from controllers.motions.reaching import Target, reach_time_s, reaching
from robot.errors import PlanError
from robot.tick import Row, TickLayout

PACE = (JointPace(1.0, 4.0, 60.0), JointPace(0.5, 6.0, 40.0))
JOINTS = ("shoulder", "elbow")
angles = st.tuples(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
targets = st.lists(
    st.builds(Target, angles, st.one_of(st.just(0.0), st.floats(0.1, 2.0))), min_size=2, max_size=5
).filter(lambda wanted: any(one.hold_s or one.q != wanted[0].q for one in wanted))


def test_a_reach_takes_as_long_as_its_closed_form():
    """Velocity 15/8 D/T, acceleration 10/√3 D/T², jerk 60 D/T³: whichever asks for the longest."""
    fast = 1e9
    assert reach_time_s((0.2,), (1.0,), [JointPace(0.5, fast, fast)]) == pytest.approx(1.875 * 0.8 / 0.5)
    assert reach_time_s((0.2,), (1.0,), [JointPace(fast, 0.5, fast)]) == pytest.approx((5.7735027 * 0.8 / 0.5) ** 0.5)
    assert reach_time_s((1.0,), (0.2,), [JointPace(fast, fast, 0.5)]) == pytest.approx((60.0 * 0.8 / 0.5) ** (1 / 3))
    assert reach_time_s((0.2, 0.0), (1.0, 2.0), PACE) == pytest.approx(1.875 * 2.0 / 0.5)


@settings(deadline=None, max_examples=30)
@given(targets)
def test_every_target_is_reached_in_turn_and_held_as_long_as_it_says(wanted):
    path, time = reaching(wanted, PACE), 0.0
    here = wanted[0].q
    for target in (*wanted, Target(wanted[0].q, 0.0)):
        for step_s in (reach_time_s(here, target.q, PACE), target.hold_s):
            time += max(step_s, SHORTEST_S) if step_s else 0.0
            assert path.at(time)[0] == pytest.approx(target.q, abs=1e-9)
        here = target.q
        midway = time - 0.5 * target.hold_s
        if target.hold_s:
            assert path.at(midway)[0] == pytest.approx(target.q, abs=1e-12)
            np.testing.assert_allclose(path.at(midway)[1:], 0.0, atol=1e-12)
    assert path.duration_s == pytest.approx(time)
    assert path.closed


@settings(deadline=None, max_examples=30)
@given(targets)
def test_no_limit_is_passed_and_no_angle_outside_the_targets(wanted):
    path = reaching(wanted, PACE)
    for joint, pace in enumerate(PACE):
        limits = (pace.velocity, pace.acceleration, pace.jerk)
        assert all(path.peak(order)[joint] <= limit * (1 + 1e-9) for order, limit in enumerate(limits, 1))
    sampled = np.array([path.at(time)[0] for time in np.linspace(0.0, path.duration_s, 300).tolist()])
    angles_ = np.array([target.q for target in wanted])
    assert (sampled >= angles_.min(axis=0) - 1e-12).all()
    assert (sampled <= angles_.max(axis=0) + 1e-12).all()


def test_played_it_counts_the_rounds_and_ends_where_it_began():
    path = reaching([Target((0.0, 0.2), 0.5), Target((0.4, 0.2), 0.0), Target((0.4, 0.6), 0.3)], PACE)
    motion, row = PlayedMotion(path, 1.0, 3, 0.01), Row(TickLayout(joints=JOINTS))
    motion.begin((0.1, 0.1))
    rounds = []
    while not motion.at_rest:
        motion.sample(row)
        rounds.append(row.repetition[0])
    assert sorted(set(rounds)) == [0.0, 1.0, 2.0, 3.0]
    assert row.q_ref.tolist() == [0.0, 0.2]


def test_a_target_where_the_joints_are_takes_no_time_but_its_hold():
    here = (0.3, 0.3)
    assert reaching([Target(here, 1.0), Target(here, 0.5)], PACE).duration_s == pytest.approx(1.5)


@pytest.mark.parametrize("hold_s", [-0.1, float("nan")])
def test_a_hold_that_is_none_is_refused(hold_s):
    with pytest.raises(PlanError, match="hold-negative"):
        reaching([Target((0.0, 0.0), 0.0), Target((1.0, 1.0), hold_s)], PACE)


def test_nothing_to_do_is_refused():
    with pytest.raises(PlanError, match="times-too-close"):
        reaching([Target((0.0, 0.0), 0.0)], PACE)


def test_a_hold_without_end_is_refused():
    with pytest.raises(PlanError, match="not-a-number"):
        reaching([Target((0.0, 0.0), float("inf")), Target((1.0, 1.0), 0.0)], PACE)
