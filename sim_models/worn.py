"""Which joints of a robot have a joint of the person beside them, and how both chains go in the sagittal plane.

The plane's axes are the base's x and z; a frame that is turned by θ about +y has its +x axis at (cos θ, −sin θ).
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import casadi

from robot.body import Segment, SegmentName
from robot.description import RobotDescription
from robot.errors import RobotError
from sim_models.urdf_tree import axis_of, linked, origin_of, turned_by
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joints import ARM_JOINTS, SIDES, JointName, LimbJoint, Side
from sim_models.virtual_patient.passive import passive_moment

LIMBS: dict[tuple[SegmentName, ...], LimbJoint] = {
    ("shank", "foot"): "knee",
    ("thigh",): "hip",
    ("shank",): "knee",
    ("foot",): "ankle",
}
"""What a robot's joint may carry here, and the person's joint that is beside it then."""

Point = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Worn:
    """A joint of the robot that carries a limb, and the person's joint beside it.

    `place` is among the robot's joints, `above` among the worn ones: the next towards the base, None on it. `way` is 1
    where both turn about +y and -1 where about -y, `pitch` in rad how the robot's link is turned against the one above
    at angle zero. `at` is where its axis is in that link, `cuff` where the cuff is in its own, both (x, z) in m.
    """

    name: str
    place: int
    above: int | None
    way: int
    pitch: float
    at: tuple[float, float]
    cuff: tuple[float, float]
    segments: tuple[SegmentName, ...]
    side: Side
    joint: JointName

    @property
    def stands_on_plate(self) -> bool:
        """Whether it is a foot, which its plate turns as well as pulls."""
        return self.joint == "ankle"

    def limb(self, body: Body) -> Segment:
        """The person's limb from this joint to the next one, as one rigid segment."""
        return body.shank_and_foot if len(self.segments) == 2 else body.segment(self.segments[0])


def worn_joints(description: RobotDescription) -> tuple[Worn, ...]:
    """The joints that carry a limb, each behind the one above it.

    Raises `RobotError` where they carry another limb than a leg's, turn out of the sagittal plane, or have no cuff.
    """
    tree = ElementTree.fromstring(description.urdf)
    joints = {joint.get("name", ""): joint for joint in tree.iter("joint")}
    moving = {linked(joint, "child") for joint in joints.values() if joint.get("type") != "fixed"}
    found = list[Worn]()
    by_link = dict[str, int]()
    for place, (name, joint) in enumerate(description.joints.items()):
        if not joint.carries:
            continue
        element = joints[name]
        parent, axis, (roll, pitch, yaw) = linked(element, "parent"), axis_of(element), turned_by(element)
        is_sagittal = axis in {(0.0, 1.0, 0.0), (0.0, -1.0, 0.0)} and roll == yaw == 0.0
        if joint.carries not in LIMBS or not is_sagittal or (parent in moving and parent not in by_link):
            raise _not_simulated(description, name)
        x, _, z = origin_of(element)
        link = linked(element, "child")
        cuff = _cuff(joints.values(), link, description.name)
        side, limb = side_of(name), LIMBS[joint.carries]
        above = by_link.get(parent)
        by_link[link] = len(found)
        found.append(Worn(name, place, above, int(axis[1]), pitch, (x, z), cuff, joint.carries, side, limb))
    if not found:
        raise _not_simulated(description, "none")
    return tuple(found)


def strapped_joints(description: RobotDescription) -> tuple[LimbJoint, ...]:
    """The person's joints that the robot's are beside: those of legs by what they carry, or an arm's."""
    if description.carries_arm:
        return ARM_JOINTS
    return tuple(LIMBS[joint.carries] for joint in description.joints.values() if joint.carries in LIMBS)


def side_of(joint: str) -> Side:
    """The side of the body that a robot's joint is beside, by its name; the left one where it tells none."""
    return next((side for side in SIDES if joint.startswith(f"{side}_")), "left")


Legs = Iterable[tuple[Side, JointName, Any]]
"""Joints of legs: the side, which joint it is, and its angle in rad."""


