"""One cycle of an exercise's motion by inverse dynamics.

τ(phase) = M_robot(q) q̈ + C(q, q̇) + g_robot(q) + I_drive q̈ + f_drive(q̇) + I_limb q̈ + g_limb(q) − M_passive(q)

is what the drives give while the person does nothing.
"""

from collections.abc import Iterator
from functools import cached_property

import casadi
import numpy as np
from casadi import SX

from careloop.build import Exercise
from robot.symbolic import SymbolicRobot
from robot.tick import Array
from sim_models.worn import passive_moments


class Course:
    """One cycle of an exercise's motion, and the torque that it takes at any speed for any person."""

    def __init__(self, exercise: Exercise) -> None:
        self._robot, self._plan = exercise.robot, exercise.plan
        cycle = exercise.cycle
        self._moments = cycle.moments
        sampled = np.array([cycle.curve.at(index / self._moments) for index in range(self._moments)])
        self._q, self._slope, self._bend = np.moveaxis(sampled, (0, 1, 2), (2, 0, 1))
        self._rate_at_unit_speed = 1.0 / (cycle.lasts_s * exercise.plan.motion.speed)
        self._people = exercise.people

    def step_s(self, speed: float) -> float:
        """Time in s between two samples."""
        return 1.0 / (self._moments * speed * self._rate_at_unit_speed)

    def samples(self, speed: float) -> Iterator[tuple[float, float, Array, Array]]:
        """Height, mass, torques in N·m and velocities in rad/s (joint, moment), for each corner of the bounds."""
        rate = speed * self._rate_at_unit_speed
        dq, ddq = self._slope * rate, self._bend * rate**2
        for height, mass in self._people:
            yield height, mass, np.asarray(self._torque(self._q, dq, ddq, height, mass)), dq

    @cached_property
    def _torque(self) -> casadi.Function:
        """(q, dq, ddq, height, mass) → joint torque in N·m."""
        symbolic = SymbolicRobot.of(self._robot, self._plan.base_pitch)
        n = symbolic.count
        q, dq, ddq = SX.sym("q", n), SX.sym("dq", n), SX.sym("ddq", n)
        robot = symbolic.inertia_torque(q, ddq) + symbolic.coriolis(q, dq) + symbolic.gravity(q) + symbolic.friction(dq)
        posture, limb = self._plan.posture, symbolic.limb_inertia_torque(q, ddq) + symbolic.limb_gravity(q)
        if posture:
            limb -= casadi.vertcat(*passive_moments(self._robot, casadi.vertsplit(q), posture.hip_flexion_deg))
        person = symbolic.person
        return casadi.Function("needed", [q, dq, ddq, person.height, person.mass], [robot + limb])
