"""A nursing arm beside a whole person, the tool in its hand: the load of a care task."""

from collections.abc import Sequence

import numpy as np
from casadi import SX

from robot.description import RobotDescription
from robot.errors import PlanError
from robot.plan_task import PlanTask
from robot.tick import numbers_of
from sim_models.course import Course, Joints, Work
from sim_models.person import FRAME, Person, resting
from sim_models.person_forces import TRUNK
from sim_models.robot_load import check_start
from sim_models.stepping import stepping
from sim_models.tasks.scene import YAW, CareScene, misplaced, scene_of
from sim_models.tasks.touch import TOLD, compiled_touch, truth_columns
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.world import World
from sim_models.world_load import WorldLoad, robot_friction, robot_world


class CareLoad(WorldLoad):
    """An arm that holds a task's tool, at rest at `q0` rad, and a person who rests with the task's target at its mark.

    The target is off the mark by what the task allows, in a direction drawn from `seed`. A `robot.load.BrakedLoad`. Two
    loads made from the same values and advanced alike give the same bits. Raises `InputError` where `q0` is outside of
    the joints' ranges, `PlanError` where the tool presses on the person there.
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
        self._coulomb, self._world = robot_friction(description), robot_world(description)
        self._world.place(q0, [0.0] * len(q0))
        self._person = person = _placed(self._world, task, scene, patient, seed)
        self._columns = truth_columns(scene)
        n, numbers = len(q0), np.array(scene.numbers(body))
        q, dq, tau, truth = np.array(q0, dtype=np.float64), np.zeros(n), np.zeros(n), np.zeros(len(self._columns))
        self._robot_q, self._robot_dq, self._truth = map(numbers_of, (q, dq, truth))
        compiled = compiled_touch(description, task.tool, scene)
        touch = Work(compiled, [q, dq, person.frames, numbers], [tau, person.wrenches, truth])
        robot, viscous = Joints(self._world, tau, q, dq), [drive.friction.viscous for drive in description.drives]
        works = [person.tell, touch, person.acting]
        course = Course(self._world, robot, np.array(viscous), works, person.past, person.joints)
        self._stepping = stepping(course)
        self._stepping.act()
        self._check_apart(scene.regions)

    def _check_apart(self, regions: Sequence[str]) -> None:
        """Nobody is led to where the tool is in the person: no trial from there would tell anything."""
        force, region = max(zip(self.truth[len(TOLD) :], regions, strict=True))
        if force > 0.0:
            self.close()
            raise PlanError("starts-in-contact", field="motion", region=region, force=round(force, 1))

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """Go on by `steps` physics steps with the drives' joint-side torques (N·m) held."""
        self._stepping.advance(tau_motor, steps)

    @property
    def person_stands(self) -> Sequence[float]:
        """Where the person's trunk is (x, y, z in m; pitch and yaw in rad), then their joints' angles in rad."""
        return [*self._person.given[:TRUNK], *self._person.q]


def _placed(world: World, task: PlanTask, scene: CareScene, patient: VirtualPatient, seed: int) -> Person:
    """The person where the target, as they rest, is off the mark by what the task allows."""
    q, frames = resting(patient, scene.posture, touched=scene.links)
    x, y, z = scene.away(patient.body, SX(frames[:FRAME].tolist()))
    at_x, at_y, at_z = misplaced(task.values.mark_m, task.values.placed_within_mm / 1000.0, seed)
    place = (at_x - x, at_y - y, at_z - z)
    return Person(world, patient, scene.posture, place=place, yaw=YAW, touched=scene.links, start_q=q)
