"""A world for people by themselves."""

import numpy as np

from sim_models.course import Course, Joints
from sim_models.person import Person
from sim_models.stepping import Stepping, stepping
from sim_models.world import World

SOLID = '<inertial><mass value="1"/><inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial>'
A_WHEEL = (
    f'<robot name="wheel"><link name="base">{SOLID}</link><link name="wheel">{SOLID}</link>'
    '<joint name="turns" type="continuous"><parent link="base"/><child link="wheel"/></joint></robot>'
)


def empty_world() -> World:
    """A world with something that has nothing to do with anybody."""
    return World(A_WHEEL, ["turns"], [0.0], base_pitch=0.0, step_s=0.001)


def steps_of(world: World, person: Person) -> Stepping:
    """The steps of somebody in `empty_world`."""
    wheel, works = Joints(world, *np.zeros((3, 1))), [person.tell, person.acting]
    return stepping(Course(world, wheel, np.zeros(1), works, person.past, person.joints))
