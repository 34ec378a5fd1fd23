"""Everything that acts on robot and limb besides gravity, inertia, Coulomb friction and the motors, compiled as one.

One function for every patient of a robot: patient, posture and cuff are inputs, so that a sweep compiles once.
"""

import math
from functools import cache

import casadi
import numpy as np
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.plan import Posture
from robot.symbolic import GRAVITY
from robot.tick import Array
from sim_models.cuff import Cuff, CuffSymbols, cuff_forces
from sim_models.virtual_patient.effort import effort_torque, felt_acceleration
from sim_models.virtual_patient.passive import knee_moment
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.spasticity import reflex_torque
from sim_models.virtual_patient.tremor import tremor_torque

PARAMETERS = (
    *("limb_mass", "limb_centre_x", "limb_centre_z", "limb_moment"),
    *("thigh_pitch", "hip_flexion_deg"),
    *("effort", "reflex_gain", "reflex_threshold", "tremor_amplitude", "tremor_frequency"),
    *("cuff_along", "cuff_across", "cuff_damping", "misalignment_x", "misalignment_z", "strap_along", "strap_across"),
)
"""The inputs that stay the same for a whole run, SI units, angles in rad unless they say otherwise."""

TRUTH = ("limb_q_rad", "limb_dq_rad_s", "cuff_force_N", "patient_tau_Nm", "interaction_tau_Nm")
"""What no real robot measures: the limb's angle and velocity; the size of the strap's force; the sum of passive,
voluntary, reflex and tremor torque at the limb's joint; the torque that the robot passes to the limb (flexion
positive)."""

RUNNING = ("time", "stretch_speed", "felt_dq")
"""The inputs that change with every step besides the motion: time in s, the limb's velocity one reflex delay ago and
its velocity as felt, both in rad/s."""


def parameters_of(patient: VirtualPatient, posture: Posture, cuff: Cuff, strap: tuple[float, float]) -> Array:
    """The values of `PARAMETERS`."""
    limb, knee = patient.limb, patient.numbers("knee")
    return np.array(
        [
            *(limb.mass, *limb.centre, limb.moment),
            *(math.radians(posture.thigh_pitch_deg), posture.hip_flexion_deg),
            *(knee.effort, knee.extensors.gain, knee.extensors.threshold),
            *(knee.tremor_amplitude, knee.tremor_frequency),
            *(cuff.stiffness_along, cuff.stiffness_across, cuff.damping, *cuff.misalignment, *strap),
        ]
    )


@cache
def compiled_forces(viscous: tuple[float, ...], carrying: int, cuff_height: float, step_s: float) -> Compiled:
    """The function (motion, running, parameters) → (torques, felt velocity after the step, truth).

    `motion` holds the angles, then the velocities, of the robot's joints and the limb's; the torques in N·m are in the
    same order. `viscous` is each drive's friction in N·m·s/rad.
    """
    count = len(viscous) + 1
    motion = SX.sym("motion", 2 * count)
    running = SX.sym("running", len(RUNNING))
    given = SX.sym("given", len(PARAMETERS))
    q, dq = motion[:count], motion[count:]
    of = dict(zip(PARAMETERS, casadi.vertsplit(given), strict=True))
    patient, felt_next = _patient_torque(q[-1], dq[-1], running, of, step_s)
    pair = [carrying, count - 1]
    # The strap's Jacobian is taken by symbols of its own: an entry of a vector is no symbol.
    q_pair, dq_pair = SX.sym("q_pair", 2), SX.sym("dq_pair", 2)
    forces = casadi.substitute(
        list(cuff_forces(_cuff_symbols(of), cuff_height, q_pair, dq_pair)), [q_pair, dq_pair], [q[pair], dq[pair]]
    )
    torque = casadi.vertcat(-casadi.DM(list(viscous)) * dq[: count - 1], patient)
    torque[pair] += forces[0]
    truth = casadi.vertcat(q[-1], dq[-1], casadi.norm_2(forces[1]), patient, -forces[0][0])
    return compile_function("limb_forces", [motion, running, given], [torque, felt_next, truth])


def _cuff_symbols(of: dict[str, SX]) -> CuffSymbols:
    return CuffSymbols(
        stiffness=casadi.vertcat(of["cuff_along"], of["cuff_across"]),
        damping=of["cuff_damping"],
        misalignment=casadi.vertcat(of["misalignment_x"], of["misalignment_z"]),
        strap=casadi.vertcat(of["strap_along"], of["strap_across"]),
    )


def _patient_torque(q: SX, dq: SX, running: SX, of: dict[str, SX], step_s: float) -> tuple[SX, SX]:
    """The person's torque at the knee in N·m, and the velocity that they will feel after the step."""
    time, stretch_speed, felt_dq = casadi.vertsplit(running)
    degrees = 180.0 / math.pi
    angle = q - of["thigh_pitch"]
    mass, x, z = of["limb_mass"], of["limb_centre_x"], of["limb_centre_z"]
    gravity = -mass * GRAVITY * (x * casadi.cos(angle) + z * casadi.sin(angle))
    inertia = of["limb_moment"] + mass * (x**2 + z**2)
    passive = knee_moment(of["hip_flexion_deg"], degrees * q, 0.0)
    acceleration = felt_acceleration(dq, felt_dq)
    torque = (
        passive
        + effort_torque(of["effort"], gravity, passive, inertia, acceleration)
        + reflex_torque(of["reflex_gain"], of["reflex_threshold"], stretch_speed)
        + tremor_torque(of["tremor_amplitude"], of["tremor_frequency"], time)
    )
    return torque, felt_dq + step_s * acceleration
