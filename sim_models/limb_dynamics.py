"""What it takes to move the person's own limbs in the sagittal plane: their effort is a share of it.

For each limb with mass m, moment I and its centre at p(q), turned by θ(q), on a base whose +x axis is pitched up:

    τ = Jᵀ m (J a + J' q' + g u) + I Θᵀ Θ a,    J = ∂p/∂q,    Θ = ∂θ/∂q

with `u` up in the base's axes: Lagrange's equations of a chain in a plane.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import casadi
from casadi import SX

from robot.symbolic import GRAVITY
from sim_models.worn import Point, Worn, chain, turned


@dataclass(frozen=True, slots=True)
class Limb:
    """A rigid limb as symbols: mass in kg, centre (x, z) in m from its joint, moment in kg·m², length in m."""

    mass: SX
    centre: Point
    moment: SX
    length: SX


def needed_torque(
    worn: Sequence[Worn], limbs: Sequence[Limb], at: Sequence[Point], pitch: SX, q: SX, dq: SX, acceleration: SX
) -> SX:
    """Torque in N·m at each of the limbs' joints, at angles `q`, velocities `dq` and an acceleration in SI units.

    `at` is where their axes are in the limbs above, `pitch` of the base in rad; `q` are symbols.
    """
    up = casadi.vertcat(casadi.sin(pitch), casadi.cos(pitch))
    places, angles = chain(worn, at, casadi.vertsplit(q))
    torque = SX.zeros(len(worn))
    for limb, (x, z), angle in zip(limbs, places, angles, strict=True):
        ahead, above = turned(angle, limb.centre)
        centre = casadi.vertcat(x + ahead, z + above)
        moving, turning = casadi.jacobian(centre, q), casadi.jacobian(angle, q)
        velocity = casadi.mtimes(moving, dq)
        accelerated = casadi.mtimes(moving, acceleration) + casadi.mtimes(casadi.jacobian(velocity, q), dq)
        torque += limb.mass * casadi.mtimes(moving.T, accelerated + GRAVITY * up)
        torque += limb.moment * casadi.mtimes(turning.T, casadi.mtimes(turning, acceleration))
    return torque
