"""A robot strapped to a virtual patient's limb: the load that the drives turn, in PyBullet."""

import math
from collections.abc import Sequence
from typing import Self, cast

import numpy as np

from robot.description import RobotDescription
from robot.plan import Posture
from robot.tick import Array
from sim_models.cuff import Cuff
from sim_models.forces import RUNNING, TRUTH, compiled_forces, parameters_of
from sim_models.robot_load import check_start
from sim_models.scene_urdf import Scene, scene_of
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S
from sim_models.world import States, World, physics_step

BALANCING_STEPS = 50
BALANCED = 1e-12
DIFFERENCE = 1e-6
"""Newton's steps to the limb's resting angle; the change at which they end and the difference for its slope, in rad."""


class PatientLoad:
    """A robot and the limb it carries, at rest: the robot's joints at `q0` rad.

    The limb starts where strap, gravity and the person balance. The strap was fastened at the middle of the joint's
    range.

    A `robot.load.Load` for the simulated plant and for an emulated drive alike. Two loads made from the same values and
    advanced alike give the same bits. Raises `InputError` where `q0` is outside of the joints' ranges, `RobotError`
    where the robot has no limb that can be simulated.
    """

    def __init__(
        self,
        description: RobotDescription,
        patient: VirtualPatient,
        posture: Posture,
        q0: Sequence[float],
        cuff: Cuff | None = None,
    ) -> None:
        check_start(description, q0)
        cuff = cuff or Cuff()
        scene = scene_of(description, patient.limb, cuff.misalignment)
        self._step_s = physics_step(description.dt)
        viscous = tuple(drive.friction.viscous for drive in description.drives)
        compiled = compiled_forces(viscous, scene.carrying, scene.cuff_height, self._step_s)
        self._count = count = len(scene.joints)
        motion, running = np.zeros(2 * count), np.zeros(len(RUNNING))
        tau, felt_next, truth = np.zeros(count), np.zeros(1), np.zeros(len(TRUTH))
        low, high = description.range_rad(description.joint_names[scene.carrying])
        strap = cuff.fastened(scene.cuff_height, 0.5 * (low + high))
        self._forces = compiled.bind(
            [motion, running, parameters_of(patient, posture, cuff, strap)], [tau, felt_next, truth]
        )
        self._motion, self._running = _memory(motion), _memory(running)
        self._tau, self._felt_next, self._truth = _memory(tau), _memory(felt_next), _memory(truth)
        self._columns = tuple(f"{description.joint_names[scene.carrying]}_{name}" for name in TRUTH)
        # The limb's velocity of the last reflex delay, oldest at `_steps` modulo its length.
        self._past = [0.0] * round(REFLEX_DELAY_S / self._step_s)
        self._steps = 0
        self._world = _world_of(description, scene, posture, self._step_s)
        self._start(q0, scene.carrying)

    def _start(self, q0: Sequence[float], carrying: int) -> None:
        """Place everything at rest: the robot at `q0`, the limb where it balances (Newton)."""
        q = q0[carrying]
        for _ in range(BALANCING_STEPS):
            unbalanced = self._unbalanced(q0, q)
            change = -unbalanced * DIFFERENCE / (self._unbalanced(q0, q + DIFFERENCE) - unbalanced)
            q += change
            if abs(change) < BALANCED:
                break
        self._world.place([*q0, q], [0.0] * self._count)
        self._feel(self._world.states())

    def _unbalanced(self, q0: Sequence[float], limb_q: float) -> float:
        """The torque in N·m that accelerates the limb from rest at `limb_q`."""
        q = [*q0, limb_q]
        for index, angle in enumerate(q):
            self._motion[index] = angle
        self._forces()
        return self._tau[self._count - 1] - self._world.holding(q)[-1]

    def _feel(self, states: States) -> None:
        """Take the motion after a step and work out every force that acts in the next one."""
        motion, running, past, steps, count = self._motion, self._running, self._past, self._steps, self._count
        for index, state in enumerate(states):
            motion[index] = state[0]
            motion[index + count] = state[1]
        place = steps % len(past)
        running[0] = steps * self._step_s
        running[1] = past[place]
        past[place] = motion[-1]
        self._forces()
        running[2] = self._felt_next[0]

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        for _ in range(steps):
            tau = list(self._tau)
            for index, torque in enumerate(tau_motor):
                tau[index] += torque
            states = self._world.step(tau)
            self._steps += 1
            self._feel(states)

    @property
    def q(self) -> Sequence[float]:
        """Angles of the robot's joints in rad."""
        return self._motion[: self._count - 1].tolist()

    @property
    def dq(self) -> Sequence[float]:
        """Velocities of the robot's joints in rad/s."""
        return self._motion[self._count : -1].tolist()

    @property
    def truth_columns(self) -> tuple[str, ...]:
        """The names of what `truth` gives, e.g. `knee_limb_q_rad`; `sim_models.forces.TRUTH` says what each means."""
        return self._columns

    @property
    def truth(self) -> Sequence[float]:
        """What no real robot measures, at this instant."""
        return self._truth.tolist()

    @property
    def step_s(self) -> float:
        """The physics step in s."""
        return self._step_s

    def close(self) -> None:
        """End the physics client; the last `q`, `dq` and `truth` stay readable."""
        self._world.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _world_of(description: RobotDescription, scene: Scene, posture: Posture, step_s: float) -> World:
    coulomb = [*(drive.friction.coulomb for drive in description.drives), 0.0]
    pitch = math.radians(posture.thigh_pitch_deg)
    return World(scene.urdf, scene.joints, coulomb, base_pitch=pitch, step_s=step_s, rotors=scene.rotors)


def _memory(array: Array) -> "memoryview[float]":
    """The array's numbers as they lie: single ones are read and written three times faster than through the array."""
    return cast("memoryview[float]", array.data)
