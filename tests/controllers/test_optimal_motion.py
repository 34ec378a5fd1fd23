"""Optimal motion: held against solutions known in closed form, and against every limit where it acts."""

from math import radians, sqrt

import casadi
import numpy as np
import pytest
from casadi import MX, SX

from controllers.motions.collocation import STEPS, Collocation, JointBounds
from controllers.motions.joint_pace import JointPace
from controllers.motions.minimum_jerk import minimum_jerk
from controllers.motions.optimal import drive_torque, optimal_motion
from controllers.motions.played import PlayedMotion
from controllers.motions.quintic import Trajectory, resting
from robot.description import load_robot
from robot.errors import PlanError
from robot.symbolic import SymbolicRobot
from robot.tick import Row, TickLayout

WIDE = JointPace(1e3, 1e4, 1e5)
FREE = JointBounds(-100.0, 100.0, WIDE, 1e4)
PEOPLE = ((1.5, 45.0), (1.9, 100.0))
KNEE = JointBounds(radians(10.0), radians(95.0), JointPace(2.4, 8.0, 80.0), 36.0)


def masses(*inertias):
    """Joints that are nothing but inertia: double integrators."""
    q, dq, ddq = (SX.sym(name, len(inertias)) for name in ("q", "dq", "ddq"))
    return casadi.Function("torque", [q, dq, ddq], [casadi.vertcat(*inertias) * ddq])


def sampled(path, points=1001):
    """(time, derivative, joint)."""
    return np.array([path.at(time) for time in np.linspace(0.0, path.duration_s, points).tolist()])


@pytest.fixture(scope="module")
def knee():
    robot = SymbolicRobot.of(load_robot("knee-exo"))
    return drive_torque(robot, PEOPLE)


def torques_along(torque, path):
    return np.array([np.asarray(torque(*state)).ravel() for state in sampled(path, 801).tolist()])


def test_the_least_jerk_without_active_limits_is_the_minimum_jerk_polynomial():
    best = optimal_motion([0.2, 1.0], [1.2, 0.6], 1.5, [FREE, FREE], masses(1.0, 1.0), "jerk")
    assert best.cost == pytest.approx(720.0 * (1.0 + 0.4**2) / 1.5**5, rel=1e-9)
    for time in np.linspace(0.0, 1.5, 50).tolist():
        position, velocity, acceleration = minimum_jerk(time / 1.5)
        q, dq, ddq = best.trajectory.at(time)
        np.testing.assert_allclose(q, [0.2 + position, 1.0 - 0.4 * position], atol=1e-8)
        np.testing.assert_allclose(dq, [velocity / 1.5, -0.4 * velocity / 1.5], atol=1e-7)
        np.testing.assert_allclose(ddq, [acceleration / 1.5**2, -0.4 * acceleration / 1.5**2], atol=1e-5)


def test_the_least_effort_of_a_mass_is_its_cubic():
    """∫ τ² is least for q = D (3 s² − 2 s³), 12 I² D²/T³; from above, because its torque begins with a jump."""
    inertia, lasts_s = 0.7, 2.0
    best = optimal_motion([0.0], [1.3], lasts_s, [FREE], masses(inertia), "effort")
    least = 12.0 * inertia**2 * 1.3**2 / lasts_s**3
    assert least < best.cost < 1.02 * least
    s = np.linspace(0.0, 1.0, 1001)
    np.testing.assert_allclose(sampled(best.trajectory)[:, 0, 0], 1.3 * (3 * s**2 - 2 * s**3), atol=1e-3 * 1.3)


