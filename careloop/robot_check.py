"""Whether a robot's description can be: its model's joints and inertias, and the time that its buses take."""

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from hardware.bus import READ_SHARE
from hardware.dynamixel.timing import cycle_time_s
from hardware.families import FAMILIES
from robot.description import RobotDescription
from robot.errors import RobotError

USB_LATENCY_S = 0.001
"""What an FTDI adapter in low-latency mode adds to an answer; other adapters and modes take longer (16 ms)."""

LARGEST_RATE_HZ = 2000
"""What a description may ask for at most."""


@dataclass(frozen=True, slots=True)
class Link:
    """One body of the model: mass in kg, centre of mass in m, moments about it in kg·m² (axes of the link)."""

    name: str
    mass: float
    centre: tuple[float, ...]
    moments: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BusBudget:
    """One bus's cycle: drives, time in s that it takes and may take, and the highest rates in Hz that fit."""

    bus: str
    drives: int
    baud: int
    cycle_s: float
    allowed_s: float
    highest_rate_hz: int
    highest_rate_usb_hz: int


def check_robot(robot: RobotDescription, latency_s: float = 0.0) -> tuple[BusBudget, ...]:
    """What each bus needs; raises `RobotError` for a model without the joints, an inertia, or a bus that is too slow.

    `latency_s` is what the adapter adds to every answer. A bus of simulated drives needs nothing.
    """
    modelled = [joint.get("name", "") for joint in ElementTree.fromstring(robot.urdf).iter("joint")]
    missing = [name for name in robot.joint_names if name not in modelled]
    if missing:
        raise RobotError(
            "joint-not-modelled",
            file=robot.name,
            field=f"joints.{missing[0]}",
            model=robot.model,
            known=", ".join(modelled),
        )
    unknown = [name for name in robot.sources if name not in robot.numbers]
    if unknown:
        field, known = f"sources.{unknown[0]}", ", ".join(robot.numbers)
        raise RobotError("field-unknown", file=robot.name, field=field, known=known)
    driven = dict.fromkeys(drive.bus for drive in robot.drives if drive.family in FAMILIES)
    return tuple(_budget(robot, bus, latency_s) for bus in driven)


def links(robot: RobotDescription) -> tuple[Link, ...]:
    """The bodies of a robot's model that have mass."""
    found = []
    for link in ElementTree.fromstring(robot.urdf).iter("link"):
        parts = {name: link.find(f"inertial/{name}") for name in ("mass", "origin", "inertia")}
        mass, origin, inertia = (part.attrib if part is not None else {} for part in parts.values())
        if mass:
            centre = tuple(float(number) for number in origin.get("xyz", "0 0 0").split())
            moments = tuple(float(inertia[name]) for name in ("ixx", "iyy", "izz"))
            found.append(Link(link.get("name", ""), float(mass["value"]), centre, moments))
    return tuple(found)


def _budget(robot: RobotDescription, bus: str, latency_s: float) -> BusBudget:
    drives, baud = sum(drive.bus == bus for drive in robot.drives), robot.bus[bus].baud
    cycle_s, allowed_s = cycle_time_s(drives, baud, latency_s), READ_SHARE * robot.dt
    highest = _highest_rate(cycle_s)
    if cycle_s > allowed_s:
        raise RobotError(
            "bus-too-slow",
            file=robot.name,
            field="rate_hz",
            given=robot.rate_hz,
            bus=bus,
            drives=drives,
            baud=baud,
            cycle_ms=1000.0 * cycle_s,
            allowed_ms=1000.0 * allowed_s,
            at_most=highest,
        )
    usb = _highest_rate(cycle_time_s(drives, baud, USB_LATENCY_S))
    return BusBudget(bus, drives, baud, cycle_s, allowed_s, highest, usb)


def _highest_rate(cycle_s: float) -> int:
    """The highest rate in Hz at which a cycle fits its share of the period."""
    return min(LARGEST_RATE_HZ, math.floor(READ_SHARE / cycle_s))
