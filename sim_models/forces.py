"""Everything that acts on robot and limbs besides gravity, inertia, Coulomb friction and the motors, compiled as one.

One function for every patient of a robot: patient, posture and cuff are inputs, so that a sweep compiles once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import casadi
import numpy as np
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.plan import Posture
from robot.tick import Array
from sim_models import ground
from sim_models.cuff import SOLE_DAMPING, SOLE_STIFFNESS, Cuff, strap_forces
from sim_models.limb_dynamics import Limb, needed_torque
from sim_models.virtual_patient.acting import RESTED, Moment, Tiredness, act
from sim_models.virtual_patient.effort import felt_acceleration
from sim_models.virtual_patient.joint import JointNumbers
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.worn import Point, Worn, cuffs_in_limbs, leg_angles_deg, limb_axes, turn_against_robot

SHARED = (
    *("base_pitch", "hip_flexion_deg"),
    *("cuff_along", "cuff_across", "cuff_damping", "misalignment_x", "misalignment_z"),
)
OF_LIMB = ("mass", "centre_x", "centre_z", "moment", "length", "strap_along", "strap_across")
NUMBERS = 17
"""The inputs that stay the same for a whole run: `SHARED`, then of each limb `OF_LIMB` and the `NUMBERS` of its joint
(`JointNumbers.flat`); SI units, angles in rad unless they say otherwise."""

AT_FIRST = (0.0, *RESTED.flat())
"""What a limb's joint remembers from step to step, as it is at the start: its velocity in rad/s as felt, and the shares
of its muscles' units (`Tiredness.flat`)."""

TRUTH = ("limb_q_rad", "limb_dq_rad_s", "cuff_force_N", "patient_tau_Nm", "interaction_tau_Nm")
"""What no real robot measures, for each joint that carries a limb: the limb's angle and velocity; the size of the
strap's force; the sum of passive, voluntary, reflex and tremor torque at the limb's joint; the torque that the robot's
joint passes to the person (flexion positive)."""

PATIENT_TAU = TRUTH.index("patient_tau_Nm")


def effort_places(limbs: int) -> tuple[int, ...]:
    """Where each limb's effort is among `parameters_of`."""
    return tuple(_first(index) + len(OF_LIMB) for index in range(limbs))


def strap_places(limbs: int) -> tuple[int, ...]:
    """Where it is said there how far along each limb its strap was fastened."""
    return tuple(_first(index) + OF_LIMB.index("strap_along") for index in range(limbs))


def _first(limb: int) -> int:
    return len(SHARED) + limb * (len(OF_LIMB) + NUMBERS)


def parameters_of(
    worn: Sequence[Worn], patient: VirtualPatient, posture: Posture, cuff: Cuff, strapped_q: Sequence[float]
) -> Array:
    """The inputs that stay the same; the straps were fastened with robot and limbs at `strapped_q` rad."""
    limbs = [one.limb(patient.body) for one in worn]
    at = limb_axes(worn, [limb.length for limb in limbs], cuff.misalignment)
    straps = cuffs_in_limbs(worn, strapped_q, at, strapped_q)
    values: list[float] = [math.radians(posture.thigh_pitch_deg), posture.hip_flexion_deg]
    values += [cuff.stiffness_along, cuff.stiffness_across, cuff.damping, *cuff.misalignment]
    for one, limb, strap in zip(worn, limbs, straps, strict=True):
        values += [limb.mass, *limb.centre, limb.moment, limb.length, *map(float, strap)]
        values += patient.numbers(one.joint, one.side).flat()
    return np.array(values, dtype=np.float64)


@cache
def compiled_forces(
    worn: tuple[Worn, ...], viscous: tuple[float, ...], step_s: float, soles: tuple[ground.Sole, ...] = ()
) -> Compiled:
    """The function (q, dq, time, late dq, memory, parameters) → (torques, memory, truth).

    `q`, `dq` and torques in N·m are those of the robot's joints, then the limbs'; where it has `soles` on a treadmill,
    the lift's height, speed and force in m, m/s and N are the last, and `ground.GIVEN` are the last parameters. `late
    dq` are the limbs' velocities one reflex delay ago; the memory is `AT_FIRST` of each limb, before and after the
    step; `viscous` is each drive's friction in N·m·s/rad.
    """
    n, m = len(viscous), len(worn)
    count = n + m + bool(soles)
    q, dq = SX.sym("q", count), SX.sym("dq", count)
    x = _Motion(q[:n], q[n : n + m], dq[:n], dq[n : n + m])
    time, late, memory = SX.sym("time"), SX.sym("late", m), SX.sym("memory", m * len(AT_FIRST))
    symbols = SX.sym("given", _first(m) + (len(ground.GIVEN) if soles else 0))
    given = _Given.of(symbols[: _first(m)], worn)
    person, memory_next = _people(worn, x, given, _Passed(time, late, memory), step_s)
    pulled, forces = _straps(worn, x, given)
    torque = pulled + casadi.vertcat(-casadi.DM(list(viscous)) * x.dq, person)
    truth = [
        value
        for index, (one, force) in enumerate(zip(worn, forces, strict=True))
        for value in (x.limb_q[index], x.limb_dq[index], casadi.norm_2(force), person[index], -pulled[one.place])
    ]
    if soles:
        named = dict(zip(ground.GIVEN, casadi.vertsplit(symbols[_first(m) :]), strict=True))
        held, seen = ground.supporting(worn, soles, [q[one.place] for one in worn], q, dq, named)
        torque, truth = casadi.vertcat(torque, SX(1, 1)) + held, [*truth, *seen]
    return compile_function(
        "limb_forces", [q, dq, time, late, memory, symbols], [torque, memory_next, casadi.vertcat(*truth)]
    )


