"""The joints of a virtual patient: how they turn, how far, and what turns them.

A joint's *flexors* are the muscles that turn it the positive way and its *extensors* those that turn it back, whatever
anatomy calls them there:

| joint | positive way |
| --- | --- |
| hip, knee, elbow, shoulder_flexion, neck | flexion |
| ankle | dorsiflexion |
| shoulder_abduction | abduction, away from the trunk |
| shoulder_rotation | inward rotation |
| forearm | pronation, from the thumb to the front |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")

LimbJoint = Literal[
    "hip",
    "knee",
    "ankle",
    "shoulder_flexion",
    "shoulder_abduction",
    "shoulder_rotation",
    "elbow",
    "forearm",
]
JointName = Literal[LimbJoint, "neck"]
LIMB_JOINTS: tuple[LimbJoint, ...] = get_args(LimbJoint)
ARM_JOINTS: tuple[LimbJoint, ...] = LIMB_JOINTS[LIMB_JOINTS.index("shoulder_flexion") :]


@dataclass(frozen=True, slots=True)
class Joint:
    """How a joint turns.

    `axis` in the segment's frame (`robot.body`) at the left side; at the right the x and z parts change their sign, so
    that the same angle is the same posture. `range_deg` of healthy adults. `damping` in N·m·s/rad is for scenes
    whose limbs nothing else damps; a strap damps a limb by itself.
    """

    axis: tuple[float, float, float]
    range_deg: tuple[float, float]
    damping: float


JOINTS: Mapping[JointName, Joint] = MappingProxyType(
    {
        "hip": Joint((0.0, -1.0, 0.0), (-20.0, 130.0), 2.5),
        "knee": Joint((0.0, 1.0, 0.0), (-10.0, 140.0), 1.0),
        "ankle": Joint((0.0, -1.0, 0.0), (-50.0, 40.0), 0.5),
        "shoulder_flexion": Joint((0.0, -1.0, 0.0), (-50.0, 170.0), 1.0),
        "shoulder_abduction": Joint((0.0, 0.0, 1.0), (-20.0, 80.0), 1.0),
        "shoulder_rotation": Joint((1.0, 0.0, 0.0), (-80.0, 90.0), 0.25),
        "elbow": Joint((0.0, -1.0, 0.0), (0.0, 145.0), 0.5),
        "forearm": Joint((1.0, 0.0, 0.0), (-85.0, 85.0), 0.1),
        "neck": Joint((0.0, 1.0, 0.0), (-60.0, 50.0), 1.0),
    }
)
"""Ranges are assumed, from common ranges of motion; the damping is synthetic, enough to keep a free person calm whose
effort feels the limb's acceleration late. Abduction ends at 80° because at 90° the
axes of flexion and rotation fall into one line: an arm that is raised further is a flexed one."""
