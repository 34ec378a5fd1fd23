"""Optimal motion as a problem for IPOPT: quintics whose joints' states between them are free (direct collocation)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb, isfinite, perm
from typing import Literal

import casadi
import numpy as np
from casadi import DM, MX, SX

from controllers.motions.joint_pace import JointPace
from controllers.motions.quintic import quintic
from robot.errors import PlanError
from robot.tick import Array

STEPS = 40
"""Quintics that a motion is made of; with twice as many an effort changes by less than a hundredth. Our choice."""

TORQUE_SHARE = 0.98
"""Share of a torque limit that is used where the torque is looked at, so that it holds in between too. Our choice."""

LONGEST_S = 120.0
"""A solve that takes longer is given up. Our choice."""

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(4)
_PLACES = (*(0.5 * (_NODES + 1.0)), 1.0)
_WEIGHTS = (*(0.5 * _NODE_WEIGHTS), 0.0)
"""Gauss-Legendre on 0…1: exact to degree 7, and a squared acceleration has 6; the end is looked at without weight."""


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


@dataclass(frozen=True)
class Collocation:
    """The least effort or jerk of a motion that `lasts_s`; `torque` is as `drive_torque` makes it.

    Its unknowns are states: angle, velocity and acceleration of every joint as if it all took 1 s, one column at the
    beginning and one after each step. All but the torques is linear in them. So second derivatives are taken at each
    point by its own angle, velocity and acceleration, and led to the states by constant matrices: taken by the states
    they are a hundred times the work.
    """

    lasts_s: float
    bounds: Sequence[JointBounds]
    torque: casadi.Function
    least: Literal["effort", "jerk"]

    @property
    def limits(self) -> tuple[Array, Array]:
        """From where to where what is held goes: all but angles as shares, since the solver likes numbers about 1."""
        low, high = [one.low for one in self.bounds], [one.high for one in self.bounds]
        angles = self._enclosed[0].numel() // len(self.bounds)
        shares = np.ones(self._held.numel() - angles * len(self.bounds))
        return np.concatenate((np.tile(low, angles), -shares)), np.concatenate((np.tile(high, angles), shares))

    def cost_of(self, states: Array) -> float:
        """∫ Σ τ² in N²·m²·s, or ∫ Σ jerk² in rad²/s⁵."""
        return float(casadi.Function("cost", [self._states], [self._cost])(states))

    def solver(self, usual: float) -> casadi.Function:
        """IPOPT, for costs about `usual`."""
        problem = {"x": casadi.vec(self._states), "f": self._cost / usual, "g": self._held}
        quiet = {"print_level": 0, "sb": "yes", "max_wall_time": LONGEST_S, "mu_strategy": "adaptive"}
        led = {"jac_g": self._slopes(), "hess_lag": self._curvatures(usual)}
        return casadi.nlpsol(
            "optimal", "ipopt", problem, {"print_time": False, "record_time": True, "ipopt": quiet} | led
        )

    @cached_property
    def _states(self) -> MX:
        return MX.sym("states", 3 * len(self.bounds), STEPS + 1)

    @cached_property
    def _enclosed(self) -> tuple[MX, MX, MX, MX]:
        """Angles and shares of the pace that enclose every step; and the points, with the jerks there."""
        of_step = _step(self.lasts_s / STEPS, self.lasts_s, self.bounds).map(STEPS)
        angles, shares, points, jerks = of_step(self._states[:, :-1], self._states[:, 1:])
        return angles, shares, points, jerks

    @cached_property
    def _torque(self) -> casadi.Function:
        """A point → every joint's torque for every person, one person after the other."""
        point = SX.sym("point", 3 * len(self.bounds))
        return casadi.Function("torque", [point], [casadi.vec(self.torque(*casadi.vertsplit(point, len(self.bounds))))])

    @cached_property
    def _torques(self) -> MX:
        return self._torque.map(self._weights.size)(self._enclosed[2])

    @property
    def _people(self) -> int:
        return int(self._torque.numel_out(0)) // len(self.bounds)

    @cached_property
    def _weights(self) -> Array:
        return self.lasts_s / STEPS * np.tile(_WEIGHTS, STEPS)

    @cached_property
    def _cost(self) -> MX:
        squares = self._enclosed[3] ** 2 if self.least == "jerk" else self._torques**2 / self._people
        return casadi.dot(casadi.sum1(squares), DM(self._weights).T)

    @cached_property
    def _held(self) -> MX:
        angles, shares, _, _ = self._enclosed
        return casadi.vertcat(casadi.vec(angles), casadi.vec(shares), casadi.vec(self._torques / self._most))

    @cached_property
    def _most(self) -> DM:
        return DM(np.tile([TORQUE_SHARE * one.torque for one in self.bounds], self._people))

    def _constant(self, *linear: MX) -> DM:
        """The derivatives of what is linear in the states by them."""
        expressions = casadi.vertcat(*map(casadi.vec, linear))
        slope = casadi.jacobian(expressions, casadi.vec(self._states))
        return casadi.Function("slope", [self._states], [slope])(0)

    def _slopes(self) -> casadi.Function:
        """What is held, and its derivatives by the states."""
        angles, shares, points, _ = self._enclosed
        point = SX.sym("point", 3 * len(self.bounds))
        slope = casadi.cse(casadi.jacobian(self._torque(point) / self._most, point))
        blocks = casadi.Function("slope", [point], [slope]).map(self._weights.size)(points)
        of_torques = casadi.diagcat(*casadi.horzsplit(blocks, point.numel())) @ self._constant(points)
        slopes = casadi.vertcat(self._constant(angles, shares), of_torques)
        names = ["x", "p"], ["g", "jac_g_x"]
        return self._by_states("nlp_jac_g", [], [self._held, slopes], *names)

    def _curvatures(self, usual: float) -> casadi.Function:
        """Second derivatives by the states of cost and all that is held, weighted; the upper triangle."""
        _, _, points, jerks = self._enclosed
        of_cost, of_held = MX.sym("of_cost"), MX.sym("of_held", self._held.numel())
        shares = casadi.reshape(of_held[-self._torques.numel() :], *self._torques.shape) / self._most
        squares = DM(self._weights).T * (self.least == "effort") / self._people / usual
        blocks = _curvature(self._torque).map(self._weights.size)(points, of_cost * squares, shares)
        to_points, to_jerks = self._constant(points), self._constant(jerks)
        whole = to_points.T @ casadi.diagcat(*casadi.horzsplit(blocks, points.shape[0])) @ to_points
        if self.least == "jerk":
            weights = casadi.diag(DM(np.repeat(self._weights, len(self.bounds))))
            whole += 2.0 / usual * of_cost * (to_jerks.T @ weights @ to_jerks)
        names = ["x", "p", "lam_f", "lam_g"], ["triu_hess_gamma_x_x"]
        return self._by_states("nlp_hess_l", [of_cost, of_held], [casadi.triu(whole)], *names)

    def _by_states(
        self, name: str, more: list[MX], told: list[MX], names: list[str], results: list[str]
    ) -> casadi.Function:
        """A function as `nlpsol` wants it: of the states in one column, and of a parameter that is none."""
        x = MX.sym("x", self._states.numel())
        by_columns = casadi.Function("by_columns", [self._states, *more], told)
        found = by_columns.call([casadi.reshape(x, *self._states.shape), *more])
        return casadi.Function(name, [x, MX.sym("none", 0), *more], found, names, results)


