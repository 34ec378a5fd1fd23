"""A robot strapped to a virtual patient's limbs: the load that the drives turn, in PyBullet."""

import math
from collections.abc import Sequence

import numpy as np

from robot.description import RobotDescription
from robot.plan import Posture
from robot.tick import Array, numbers_of
from sim_models.course import Course, Joints, Past, Work
from sim_models.cuff import Cuff
from sim_models.faults import NOMINAL, Condition
from sim_models.forces import (
    AT_FIRST,
    PATIENT_TAU,
    TRUTH,
    compiled_forces,
    effort_places,
    parameters_of,
    strap_places,
)
from sim_models.ground import OnBelt, soles_of
from sim_models.robot_load import check_start
from sim_models.scene_urdf import Scene, scene_of
from sim_models.stepping import stepping
from sim_models.upset import Upset, Will
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S
from sim_models.world import World, physics_step
from sim_models.world_load import WorldLoad, robot_friction
from sim_models.worn import worn_joints

BALANCING_STEPS = 50
BALANCED = 1e-12
DIFFERENCE = 1e-6
"""Newton's steps to the limbs' resting angles; the change at which they end and the difference for slopes, in rad."""


class PatientLoad(WorldLoad):
    """A robot and the limbs that it carries, at rest: the robot's joints at `q0` rad.

    The limbs start where straps, gravity and the person balance. The straps were fastened with all joints in the middle
    of their ranges. Where the posture has a treadmill the person hangs or stands there, see `sim_models.ground`.
    `condition` says what befalls the person and the straps; a `will` adds torque of their own.

    A `robot.load.Load` for the simulated plant and for an emulated drive alike. Two loads made from the same values and
    advanced alike give the same bits. Raises `InputError` where `q0` is outside of the joints' ranges, `RobotError`
    where the robot has no limbs that can be simulated, or no soles for a treadmill.
    """

    def __init__(
        self,
        description: RobotDescription,
        patient: VirtualPatient,
        posture: Posture,
        q0: Sequence[float],
        cuff: Cuff | None = None,
        *,
        condition: Condition = NOMINAL,
        will: Will | None = None,
    ) -> None:
        check_start(description, q0)
        cuff = cuff or Cuff()
        worn = worn_joints(description)
        soles = soles_of(description, worn) if posture.treadmill else ()
        on_belt = OnBelt.of(description, worn, soles, patient.body, posture.treadmill)
        scene = scene_of(description, worn, patient.body, cuff.misalignment, on_belt.lifted_kg)
        step_s = physics_step(description.dt)
        viscous = tuple(drive.friction.viscous for drive in description.drives)
        compiled = compiled_forces(worn, viscous, step_s, soles)
        n, m, count = len(viscous), len(worn), len(scene.joints)
        self._robots = n
        strapped = [0.5 * sum(description.range_rad(one.name)) for one in worn]
        q, dq, tau, time, late, memory = (np.zeros(size) for size in (count, count, count, 1, m, m * len(AT_FIRST)))
        memory[:] = np.tile(AT_FIRST, m)
        self._columns = (*(f"{one.name}_{name}" for one in worn for name in TRUTH), *on_belt.columns)
        memory_next, truth = np.zeros(memory.size), np.zeros(len(self._columns))
        given = np.concatenate([parameters_of(worn, patient, posture, cuff, strapped), on_belt.given])
        forces = Work(compiled, [q, dq, time, late, memory, given], [tau, memory_next, truth])
        self._forces, limb_dq = forces.bound, dq[n : n + m]
        self._q, self._time, self._tau, self._truth = map(numbers_of, (q, time, tau, truth))
        self._robot_q, self._robot_dq = numbers_of(q[:n]), numbers_of(dq[:n])
        self._limb_q, self._limb_dq = numbers_of(q[n : n + m]), numbers_of(limb_dq)
        joints, places = [one.joint for one in worn], (effort_places(m), strap_places(m))
        upsets = [Upset(condition, joints, patient.body, numbers_of(given), *places)] if condition.upsets else []
        self._wills: list[Will] = [*upsets, *([will] if will else [])]
        self._coulomb = robot_friction(description) + [0.0] * (count - n)
        self._world = world = _world_of(scene, self._coulomb, posture, step_s)
        past = Past(time, limb_dq, late, round(REFLEX_DELAY_S / step_s), memory, memory_next)
        # The drives' viscous friction is among the forces.
        self._stepping = stepping(Course(world, Joints(world, tau, q, dq), np.zeros(n), [forces], past))
        self._start(q0, [*(q0[one.place] for one in worn), *on_belt.lift_at_first])

    def _start(self, q0: Sequence[float], q: Sequence[float]) -> None:
        """Place everything at rest: the robot at `q0`, limbs and lift where they balance (Newton, from `q`)."""
        free = np.array(q)
        for _ in range(BALANCING_STEPS):
            unbalanced = self._unbalanced(q0, free)
            slopes = [
                (self._unbalanced(q0, free + nudge) - unbalanced) / DIFFERENCE for nudge in DIFFERENCE * np.eye(len(q))
            ]
            change = -np.linalg.solve(np.array(slopes).T, unbalanced)
            free += change
            if np.abs(change).max() < BALANCED:
                break
        for index, angle in enumerate([*q0, *free.tolist()]):
            self._q[index] = angle
        self._world.place(self._q.tolist(), [0.0] * len(self._q))
        self._act()

    def _unbalanced(self, q0: Sequence[float], free: Array) -> Array:
        """The torques in N·m (N at the lift) that accelerate limbs and lift from rest at `free`."""
        q = [*q0, *free.tolist()]
        for index, angle in enumerate(q):
            self._q[index] = angle
        self._forces()
        return np.subtract(self._tau[self._robots :], self._world.holding(q)[self._robots :])

    def _act(self) -> None:
        """Work out what acts in the next step, and on top what the person wills: that may change what is given."""
        willed = [will(self._time[0], self._limb_q, self._limb_dq) for will in self._wills]
        self._stepping.act()
        for torques in willed:
            for index, torque in enumerate(torques):
                self._tau[self._robots + index] += torque
                self._truth[index * len(TRUTH) + PATIENT_TAU] += torque

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        if not self._wills:
            self._stepping.advance(tau_motor, steps)
            return
        for _ in range(steps):
            self._stepping.move(tau_motor)
            self._act()


def _world_of(scene: Scene, coulomb: Sequence[float], posture: Posture, step_s: float) -> World:
    pitch = math.radians(posture.thigh_pitch_deg)
    return World(scene.urdf, scene.joints, coulomb, base_pitch=pitch, step_s=step_s, rotors=scene.rotors)
