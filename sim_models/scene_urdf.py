"""The URDF of a scene: a robot with its drives' inertia, and the person's limb beside it, as one tree.

Pure text in, text out; no physics engine.
"""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from robot.body import Segment
from robot.description import RobotDescription
from robot.errors import RobotError
from robot.models.urdf import Inertial

LIMB = "limb"
"""What the limb's link, and the start of its joint's name, are called in the scene."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A robot and a limb: `urdf` text and the names of all its `joints`, the limb's last.

    `rotors` are the inertias in kg·m² of drives that are no part of the text, `carrying` is the place of the robot's
    joint that carries the limb, `cuff_height` the distance in m from its axis to the cuff.
    """

    urdf: str
    joints: tuple[str, ...]
    rotors: dict[str, float]
    carrying: int
    cuff_height: float


def scene_of(description: RobotDescription, limb: Segment, misalignment: tuple[float, float]) -> Scene:
    """The scene of a robot with one joint that carries shank and foot; `misalignment` (x, z) of the limb's axis in m.

    Raises `RobotError` where the robot carries another limb than that, or has no cuff to strap it to.
    """
    carriers = [name for name, joint in description.joints.items() if joint.carries]
    if len(carriers) != 1 or set(description.joints[carriers[0]].carries) != {"shank", "foot"}:
        raise RobotError("limb-not-simulated", robot=description.name, joints=", ".join(carriers) or "none")
    tree = ElementTree.fromstring(description.urdf)
    joints = {joint.get("name", ""): joint for joint in tree.iter("joint")}
    carrying = joints[carriers[0]]
    height = _cuff_height(tree, carrying, description.name)
    rotors = _add_drives(tree, description)
    _settle_frames(tree)
    _add_limb(tree, carrying, limb, misalignment)
    return Scene(
        ElementTree.tostring(tree, encoding="unicode"),
        (*description.joint_names, f"{LIMB}_{carriers[0]}"),
        rotors,
        description.joint_names.index(carriers[0]),
        height,
    )


def robot_scene(description: RobotDescription) -> tuple[str, dict[str, float]]:
    """The URDF of a robot by itself, and the inertia in kg·m² of the drives that `World` takes as rotors."""
    tree = ElementTree.fromstring(description.urdf)
    rotors = _add_drives(tree, description)
    _settle_frames(tree)
    return ElementTree.tostring(tree, encoding="unicode"), rotors


def _linked(joint: ElementTree.Element, end: str) -> str:
    element = joint.find(end)
    return element.get("link", "") if element is not None else ""


def _origin(joint: ElementTree.Element) -> tuple[float, float, float]:
    element = joint.find("origin")
    text = element.get("xyz") if element is not None else None
    x, y, z = (float(number) for number in (text or "0 0 0").split())
    return x, y, z


def _cuff_height(tree: ElementTree.Element, carrying: ElementTree.Element, robot: str) -> float:
    """Distance in m of the frame named `cuff` along the carrying joint's link."""
    bar = _linked(carrying, "child")
    for joint in tree.iter("joint"):
        if _linked(joint, "child") == "cuff" and _linked(joint, "parent") == bar and joint.get("type") == "fixed":
            return _origin(joint)[0]
    raise RobotError("cuff-missing", robot=robot, link=bar)


def _add_drives(tree: ElementTree.Element, description: RobotDescription) -> dict[str, float]:
    """Add to the links the inertia of each drive that may be added; by joint, in kg·m², that of the others.

    A joint on the base turns nothing but its own link, which takes its drive's inertia, alike about every axis: that is
    exact. In a chain, joints nearer to the base would feel it too.
    """
    joints = {joint.get("name", ""): joint for joint in tree.iter("joint")}
    moving = {_linked(joint, "child") for joint in joints.values() if joint.get("type") != "fixed"}
    rotors = {}
    for name, joint in description.joints.items():
        if _linked(joints[name], "parent") in moving:
            rotors[name] = joint.drive.inertia
        else:
            _reflect(tree, joints[name], joint.drive.inertia)
    return rotors


def _reflect(tree: ElementTree.Element, joint: ElementTree.Element, inertia: float) -> None:
    driven = _linked(joint, "child")
    for element in tree.iterfind(f"link[@name='{driven}']/inertial/inertia"):
        for axis in ("ixx", "iyy", "izz"):
            element.set(axis, repr(float(element.get(axis, "0")) + inertia))


def _settle_frames(tree: ElementTree.Element) -> None:
    """Drop what is only drawn, and bare frames at the ends of the tree; give the base a body.

    PyBullet takes a link without one for 1 kg. The base is fixed in the world, so its body has no effect.
    """
    fixed = {_linked(joint, "child"): joint for joint in tree.iter("joint") if joint.get("type") == "fixed"}
    parents = {_linked(joint, "parent") for joint in tree.iter("joint")}
    children = {_linked(joint, "child") for joint in tree.iter("joint")}
    for link in tree.findall("link"):
        name = link.get("name", "")
        for drawn in link.findall("visual"):
            link.remove(drawn)
        if link.find("inertial") is not None:
            continue
        if name in fixed and name not in parents:
            tree.remove(link)
            tree.remove(fixed[name])
        elif name not in children:
            link.append(ElementTree.fromstring(Inertial(1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)).xml()))


def _add_limb(
    tree: ElementTree.Element, carrying: ElementTree.Element, limb: Segment, misalignment: tuple[float, float]
) -> None:
    """Hang the limb beside the robot's joint: same parent, axis parallel.

    It moves in one plane, where only the moment about the joint's axis acts; the others are set equal to it.
    """
    x, y, z = _origin(carrying)
    place = f"{x + misalignment[0]!r} {y!r} {z + misalignment[1]!r}"
    body = Inertial(limb.mass, (limb.centre[0], 0.0, limb.centre[1]), (limb.moment,) * 3)
    link = ElementTree.SubElement(tree, "link", name=LIMB)
    link.append(ElementTree.fromstring(body.xml()))
    joint = ElementTree.SubElement(tree, "joint", name=f"{LIMB}_{carrying.get('name')}", type="revolute")
    ElementTree.SubElement(joint, "parent", link=_linked(carrying, "parent"))
    ElementTree.SubElement(joint, "child", link=LIMB)
    ElementTree.SubElement(joint, "origin", xyz=place, rpy="0 0 0")
    ElementTree.SubElement(joint, "axis", xyz="0 1 0")
    ElementTree.SubElement(joint, "limit", lower="-6.3", upper="6.3", effort="1000", velocity="100")