def _curvature(torque: casadi.Function) -> casadi.Function:
    """(point, weight, weights) → second derivatives of weight · Σ τ² + weights · τ by angle, velocity, acceleration."""
    point, weights = SX.sym("point", torque.numel_in(0)), SX.sym("weights", torque.numel_out(0))
    weight, torques = SX.sym("weight"), torque(point)
    curved, _ = casadi.hessian(weight * casadi.sumsqr(torques) + casadi.dot(weights, torques), point)
    return casadi.Function("curvature", [point, weight, weights], [casadi.cse(curved)])


def _step(step: float, lasts_s: float, bounds: Sequence[JointBounds]) -> casadi.Function:
    """(state, next state) → what encloses the angles, shares of pace, and at `_PLACES` the points and the jerks."""
    count = len(bounds)
    before, after = SX.sym("before", 3 * count), SX.sym("after", 3 * count)
    scaled = [
        one / lasts_s**order for state in (before, after) for order, one in enumerate(casadi.vertsplit(state, count))
    ]
    q = quintic(step, *scaled)
    dq, ddq, jerk = (_derivative(q, order, step) for order in (1, 2, 3))
    shares = [
        point / DM(limits)
        for path, limits in (
            (dq, [one.pace.velocity for one in bounds]),
            (ddq, [one.pace.acceleration for one in bounds]),
            (jerk, [one.pace.jerk for one in bounds]),
        )
        for point in _enclosing(path)
    ]
    points = [casadi.vertcat(*(_at(one, place) for one in (q, dq, ddq))) for place in _PLACES]
    jerks = [_at(jerk, place) for place in _PLACES]
    told = (casadi.vertcat(*_enclosing(q)), casadi.vertcat(*shares), casadi.horzcat(*points), casadi.horzcat(*jerks))
    return casadi.Function("step", [before, after], list(told))


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
