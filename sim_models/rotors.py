"""Drives' rotors in a chain: the inertia that a joint feels of its own drive, and the joints beside it do not.

A rotor far up a gear train turns with its own joint alone. Its inertia, seen from the joint, belongs on the diagonal of
the mass matrix (Featherstone 2008, section 9.6, with the gyroscopic part of a fast small rotor left out). Added to a
link it would be felt by every joint nearer to the base. So each rotor is a flywheel that turns in the world, and a gear
of ratio one ties its speed to the joint's.
"""

from collections.abc import Mapping

from robot.models.urdf import Inertial
from sim_models.engine import pybullet

HOLDS = 1e9
"""The most that a gear transmits, in N·m: without a limit."""


def flywheels_urdf(inertias: Mapping[str, float]) -> str:
    """A fixed base with one flywheel for each joint, with that inertia in kg·m² about its axis."""
    base = Inertial(1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)).xml()
    wheels = "".join(
        f'<link name="{name}_wheel">{Inertial(1.0, (0.0, 0.0, 0.0), (inertia,) * 3).xml()}</link>'
        f'<joint name="{name}" type="continuous"><parent link="base"/><child link="{name}_wheel"/>'
        '<axis xyz="0 0 1"/></joint>'
        for name, inertia in inertias.items()
    )
    return f'<robot name="flywheels"><link name="base">{base}</link>{wheels}</robot>'


def tie(client: int, body: int, joints: list[int], flywheels: int, wheels: list[int]) -> None:
    """Make each wheel turn as fast as its joint of `body`."""
    for joint, wheel in zip(joints, wheels, strict=True):
        gear = pybullet.createConstraint(
            body, joint, flywheels, wheel, pybullet.JOINT_GEAR, [0, 0, 1], [0, 0, 0], [0, 0, 0], physicsClientId=client
        )
        # The speeds are equal to rounding, and nobody reads a wheel's angle: nothing is to be corrected by position.
        pybullet.changeConstraint(gear, gearRatio=-1, maxForce=HOLDS, erp=0, physicsClientId=client)
