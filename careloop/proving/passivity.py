"""How far what a plan's law renders is from what is passive whatever it touches: `plan check` tells, the trials judge.

Stiffness and damping are the law's own derivatives, −∂τ/∂q and −∂τ/∂dq, so that every law has them: the spring of an
impedance, the wall of a tunnel, a link's stiffness through its Jacobian. What compensates the robot is left out: it
stands for what is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from math import pi
from operator import add

import casadi
import numpy as np

from careloop.build import Exercise
from careloop.proving.law_settings import expressed_law, parameter_settings
from controllers.gains import largest_passive_stiffness
from controllers.joint_impedance import passive_damping
from robot.errors import PlanError
from robot.tick import Array

MOMENTS = 32
"""Moments of a cycle that are looked at."""

OFF = (-0.4, -1e-3, 1e-3, 0.4)
"""Errors in rad of all joints at which the derivatives are taken: at the reference, and past the widest tunnel and the
rim on which its damping comes in. Not at none exactly, where a bound inside a law has two slopes."""

TINY = 1e-9
"""N·m·s/rad that are no damping: rounding of the derivatives."""


def bound_speaks(exercise: Exercise) -> bool:
    """Whether the bound can give a verdict: not of what a law remembers, nor of what changes along the phase.

    It holds for one stiffness. A spring that stiffens while it is stretched makes energy of its own.
    """
    parts = [part for part in exercise.law.parts if not part.compensates]
    if not parts:
        return True
    expressed = expressed_law(exercise, reduce(add, parts))
    q, dq, *_, phase, _, _ = expressed.inputs
    slopes = [casadi.jacobian(expressed.torque, one) for one in (q, dq)]
    return not (expressed.memory or any(casadi.depends_on(slope, phase) for slope in slopes))


@dataclass(frozen=True, slots=True)
class PassivityMargin:
    """One joint's sampled-wall bound where the law asks for most of it: along the motion, on it and beside it.

    `stiffness` N·m/rad and `damping` N·m·s/rad there: at several joints the sums of the sizes in the joint's row, which
    bound the whole matrix (Gershgorin). `needed` is the physical damping that the bound asks for, `physical` what the
    drive has by its viscous friction, both N·m·s/rad; `largest_stiffness` N·m/rad is what a spring alone could have.
    """

    joint: str
    stiffness: float
    damping: float
    needed: float
    physical: float
    largest_stiffness: float

    @property
    def margin(self) -> float:
        """What the drive has beyond what is asked for, N·m·s/rad; negative: the bound guarantees nothing."""
        return self.physical - self.needed


def passivity_margins(exercise: Exercise) -> tuple[PassivityMargin, ...]:
    """The margin of every joint, at the plan's own gains and at both ends of the adjustable ones.

    None where the law renders neither spring nor damper. A torque acts one cycle after the measurement that it answers.
    """
    dt = exercise.robot.dt
    most = [(0.0, 0.0, 0.0)] * len(exercise.robot.joint_names)
    for stiffness, damping in _rendered(exercise):
        rows = zip(np.abs(stiffness).sum(axis=1).tolist(), np.abs(damping).sum(axis=1).tolist(), strict=True)
        asked = [(passive_damping(k, b, dt, dt), k, b) for k, b in rows]
        most = [max(pair) for pair in zip(most, asked, strict=True)]
    if max(needed for needed, _, _ in most) < TINY:
        return ()
    margins = []
    for (joint, description), (needed, k, b) in zip(exercise.robot.joints.items(), most, strict=True):
        drive = description.drive
        resolution = 2.0 * pi / (drive.datasheet.encoder_counts * drive.gear)
        alone = largest_passive_stiffness(dt, drive.friction.viscous, drive.friction.coulomb, resolution, dt)
        margins.append(PassivityMargin(joint, k, b, needed, drive.friction.viscous, alone))
    return tuple(margins)


def _rendered(exercise: Exercise) -> Iterator[tuple[Array, Array]]:
    """Stiffness and damping matrix of what compensates nothing, at each moment, error and setting."""
    parts = [part for part in exercise.law.parts if not part.compensates]
    if not parts:
        return
    law = reduce(add, parts)
    expressed = expressed_law(exercise, law)
    q, dq, *_, memory = expressed.inputs
    slopes = [-casadi.jacobian(expressed.torque, one) for one in (q, dq)]
    slope = casadi.Function("slope", list(expressed.inputs), slopes, {"cse": True})
    cycle, still = exercise.cycle, np.zeros(memory.numel())
    for setting in parameter_settings(exercise, law, expressed.initial):
        for moment in range(MOMENTS):
            at = moment / MOMENTS
            angles, slopes_, _ = (np.array(one) for one in cycle.curve.at(at))
            velocity = slopes_ / cycle.lasts_s
            for off in OFF:
                found = slope(angles + off, velocity, 0.0, angles, velocity, 0.0, at, setting, still)
                matrices = [np.asarray(one) for one in found]
                if not all(np.isfinite(one).all() for one in matrices):
                    raise PlanError("law-not-finite", file=exercise.file, field="law")
                yield matrices[0], matrices[1]