@dataclass(frozen=True, slots=True)
class _Motion:
    """Angles and velocities of the robot's joints and the limbs', as symbols."""

    q: SX
    limb_q: SX
    dq: SX
    limb_dq: SX


@dataclass(frozen=True, slots=True)
class _Given:
    """The inputs that stay the same, by name; `at` is where the limbs' axes are in the limbs above."""

    shared: Mapping[str, SX]
    limbs: Sequence[Limb]
    straps: Sequence[SX]
    numbers: Sequence[JointNumbers]
    at: Sequence[Point]

    @classmethod
    def of(cls, symbols: SX, worn: Sequence[Worn]) -> "_Given":
        shared = dict(zip(SHARED, casadi.vertsplit(symbols[: len(SHARED)]), strict=True))
        rows = casadi.horzsplit(casadi.reshape(symbols[len(SHARED) :], -1, len(worn)))
        named = [dict(zip(OF_LIMB, casadi.vertsplit(row[: len(OF_LIMB)]), strict=True)) for row in rows]
        limbs = [Limb(of["mass"], (of["centre_x"], of["centre_z"]), of["moment"], of["length"]) for of in named]
        straps = [casadi.vertcat(of["strap_along"], of["strap_across"]) for of in named]
        numbers = [JointNumbers.from_flat(casadi.vertsplit(row[len(OF_LIMB) :])) for row in rows]
        misalignment = shared["misalignment_x"], shared["misalignment_z"]
        return cls(shared, limbs, straps, numbers, limb_axes(worn, [limb.length for limb in limbs], misalignment))


@dataclass(frozen=True, slots=True)
class _Passed:
    """What has been: the time in s, the limbs' velocities one reflex delay ago, and what their joints remember."""

    time: SX
    late_dq: SX
    memory: SX


def _people(worn: Sequence[Worn], x: _Motion, given: _Given, passed: _Passed, step_s: float) -> tuple[SX, SX]:
    """The person's torque in N·m at each limb's joint, and what the joints remember after the step."""
    remembered = casadi.horzsplit(casadi.reshape(passed.memory, -1, len(worn)))
    acceleration = felt_acceleration(x.limb_dq, casadi.vertcat(*(one[0] for one in remembered)))
    pitch, hip_flexion_deg = given.shared["base_pitch"], given.shared["hip_flexion_deg"]
    carried = needed_torque(worn, given.limbs, given.at, pitch, x.limb_q, x.limb_dq, acceleration)
    legs = [(one.side, one.joint, x.limb_q[index]) for index, one in enumerate(worn)]
    torques, after = [], list[SX]()
    for index, one in enumerate(worn):
        at = Moment(
            angles_deg=leg_angles_deg(one.side, legs, hip_flexion_deg),
            dq=x.limb_dq[index],
            dq_delayed=passed.late_dq[index],
            carried=carried[index],
            time=passed.time,
        )
        felt_dq, *tired = casadi.vertsplit(remembered[index])
        torque, later = act(one.joint, given.numbers[index], at, Tiredness.from_flat(tired), step_s)
        torques.append(torque)
        after += [felt_dq + step_s * acceleration[index], *later.flat()]
    return casadi.vertcat(*torques), casadi.vertcat(*after)


def _straps(worn: Sequence[Worn], x: _Motion, given: _Given) -> tuple[SX, list[SX]]:
    """What all straps together do at every joint in N·m, and each one's force in N along and across its limb."""
    q, dq, shared = casadi.vertcat(x.q, x.limb_q), casadi.vertcat(x.dq, x.limb_dq), given.shared
    robot_q, limb_q = [x.q[one.place] for one in worn], casadi.vertsplit(x.limb_q)
    pulled, forces = SX.zeros(q.numel()), []
    for index, place in enumerate(cuffs_in_limbs(worn, robot_q, given.at, limb_q)):
        stretch = casadi.vertcat(*place) - given.straps[index]
        stiffness = casadi.vertcat(shared["cuff_along"], shared["cuff_across"])
        damping = casadi.vertcat(shared["cuff_damping"], shared["cuff_damping"])
        if worn[index].stands_on_plate:
            stretch = casadi.vertcat(stretch, turn_against_robot(worn, index, robot_q, limb_q))
            stiffness, damping = casadi.vertcat(stiffness, SOLE_STIFFNESS), casadi.vertcat(damping, SOLE_DAMPING)
        torque, force = strap_forces(stretch, stiffness, damping, q, dq)
        pulled += torque
        forces.append(force[:2])
    return pulled, forces
