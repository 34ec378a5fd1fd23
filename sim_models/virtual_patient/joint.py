"""What ails one joint, and the torque that a person gives there.

    τ = M_passive + voluntary + reflex + tremor

The voluntary torque is a share of what their own limb's motion takes (`effort`), no more than the muscles can still
give (`strength`, `fatigue`). A joint's impairments work alone or together.
"""

from dataclasses import dataclass
from typing import Any

import casadi

from robot.body import Sex
from robot.errors import InputError
from sim_models.virtual_patient import adaptation, spasticity, tremor
from sim_models.virtual_patient.adaptation import Adaptation
from sim_models.virtual_patient.bounds import check_within
from sim_models.virtual_patient.fatigue import Compartments, FatigueRates, fatigue_rates
from sim_models.virtual_patient.joints import JOINTS, JointName
from sim_models.virtual_patient.spasticity import Spasticity, reflex_torque
from sim_models.virtual_patient.strength import strongest
from sim_models.virtual_patient.tremor import Tremor, tremor_torque

LEAST_STRENGTH = 1e-3
"""In N·m: what a paralysed muscle's load is told by, so that nothing is divided by zero."""


@dataclass(frozen=True, slots=True)
class Muscles:
    """The muscles that turn a joint one way.

    `strength` as a share of a healthy person's of that mass, sex and age; `fatigue` as a multiple of the published
    rate, 0 where they never tire.
    """

    strength: float = 1.0
    spasticity: Spasticity = spasticity.NONE
    fatigue: float = 0.0

    def __post_init__(self) -> None:
        check_within("strength", self.strength, 0.0, 2.0, "1")
        check_within("fatigue", self.fatigue, 0.0, 100.0, "1")


HEALTHY = Muscles()


@dataclass(frozen=True, slots=True)
class JointState:
    """What ails a joint: by default nothing, and nothing is done with it either.

    `effort` 0…1 is the share of their limb's inverse dynamics that the person carries, `adaptation` how it changes from
    repetition to repetition. `flexors` turn the joint the positive way, `extensors` back. `range_deg` is what a
    contracture has left of the joint's range, None all of it.
    """

    effort: float = 0.0
    adaptation: Adaptation = adaptation.STEADY
    flexors: Muscles = HEALTHY
    extensors: Muscles = HEALTHY
    tremor: Tremor = tremor.NONE
    range_deg: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_within("effort", self.effort, 0.0, 1.0, "1")

    def numbers(self, joint: JointName, mass_kg: float, sex: Sex | None, age_years: float) -> "JointNumbers":
        """The numbers of this joint in a body.

        Raises `InputError` where the range is not within the joint's, or muscles tire whose rates are not known.
        """
        low, high = self._range_of(joint)
        flexion, extension = strongest(joint, mass_kg, sex, age_years)
        flexors, extensors = self.flexors, self.extensors
        return JointNumbers(
            self.effort,
            MuscleNumbers.of(flexors, flexion, fatigue_rates(joint, "flexors", flexors.fatigue)),
            MuscleNumbers.of(extensors, extension, fatigue_rates(joint, "extensors", extensors.fatigue)),
            self.tremor.amplitude,
            self.tremor.frequency,
            low,
            high,
        )

    def _range_of(self, joint: JointName) -> tuple[float, float]:
        (least, most), field = JOINTS[joint].range_deg, f"{joint}.range_deg"
        low, high = self.range_deg or (least, most)
        check_within(field, low, least, most, "°")
        check_within(field, high, least, most, "°")
        if low >= high:
            raise InputError("range-empty", field=field, low=low, high=high)
        return low, high


PASSIVE = JointState()


@dataclass(frozen=True, slots=True)
class MuscleNumbers:
    """`strength` in N·m when fresh, reflex `gain` in N·m·s/rad above `threshold` rad/s, and the rates of tiring."""

    strength: Any
    gain: Any
    threshold: Any
    rates: FatigueRates

    @classmethod
    def of(cls, muscles: Muscles, norm: float, rates: FatigueRates) -> "MuscleNumbers":
        """The numbers of `muscles` where a healthy person gives `norm` N·m."""
        reflex = muscles.spasticity
        return cls(muscles.strength * norm, reflex.gain, reflex.threshold, rates)


@dataclass(frozen=True, slots=True)
class JointNumbers:
    """All that the torque at a joint depends on besides the motion, numbers or symbols.

    SI units, but for the person's own range from `low_deg` to `high_deg`: the passive moments are fitted in degrees.
    """

    effort: Any
    flexors: MuscleNumbers
    extensors: MuscleNumbers
    tremor_amplitude: Any
    tremor_frequency: Any
    low_deg: Any
    high_deg: Any

    def flat(self) -> tuple[Any, ...]:
        """The seventeen numbers in a row, the effort first."""
        return (
            self.effort,
            *_flat(self.flexors),
            *_flat(self.extensors),
            self.tremor_amplitude,
            self.tremor_frequency,
            self.low_deg,
            self.high_deg,
        )

    @classmethod
    def from_flat(cls, values: Any) -> "JointNumbers":
        """The same from seventeen numbers or symbols."""
        effort, *rest = values
        return cls(effort, _muscles(rest[:6]), _muscles(rest[6:12]), *rest[12:])


def _flat(of: MuscleNumbers) -> tuple[Any, ...]:
    return (of.strength, of.gain, of.threshold, of.rates.fatigue, of.rates.recovery, of.rates.rest)


def _muscles(values: Any) -> MuscleNumbers:
    strength, gain, threshold, *rates = values
    return MuscleNumbers(strength, gain, threshold, FatigueRates(*rates))


def voluntary_torque(of: JointNumbers, needed: Any, flexors: Compartments, extensors: Compartments) -> Any:
    """The person's own torque in N·m: their share of `needed`, the limb's inverse dynamics, as far as they can."""
    wanted = of.effort * needed
    return casadi.fmin(
        casadi.fmax(wanted, -of.extensors.strength * (1.0 - extensors.fatigued)),
        of.flexors.strength * (1.0 - flexors.fatigued),
    )


def loads(of: JointNumbers, needed: Any) -> tuple[Any, ...]:
    """What is asked of flexors and extensors as a share 0…1 of their fresh strength: the fatigue's targets."""
    wanted = of.effort * needed
    return tuple(
        casadi.fmin(1.0, casadi.fmax(0.0, way * wanted) / casadi.fmax(LEAST_STRENGTH, muscles.strength))
        for way, muscles in ((1.0, of.flexors), (-1.0, of.extensors))
    )


def reflexes(of: JointNumbers, dq_delayed: Any) -> Any:
    """The torque in N·m of both muscles' reflexes at `dq_delayed`, the joint's velocity one reflex delay ago.

    A reflex is the muscle's own force: no more than its fresh strength.
    """
    flexors, extensors = of.flexors, of.extensors
    back = casadi.fmax(-extensors.strength, reflex_torque(extensors.gain, extensors.threshold, dq_delayed))
    return back - casadi.fmax(-flexors.strength, reflex_torque(flexors.gain, flexors.threshold, -dq_delayed))


def shaking(of: JointNumbers, time: Any) -> Any:
    """The tremor's torque in N·m at `time` s."""
    return tremor_torque(of.tremor_amplitude, of.tremor_frequency, time)
