"""How a body's links look and touch: capsules and boxes of the segment's volume, as URDF text."""

import math

from robot.body import Segment
from robot.models.urdf import Vector

DENSITY = 1050.0
"""Density of a body in kg/m³; recalled."""


def limb(segment: Segment) -> str:
    """A capsule along +x from joint to joint, as thick as its mass makes it."""
    radius = math.sqrt(segment.mass / (DENSITY * math.pi * segment.length))
    shape = f'<capsule radius="{radius!r}" length="{segment.length - radius!r}"/>'
    return _solid(shape, (0.5 * segment.length, 0.0, 0.0), turned=True)


def box(size: Vector, centre: Vector) -> str:
    """A box with its edges along the link's axes."""
    x, y, z = size
    return _solid(f'<box size="{x!r} {y!r} {z!r}"/>', centre, turned=False)


def trunk(segment: Segment, width: float) -> str:
    """A box above the link's origin, `width` m wide and as deep as its mass makes it."""
    depth = segment.mass / (DENSITY * segment.length * width)
    return box((segment.length, width, depth), (-0.5 * segment.length, 0.0, 0.0))


def head(segment: Segment, neck: float) -> str:
    """A ball under the crown on a neck of `neck` m that begins at the link's origin."""
    radius = (0.75 * segment.mass / (DENSITY * math.pi)) ** (1.0 / 3.0)
    middle = (radius - neck - segment.length, 0.0, 0.0)
    stalk = f'<cylinder radius="{0.5 * radius!r}" length="{neck + radius!r}"/>'
    return _solid(f'<sphere radius="{radius!r}"/>', middle, turned=False) + _element(
        "visual", stalk, (-0.5 * neck, 0.0, 0.0), turned=True
    )


def _solid(shape: str, centre: Vector, *, turned: bool) -> str:
    return _element("visual", shape, centre, turned=turned) + _element("collision", shape, centre, turned=turned)


def _element(kind: str, shape: str, centre: Vector, *, turned: bool) -> str:
    """A shape; URDF draws capsules along +z, `turned` lays them along +x."""
    x, y, z = centre
    pitch = 0.5 * math.pi if turned else 0.0
    return f'<{kind}><origin xyz="{x!r} {y!r} {z!r}" rpy="0 {pitch!r} 0"/><geometry>{shape}</geometry></{kind}>'
