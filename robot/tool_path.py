"""Poses of the robot's last link, as a plan says them, and how fast they are passed."""

from typing import Annotated

from pydantic import Field

from robot.files import Strict

_Place = Annotated[float, Field(ge=-3.0, le=3.0)]
_Turn = Annotated[float, Field(ge=-360.0, le=360.0)]


class ToolPose(Strict):
    """Where the frame of the last link, a tool's tip where it holds one, is to be, and for how long it stays there.

    `at_m` in the axes of the robot's base; `turn_deg` roll, pitch and yaw about their x, y and z, in this order, as in
    a URDF; `hold_s` in s.
    """

    at_m: tuple[_Place, _Place, _Place]
    turn_deg: tuple[_Turn, _Turn, _Turn]
    hold_s: Annotated[float, Field(ge=0.0, le=60.0)] = 0.0


class ToolPace(Strict):
    """How fast the last link is led at most: m/s, and °/s about any axis."""

    velocity_m_s: Annotated[float, Field(gt=0.0, le=1.0)]
    turn_deg_s: Annotated[float, Field(gt=0.0, le=180.0)]
