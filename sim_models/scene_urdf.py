"""The URDF of a scene: a robot with its drives' inertia, and the person's limbs beside it, as one tree.

Pure text in, text out; no physics engine.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass

from robot.body import Segment
from robot.description import RobotDescription
from robot.models.urdf import Inertial
from sim_models.urdf_tree import axis_of, linked, origin_of, turned_by
from sim_models.virtual_patient.body import Body
from sim_models.worn import Worn, limb_axes

LIMB = "limb"
"""How the names of the limbs' links and joints begin in the scene."""

LIFT = "lift"
"""The name of the guide's joint, on which the pelvis goes up and down."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A robot and the limbs that it carries: `urdf` text and the names of all its `joints`, the limbs' after its own.

    The last is the `LIFT` where there is one. `rotors` are the inertias in kg·m² of drives that are no part of the
    text.
    """

    urdf: str
    joints: tuple[str, ...]
    rotors: dict[str, float]


def scene_of(
    description: RobotDescription,
    worn: Sequence[Worn],
    body: Body,
    misalignment: tuple[float, float],
    lifted_kg: float | None = None,
) -> Scene:
    """The scene of a robot with a person's limbs at its `worn` joints; `misalignment` (x, z) of their axes in m.

    With `lifted_kg` its base goes up and down on a guide, and weighs that; otherwise it stands still.
    """
    tree = ElementTree.fromstring(description.urdf)
    joints = {joint.get("name", ""): joint for joint in tree.iter("joint")}
    rotors = _add_drives(tree, description)
    if lifted_kg is not None:
        _add_lift(tree, lifted_kg)
    _settle_frames(tree)
    limbs = [one.limb(body) for one in worn]
    at = limb_axes(worn, [limb.length for limb in limbs], misalignment)
    for one, limb, (x, z) in zip(worn, limbs, at, strict=True):
        _add_limb(tree, joints[one.name], None if one.above is None else worn[one.above].name, limb, x, z)
    lift = () if lifted_kg is None else (LIFT,)
    names = (*description.joint_names, *(f"{LIMB}_{one.name}" for one in worn), *lift)
    return Scene(ElementTree.tostring(tree, encoding="unicode"), names, rotors)


def robot_scene(description: RobotDescription) -> tuple[str, dict[str, float]]:
    """The URDF of a robot by itself, and the inertia in kg·m² of the drives that `World` takes as rotors."""
    tree = ElementTree.fromstring(description.urdf)
    rotors = _add_drives(tree, description)
    _settle_frames(tree)
    return ElementTree.tostring(tree, encoding="unicode"), rotors


def _add_drives(tree: ElementTree.Element, description: RobotDescription) -> dict[str, float]:
    """Add to the links the inertia of each drive that may be added; by joint, in kg·m², that of the others.

    A joint on the base turns nothing but its own link, which takes its drive's inertia, alike about every axis: that is
    exact. In a chain, joints nearer to the base would feel it too.
    """
    joints = {joint.get("name", ""): joint for joint in tree.iter("joint")}
    moving = {linked(joint, "child") for joint in joints.values() if joint.get("type") != "fixed"}
    rotors = {}
    for name, joint in description.joints.items():
        if linked(joints[name], "parent") in moving:
            rotors[name] = joint.drive.inertia
        else:
            _reflect(tree, joints[name], joint.drive.inertia)
    return rotors


def _reflect(tree: ElementTree.Element, joint: ElementTree.Element, inertia: float) -> None:
    driven = linked(joint, "child")
    for element in tree.iterfind(f"link[@name='{driven}']/inertial/inertia"):
        for axis in ("ixx", "iyy", "izz"):
            element.set(axis, repr(float(element.get(axis, "0")) + inertia))


def _settle_frames(tree: ElementTree.Element) -> None:
    """Drop what is only drawn, and bare frames at the ends of the tree; give the base a body.

    PyBullet takes a link without one for 1 kg. The base is fixed in the world, so its body has no effect.
    """
    fixed = {linked(joint, "child"): joint for joint in tree.iter("joint") if joint.get("type") == "fixed"}
    parents = {linked(joint, "parent") for joint in tree.iter("joint")}
    children = {linked(joint, "child") for joint in tree.iter("joint")}
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


def _add_lift(tree: ElementTree.Element, mass: float) -> None:
    """Put the base on a guide along its +z axis, with a mass in kg that never turns."""
    children = {linked(joint, "child") for joint in tree.iter("joint")}
    (base,) = (link for link in tree.findall("link") if link.get("name") not in children)
    base.append(ElementTree.fromstring(Inertial(mass, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)).xml()))
    ElementTree.SubElement(tree, "link", name="guide")
    joint = ElementTree.SubElement(tree, "joint", name=LIFT, type="prismatic")
    ElementTree.SubElement(joint, "parent", link="guide")
    ElementTree.SubElement(joint, "child", link=base.get("name", ""))
    ElementTree.SubElement(joint, "axis", xyz="0 0 1")
    ElementTree.SubElement(joint, "limit", lower="-10", upper="10", effort="100000", velocity="100")


def _add_limb(
    tree: ElementTree.Element, carrying: ElementTree.Element, above: str | None, limb: Segment, x: float, z: float
) -> None:
    """Hang a limb beside the robot's joint, or at the limb of the joint `above`: its axis parallel, at (x, z) there.

    It moves in one plane, where only the moment about the joint's axis acts; the others are set equal to it.
    """
    name = carrying.get("name")
    _, y, _ = origin_of(carrying)
    body = Inertial(limb.mass, (limb.centre[0], 0.0, limb.centre[1]), (limb.moment,) * 3)
    link = ElementTree.SubElement(tree, "link", name=f"{LIMB}_of_{name}")
    link.append(ElementTree.fromstring(body.xml()))
    joint = ElementTree.SubElement(tree, "joint", name=f"{LIMB}_{name}", type="revolute")
    parent = linked(carrying, "parent") if above is None else f"{LIMB}_of_{above}"
    ElementTree.SubElement(joint, "parent", link=parent)
    ElementTree.SubElement(joint, "child", link=f"{LIMB}_of_{name}")
    place = f"{float(x)!r} {y if above is None else 0.0!r} {float(z)!r}"
    turn = " ".join(map(repr, turned_by(carrying)))
    ElementTree.SubElement(joint, "origin", xyz=place, rpy=turn)
    ElementTree.SubElement(joint, "axis", xyz=" ".join(map(repr, axis_of(carrying))))
    ElementTree.SubElement(joint, "limit", lower="-6.3", upper="6.3", effort="1000", velocity="100")
