"""Minimum jerk through via points: the quintic spline, and how long it has to take."""

from collections.abc import Sequence

import numpy as np

from controllers.motions.joint_pace import JointPace, least_time_s
from controllers.motions.quintic import SHORTEST_S, Knot, Trajectory, resting

_NOMINAL_S = 100.0
"""A path's shape does not depend on its time: it is made in this one, where no step is too short, and then scaled."""


def through(points: Sequence[Sequence[float]], times: Sequence[float]) -> Trajectory:
    """The smoothest path through the joint angles `points` (rad) at `times` (s), at rest at its first and last.

    It has the least ∫ jerk² of all (Flash and Hogan 1985): velocity and acceleration at a via point are whatever suits
    the whole, which is a quintic spline with four continuous derivatives, clamped at both ends. Between the points it
    may leave their range. Raises `PlanError` on times that do not rise by `SHORTEST_S`, and on what is not finite.
    """
    rough = Trajectory(tuple(resting(time, q) for time, q in zip(times, points, strict=True)))  # checks both
    if len(rough.knots) == 2:
        return rough
    from scipy.interpolate import make_interp_spline  # slow to import

    still = [(order, np.zeros(len(points[0]))) for order in (1, 2)]
    spline = make_interp_spline(times, np.asarray(points, float), k=5, bc_type=(still, still))
    dq, ddq = spline.derivative(1)(times), spline.derivative(2)(times)
    inner = [
        Knot(knot.time, knot.q, tuple(velocity), tuple(acceleration))
        for knot, velocity, acceleration in zip(rough.knots[1:-1], dq[1:-1].tolist(), ddq[1:-1].tolist(), strict=True)
    ]
    return Trajectory((rough.knots[0], *inner, rough.knots[-1]))


def through_at_pace(points: Sequence[Sequence[float]], pace: Sequence[JointPace]) -> Trajectory:
    """The smoothest path through the joint angles `points` (rad) that is led as fast as `pace` of each joint allows.

    Each step's share of the time is its share of the way, of the joint that has the longest at its velocity. Raises
    `PlanError` where two points that follow each other are the same.
    """
    ways = np.abs(np.diff(np.asarray(points, float), axis=0)) / [one.velocity for one in pace]
    along = np.concatenate(([0.0], np.cumsum(ways.max(axis=1))))
    shares = along / (along[-1] or 1.0)
    nominal = through(points, (shares * _NOMINAL_S).tolist())
    lasts = least_time_s([[one * _NOMINAL_S**order for one in nominal.peak(order)] for order in (1, 2, 3)], pace)
    return through(points, (shares * max(lasts, SHORTEST_S)).tolist())
