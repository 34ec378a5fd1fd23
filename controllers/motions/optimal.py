"""Optimal motion: the least effort or the least jerk from rest to rest, under every limit, solved beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, isfinite, perm
from typing import Literal

import casadi
import numpy as np
from casadi import MX, SX

from controllers.motions.joint_pace import JointPace
from controllers.motions.quintic import Knot, Trajectory, quintic, resting
from controllers.motions.retargeted import quickest_s
from robot.errors import PlanError
from robot.symbolic import SymbolicRobot
from robot.tick import Array

STEPS = 40
"""Quintics that a motion is made of; with twice as many an effort changes by less than a hundredth. Our choice."""

TORQUE_SHARE = 0.98
"""Share of a torque limit that is used where the torque is looked at, so that it holds in between too. Our choice."""

LONGEST_S = 120.0
"""A solve that takes longer is given up. Our choice."""

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(4)
_PLACES, _WEIGHTS = 0.5 * (_NODES + 1.0), 0.5 * _NODE_WEIGHTS
"""Gauss-Legendre on 0…1: exact to degree 7, and a squared acceleration has 6."""


@dataclass(frozen=True, slots=True)
class JointBounds:
    """What one joint is held to: from `low` to `high` rad, at its `pace`, with at most `torque` N·m, above 0."""

    low: float
    high: float
    pace: JointPace
    torque: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise PlanError("range-empty", field="motion", low=self.low, high=self.high)
        if not (isfinite(self.torque) and self.torque > 0.0):
            raise PlanError("torque-not-above-zero", field="motion", given=self.torque)


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best motion found, its cost (∫ τ² in N²·m²·s, or ∫ jerk² in rad²/s⁵), and what finding it took."""

    trajectory: Trajectory
    cost: float
    iterations: int
    seconds: float


def drive_torque(robot: SymbolicRobot, people: Sequence[tuple[float, float]]) -> casadi.Function:
    """(q, dq, ddq) → the torque in N·m that the drives give for each person (height m, mass kg), one in each column.

    Links, drives, friction and the carried limb; the person does nothing, and is not stiff.
    """
    q, dq, ddq = (SX.sym(name, robot.count) for name in ("q", "dq", "ddq"))
    own = robot.inertia_torque(q, ddq) + robot.coriolis(q, dq) + robot.gravity(q) + robot.friction(dq)
    limb = robot.limb_inertia_torque(q, ddq) + robot.limb_gravity(q)
    of_person = casadi.Function("of", [q, dq, ddq, robot.person.height, robot.person.mass], [own + limb])
    columns = [of_person(q, dq, ddq, height, mass) for height, mass in people]
    return casadi.Function("torque", [q, dq, ddq], [casadi.horzcat(*columns)])


def optimal_motion(
    start: Sequence[float],
    target: Sequence[float],
    lasts_s: float,
    bounds: Sequence[JointBounds],
    torque: casadi.Function,
    least: Literal["effort", "jerk"],
) -> Optimum:
    """From rest at `start` to rest at `target` (rad) in `lasts_s`, with the least effort (∫ Σ τ²) or jerk (∫ Σ jerk²).

    The path is made of `STEPS` quintics whose joints' states between them are free (direct collocation of a robot that
    is driven in every joint: its torques follow from its path). Angle, velocity, acceleration and jerk are held between
    the points too, by Bézier points that enclose them; torque at five points of each step, with a margin. `torque` is
    as `drive_torque` makes it. Raises `PlanError` where the pace needs longer, or IPOPT finds no motion within the
    limits. One joint takes seconds; the dynamics' second derivatives make seven take longer than `LONGEST_S`.
    """
    _check(start, target, lasts_s, bounds)
    states = MX.sym("states", 3 * len(bounds), STEPS + 1)
    of_step, low, high = _step(lasts_s, bounds, torque, least)
    guess = _states(Trajectory((resting(0.0, start), resting(lasts_s, target))))
    usual = float(casadi.sum2(of_step.map(STEPS)(guess[:, :-1], guess[:, 1:])[0])) or 1.0
    costs, held = of_step.map(STEPS)(states[:, :-1], states[:, 1:])
    problem = {"x": casadi.vec(states), "f": casadi.sum2(costs) / usual, "g": casadi.vec(held)}
    quiet = {"print_level": 0, "sb": "yes", "max_wall_time": LONGEST_S}
    solver = casadi.nlpsol("optimal", "ipopt", problem, {"print_time": False, "record_time": True, "ipopt": quiet})
    least_x, most_x = np.full(guess.shape, -np.inf), np.full(guess.shape, np.inf)
    least_x[:, [0, -1]] = most_x[:, [0, -1]] = guess[:, [0, -1]]
    fixed = {"lbx": least_x.ravel("F"), "ubx": most_x.ravel("F")}
    found = solver(x0=guess.ravel("F"), lbg=np.tile(low, STEPS), ubg=np.tile(high, STEPS), **fixed)
    told = solver.stats()
    reason, iterations, seconds = told["return_status"], told["iter_count"], told["t_wall_total"]
    if not told["success"]:
        raise PlanError("motion-not-found", field="motion", reason=reason, iterations=iterations, seconds=seconds)
    best = np.asarray(found["x"]).reshape(guess.shape, order="F")
    return Optimum(_trajectory(best, lasts_s), float(found["f"]) * usual, iterations, seconds)


