"""A world for people by themselves."""

from sim_models.world import World

SOLID = '<inertial><mass value="1"/><inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial>'
A_WHEEL = (
    f'<robot name="wheel"><link name="base">{SOLID}</link><link name="wheel">{SOLID}</link>'
    '<joint name="turns" type="continuous"><parent link="base"/><child link="wheel"/></joint></robot>'
)


def empty_world() -> World:
    """A world with something that has nothing to do with anybody."""
    return World(A_WHEEL, ["turns"], [0.0], base_pitch=0.0, step_s=0.001)
