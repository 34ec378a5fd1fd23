"""Optimal motion: the least effort or the least jerk from rest to rest, under every limit, solved beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import casadi
import numpy as np
from casadi import SX

from controllers.motions.collocation import STEPS, TORQUE_SHARE, Collocation, JointBounds
from controllers.motions.quintic import Knot, Trajectory, resting
from controllers.motions.retargeted import quickest_s
from robot.errors import PlanError
from robot.symbolic import SymbolicRobot
from robot.tick import Array


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best motion found, its cost (∫ τ² in N²·m²·s, or ∫ jerk² in rad²/s⁵), and what finding it took."""

    trajectory: Trajectory
    cost: float
    iterations: int
    seconds: float


def drive_torque(robot: SymbolicRobot, people: Sequence[tuple[float, float]]) -> casadi.Function:
    """(q, dq, ddq) → the torque in N·m that the drives give for each person (height m, mass kg), one in each column.

    Links, drives, friction and the carried limb; the person does nothing, and is not stiff. One column where nobody's
    limb is carried.
    """
    q, dq, ddq = (SX.sym(name, robot.count) for name in ("q", "dq", "ddq"))
    own = robot.inertia_torque(q, ddq) + robot.coriolis(q, dq) + robot.gravity(q) + robot.friction(dq)
    limb = robot.limb_inertia_torque(q, ddq) + robot.limb_gravity(q)
    of_person = casadi.Function("of", [q, dq, ddq, robot.person.height, robot.person.mass], [own + limb])
    columns = [of_person(q, dq, ddq, height, mass) for height, mass in people]
    if not casadi.depends_on(own + limb, casadi.vertcat(robot.person.height, robot.person.mass)):
        columns = columns[:1]
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
    as `drive_torque` makes it. Raises `PlanError` where the pace needs longer, a joint is too weak to stand at an end,
    or IPOPT finds no motion within the limits. One joint takes a second, seven take some ten.
    """
    _check(start, target, lasts_s, bounds)
    _check_standing(start, target, bounds, torque)
    problem = Collocation(lasts_s, bounds, torque, least)
    guess = _states(Trajectory((resting(0.0, start), resting(lasts_s, target))))
    usual = problem.cost_of(guess) or 1.0
    least_x, most_x = np.full(guess.shape, -np.inf), np.full(guess.shape, np.inf)
    least_x[:, [0, -1]] = most_x[:, [0, -1]] = guess[:, [0, -1]]
    low, high = problem.limits
    solver = problem.solver(usual)
    found = solver(x0=guess.ravel("F"), lbx=least_x.ravel("F"), ubx=most_x.ravel("F"), lbg=low, ubg=high)
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


def _check_standing(
    start: Sequence[float], target: Sequence[float], bounds: Sequence[JointBounds], torque: casadi.Function
) -> None:
    """Refuse an end where standing still takes more torque than is used: IPOPT would search for minutes."""
    still = [0.0] * len(bounds)
    for name, q in (("start", start), ("target", target)):
        for needed, one in zip(np.abs(np.asarray(torque(q, still, still))).max(axis=1), bounds, strict=True):
            if not needed <= TORQUE_SHARE * one.torque:
                limit = TORQUE_SHARE * one.torque
                raise PlanError("end-not-held", field=name, needed=float(needed), limit=limit)


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
