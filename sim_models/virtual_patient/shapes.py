"""How a body's links look and touch: round-ended cylinders, balls and boxes of the segment's volume, as URDF text."""

import math

from robot.body import Segment
from robot.models.urdf import NOWHERE, Vector

DENSITY = 1050.0
"""Density of a body in kg/m³; recalled."""


def limb_radius(segment: Segment) -> float:
    """How thick a limb's mass makes it, in m."""
    return math.sqrt(segment.mass / (DENSITY * math.pi * segment.length))


def head_radius(segment: Segment) -> float:
    """How large the head's mass makes a ball, in m."""
    radius: float = (0.75 * segment.mass / (DENSITY * math.pi)) ** (1.0 / 3.0)
    return radius


def limb(segment: Segment) -> str:
    """A cylinder along +x from joint to joint with a ball at each end, as thick as its mass makes it."""
    radius = limb_radius(segment)
    middle, end = (0.5 * segment.length, 0.0, 0.0), (segment.length, 0.0, 0.0)
    ball = f'<sphere radius="{radius!r}"/>'
    return _solid(_along_x(radius, segment.length, middle), _upright(ball, NOWHERE), _upright(ball, end))


def box(size: Vector, centre: Vector) -> str:
    """A box with its edges along the link's axes."""
    x, y, z = size
    return _solid(_upright(f'<box size="{x!r} {y!r} {z!r}"/>', centre))


def trunk(segment: Segment, width: float) -> str:
    """A box above the link's origin, `width` m wide and as deep as its mass makes it."""
    depth = segment.mass / (DENSITY * segment.length * width)
    return box((segment.length, width, depth), (-0.5 * segment.length, 0.0, 0.0))


def head(segment: Segment, neck: float) -> str:
    """A ball under the crown on a neck of `neck` m that begins at the link's origin."""
    radius = head_radius(segment)
    ball = _upright(f'<sphere radius="{radius!r}"/>', (radius - neck - segment.length, 0.0, 0.0))
    return _solid(ball, _along_x(0.5 * radius, neck + radius, (-0.5 * neck, 0.0, 0.0)))


def _along_x(radius: float, length: float, centre: Vector) -> str:
    """A cylinder; URDF draws one along +z."""
    return _placed(f'<cylinder radius="{radius!r}" length="{length!r}"/>', centre, 0.5 * math.pi)


def _upright(shape: str, centre: Vector) -> str:
    return _placed(shape, centre, 0.0)


def _placed(shape: str, centre: Vector, pitch: float) -> str:
    x, y, z = centre
    return f'<origin xyz="{x!r} {y!r} {z!r}" rpy="0 {pitch!r} 0"/><geometry>{shape}</geometry>'


def _solid(*shapes: str) -> str:
    return "".join(f"<{kind}>{one}</{kind}>" for kind in ("visual", "collision") for one in shapes)
