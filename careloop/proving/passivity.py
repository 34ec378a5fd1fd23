"""How far a plan's impedance is from what is passive whatever it touches: `plan check` tells, the trials judge."""

from collections.abc import Mapping
from dataclasses import dataclass

from careloop.build import Exercise
from controllers.joint_impedance import JointImpedance, passive_damping


@dataclass(frozen=True, slots=True)
class PassivityMargin:
    """One joint's sampled-wall bound at its stiffest corner.

    `stiffness` N·m/rad and `damping` N·m·s/rad there, with the most assistance, which scales both; the physical damping
    that the bound asks for and the drive's own viscous friction, both N·m·s/rad.
    """

    joint: str
    stiffness: float
    damping: float
    needed: float
    physical: float

    @property
    def margin(self) -> float:
        """What the drive has beyond what is asked for, N·m·s/rad; negative: the bound guarantees nothing."""
        return self.physical - self.needed


def passivity_margins(exercise: Exercise) -> tuple[PassivityMargin, ...]:
    """The margin of every joint of a plan with a joint impedance, at the upper ends of its adjustable ranges."""
    given = next((part.values for part in exercise.law.parts if isinstance(part, JointImpedance)), None)
    if given is None:
        return ()
    assistance = max(exercise.plan.assistance, *exercise.plan.adjustable.get("assistance", (0.0, 0.0)))
    margins = []
    for joint, description in exercise.robot.joints.items():
        largest = (_largest(exercise, given[name], name, joint) for name in ("stiffness", "damping"))
        stiffness, damping = (assistance * one for one in largest)
        # A torque acts one cycle after the measurement that it answers.
        needed = passive_damping(stiffness, damping, exercise.robot.dt, exercise.robot.dt)
        physical = description.drive.friction.viscous
        margins.append(PassivityMargin(joint, stiffness, damping, needed, physical))
    return tuple(margins)


def _largest(exercise: Exercise, value: float | Mapping[str, float], name: str, joint: str) -> float:
    own = value[joint] if isinstance(value, Mapping) else value
    return max(own, *exercise.plan.adjustable.get(f"{JointImpedance.name}.{name}", (own, own)))