def leg_angles_deg(side: Side, legs: Legs, hip_flexion_deg: Any) -> dict[JointName, Any]:
    """The angles in degrees of the hip, knee and ankle of one leg; what is not among `legs` as a plan seats it."""
    seated: dict[JointName, Any] = {"hip": hip_flexion_deg, "knee": 0.0, "ankle": 0.0}
    return seated | {joint: angle * (180.0 / pi) for whose, joint, angle in legs if whose == side}


def passive_moments(description: RobotDescription, q: Sequence[Any], hip_flexion_deg: Any) -> list[Any]:
    """The passive moment in N·m at each of the robot's joints, of legs that stand as it does; numbers or symbols."""
    named = [(side_of(name), LIMBS.get(joint.carries)) for name, joint in description.joints.items()]
    legs = [(side, joint, angle) for (side, joint), angle in zip(named, q, strict=True) if joint]
    return [
        passive_moment(joint, leg_angles_deg(side, legs, hip_flexion_deg)) if joint else 0.0 for side, joint in named
    ]


def _not_simulated(description: RobotDescription, joint: str) -> RobotError:
    return RobotError("limb-not-simulated", robot=description.name, joints=joint)


def _cuff(joints: Iterable[ElementTree.Element], link: str, robot: str) -> tuple[float, float]:
    """Where on a robot's link the frame named `cuff`, or with such an ending, is."""
    for joint in joints:
        if linked(joint, "parent") == link and linked(joint, "child").endswith("cuff"):
            x, _, z = origin_of(joint)
            return x, z
    raise RobotError("cuff-missing", robot=robot, link=link)


def turned(angle: Any, point: Point) -> Point:
    """A point of a frame that is turned by `angle` rad about +y, in the base's axes."""
    x, z = point
    cosine, sine = casadi.cos(angle), casadi.sin(angle)
    return x * cosine + z * sine, z * cosine - x * sine


def chain(worn: Sequence[Worn], at: Sequence[Point], q: Sequence[Any]) -> tuple[list[Point], list[Any]]:
    """Where each joint's axis is in the base's axes, and the angle in rad by which its link is turned; any numbers.

    `at` is where the axes are in the links above.
    """
    places, angles = list[Point](), list[Any]()
    for one, point, angle in zip(worn, at, q, strict=True):
        x, z = point if one.above is None else turned(angles[one.above], point)
        before = 0.0 if one.above is None else angles[one.above]
        from_x, from_z = (0.0, 0.0) if one.above is None else places[one.above]
        places.append((from_x + x, from_z + z))
        angles.append(before + one.pitch + one.way * angle)
    return places, angles


def limb_axes(worn: Sequence[Worn], lengths: Sequence[Any], misalignment: Point) -> list[Point]:
    """Where the limbs' joints are in the limbs above: at their ends; on the base, `misalignment` from the robot's."""
    return [
        (one.at[0] + misalignment[0], one.at[1] + misalignment[1]) if one.above is None else (lengths[one.above], 0.0)
        for one in worn
    ]


def cuffs_in_limbs(
    worn: Sequence[Worn], robot_q: Sequence[Any], limb_at: Sequence[Point], limb_q: Sequence[Any]
) -> list[Point]:
    """Where the robot's cuffs are in their limbs' axes (along, across) in m, with the worn joints at these angles."""
    places, angles = chain(worn, [one.at for one in worn], robot_q)
    limb_places, limb_angles = chain(worn, limb_at, limb_q)
    found = list[Point]()
    for one, (x, z), angle, (limb_x, limb_z), limb_angle in zip(
        worn, places, angles, limb_places, limb_angles, strict=True
    ):
        across_x, across_z = turned(angle, one.cuff)
        away = (x + across_x - limb_x, z + across_z - limb_z)
        found.append(turned(-limb_angle, away))
    return found


def turn_against_robot(worn: Sequence[Worn], of: int, robot_q: Sequence[Any], limb_q: Sequence[Any]) -> Any:
    """By how much in rad a limb is turned less than the robot's link beside it, about +y."""
    turn: Any = 0.0
    index: int | None = of
    while index is not None:
        one = worn[index]
        turn = turn + one.way * (robot_q[index] - limb_q[index])
        index = one.above
    return turn
