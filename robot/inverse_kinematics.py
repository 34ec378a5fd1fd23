"""Joint angles that bring a robot's last link to a pose: damped least squares, as near to given angles as can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import casadi
import numpy as np
from casadi import SX

from robot.description import RobotDescription
from robot.symbolic import SymbolicRobot
from robot.tick import Array

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation  # slow to import

STEPS = 100
"""Iterations before a pose counts as not reached; those that are, are in some ten."""

DAMPING = 1e-3
"""Of the inverse, for an error of 1 m or 1 rad: it falls with the error's square, so that it bends the way to a pose
and not the angles that reach it. Our choice."""

LEAST_DAMPING = 1e-12
"""What is left of it at a pose, where an arm that is stretched out has no inverse."""

LONGEST_STEP = 0.2
"""The longest step of a joint in rad. Our choice."""

REACHED = 1e-6
"""A pose is reached within so many m and rad."""

SETTLED = 1e-9
"""Steps in rad that change nothing any more; the angles are rounded to this, so that machines agree."""


@dataclass(frozen=True)
class Arm:
    """A robot's last link and its joints: `near` in rad, and the `ranges` in rad that they keep.

    `forward` gives for joint angles the link's place, its axes as columns, and the Jacobian, in the base's axes.
    """

    forward: casadi.Function
    near: Array
    ranges: Array

    @classmethod
    def of(cls, robot: RobotDescription, near: Sequence[float], ranges: Sequence[tuple[float, float]]) -> Self:
        """The arm of a description; raises `PlanError` where its joints are no arm."""
        symbolic = SymbolicRobot.of(robot)
        q = SX.sym("q", symbolic.count)
        found = [symbolic.position(q), symbolic.rotation(q), symbolic.jacobian(q)]
        return cls(casadi.Function("forward", [q], found), np.array(near, float), np.array(ranges, float))

    def reach(self, place: Array, turn: "Rotation", start: Array) -> Array | None:
        """The joint angles in rad at which the last link is at `place` (m), turned by `turn`; None where none are.

        From `start` on q ← q + J⁺ e + (I − J⁺ J) (near − q), with J⁺ = Jᵀ (J Jᵀ + λ² I)⁻¹, within the ranges: the pose
        first, and of what is left the least way from `near`.
        """
        q = start.copy()
        for _ in range(STEPS):
            error, jacobian = self._error(q, place, turn)
            damping = DAMPING * float(error @ error) + LEAST_DAMPING
            inverse = jacobian.T @ np.linalg.inv(jacobian @ jacobian.T + damping * np.eye(6))
            step = inverse @ error + (np.eye(q.size) - inverse @ jacobian) @ (self.near - q)
            step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
            after = np.clip(q + step, self.ranges[:, 0], self.ranges[:, 1])
            settled, q = np.abs(after - q).max() < SETTLED, after
            if settled:
                break
        error, _ = self._error(q, place, turn)
        return np.round(q / SETTLED) * SETTLED if np.abs(error).max() < REACHED else None

    def _error(self, q: Array, place: Array, turn: "Rotation") -> tuple[Array, Array]:
        """What is missing, m and then rad about the base's axes, and the Jacobian."""
        here, axes, jacobian = (np.asarray(one) for one in self.forward(q))
        missing = (turn * type(turn).from_matrix(axes).inv()).as_rotvec()
        return np.concatenate([place - here[:, 0], missing]), jacobian
