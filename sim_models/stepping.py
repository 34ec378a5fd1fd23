"""Physics steps and all that acts between them, in one call.

Where there is a C compiler, `stepping.c` asks PyBullet's own C functions for the steps and calls the compiled ones
between them; elsewhere Python does the same, several times slower. Both give the same bits.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from sim_models.course import Course
from sim_models.native_stepping import NativeStepping, native_code


class Stepping(Protocol):
    """The steps of a `Course`, which begins with `act`."""

    def act(self) -> None:
        """Work out what acts in the next step."""

    def move(self, motor: Sequence[float]) -> None:
        """One step of physics with the drives' torques in N·m, and the motion after it."""

    def advance(self, motor: Sequence[float], steps: int) -> None:
        """So many times `move`, then `act`."""


def stepping(course: Course) -> Stepping:
    """The fastest that there is here."""
    code = native_code()
    return NativeStepping(course, code) if code else PythonStepping(course)


class PythonStepping:
    """A `Stepping` by PyBullet's Python functions."""

    def __init__(self, course: Course) -> None:
        self._course, self._works = course, [work.bound for work in course.works]
        self._late = np.zeros((course.past.delay, course.past.dq.size))
        self._steps = 0

    def act(self) -> None:
        """Work out what acts in the next step."""
        past, late = self._course.past, self._late[self._steps % self._course.past.delay]
        past.late[:] = late
        late[:] = past.dq
        for work in self._works:
            work()
        past.memory[:] = past.memory_next

    def move(self, motor: Sequence[float]) -> None:
        """One step of physics."""
        course, driven = self._course, len(motor)
        tau = course.robot.tau.copy()
        tau[:driven] += np.array(motor) - course.viscous * course.robot.dq[:driven]
        if course.person:
            course.person.of.push(course.person.tau.tolist())
        course.world.step(tau.tolist())
        for joints in course.bodies:
            joints.dq_before[:] = joints.dq[: joints.dq_before.size]
            joints.q[:], joints.dq[:] = np.array([state[:2] for state in joints.of.states()]).T
        self._steps += 1
        course.past.time[0] = self._steps * course.world.step_s

    def advance(self, motor: Sequence[float], steps: int) -> None:
        """So many steps."""
        for _ in range(steps):
            self.move(motor)
            self.act()
