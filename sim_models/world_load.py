"""What every load in PyBullet has: a robot's joints in a world, read by whoever turns them, and brakes to hold them."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Self

from robot.description import RobotDescription
from robot.tick import Numbers
from sim_models.scene_urdf import robot_scene
from sim_models.world import World, physics_step


class WorldLoad:
    """The robot's joints in a `World`, as a `robot.load.BrakedLoad` tells of them; a subclass moves them.

    It writes where they are into `_robot_q` and `_robot_dq` (rad, rad/s), and into `_truth` what `_columns` name.
    `_coulomb` is the joints' own friction in N·m, the robot's first.
    """

    _world: World
    _robot_q: Numbers
    _robot_dq: Numbers
    _columns: tuple[str, ...]
    _truth: Numbers
    _coulomb: Sequence[float]

    def brake(self, torques: Sequence[float]) -> None:
        """From now on brakes hold each joint with so much torque (N·m) as friction; with none they are open."""
        self._world.rub([own + brake for own, brake in zip_longest(self._coulomb, torques, fillvalue=0.0)])

    @property
    def q(self) -> Sequence[float]:
        """Angles of the robot's joints in rad."""
        return self._robot_q.tolist()

    @property
    def dq(self) -> Sequence[float]:
        """Velocities of the robot's joints in rad/s."""
        return self._robot_dq.tolist()

    @property
    def truth_columns(self) -> tuple[str, ...]:
        """The names of what `truth` gives."""
        return self._columns

    @property
    def truth(self) -> Sequence[float]:
        """What no real robot measures, at this instant."""
        return self._truth.tolist()

    @property
    def step_s(self) -> float:
        """The physics step in s."""
        return self._world.step_s

    @property
    def client(self) -> int:
        """The physics client that steps it, and nothing else."""
        return self._world.client

    def close(self) -> None:
        """Give the physics client back; the last `q`, `dq` and `truth` stay readable."""
        self._world.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def robot_friction(description: RobotDescription) -> list[float]:
    """The Coulomb friction of each drive in N·m."""
    return [drive.friction.coulomb for drive in description.drives]


def robot_world(description: RobotDescription, *, base_pitch: float = 0.0) -> World:
    """A world with a robot by itself, its base pitched up by so many rad."""
    urdf, rotors = robot_scene(description)
    step_s = physics_step(description.dt)
    coulomb = robot_friction(description)
    return World(urdf, description.joint_names, coulomb, base_pitch=base_pitch, step_s=step_s, rotors=rotors)