def test_the_least_effort_with_limited_jerk_is_its_closed_form():
    """The acceleration rises at the limit J until it meets the falling line c (1 − 2t/T), and so leaves it again.

    That c J-ramp meets the line at t₁ = c / (J + 2c/T); the way gone fixes c.
    """
    from scipy.optimize import brentq  # here alone: every worker reads this file

    jerk, lasts_s, way = 30.0, 2.0, 1.0
    best = optimal_motion(
        [0.0], [way], lasts_s, [JointBounds(-9.0, 9.0, JointPace(1e3, 1e4, jerk), 1e4)], masses(1.0), "effort"
    )
    time = np.linspace(0.0, lasts_s, 40001)

    def acceleration(c):
        line = c * (1.0 - 2.0 * time / lasts_s)
        return np.clip(line, -jerk * (lasts_s - time), jerk * time)

    def gone(c):
        return np.trapezoid(acceleration(c) * (lasts_s - time), time)

    exact = acceleration(brentq(lambda c: gone(c) - way, 0.0, 20.0))
    assert best.cost == pytest.approx(np.trapezoid(exact**2, time), rel=5e-3)
    found = sampled(best.trajectory)[:, 2, 0]
    np.testing.assert_allclose(found, exact[::40], atol=0.05 * exact.max())
    assert best.trajectory.peak(3)[0] <= jerk * (1 + 1e-6)


@pytest.mark.parametrize("least", ["effort", "jerk"])
def test_where_limits_act_each_of_them_is_held_everywhere(least, knee):
    """Narrow enough that all but the range are met; looked at much more finely than the solver does."""
    narrow = JointBounds(KNEE.low, KNEE.high, JointPace(0.75, 1.7, 9.0), 36.0)
    best = optimal_motion([radians(20.0)], [radians(65.0)], 1.9, [narrow], knee, least)
    for order, limit in ((1, 0.75), (2, 1.7), (3, 9.0)):
        assert best.trajectory.peak(order)[0] <= limit * (1 + 1e-6)
    assert best.trajectory.peak(1)[0] >= 0.7
    assert np.abs(torques_along(knee, best.trajectory)).max() <= 36.0
    q = sampled(best.trajectory)[:, 0, 0]
    assert q.min() >= KNEE.low
    assert q.max() <= KNEE.high


def pendulum(gravity):
    q, dq, ddq = SX.sym("q"), SX.sym("dq"), SX.sym("ddq")
    return casadi.Function("torque", [q, dq, ddq], [ddq + gravity * casadi.sin(q)])


def test_a_torque_limit_that_acts_is_held_between_the_points_too():
    free = optimal_motion([0.3], [1.2], 1.0, [FREE], pendulum(4.0), "jerk")
    most = np.abs(torques_along(pendulum(4.0), free.trajectory)).max()
    less = JointBounds(-9.0, 9.0, WIDE, 0.8 * most)
    best = optimal_motion([0.3], [1.2], 1.0, [less], pendulum(4.0), "jerk")
    torques = np.abs(torques_along(pendulum(4.0), best.trajectory))
    assert 0.77 * most <= torques.max() <= 0.8 * most
    assert best.cost > free.cost


def test_a_range_that_acts_is_held():
    """A heavy pendulum is cheaper held lower: least effort would swing back beyond the range first."""
    free = optimal_motion([0.3], [1.2], 1.4, [FREE], pendulum(25.0), "effort")
    held = optimal_motion([0.3], [1.2], 1.4, [JointBounds(0.25, 1.2, WIDE, 1e4)], pendulum(25.0), "effort")
    assert sampled(free.trajectory)[:, 0].min() < 0.2
    assert sampled(held.trajectory)[:, 0].min() >= 0.25 - 1e-6
    assert held.cost > free.cost


