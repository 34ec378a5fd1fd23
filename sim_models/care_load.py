"""A nursing arm beside a whole person, the tool in its hand: the load of a care task."""

from collections.abc import Sequence
from typing import Self, cast

import numpy as np
from casadi import SX

from robot.description import RobotDescription
from robot.plan_task import PlanTask
from robot.tick import Array
from sim_models.person import FRAME, Person, resting
from sim_models.robot_load import check_start
from sim_models.scene_urdf import robot_scene
from sim_models.tasks.scene import YAW, CareScene, misplaced, scene_of
from sim_models.tasks.touch import compiled_touch, truth_columns
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.world import States, World, physics_step


class CareLoad:
    """An arm that holds a task's tool, at rest at `q0` rad, and a person who rests with the task's target at its mark.

    The target is off the mark by what the task allows, in a direction drawn from `seed`. A `robot.load.BrakedLoad`. Two
    loads made from the same values and advanced alike give the same bits. Raises `InputError` where `q0` is outside of
    the joints' ranges.
    """

    def __init__(
        self,
        description: RobotDescription,
        task: PlanTask,
        patient: VirtualPatient,
        q0: Sequence[float],
        seed: int = 0,
    ) -> None:
        check_start(description, q0)
        scene, body = scene_of(task), patient.body
        self._step_s = physics_step(description.dt)
        self._viscous = [drive.friction.viscous for drive in description.drives]
        self._coulomb = [drive.friction.coulomb for drive in description.drives]
        urdf, rotors = robot_scene(description)
        self._world = World(
            urdf, description.joint_names, self._coulomb, base_pitch=0.0, step_s=self._step_s, rotors=rotors
        )
        self._world.place(q0, [0.0] * len(q0))
        self.person = _placed(self._world, task, scene, patient, seed)
        self._columns = truth_columns(scene)
        touch = compiled_touch(description, task.tool, scene)
        n, numbers = len(q0), np.array(scene.numbers(body))
        q, dq, tau, truth = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(len(self._columns))
        frames, wrenches = np.asarray(self.person.frames), np.asarray(self.person.wrenches)
        self._touch = touch.bind([q, dq, frames, numbers], [tau, wrenches, truth])
        self._q, self._dq, self._tau, self._truth = map(_memory, (q, dq, tau, truth))
        self._feel(self._world.states())

    def _feel(self, states: States) -> None:
        """Take the motion after a step and work out what tool and person do to each other in the next one."""
        q, dq = self._q, self._dq
        for index, state in enumerate(states):
            q[index] = state[0]
            dq[index] = state[1]
        self._touch()

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        for _ in range(steps):
            now = zip(tau_motor, self._viscous, self._dq.tolist(), self._tau.tolist(), strict=True)
            tau = [torque - viscous * speed + felt for torque, viscous, speed, felt in now]
            self.person.act()
            states = self._world.step(tau)
            self.person.feel()
            self._feel(states)

    def brake(self, torques: Sequence[float]) -> None:
        """From now on brakes hold each joint with so much torque (N·m) as friction; with none they are open."""
        self._world.rub([own + brake for own, brake in zip(self._coulomb, torques, strict=True)])

    @property
    def q(self) -> Sequence[float]:
        """Angles of the arm's joints in rad."""
        return self._q.tolist()

    @property
    def dq(self) -> Sequence[float]:
        """Velocities of the arm's joints in rad/s."""
        return self._dq.tolist()

    @property
    def truth_columns(self) -> tuple[str, ...]:
        """The names of what `truth` gives (`sim_models.tasks.touch`)."""
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


def _placed(world: World, task: PlanTask, scene: CareScene, patient: VirtualPatient, seed: int) -> Person:
    """The person where the target, as they rest, is off the mark by what the task allows."""
    q, frames = resting(patient, scene.posture, touched=scene.links)
    x, y, z = scene.away(patient.body, SX(frames[:FRAME]))
    at_x, at_y, at_z = misplaced(task.values.mark_m, task.values.placed_within_mm / 1000.0, seed)
    place = (at_x - x, at_y - y, at_z - z)
    return Person(world, patient, scene.posture, place=place, yaw=YAW, touched=scene.links, start_q=q)


def _memory(array: Array) -> "memoryview[float]":
    """The array's numbers as they lie: single ones are read and written three times faster than through the array."""
    return cast("memoryview[float]", array.data)
