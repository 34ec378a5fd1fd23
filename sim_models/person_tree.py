"""The links of a whole person as a tree of hinges on a trunk that stands still, with a body's numbers as inputs.

A hand that is fixed on its radius is one body with it. All frames are those of `skeleton`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import casadi
import numpy as np
from casadi import SX, Function, cross

from robot.models.urdf import NOWHERE
from robot.tick import Array
from sim_models.tree import NONE, Frame, Hinge, Weight, Wrench, frames, turn_about
from sim_models.virtual_patient.body import USUAL, Body
from sim_models.virtual_patient.joints import LIMB_JOINTS, SIDES, JointName, Side
from sim_models.virtual_patient.skeleton import Bone, skeleton

_BONES = skeleton(USUAL)
_TURNING = tuple(bone for bone in _BONES if bone.joint)
_FIXED = tuple(bone for bone in _BONES if bone.parent and not bone.joint)
_LINKS = tuple(bone.name for bone in _TURNING)

HINGES = tuple(
    Hinge(bone.joint or "", bone.name, _LINKS.index(bone.parent) if bone.parent in _LINKS else None, bone.axis)
    for bone in _TURNING
)
"""The seventeen hinges, each behind the one that it hangs on."""

NAMES = tuple(hinge.joint for hinge in HINGES)
"""The joints in the order of all torques and angles, as `left_knee`; the neck has no side."""

COUNT = len(NAMES)
OF_LINK = 13
"""Place (x, y, z), mass, lever (x, y, z), inertia about the link's origin (xx, yy, zz, xy, xz, yz)."""

FIXED = tuple(bone.name for bone in _FIXED)
LINKS = (*_LINKS, *FIXED)


def joint_of(name: str) -> tuple[JointName, Side]:
    """Which joint of a patient a name of `NAMES` is, and its side; the neck's is of no matter."""
    named: dict[str, tuple[JointName, Side]] = {f"{side}_{one}": (one, side) for side in SIDES for one in LIMB_JOINTS}
    return named.get(name, ("neck", "left"))


def numbers_of(body: Body) -> Array:
    """A body's numbers: `OF_LINK` of every link that turns, then the places of the fixed ones."""
    bones = skeleton(body)
    values = [
        _link_numbers(bone, [one for one in bones if one.parent == bone.name and not one.joint])
        for bone in bones
        if bone.joint
    ]
    places = [bone.place for bone in bones if bone.name in FIXED]
    return np.concatenate([*values, *np.array(places)])


def _link_numbers(bone: Bone, fixed: Sequence[Bone]) -> Array:
    mass, lever, about = 0.0, np.zeros(3), np.zeros((3, 3))
    for one, place in [(bone, NOWHERE), *((other, other.place) for other in fixed)]:
        centre = np.array(place) + np.array(one.inertial.centre)
        mass += one.inertial.mass
        lever += one.inertial.mass * centre
        about += np.diag(one.inertial.moments)
        about += one.inertial.mass * (centre @ centre * np.eye(3) - np.outer(centre, centre))
    return np.array([*bone.place, mass, *lever, *about.diagonal(), about[0, 1], about[0, 2], about[1, 2]])


@cache
def _is_zero() -> tuple[bool, ...]:
    """Which numbers are zero in every body: a skeleton has its axes along its limbs."""
    return tuple(bool(value == 0.0) for value in numbers_of(USUAL))


@dataclass(frozen=True, slots=True)
class PersonTree:
    """A person's links as expressions; the trunk is at `base`."""

    base: Frame
    weights: Sequence[Weight]
    fixed: Sequence[SX]

    @classmethod
    def of(cls, numbers: SX, place: SX, pitch: SX, yaw: SX) -> "PersonTree":
        """From symbols of `numbers_of`, the trunk's place in m, and its pitch and yaw in rad."""
        known = [SX(1, 1) if zero else one for one, zero in zip(casadi.vertsplit(numbers), _is_zero(), strict=True)]
        rows = [known[index * OF_LINK : (index + 1) * OF_LINK] for index in range(COUNT)]
        rest = known[COUNT * OF_LINK :]
        places = [casadi.vertcat(*rest[3 * index : 3 * index + 3]) for index in range(len(FIXED))]
        turn = turn_about((0.0, 0.0, 1.0), yaw) @ turn_about((0.0, 1.0, 0.0), pitch)
        return cls(Frame(place, turn, NONE, NONE), [_weight(row) for row in rows], places)

    @property
    def places(self) -> list[SX]:
        """Where each link is in the one that it hangs on."""
        return [weight.place for weight in self.weights]

    def frames(self, q: SX, dq: SX) -> dict[str, Frame]:
        """The frame of every link by its name, the trunk's and the fixed ones' too."""
        turning = dict(zip(_LINKS, frames(HINGES, self.places, self.base, q, dq), strict=True))
        found = {"trunk": self.base, **turning}
        for bone, place in zip(_FIXED, self.fixed, strict=True):
            on = found[bone.parent or ""]
            velocity = on.velocity + cross(on.turning, place)
            found[bone.name] = Frame(on.point(place), on.turn, velocity, on.turning)
        return found

    def wrenches(self, at: Sequence[tuple[str, Wrench]]) -> dict[int, Wrench]:
        """Wrenches on links by name, each in its link's frame, as wrenches on those that turn; the trunk feels none."""
        found = dict[int, Wrench]()
        for name, wrench in at:
            if name in FIXED:
                bone = _FIXED[FIXED.index(name)]
                name, place = bone.parent or "", self.fixed[FIXED.index(name)]
                wrench = Wrench(wrench.force, wrench.moment + cross(place, wrench.force))
            if name in _LINKS:
                index = _LINKS.index(name)
                found[index] = found[index] + wrench if index in found else wrench
        return found


_STANDING = {"numbers": len(numbers_of(USUAL)), "place": 3, "pitch": 1, "yaw": 1, "q": COUNT}


@cache
def standing() -> Function:
    """(a body's numbers, the trunk's place, pitch and yaw, angles) → where each of `LINKS` is in m, a column each."""
    numbers, place, pitch, yaw, q = (SX.sym(name, size) for name, size in _STANDING.items())
    frames = PersonTree.of(numbers, place, pitch, yaw).frames(q, SX(COUNT, 1))
    places = casadi.horzcat(*(frames[name].place for name in LINKS))
    return Function("standing", [numbers, place, pitch, yaw, q], [places])


def places_of(
    body: Body, place: Sequence[float], pitch: float, yaw: float, q: Sequence[float]
) -> dict[str, tuple[float, float, float]]:
    """Where the links of a person are in m, by name: the trunk at `place`, angles `q` in rad."""
    rows = np.array(standing()(numbers_of(body), list(place), pitch, yaw, list(q))).T
    return {name: (float(x), float(y), float(z)) for name, (x, y, z) in zip(LINKS, rows, strict=True)}


def _weight(row: Sequence[SX]) -> Weight:
    xx, yy, zz, xy, xz, yz = row[7:]
    about = casadi.vertcat(casadi.horzcat(xx, xy, xz), casadi.horzcat(xy, yy, yz), casadi.horzcat(xz, yz, zz))
    return Weight(casadi.vertcat(*row[:3]), row[3], casadi.vertcat(*row[4:7]), about)