def test_each_joint_is_held_to_its_own_limits():
    """The first to its velocity, the second to its acceleration; the third is free, and does as if it were alone."""
    bounds = [JointBounds(-9.0, 9.0, pace, 1e4) for pace in (JointPace(1.5, 1e4, 1e5), JointPace(1e3, 5.0, 1e5), WIDE)]
    best = optimal_motion([0.0] * 3, [1.0] * 3, 1.0, bounds, masses(1.0, 2.0, 3.0), "jerk").trajectory
    velocity, acceleration = best.peak(1), best.peak(2)
    assert velocity == (pytest.approx(1.5, rel=5e-3), pytest.approx(1.83, abs=0.045), pytest.approx(1.875, rel=1e-6))
    assert velocity[0] <= 1.5 * (1 + 1e-6)
    assert acceleration[1] == pytest.approx(5.0, rel=5e-3)
    assert acceleration[1] <= 5.0 * (1 + 1e-6)
    assert acceleration[2] == pytest.approx(10.0 / sqrt(3.0), rel=1e-6)
    assert acceleration[0] > 5.0


def test_the_least_effort_is_less_than_that_of_minimum_jerk(knee):
    start, target, lasts_s = radians(20.0), radians(65.0), 1.5
    best = optimal_motion([start], [target], lasts_s, [KNEE], knee, "effort")
    usual = Trajectory((resting(0.0, (start,)), resting(lasts_s, (target,))))

    def effort(path):
        return np.trapezoid(np.mean(torques_along(knee, path) ** 2, axis=1), dx=lasts_s / 800)

    assert best.cost == pytest.approx(effort(best.trajectory), rel=1e-3)
    assert best.cost < effort(usual)
    assert best.iterations > 0
    assert best.seconds > 0.0


def test_the_drives_torque_is_that_of_the_robot_with_the_persons_limb(knee):
    """Standing level, a drive holds the weights alone: they add up, and the heavier person's is more."""
    light, heavy = np.abs(np.asarray(knee([0.3], [0.0], [0.0])).ravel())
    assert heavy > light > 0.0
    faster = np.asarray(knee([0.3], [0.0], [1.0])).ravel() - np.asarray(knee([0.3], [0.0], [0.0])).ravel()
    slower = np.asarray(knee([0.3], [0.0], [-1.0])).ravel() - np.asarray(knee([0.3], [0.0], [0.0])).ravel()
    np.testing.assert_allclose(faster, -slower, atol=1e-12)
    assert (faster > 0.9).all()  # the drive's own inertia is 0.9 kg·m²


def test_played_it_is_a_motion_like_any_other():
    best = optimal_motion([0.2], [1.0], 1.5, [FREE], masses(1.0), "effort")
    motion, row = PlayedMotion(best.trajectory, 1.0, 1, 0.002), Row(TickLayout(joints=("knee",)))
    motion.begin([0.1])
    steps = []
    while not motion.at_rest:
        motion.sample(row)
        steps.append(row.ddq_ref[0])
    assert row.q_ref[0] == pytest.approx(1.0, abs=1e-9)
    assert len(best.trajectory.knots) == STEPS + 1
    assert np.abs(np.diff(steps)).max() <= best.trajectory.peak(3)[0] * 0.002 + 1e-9


def test_less_time_than_the_pace_needs_is_refused_with_what_it_needs():
    with pytest.raises(PlanError, match="motion-too-short") as refused:
        optimal_motion([0.0], [1.0], 0.5, [JointBounds(-1.0, 1.0, JointPace(0.5, 1e4, 1e6), 1e3)], masses(1.0), "jerk")
    assert refused.value.values["at_least"] == pytest.approx(2.0, abs=0.01)


def two_links():
    """Two links in the vertical plane whose joints disturb each other, 1 kg at the end of each metre."""
    q, dq, ddq = (SX.sym(name, 2) for name in ("q", "dq", "ddq"))
    turned = casadi.vertcat(q[0], q[0] + q[1])
    end = casadi.vertcat(casadi.sin(turned[0]), -casadi.cos(turned[0]))
    tip = end + casadi.vertcat(casadi.sin(turned[1]), -casadi.cos(turned[1]))
    slopes = [casadi.jacobian(point, q) for point in (end, tip)]
    mass = sum(one.T @ one for one in slopes)
    bent = sum(one.T @ (casadi.jacobian(one @ dq, q) @ dq) for one in slopes)
    weight = 9.81 * sum(one[1, :].T for one in slopes)
    return casadi.Function("torque", [q, dq, ddq], [mass @ ddq + bent + weight])


