"""How a whole person lies, sits or stands: the trunk's pitch and the angle of every joint that is not zero.

World: +x ahead of the person, +y to the left, +z up. With a pitch of 0° a person lies on their back, the feet ahead;
with 90° they are upright.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from robot.plan import Posture
from sim_models.virtual_patient.joints import LIMB_JOINTS, SIDES, JointName


@dataclass(frozen=True, slots=True)
class WholePosture:
    """`trunk_pitch_deg` and, the same at both sides, the joints' angles in degrees."""

    trunk_pitch_deg: float
    joints_deg: Mapping[JointName, float]

    @property
    def trunk_turn(self) -> tuple[float, float, float]:
        """Roll, pitch and yaw in rad by which the trunk's link is turned in the world."""
        return (0.0, math.radians(self.trunk_pitch_deg), 0.0)

    def angles(self) -> dict[str, float]:
        """The angle in rad of every joint of `skeleton`, by its name."""
        both = {f"{side}_{joint}": self.joints_deg.get(joint, 0.0) for side in SIDES for joint in LIMB_JOINTS}
        return {name: math.radians(angle) for name, angle in {"neck": self.joints_deg.get("neck", 0.0), **both}.items()}


SUPINE = WholePosture(0.0, {})
SITTING = WholePosture(90.0, {"hip": 90.0, "knee": 90.0})
STANDING = WholePosture(90.0, {})


def seated(posture: Posture, knee_deg: float) -> WholePosture:
    """As a plan says it: the trunk leans back by what the hip is not flexed, the knees at `knee_deg`."""
    trunk = posture.hip_flexion_deg - posture.thigh_pitch_deg
    return WholePosture(trunk, {"hip": posture.hip_flexion_deg, "knee": knee_deg})