def _check(start: Sequence[float], target: Sequence[float], lasts_s: float, bounds: Sequence[JointBounds]) -> None:
    """Refuse what no solver has to try: an end out of range, and less time than the paces need."""
    for name, q in (("start", start), ("target", target)):
        for angle, one in zip(q, bounds, strict=True):
            if not one.low <= angle <= one.high:
                raise PlanError("out-of-bounds", field=name, given=angle, low=one.low, high=one.high, unit="rad")
    at_least = quickest_s(start, target, [one.pace for one in bounds])
    if not at_least <= lasts_s:
        raise PlanError("motion-too-short", field="motion", given=lasts_s, at_least=at_least)


def _step(
    lasts_s: float, bounds: Sequence[JointBounds], torque: casadi.Function, least: str
) -> tuple[casadi.Function, Array, Array]:
    """(state, next state) → cost of one step, and what is held in it; and the bounds of that.

    States are as `_states` has them, and what is held is a share of its limit: the solver likes numbers about 1.
    """
    count, step = len(bounds), lasts_s / STEPS
    before, after = SX.sym("before", 3 * count), SX.sym("after", 3 * count)
    scaled = [one / lasts_s**order for state in (before, after) for order, one in enumerate(_thirds(state))]
    q = quintic(step, *scaled)
    dq, ddq, jerk = (_derivative(q, order, step) for order in (1, 2, 3))
    cost, torques = SX(0), list[SX]()
    for place, weight in zip((*_PLACES, 1.0), (*_WEIGHTS, 0.0), strict=True):
        torques.append(torque(*(_at(one, place) for one in (q, dq, ddq))))
        of_effort = casadi.sumsqr(torques[-1]) / torques[-1].shape[1]
        cost += step * weight * (casadi.sumsqr(_at(jerk, place)) if least == "jerk" else of_effort)
    shares = [
        points / casadi.DM(limits)
        for points, limits in (
            (casadi.horzcat(*_enclosing(dq)), [one.pace.velocity for one in bounds]),
            (casadi.horzcat(*_enclosing(ddq)), [one.pace.acceleration for one in bounds]),
            (casadi.horzcat(*_enclosing(jerk)), [one.pace.jerk for one in bounds]),
            (casadi.horzcat(*torques), [TORQUE_SHARE * one.torque for one in bounds]),
        )
    ]
    angles, within = casadi.horzcat(*_enclosing(q)), casadi.vec(casadi.horzcat(*shares))
    held = casadi.vertcat(casadi.vec(angles), within)
    ones = np.ones(within.numel())
    low = np.concatenate((np.tile([one.low for one in bounds], angles.shape[1]), -ones))
    high = np.concatenate((np.tile([one.high for one in bounds], angles.shape[1]), ones))
    return casadi.Function("step", [before, after], [cost, held]), low, high


def _thirds(state: SX) -> list[SX]:
    """Angle, velocity and acceleration of every joint."""
    return list(casadi.vertsplit(state, state.numel() // 3))


def _derivative(path: Sequence[SX], order: int, step: float) -> list[SX]:
    """The coefficients of a polynomial's derivative by time, where s = 0…1 takes `step` s."""
    return [perm(power, order) / step**order * one for power, one in enumerate(path) if power >= order]


def _at(path: Sequence[SX], s: float) -> SX:
    return sum(one * s**power for power, one in enumerate(path))


def _enclosing(path: Sequence[SX]) -> list[SX]:
    """The Bézier points of a polynomial on s = 0…1: it never leaves their range, and comes near as steps shorten."""
    degree = len(path) - 1
    return [
        sum(comb(place, power) / comb(degree, power) * path[power] for power in range(place + 1))
        for place in range(degree + 1)
    ]


def _states(path: Trajectory) -> Array:
    """Angles, velocities and accelerations as if it all took 1 s: one column at the beginning and after each step."""
    lasts = path.duration_s
    sampled = [path.at(lasts * place / STEPS) for place in range(STEPS + 1)]
    return np.array([[*q, *(lasts * one for one in dq), *(lasts**2 * one for one in ddq)] for q, dq, ddq in sampled]).T


def _trajectory(states: Array, lasts_s: float) -> Trajectory:
    """The path through these states; the ends are at rest to the last bit."""
    first, *inner, last = [np.split(column, 3) for column in states.T]
    knots = [
        Knot(lasts_s * place / STEPS, *(tuple((part / lasts_s**order).tolist()) for order, part in enumerate(one)))
        for place, one in enumerate(inner, 1)
    ]
    return Trajectory((resting(0.0, first[0].tolist()), *knots, resting(lasts_s, last[0].tolist())))
