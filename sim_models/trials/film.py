"""How the person of a trial stood at each measurement: watched where a whole one was there, else made of the limbs."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from math import radians

import numpy as np
from scipy.spatial.transform import Rotation

from robot.body import SegmentName
from robot.load import Load
from robot.plan import Posture
from robot.tick import Array
from sim_models.arm_load import ArmLoad
from sim_models.care_load import CareLoad
from sim_models.person_forces import TRUNK
from sim_models.person_tree import COUNT, NAMES, places_of
from sim_models.trials.trial import Recording
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joints import JointName, Side
from sim_models.virtual_patient.posture import WholePosture, seated
from sim_models.virtual_patient.skeleton import HIP_PER_HEIGHT
from sim_models.worn import Worn

STANDS = TRUNK + COUNT
"""How a person stands: the trunk's place in m, its pitch and yaw in rad, then the angles of `NAMES` in rad."""

BESIDE = 0.09
"""How far beside a single leg the robot's bar is drawn, in m: the simulation's plane does not tell. Assumed."""

OTHER_KNEE_DEG = 80.0
"""How the leg hangs that no robot carries; assumed."""

HOLDING_ON: dict[JointName, float] = {"shoulder_flexion": 35.0, "elbow": 60.0}
"""The arms of who walks, in degrees: the hands on rails, and not before the legs. Assumed."""

LIMB: dict[JointName, SegmentName] = {"hip": "thigh", "knee": "shank", "ankle": "foot"}


class Film:
    """Keeps how a whole person stands at each measurement of a trial: its `watch`. Limbs alone are in the truth."""

    def __init__(self) -> None:
        self._kept = array("d")

    def __call__(self, load: Load) -> None:
        """One measurement."""
        if isinstance(load, ArmLoad | CareLoad):
            self._kept.extend(load.person_stands)

    @property
    def stands(self) -> Array:
        """A row of `STANDS` for each measurement; none where no whole person was there."""
        return np.frombuffer(self._kept).reshape(-1, STANDS)


def worn_stands(recording: Recording, worn: Sequence[Worn], posture: Posture, body: Body) -> Array:
    """How somebody stands whose legs a robot carries: the worn joints as the truth has them, the rest as assumed.

    The simulation has the limbs alone, in one plane. The trunk is where it has to be for them to be where they are.
    """
    sits = _sits(worn[0], posture)
    q = np.tile([sits.angles()[name] for name in NAMES], (len(recording.truth), 1))
    for one in worn:
        q[:, NAMES.index(f"{one.side}_{one.joint}")] = recording.true(f"{one.name}_limb_q_rad")
    pitch = radians(sits.trunk_pitch_deg)
    x, z = np.add(worn[0].at, recording.condition.misaligned)
    axis = Rotation.from_euler("y", -radians(posture.thigh_pitch_deg)).apply([x, 0.0, z])
    place = _trunk_place(worn, axis, body, pitch, q[0])
    stands = np.column_stack([np.tile([*place, pitch, 0.0], (len(q), 1)), q])
    if posture.treadmill:
        stands[:, 2] += recording.true("pelvis_lift_m")
    return stands


def _sits(first: Worn, posture: Posture) -> WholePosture:
    """The posture around the worn joints; where a hip is one, the trunk is upright in the robot's base."""
    if first.joint == "hip":
        return WholePosture(np.degrees(first.pitch) - posture.thigh_pitch_deg, HOLDING_ON)
    sits = seated(posture, OTHER_KNEE_DEG)
    return replace(sits, joints_deg={**sits.joints_deg, "ankle": 0.0})


def _trunk_place(worn: Sequence[Worn], axis: Array, body: Body, pitch: float, q: Array) -> Array:
    """Where the trunk's origin is in m, with the first worn joint's limb at its `axis`."""
    first = worn[0]
    at = places_of(body, (0.0, 0.0, 0.0), pitch, 0.0, q.tolist())[f"{first.side}_{LIMB[first.joint]}"]
    place: Array = axis - np.array(at)
    is_single = len({one.side for one in worn}) == 1
    place[1] = -sign(first.side) * (BESIDE + HIP_PER_HEIGHT * body.height_m) if is_single else 0.0
    return place


def sign(side: Side) -> float:
    """Which way a side is: 1 to the left."""
    return 1.0 if side == "left" else -1.0