@pytest.mark.parametrize("least", ["effort", "jerk"])
def test_the_derivatives_that_the_solver_is_given_are_those_that_casadi_takes_by_itself(least):
    problem = Collocation(1.2, [JointBounds(-3.0, 3.0, WIDE, 30.0)] * 2, two_links(), least)
    whole, x = problem._states, MX.sym("x", problem._states.numel())
    told = casadi.Function("told", [whole], [problem._cost, problem._held])
    cost, held = told(casadi.reshape(x, *whole.shape))
    weight, weights = MX.sym("weight"), MX.sym("weights", held.numel())
    curved, _ = casadi.hessian(weight * cost / 7.0 + casadi.dot(weights, held), x)
    exact = casadi.Function("exact", [x, weight, weights], [casadi.jacobian(held, x), casadi.triu(curved)])
    random = np.random.default_rng(5)
    at, many = random.normal(size=x.numel()), random.normal(size=held.numel())
    slopes, curvatures = (np.asarray(one) for one in exact(at, 0.4, many))
    np.testing.assert_allclose(np.asarray(problem._slopes()(at, [])[1]), slopes, rtol=1e-9, atol=1e-9)
    given = np.asarray(problem._curvatures(7.0)(at, [], 0.4, many))
    np.testing.assert_allclose(given, curvatures, rtol=1e-9, atol=1e-9 * np.abs(curvatures).max())


def test_joints_that_disturb_each_other_are_held_to_their_limits_between_the_points_too():
    torque, pace = two_links(), JointPace(1.6, 6.0, 60.0)
    free = optimal_motion([0.2, 0.3], [1.2, 0.8], 1.3, [JointBounds(-3.0, 3.0, WIDE, 1e3)] * 2, torque, "jerk")
    most = np.abs(torques_along(torque, free.trajectory)).max(axis=0)
    bounds = [JointBounds(0.1, 1.3, pace, 0.96 * one) for one in most]
    best = optimal_motion([0.2, 0.3], [1.2, 0.8], 1.3, bounds, torque, "effort").trajectory
    assert (np.abs(torques_along(torque, best)).max(axis=0) <= 0.96 * most).all()
    for order, limit in ((1, pace.velocity), (2, pace.acceleration), (3, pace.jerk)):
        assert max(best.peak(order)) <= limit * (1 + 1e-6)
    assert max(best.peak(3)) >= 0.98 * pace.jerk
    low, high = zip(*best.span, strict=True)
    assert min(low) >= 0.1 - 1e-6
    assert max(high) <= 1.3 + 1e-6


def bounds_of(robot):
    pace = JointPace(radians(60.0), radians(120.0), radians(600.0))
    return [
        JointBounds(*robot.range_rad(name), pace, robot.joints[name].drive.continuous_torque)
        for name in robot.joint_names
    ]


ENDS = {
    "leg-exo": ([0, 10, 0, 0, 10, 0], [40, 60, -10, 30, 50, -10]),
    "care-arm": ([0, 20, 0, 40, 0, 30, 0], [30, 50, 20, 80, -30, 60, 40]),
}


def solved(name, least):
    robot = load_robot(name)
    start, target = (np.radians(one).tolist() for one in ENDS[name])
    torque = drive_torque(SymbolicRobot.of(robot), PEOPLE)
    return torque, bounds_of(robot), optimal_motion(start, target, 2.0, bounds_of(robot), torque, least)


def minimum_jerk_of(name):
    start, target = np.radians(ENDS[name])
    return lambda time: start + (target - start) * minimum_jerk(time / 2.0)[0]


