"""The peer of the compiled law: rigid-body dynamics in plain numpy, as well as they can be written there."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from robot.symbolic import GRAVITY

Array = npt.NDArray[np.float64]

_UP = np.array([0.0, 0.0, GRAVITY])
_NEXT, _AFTER_NEXT = np.array([1, 2, 0]), np.array([2, 0, 1])


@dataclass(frozen=True)
class Chain:
    """The numbers of a serial chain that do not change, one entry per joint, in the frame of its link.

    A joint's rotation is `placed` + sin(q) `sines` + (1 − cos(q)) `versines` (Rodrigues).
    """

    placed: Array
    sines: Array
    versines: Array
    offset: Array
    axis: Array
    mass: Array
    centre: Array
    inertia: Array

    @classmethod
    def of(cls, urdf: str, joints: Sequence[str]) -> "Chain":
        """The chain of these joints, in order from the base."""
        root = ElementTree.fromstring(urdf)
        links = {link.get("name"): link for link in root.iter("link")}
        named = {joint.get("name"): joint for joint in root.findall("joint")}
        columns = zip(*(_joint(named[name], links) for name in joints), strict=True)
        placed, offset, axis, mass, centre, inertia = (np.array(column) for column in columns)
        skew = np.array([_skew(one) for one in axis])
        return cls(placed, placed @ skew, placed @ skew @ skew, offset, axis, mass, centre, inertia)

    def rotations(self, q: Array) -> Array:
        """Each link's axes in the frame of the link before it."""
        sine, versine = np.sin(q), 1.0 - np.cos(q)
        return self.placed + sine[:, None, None] * self.sines + versine[:, None, None] * self.versines


def recursive_newton_euler(chain: Chain, q: Array, dq: Array, ddq: Array) -> Array:
    """Torques that give `ddq`: out along the links for their motion, back for their forces (Luh, Walker, Paul 1980)."""
    rotations, count = chain.rotations(q), len(q)
    velocity, acceleration, linear = np.zeros(3), np.zeros(3), _UP
    forces, moments = [], []
    for i in range(count):
        back, offset, centre = rotations[i].T, chain.offset[i], chain.centre[i]
        linear = back @ (linear + _cross(acceleration, offset) + _cross(velocity, _cross(velocity, offset)))
        velocity, own = back @ velocity, chain.axis[i] * dq[i]
        acceleration = back @ acceleration + _cross(velocity, own) + chain.axis[i] * ddq[i]
        velocity = velocity + own
        of_centre = linear + _cross(acceleration, centre) + _cross(velocity, _cross(velocity, centre))
        forces.append(chain.mass[i] * of_centre)
        inertia = chain.inertia[i]
        moments.append(inertia @ acceleration + _cross(velocity, inertia @ velocity))
    torque, force, moment = np.empty(count), np.zeros(3), np.zeros(3)
    for i in range(count - 1, -1, -1):
        moment = moments[i] + moment + _cross(chain.centre[i], forces[i])
        torque[i] = moment @ chain.axis[i]
        force = rotations[i] @ (force + forces[i])
        moment = rotations[i] @ moment + _cross(chain.offset[i], force)
    return torque


def newton_euler_without_loops(chain: Chain, q: Array, dq: Array, ddq: Array) -> Array:
    """The same torques in the base's frame, where the recursions are cumulative sums: the fastest numpy we found."""
    count, local = len(q), chain.rotations(q)
    frames = np.empty((count + 1, 3, 3))
    frames[0] = np.eye(3)
    for i in range(count):
        np.matmul(frames[i], local[i], out=frames[i + 1])
    turned = frames[1:]
    offset, axis, centre = (
        (frame @ vector[:, :, None])[:, :, 0]
        for frame, vector in ((frames[:-1], chain.offset), (turned, chain.axis), (turned, chain.centre))
    )
    own = axis * dq[:, None]
    velocity = own.cumsum(0)
    before = velocity - own
    gained = axis * ddq[:, None] + _crosses(before, own)
    acceleration = gained.cumsum(0)
    linear = _UP + (_crosses(acceleration - gained, offset) + _crosses(before, _crosses(before, offset))).cumsum(0)
    of_centre = linear + _crosses(acceleration, centre) + _crosses(velocity, _crosses(velocity, centre))
    force = chain.mass[:, None] * of_centre
    inertia = turned @ chain.inertia @ turned.transpose(0, 2, 1)
    spin = (inertia @ velocity[:, :, None])[:, :, 0]
    moment = (inertia @ acceleration[:, :, None])[:, :, 0] + _crosses(velocity, spin)
    origin = offset.cumsum(0)
    outer_force = force[::-1].cumsum(0)[::-1]
    outer_moment = (moment + _crosses(origin + centre, force))[::-1].cumsum(0)[::-1]
    torque: Array = ((outer_moment - _crosses(origin, outer_force)) * axis).sum(1)
    return torque


def _cross(a: Array, b: Array) -> Array:
    # numpy.cross takes several times as long for one pair.
    a0, a1, a2 = a
    b0, b1, b2 = b
    return np.array((a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0))


def _crosses(a: Array, b: Array) -> Array:
    return a.take(_NEXT, 1) * b.take(_AFTER_NEXT, 1) - a.take(_AFTER_NEXT, 1) * b.take(_NEXT, 1)


def _skew(v: Array) -> Array:
    return np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])


def _joint(joint: ElementTree.Element, links: dict[str | None, ElementTree.Element]) -> tuple[Array | float, ...]:
    placed, offset = _placement(joint)
    inertial = _child(links[_child(joint, "child").get("link")], "inertial")
    turned, centre = _placement(inertial)
    moment = {name: float(value) for name, value in _child(inertial, "inertia").items()}
    inertia = np.array([[moment["i" + "".join(sorted(a + b))] for a in "xyz"] for b in "xyz"])
    mass = float(_child(inertial, "mass").get("value", "nan"))
    return (
        placed,
        offset,
        _numbers(_child(joint, "axis").get("xyz", "1 0 0")),
        mass,
        centre,
        turned @ inertia @ turned.T,
    )


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element:
    child = element.find(name)
    if child is None:
        raise ValueError(f"no {name} in {element.get('name')}")
    return child


def _placement(element: ElementTree.Element) -> tuple[Array, Array]:
    origin = element.find("origin")
    given = {} if origin is None else origin.attrib
    (a, b, c), (s, t, u) = (part(_numbers(given.get("rpy", "0 0 0"))) for part in (np.cos, np.sin))
    about_x = np.array([[1, 0, 0], [0, a, -s], [0, s, a]])
    about_y = np.array([[b, 0, t], [0, 1, 0], [-t, 0, b]])
    about_z = np.array([[c, -u, 0], [u, c, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x, _numbers(given.get("xyz", "0 0 0"))


def _numbers(text: str) -> Array:
    return np.array([float(number) for number in text.split()])
