"""Virtual patients: a body and what ails each of its joints. All of them are synthetic; none is a clinical claim."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

from robot.body import Segment
from sim_models.virtual_patient import joints, spasticity, tremor
from sim_models.virtual_patient.body import USUAL, Body
from sim_models.virtual_patient.joint import PASSIVE, JointNumbers, JointState, Muscles
from sim_models.virtual_patient.joints import JointName
from sim_models.virtual_patient.spasticity import Spasticity
from sim_models.virtual_patient.tremor import Tremor


@dataclass(frozen=True, slots=True)
class Side:
    """What ails the joints of one side of the body."""

    hip: JointState = PASSIVE
    knee: JointState = PASSIVE
    ankle: JointState = PASSIVE
    shoulder_flexion: JointState = PASSIVE
    shoulder_abduction: JointState = PASSIVE
    shoulder_rotation: JointState = PASSIVE
    elbow: JointState = PASSIVE
    forearm: JointState = PASSIVE


PASSIVE_SIDE = Side()


@dataclass(frozen=True, slots=True)
class VirtualPatient:
    """A synthetic person: a body, and what ails its left side, its right one and the neck."""

    name: str
    body: Body = USUAL
    left: Side = PASSIVE_SIDE
    right: Side = PASSIVE_SIDE
    neck: JointState = PASSIVE

    def __post_init__(self) -> None:
        for side in joints.SIDES:
            for joint in joints.LIMB_JOINTS:
                self.numbers(joint, side)
        self.numbers("neck")

    def sized(self, height_m: float, mass_kg: float) -> Self:
        """The same impairments in a body of another height in m and mass in kg."""
        return replace(self, body=replace(self.body, height_m=height_m, mass_kg=mass_kg))

    def state(self, joint: JointName, side: joints.Side = "left") -> JointState:
        """What ails a joint; the neck has no sides."""
        return self.neck if joint == "neck" else getattr(getattr(self, side), joint)

    def numbers(self, joint: JointName, side: joints.Side = "left") -> JointNumbers:
        """All that the person's torque at a joint depends on besides the motion."""
        body = self.body
        return self.state(joint, side).numbers(joint, body.mass_kg, body.sex, body.age_years)

    @property
    def limb(self) -> Segment:
        """Shank and foot as one rigid segment from the knee down."""
        return self.body.shank_and_foot


def alike(
    name: str,
    *,
    effort: float = 0.0,
    spasticity: Spasticity = spasticity.NONE,
    tremor: Tremor = tremor.NONE,
    body: Body = USUAL,
) -> VirtualPatient:
    """A patient whose sides are alike: an effort in every joint; a reflex of the knee's extensors, a tremor there."""
    elsewhere = JointState(effort=effort)
    knee = JointState(effort=effort, extensors=Muscles(spasticity=spasticity), tremor=tremor)
    side = Side(**{joint: knee if joint == "knee" else elsewhere for joint in joints.LIMB_JOINTS})
    return VirtualPatient(name, body, side, side, elsewhere)


STANDARD: Mapping[str, VirtualPatient] = MappingProxyType(
    {
        patient.name: patient
        for patient in (
            alike("passive"),
            alike("weak", effort=0.25),
            alike("strong", effort=0.75),
            alike("mildly-spastic", spasticity=spasticity.MILD),
            alike("severely-spastic", spasticity=spasticity.SEVERE),
            alike("tremor", effort=0.5, tremor=tremor.FIVE_HERTZ),
        )
    }
)
"""The patients that every plan is tried with, by name; each number of them is synthetic."""
