"""The torque that a person gives at a joint, from all that ails it, and how tired they are a step later.

    τ = M_passive + M_stop + voluntary + reflexes + tremor

Pure functions of numbers or symbols: a scene of any joints compiles one for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim_models.virtual_patient.fatigue import FRESH, Compartments, FatigueRates, compartment_rates
from sim_models.virtual_patient.joint import JointNumbers, loads, reflexes, shaking, voluntary_torque
from sim_models.virtual_patient.joints import JointName
from sim_models.virtual_patient.passive import passive_moment, stop_moment


@dataclass(frozen=True, slots=True)
class Tiredness:
    """The units of a joint's flexors and extensors; flat, the active and the fatigued share of each."""

    flexors: Compartments
    extensors: Compartments

    def flat(self) -> tuple[Any, ...]:
        """Four shares in a row: what rests is the rest."""
        return (self.flexors.active, self.flexors.fatigued, self.extensors.active, self.extensors.fatigued)

    @classmethod
    def from_flat(cls, values: Any) -> "Tiredness":
        """The same from four numbers or symbols."""
        flexors_active, flexors_fatigued, extensors_active, extensors_fatigued = values
        return cls(_units(flexors_active, flexors_fatigued), _units(extensors_active, extensors_fatigued))


RESTED = Tiredness(FRESH, FRESH)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a person's torque at a joint depends on at an instant.

    `angles_deg` of the joint, and of the whole leg where it is one of a leg's; `dq` the joint's velocity in rad/s,
    `dq_delayed` that of one reflex delay ago; `carried` the torque in N·m that holds and accelerates their own limb, as
    they feel it; `time` in s.
    """

    angles_deg: Mapping[JointName, Any]
    dq: Any
    dq_delayed: Any
    carried: Any
    time: Any


def act(joint: JointName, of: JointNumbers, at: Moment, tired: Tiredness, step_s: float) -> tuple[Any, Tiredness]:
    """The person's torque in N·m at a joint, and their tiredness a step of `step_s` s later."""
    passive = passive_moment(joint, at.angles_deg)
    needed = at.carried - passive
    torque = (
        passive
        + voluntary_torque(of, needed, tired.flexors, tired.extensors)
        + reflexes(of, at.dq_delayed)
        + shaking(of, at.time)
        + stop_moment(at.angles_deg[joint], of.low_deg, of.high_deg, at.dq)
    )
    flexing, extending = loads(of, needed)
    later = Tiredness(
        _after(tired.flexors, flexing, of.flexors.rates, step_s),
        _after(tired.extensors, extending, of.extensors.rates, step_s),
    )
    return torque, later


def _units(active: Any, fatigued: Any) -> Compartments:
    return Compartments(active, fatigued, 1.0 - active - fatigued)


def _after(of: Compartments, target: Any, rates: FatigueRates, step_s: float) -> Compartments:
    """One explicit step; the fastest rate is 10/s, so steps of a millisecond are small."""
    change = compartment_rates(of, target, rates)
    return _units(of.active + step_s * change.active, of.fatigued + step_s * change.fatigued)
