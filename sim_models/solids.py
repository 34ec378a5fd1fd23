"""The solids of a URDF's links, and where its links are at given angles: what a drawing needs, without an engine."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np

from robot.models.urdf import Vector
from robot.tick import Array
from sim_models.urdf_tree import axis_of, linked, origin_of, turned_by

AROUND = 16
"""Points on a circle: a drawing a few hundred pixels wide shows no corners."""


@dataclass(frozen=True, slots=True)
class Poses:
    """Where a link is at each of some moments: `place` (moments, 3) in m, `turn` (moments, 3, 3), axes as columns."""

    place: Array
    turn: Array

    @classmethod
    def still(cls, moments: int, place: Vector = (0.0, 0.0, 0.0), turn: Vector = (0.0, 0.0, 0.0)) -> Self:
        """One that stays there, turned by roll, pitch and yaw in rad."""
        return cls(np.tile(np.array(place, dtype=float), (moments, 1)), np.tile(_turned(turn), (moments, 1, 1)))

    def points(self, there: Array) -> Array:
        """Points (n, 3) of the link in the world: (moments, n, 3) in m."""
        found: Array = self.place[:, None] + np.einsum("mij,nj->mni", self.turn, there)
        return found


@dataclass(frozen=True, slots=True)
class Solid:
    """A convex body of a link by its corners (n, 3) in the link's frame, in m."""

    link: str
    corners: Array


def solids_of(urdf: str) -> tuple[Solid, ...]:
    """Every box, cylinder and ball that a URDF draws."""
    tree = ElementTree.fromstring(urdf)
    return tuple(
        Solid(link.get("name", ""), np.array(origin_of(visual)) + corners @ _turned(turned_by(visual)).T)
        for link in tree.iter("link")
        for visual in link.iter("visual")
        for corners in _corners(visual)
    )


def box(size: Vector, centre: Vector) -> Array:
    """The corners of a box with its edges along the axes, in m."""
    return np.array(centre) + 0.5 * np.array(list(product((-1.0, 1.0), repeat=3))) * size


def ball(radius: float) -> Array:
    """Points of a ball about the origin, in m."""
    tilts = np.linspace(0.0, np.pi, AROUND // 2, endpoint=False)
    return np.concatenate([_circle(radius) @ _turned((tilt, 0.0, 0.0)).T for tilt in tilts])


def _corners(visual: ElementTree.Element) -> Iterator[Array]:
    for shape in visual.iterfind("geometry/*"):
        number = {name: [float(one) for one in text.split()] for name, text in shape.items()}
        if shape.tag == "box":
            x, y, z = number["size"]
            yield box((x, y, z), (0.0, 0.0, 0.0))
        elif shape.tag == "cylinder":
            (radius,), (length,) = number["radius"], number["length"]
            yield np.concatenate([np.add(_circle(radius), (0.0, 0.0, side * length)) for side in (-0.5, 0.5)])
        elif shape.tag == "sphere":
            (radius,) = number["radius"]
            yield ball(radius)


def _circle(radius: float) -> Array:
    angles = np.linspace(0.0, 2.0 * np.pi, AROUND, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles), np.zeros(AROUND)], axis=1)


def poses_of(urdf: str, angles: Mapping[str, Array], base: Poses) -> dict[str, Poses]:
    """Where every link of a URDF is: forward kinematics with the joints' `angles` (moments) in rad.

    `base` is where the link without a parent is. A joint without an angle stays at zero.
    """
    tree = ElementTree.fromstring(urdf)
    waiting = list(tree.iter("joint"))
    children = {linked(joint, "child") for joint in waiting}
    (root,) = (name for link in tree.iter("link") if (name := link.get("name", "")) not in children)
    found = {root: base}
    while waiting:
        joint = next(one for one in waiting if linked(one, "parent") in found)
        waiting.remove(joint)
        found[linked(joint, "child")] = _below(found[linked(joint, "parent")], joint, angles)
    return found


def _below(above: Poses, joint: ElementTree.Element, angles: Mapping[str, Array]) -> Poses:
    from scipy.spatial.transform import Rotation  # slow to import

    place = above.points(np.array([origin_of(joint)]))[:, 0]
    turn = above.turn @ _turned(turned_by(joint))
    angle = angles.get(joint.get("name", ""))
    if angle is not None:
        turn = turn @ Rotation.from_rotvec(angle[:, None] * np.array(axis_of(joint))).as_matrix()
    return Poses(place, turn)


def _turned(by: Vector) -> Array:
    """The matrix of roll, pitch and yaw in rad."""
    from scipy.spatial.transform import Rotation  # slow to import

    matrix: Array = Rotation.from_euler("xyz", by).as_matrix()
    return matrix
