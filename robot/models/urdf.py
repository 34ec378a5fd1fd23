"""Small parts of URDF text, and the check that every inertia in one is physical."""

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Literal

from robot.errors import RobotError

Vector = tuple[float, float, float]
Axis = Literal["x", "y", "z"]

NOWHERE: Vector = (0.0, 0.0, 0.0)
QUARTER = 0.5 * math.pi
_ALONG = {"x": (0.0, QUARTER, 0.0), "y": (QUARTER, 0.0, 0.0), "z": NOWHERE}
"""How a cylinder, which URDF draws along +z, is turned to lie along an axis."""


@dataclass(frozen=True, slots=True)
class Inertial:
    """Mass in kg, centre of mass in the link frame in m, principal moments about it in kg·m² (axes of the link)."""

    mass: float
    centre: Vector
    moments: Vector

    def xml(self) -> str:
        """The URDF element, with every digit kept."""
        x, y, z = (repr(float(value)) for value in self.centre)
        ixx, iyy, izz = (repr(float(value)) for value in self.moments)
        return (
            f'<inertial><origin xyz="{x} {y} {z}" rpy="0 0 0"/><mass value="{float(self.mass)!r}"/>'
            f'<inertia ixx="{ixx}" ixy="0" ixz="0" iyy="{iyy}" iyz="0" izz="{izz}"/></inertial>'
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A solid body of a link: what it weighs, and the URDF element that draws it."""

    inertial: Inertial
    visual: str


def cylinder(mass: float, length: float, radius: float, axis: Axis, centre: Vector = NOWHERE) -> Part:
    """A solid cylinder along an axis of the link, in kg and m (closed form)."""
    along, across = 0.5 * mass * radius**2, mass * (3.0 * radius**2 + length**2) / 12.0
    moments = (along if axis == "x" else across, along if axis == "y" else across, along if axis == "z" else across)
    shape = f'<cylinder radius="{radius!r}" length="{length!r}"/>'
    return Part(Inertial(mass, centre, moments), _drawn(shape, centre, _ALONG[axis]))


def rod(mass: float, length: float, radius: float) -> Part:
    """A solid cylinder along +x from the link's origin."""
    return cylinder(mass, length, radius, "x", (0.5 * length, 0.0, 0.0))


def block(mass: float, size: Vector, centre: Vector = NOWHERE) -> Part:
    """A solid block with its edges along the link's axes, in kg and m (closed form)."""
    x, y, z = (mass * edge**2 / 12.0 for edge in size)
    return Part(Inertial(mass, centre, (y + z, x + z, x + y)), _drawn(f'<box size="{_text(size)}"/>', centre, NOWHERE))


def joined(*bodies: Inertial) -> Inertial:
    """Several bodies as one (parallel axes); raises `ValueError` where that one's axes would not be the link's."""
    if len(bodies) == 1:
        return bodies[0]
    mass = sum(body.mass for body in bodies)
    x, y, z = (sum(body.mass * body.centre[axis] for body in bodies) / mass for axis in range(3))
    away = [(body, (body.centre[0] - x, body.centre[1] - y, body.centre[2] - z)) for body in bodies]
    products = [sum(body.mass * d[i] * d[j] for body, d in away) for i, j in ((0, 1), (0, 2), (1, 2))]
    if max(map(abs, products)) > 1e-12:
        raise ValueError("the bodies of a link lie on one line along an axis of it")
    xx, yy, zz = (
        sum(body.moments[axis] + body.mass * (d[axis - 1] ** 2 + d[axis - 2] ** 2) for body, d in away)
        for axis in range(3)
    )
    return Inertial(mass, (x, y, z), (xx, yy, zz))


def link(name: str, *parts: Part) -> str:
    """A URDF link made of solid parts."""
    body = joined(*(part.inertial for part in parts))
    return f'<link name="{name}">{body.xml()}{"".join(part.visual for part in parts)}</link>'


def stand(name: str, *parts: Part) -> str:
    """The URDF link that stands still: what it weighs is nobody's matter, its parts are only drawn."""
    return f'<link name="{name}">{"".join(part.visual for part in parts)}</link>'


def frame(name: str, parent: str, place: Vector) -> str:
    """A URDF link without a body, fixed at a place in m of another link: the middle of a cuff, a tool's mount."""
    return (
        f'<link name="{name}"/><joint name="{name}_mount" type="fixed"><parent link="{parent}"/><child link="{name}"/>'
        f'<origin xyz="{_text(place)}" rpy="0 0 0"/></joint>'
    )


def hinge(name: str, parent: str, child: str, place: Vector, axis: Vector, turned: Vector = NOWHERE) -> str:
    """A turning URDF joint at a place in m of its parent, `turned` (roll, pitch, yaw) in rad at angle zero.

    The limits are wide: the robot's description has the real ones.
    """
    return (
        f'<joint name="{name}" type="revolute"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin xyz="{_text(place)}" rpy="{_text(turned)}"/><axis xyz="{_text(axis)}"/>'
        '<limit lower="-6.3" upper="6.3" effort="1000" velocity="100"/></joint>'
    )


def robot_of(name: str, *elements: str) -> str:
    """The URDF text of a robot."""
    return "\n".join(['<?xml version="1.0"?>', f'<robot name="{name}">', *elements, "</robot>", ""])


def _text(values: Vector) -> str:
    return " ".join(repr(float(value)) for value in values)


def _drawn(shape: str, centre: Vector, turned: Vector) -> str:
    origin = f'<origin xyz="{_text(centre)}" rpy="{_text(turned)}"/>'
    return f"<visual>{origin}<geometry>{shape}</geometry></visual>"


def check_inertias(urdf: str, robot: str) -> None:
    """Refuse a URDF with an inertia that no body has: raises `RobotError` with the link and the inequality."""
    for link in ElementTree.fromstring(urdf).iter("link"):
        inertial = link.find("inertial")
        if inertial is None:
            continue
        mass_element, inertia = inertial.find("mass"), inertial.find("inertia")
        mass = _number(mass_element, "value")
        xx, yy, zz = (_number(inertia, name) for name in ("ixx", "iyy", "izz"))
        xy, xz, yz = (_number(inertia, name) for name in ("ixy", "ixz", "iyz"))
        broken = _broken_inequality(mass, (xx, yy, zz), (xy, xz, yz))
        if broken:
            raise RobotError("inertia-invalid", file=robot, link=link.get("name"), inequality=broken)


def _number(element: ElementTree.Element | None, name: str) -> float:
    return float(element.get(name, "nan")) if element is not None else math.nan


def _broken_inequality(
    mass: float, moments: tuple[float, float, float], products: tuple[float, float, float]
) -> str | None:
    """Name the first inequality that mass, moments and products of inertia break; None where they are physical."""
    import numpy as np

    if not all(math.isfinite(value) for value in (mass, *moments, *products)):
        return "every number is finite"
    if mass <= 0.0:
        return f"mass > 0 (it is {mass:g})"
    (xx, yy, zz), (xy, xz, yz) = moments, products
    principal = np.linalg.eigvalsh(np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]))
    if principal[0] <= 0.0:
        return f"every principal moment > 0 (the smallest is {principal[0]:g})"
    smallest, middle, largest = principal
    if largest > (smallest + middle) * (1.0 + 1e-9):
        return f"I1 + I2 >= I3 ({smallest:g} + {middle:g} < {largest:g})"
    return None
