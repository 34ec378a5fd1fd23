"""A robot strapped to a virtual patient's limb: the load that the drives turn, in PyBullet."""

import math
from collections.abc import Callable, Sequence
from typing import Self, cast

import numpy as np

from robot.body import Segment
from robot.description import RobotDescription
from robot.errors import InputError
from robot.plan import Posture
from robot.symbolic import GRAVITY
from robot.tick import Array
from sim_models.cuff import Cuff
from sim_models.forces import RUNNING, TRUTH, compiled_forces, parameters_of
from sim_models.scene_urdf import scene_of
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S
from sim_models.world import World, physics_step

STRAP_SEARCH = 0.6
"""How far in rad from the robot's angle the limb's resting angle is looked for; straps give a few degrees."""


class PatientLoad:
    """A robot and the limb it carries, at rest at `q0` rad (robot's joints) with the strap in equilibrium.

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
        _check_start(description, q0)
        cuff = cuff or Cuff()
        limb = patient.limb
        pitch = math.radians(posture.thigh_pitch_deg)
        scene = scene_of(description, limb, cuff.misalignment)
        self._step_s = physics_step(description.dt)
        frictions = [drive.friction for drive in description.drives]
        compiled = compiled_forces(
            tuple(friction.viscous for friction in frictions), scene.carrying, scene.cuff_height, self._step_s
        )
        count = len(scene.joints)
        self._carrying = scene.carrying
        motion, running = np.zeros(2 * count), np.zeros(len(RUNNING))
        tau, felt_next, truth = np.zeros(count), np.zeros(1), np.zeros(len(TRUTH))
        strap = cuff.fastened(scene.cuff_height, q0[scene.carrying])
        self._forces = compiled.bind(
            [motion, running, parameters_of(patient, posture, cuff, strap)], [tau, felt_next, truth]
        )
        self._motion, self._running = _memory(motion), _memory(running)
        self._tau, self._felt_next, self._truth = _memory(tau), _memory(felt_next), _memory(truth)
        self._columns = tuple(f"{description.joint_names[scene.carrying]}_{name}" for name in TRUTH)
        # The limb's velocity of the last reflex delay, oldest at `_steps` modulo its length.
        self._past = [0.0] * round(REFLEX_DELAY_S / self._step_s)
        self._steps = 0
        self._world = World(
            scene.urdf,
            scene.joints,
            [*(friction.coulomb for friction in frictions), 0.0],
            base_pitch=pitch,
            step_s=self._step_s,
        )
        self._start(q0, limb, pitch)

    def _start(self, q0: Sequence[float], limb: Segment, pitch: float) -> None:
        """Place the robot at `q0` and the limb where strap, gravity and the person balance; all at rest."""
        count = len(q0) + 1
        for index, angle in enumerate(q0):
            self._motion[index] = angle

        def unbalanced(angle: float) -> float:
            self._motion[count - 1] = angle
            self._forces()
            tilted = angle - pitch
            gravity = limb.centre[0] * math.cos(tilted) + limb.centre[1] * math.sin(tilted)
            return self._tau[count - 1] + limb.mass * GRAVITY * gravity

        near = q0[self._carrying]
        limb_q = _bisect(unbalanced, near - STRAP_SEARCH, near + STRAP_SEARCH)
        self._world.place([*q0, limb_q], [0.0] * count)
        self._measure()

    def _measure(self) -> None:
        """Take the motion after a step and work out every force that acts in the next one."""
        motion, running, past = self._motion, self._running, self._past
        count = len(self._tau)
        index = 0
        for state in self._world.states():
            motion[index] = state[0]
            motion[count + index] = state[1]
            index += 1
        place = self._steps % len(past)
        running[0] = self._steps * self._step_s
        running[1] = past[place]
        past[place] = motion[count + index - 1]
        self._forces()
        running[2] = self._felt_next[0]

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        for _ in range(steps):
            tau = self._tau.tolist()
            for index, torque in enumerate(tau_motor):
                tau[index] += torque
            self._world.step(tau)
            self._steps += 1
            self._measure()

    @property
    def q(self) -> Sequence[float]:
        """Angles of the robot's joints in rad."""
        return self._motion[: len(self._tau) - 1].tolist()

    @property
    def dq(self) -> Sequence[float]:
        """Velocities of the robot's joints in rad/s."""
        return self._motion[len(self._tau) : -1].tolist()

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


def _memory(array: Array) -> "memoryview[float]":
    """The array's numbers as they lie: single ones are read and written three times faster than through the array."""
    return cast("memoryview[float]", array.data)


def _check_start(description: RobotDescription, q0: Sequence[float]) -> None:
    for name, angle in zip(description.joint_names, q0, strict=True):
        low, high = description.range_rad(name)
        if not low <= angle <= high:
            raise InputError(
                "out-of-bounds",
                field=f"q0.{name}",
                given=math.degrees(angle),
                low=math.degrees(low),
                high=math.degrees(high),
                unit="°",
            )


def _bisect(unbalanced: Callable[[float], float], low: float, high: float) -> float:
    """The angle at which a falling function of the angle is zero, to the last bit."""
    while low < (middle := 0.5 * (low + high)) < high:
        low, high = (middle, high) if unbalanced(middle) > 0.0 else (low, middle)
    return low