def test_each_of_six_joints_goes_by_minimum_jerk_where_no_limit_acts():
    _, _, best = solved("leg-exo", "jerk")
    start, target = np.radians(ENDS["leg-exo"])
    assert best.cost == pytest.approx(720.0 * ((target - start) ** 2).sum() / 2.0**5, rel=1e-8)
    path = minimum_jerk_of("leg-exo")
    for time in np.linspace(0.0, 2.0, 41).tolist():
        np.testing.assert_allclose(best.trajectory.at(time)[0], path(time), atol=1e-6)


@pytest.mark.sweep
@pytest.mark.parametrize("name", ["leg-exo", "care-arm"])
def test_the_least_effort_of_many_joints_is_less_than_that_of_least_jerk_and_within_every_limit(name):
    torque, bounds, best = solved(name, "effort")
    _, _, smooth = solved(name, "jerk")

    def effort(path):
        return np.trapezoid((torques_along(torque, path) ** 2).sum(axis=1), dx=2.0 / 800)

    assert effort(best.trajectory) < effort(smooth.trajectory)
    limits = np.array([one.torque for one in bounds])
    torques = torques_along(torque, best.trajectory).reshape(801, len(bounds), -1)
    assert (np.abs(torques) <= limits[:, None]).all()
    for order, limit in ((1, 60.0), (2, 120.0), (3, 600.0)):
        assert max(best.trajectory.peak(order)) <= radians(limit) * (1 + 1e-6)
    for (low, high), one in zip(best.trajectory.span, bounds, strict=True):
        assert one.low - 1e-6 <= low
        assert high <= one.high + 1e-6


def test_an_end_that_a_joint_is_too_weak_to_stand_at_is_refused_at_once():
    """Level, the first of two links bears 1 kg at 1 m and 1 kg at 2 m."""
    weak = [JointBounds(-3.0, 3.0, WIDE, 20.0)] * 2
    with pytest.raises(PlanError, match="end-not-held") as refused:
        optimal_motion([0.0, 0.0], [1.5707963, 0.0], 2.0, weak, two_links(), "jerk")
    assert refused.value.values["field"] == "target"
    assert refused.value.values["needed"] == pytest.approx(3 * 9.81, rel=1e-6)


def test_what_cannot_be_done_is_one_clear_line():
    """A mass needs 4 I D/T² at least, half of the way at full torque and half of it back."""
    weak = JointBounds(-9.0, 9.0, WIDE, 3.9)
    with pytest.raises(PlanError, match="motion-not-found") as refused:
        optimal_motion([0.0], [1.0], 1.0, [weak], masses(1.0), "jerk")
    assert "Infeasible" in refused.value.values["reason"]


@pytest.mark.parametrize("ends", [(-2.0, 0.5), (0.5, 2.0), (float("nan"), 0.5), (0.5, float("inf"))])
def test_an_end_out_of_range_is_refused(ends):
    with pytest.raises(PlanError, match="out-of-bounds"):
        optimal_motion([ends[0]], [ends[1]], 2.0, [JointBounds(-1.0, 1.0, WIDE, 1e3)], masses(1.0), "jerk")


@pytest.mark.parametrize("lasts_s", [0.0, -1.0, float("nan"), sqrt(2.0) * 1e-3])
def test_a_time_that_is_none_is_refused(lasts_s):
    with pytest.raises(PlanError):
        optimal_motion([0.0], [0.5], lasts_s, [FREE], masses(1.0), "jerk")


@pytest.mark.parametrize(
    ("low", "high", "torque"),
    [(1.0, 1.0, 5.0), (1.0, 0.0, 5.0), (float("nan"), 1.0, 5.0), (0.0, 1.0, 0.0), (0.0, 1.0, float("nan"))],
)
def test_bounds_that_are_none_are_refused(low, high, torque):
    with pytest.raises(PlanError, match=r"range-empty|torque-not-above-zero"):
        JointBounds(low, high, WIDE, torque)
