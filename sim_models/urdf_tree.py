"""Reading a URDF's joints."""

import xml.etree.ElementTree as ElementTree

from robot.models.urdf import Vector


def linked(joint: ElementTree.Element, end: str) -> str:
    """The link at a joint's `parent` or `child` end."""
    element = joint.find(end)
    return element.get("link", "") if element is not None else ""


def origin_of(joint: ElementTree.Element) -> Vector:
    """Where a joint is in its parent's frame, in m."""
    return _numbers(joint, "origin", "xyz", "0 0 0")


def turned_by(joint: ElementTree.Element) -> Vector:
    """How a joint's frame is turned against its parent's: roll, pitch, yaw in rad."""
    return _numbers(joint, "origin", "rpy", "0 0 0")


def axis_of(joint: ElementTree.Element) -> Vector:
    """About which axis a joint turns."""
    return _numbers(joint, "axis", "xyz", "1 0 0")


def _numbers(joint: ElementTree.Element, child: str, name: str, usual: str) -> Vector:
    element = joint.find(child)
    text = element.get(name) if element is not None else None
    x, y, z = (float(number) for number in (text or usual).split())
    return x, y, z
