"""A robot's links as a tree of hinges, out of its URDF: where its cuffs are, and what a pull there does to it."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import casadi
from casadi import SX, Function, cross

from robot.models.urdf import NOWHERE
from sim_models.tree import NONE, Frame, Hinge, Wrench, frames, torques, turn_about
from sim_models.urdf_tree import axis_of, linked, origin_of, turned_by


@dataclass(frozen=True, slots=True)
class RobotTree:
    """The hinges of a robot's joints in its joint order, where each is in the link above, and what is fixed on links.

    `fixed` gives, by the name of a frame without a joint, the link's index and the frame's place there in m; such a
    frame is not turned against its link.
    """

    hinges: Sequence[Hinge]
    places: Sequence[SX]
    fixed: Mapping[str, tuple[int, SX]]

    @classmethod
    def of(cls, urdf: str, names: Sequence[str]) -> "RobotTree":
        """The tree of a URDF's joints of these `names`, each of which hangs on one before it, or on the base."""
        joints = {joint.get("name", ""): joint for joint in ElementTree.fromstring(urdf).iter("joint")}
        links = [linked(joints[name], "child") for name in names]
        hinges = [_hinge(name, joints[name], links) for name in names]
        mounts = [joint for joint in joints.values() if linked(joint, "parent") in links]
        fixed = {
            linked(joint, "child"): (links.index(linked(joint, "parent")), SX(list(origin_of(joint))))
            for joint in mounts
            if joint.get("type") == "fixed" and turned_by(joint) == NOWHERE
        }
        return cls(hinges, [SX(list(origin_of(joints[name]))) for name in names], fixed)

    def frames(self, q: SX, dq: SX) -> dict[str, Frame]:
        """The frame of every link and of what is fixed on them, in the base's axes."""
        base = Frame(NONE, turn_about((0.0, 0.0, 1.0), SX(0)), NONE, NONE)
        turning = frames(self.hinges, self.places, base, q, dq)
        found = {hinge.link: frame for hinge, frame in zip(self.hinges, turning, strict=True)}
        for name, (index, place) in self.fixed.items():
            on = turning[index]
            found[name] = Frame(on.point(place), on.turn, on.velocity + cross(on.turning, place), on.turning)
        return found

    def torques(self, q: SX, at: Sequence[tuple[str, Wrench]]) -> SX:
        """The torque in N·m at every joint of wrenches on links or on what is fixed there, in their own frames."""
        links, passed = [hinge.link for hinge in self.hinges], dict[int, Wrench]()
        for name, wrench in at:
            index, place = self.fixed[name] if name in self.fixed else (links.index(name), NONE)
            one = Wrench(wrench.force, wrench.moment + cross(place, wrench.force))
            passed[index] = passed[index] + one if index in passed else one
        return torques(self.hinges, self.places, q, passed)


@cache
def standing(urdf: str, names: tuple[str, ...]) -> Function:
    """(angles) → of each of `RobotTree.frames` the place in m and the axes, as a matrix's columns."""
    q = SX.sym("q", len(names))
    frames = RobotTree.of(urdf, names).frames(q, SX(len(names), 1))
    told = [casadi.densify(one) for frame in frames.values() for one in (frame.place, frame.turn)]
    return Function("standing", [q], told, ["q"], [f"{name}_{end}" for name in frames for end in ("place", "turn")])


def _hinge(name: str, joint: ElementTree.Element, links: Sequence[str]) -> Hinge:
    parent = linked(joint, "parent")
    above = links.index(parent) if parent in links else None
    return Hinge(name, linked(joint, "child"), above, axis_of(joint), turned_by(joint))
