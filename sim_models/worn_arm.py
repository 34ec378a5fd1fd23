"""An arm of the person beside a robot's: three joints of the robot about one shoulder, then elbow and forearm.

The limb's angles are told in the robot's joints: those at which its bars would stand as the limb does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import casadi
from casadi import SX

from robot.description import RobotDescription
from robot.errors import RobotError
from robot.models.urdf import NOWHERE, Vector
from sim_models.person_tree import NAMES
from sim_models.robot_tree import RobotTree
from sim_models.tree import Frame, turn_about
from sim_models.virtual_patient.joints import ARM_JOINTS, Side

CARRIES = ((), (), ("upper_arm",), ("forearm",), ("hand",))
"""What the five joints carry, the shoulder's first."""

_PATTERN: tuple[Vector, ...] = (
    (-1.0, 0.0, 0.0),
    (0.0, 0.0, -1.0),
    (-1.0, 0.0, 0.0),
    (0.0, -1.0, 0.0),
    (-1.0, 0.0, 0.0),
)
"""Their axes in the links above: the plane of lifting, lifting, and the turn of upper arm, elbow and forearm."""

SHOULDER = 3
"""How many of both are the shoulder's."""


@dataclass(frozen=True, slots=True)
class WornArm:
    """An arm robot's tree, and whose arm it carries: the person's `side`."""

    tree: RobotTree
    side: Side

    @classmethod
    def of(cls, urdf: str, joints: Sequence[str]) -> "WornArm":
        """Of a URDF and its joints; raises `RobotError` where they are not such an arm's."""
        tree = RobotTree.of(urdf, joints)
        axes = tuple(hinge.axis for hinge in tree.hinges)
        meets = all(float(casadi.norm_1(place)) == 0.0 for place in tree.places[:SHOULDER])
        cuffs = {"upper_arm_cuff", "forearm_cuff"} <= set(tree.fixed)
        straight = all(hinge.turned == NOWHERE for hinge in tree.hinges[1:])
        if not (axes == _PATTERN and meets and cuffs and straight):
            raise RobotError("limb-not-simulated", robot="arm", joints=", ".join(joints))
        return cls(tree, "right")

    @property
    def places(self) -> list[int]:
        """Where the arm's joints are among the person's."""
        return [NAMES.index(f"{self.side}_{joint}") for joint in ARM_JOINTS]

    def limb_angles(self, upper_arm: Frame, q: SX) -> SX:
        """The limb's angles in rad as the robot's joints would have them, where the person's are `q`.

        The shoulder's are Euler's of the upper arm, lifted by more than 0 and less than 180°.
        """
        roll, pitch, yaw = self.tree.hinges[0].turned
        first = turn_about((0.0, 0.0, 1.0), SX(yaw)) @ turn_about((0.0, 1.0, 0.0), SX(pitch))
        turn = (first @ turn_about((1.0, 0.0, 0.0), SX(roll))).T @ upper_arm.turn
        plane = casadi.atan2(turn[2, 0], -turn[1, 0])
        lifted = casadi.atan2(casadi.norm_2(turn[1:, 0]), turn[0, 0])
        rotated = casadi.atan2(turn[0, 2], turn[0, 1])
        return casadi.vertcat(plane, lifted, rotated, *(q[place] for place in self.places[SHOULDER:]))


@cache
def worn_arm(urdf: str, joints: tuple[str, ...]) -> WornArm:
    """`WornArm.of`, once for each robot."""
    return WornArm.of(urdf, joints)


def is_arm(description: RobotDescription) -> bool:
    """Whether a robot carries an arm by five joints."""
    return tuple(joint.carries for joint in description.joints.values()) == CARRIES
