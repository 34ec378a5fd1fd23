"""What a nursing arm holds: a spoon, a wiping pad, a cradle; what it weighs, how long it is, and where it touches.

A tool's frame stands in its tip with the axes of the arm's last link: +z out of the flange, which it goes along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from robot.description import RobotDescription
from robot.errors import PlanError
from robot.models.urdf import Vector


@dataclass(frozen=True, slots=True)
class Ball:
    """A round part that touches: its middle in the tool's frame and its radius, in m."""

    place: Vector
    radius: float


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: mass in kg and length in m from the flange to the tip, its weight spread evenly; where it touches.

    `padding` in N/m is how stiff it is itself, `friction` the coefficient on skin.
    """

    mass: float
    length: float
    balls: tuple[Ball, ...]
    padding: float
    friction: float


TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        # A bowl 50 mm long and 12 mm high whose front end is the tip; silicone.
        "spoon": Tool(
            0.08,
            0.14,
            tuple(Ball((0.0, 0.0, -behind), 0.006) for behind in (0.006, 0.022, 0.038, 0.054)),
            10e3,
            0.3,
        ),
        # A wet sponge, a hand wide and slightly domed: a rounder one pushes a limb aside.
        "pad": Tool(0.25, 0.08, (Ball((0.0, 0.0, -0.3), 0.3),), 3e3, 0.2),
        # Two troughs of four padded knobs, 80 mm apart: a limb lies along y on the lower ones; the outer ones, 55 mm
        # higher, keep it from sliding off whatever its thickness. Up is -x; along z the cradle goes below a limb.
        "cradle": Tool(
            0.40,
            0.10,
            tuple(
                Ball((-above, side, ahead), 0.015)
                for side in (-0.04, 0.04)
                for above, ahead in ((0.055, -0.07), (0.0, -0.03), (0.0, 0.03), (0.055, 0.07))
            ),
            5e3,
            0.5,
        ),
    }
)
"""Every number is assumed: they are tools that could be made, not ones that were measured."""


def fitted(robot: RobotDescription, tool: Tool) -> RobotDescription:
    """The robot with a tool on its flange: the frame of its last link then stands in the tool's tip.

    Raises `PlanError` where the robot has no flange.
    """
    if '<link name="tool"' not in robot.urdf:
        raise PlanError("tool-not-fitted", field="task", robot=robot.name)
    parameters = {**robot.parameters, "tool_kg": tool.mass, "tool_m": tool.length}
    return RobotDescription.model_validate({**robot.model_dump(), "parameters": parameters})
