"""A load between two steps of physics, as vectors in memory: its bodies' joints, and what acts on them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from robot.compile import Compiled
from robot.tick import Array
from sim_models.world import Beside, World

NOTHING: Array = np.zeros(0)


class Joints(NamedTuple):
    """A body's joints in memory: torques in N·m that act in the next step, angles in rad and velocities in rad/s.

    `dq_before` are the velocities of a step ago, of length zero where nobody asks for them.
    """

    of: World | Beside
    tau: Array
    q: Array
    dq: Array
    dq_before: Array = NOTHING


class Work(NamedTuple):
    """A compiled function with the vectors that it reads and writes, as `Compiled.bind` takes them."""

    compiled: Compiled
    inputs: Sequence[Array]
    outputs: Sequence[Array]

    @property
    def bound(self) -> Callable[[], None]:
        """It by itself; raises `ValueError` where a vector does not fit."""
        return self.compiled.bind(self.inputs, self.outputs)


class Past(NamedTuple):
    """What has been, for those who feel it later.

    `time` in s; `late` is what the velocities `dq` (rad/s) were `delay` steps ago; what a step leaves in `memory_next`
    is in `memory` for the next one.
    """

    time: Array
    dq: Array
    late: Array
    delay: int
    memory: Array
    memory_next: Array


class Course(NamedTuple):
    """What happens between two steps of physics: the `works`, in this order, then their memory is taken over.

    The drives' torque on the robot's first joints, less `viscous` (N·m·s/rad) times their velocity, is added to the
    robot's `tau`.
    """

    world: World
    robot: Joints
    viscous: Array
    works: Sequence[Work]
    past: Past
    person: Joints | None = None

    @property
    def bodies(self) -> Sequence[Joints]:
        """The robot, then the person where they are a body of their own."""
        return (self.robot, self.person) if self.person else (self.robot,)
