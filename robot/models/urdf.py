"""Small parts of URDF text, and the check that every inertia in one is physical."""

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from robot.errors import RobotError


@dataclass(frozen=True, slots=True)
class Inertial:
    """Mass in kg, centre of mass in the link frame in m, principal moments about it in kg·m² (axes of the link)."""

    mass: float
    centre: tuple[float, float, float]
    moments: tuple[float, float, float]

    def xml(self) -> str:
        """The URDF element, with every digit kept."""
        x, y, z = (repr(float(value)) for value in self.centre)
        ixx, iyy, izz = (repr(float(value)) for value in self.moments)
        return (
            f'<inertial><origin xyz="{x} {y} {z}" rpy="0 0 0"/><mass value="{float(self.mass)!r}"/>'
            f'<inertia ixx="{ixx}" ixy="0" ixz="0" iyy="{iyy}" iyz="0" izz="{izz}"/></inertial>'
        )


def rod(mass: float, length: float, radius: float) -> Inertial:
    """A solid cylinder along +x from the link's origin (closed form)."""
    along = 0.5 * mass * radius**2
    across = mass * (3.0 * radius**2 + length**2) / 12.0
    return Inertial(mass, (0.5 * length, 0.0, 0.0), (along, across, across))


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
