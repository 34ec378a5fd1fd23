"""The shipped plan asks of the drive what it can give, seen through Pinocchio and the datasheet, not through our model.

Rigid limb: exoskeleton, drive, shank and foot turn as one about the knee; the passive knee moment is Riener and
Edrich's, typed in here from the paper's table.
"""

import itertools
from dataclasses import dataclass
from math import exp, radians

import numpy as np
import pinocchio
import pytest

from careloop.build import load_exercise
from robot.datasheets import DRIVES, RPM, DriveModel

PHASES = np.arange(0.0, 1.0, 1.0 / 400.0)
SHARE = 0.5
"""Of the drive's torque-speed line, along both of its axes: the other half is for the patient who pushes back."""

# de Leva 1996, mean of the female and male fractions; lengths as fractions of height.
SHANK_MASS, SHANK_CENTRE, SHANK_GYRATION, SHANK_LENGTH = 0.0457, 0.44375, 0.258, 0.246
FOOT_MASS, FOOT_CENTRE, FOOT_GYRATION, FOOT_LENGTH = 0.0133, 0.42145, 0.262, 0.152
ANKLE_HEIGHT, HEEL_BEHIND_ANKLE = 0.039, 0.25


def passive_knee_flexion_moment(hip_deg, knee_deg, ankle_deg=0.0):
    """N·m that the passive knee gives towards flexion; Riener and Edrich 1999, degrees, flexion positive."""
    return (
        exp(1.800 + 0.0460 * ankle_deg - 0.0352 * knee_deg + 0.0217 * hip_deg)
        - exp(-3.971 + 0.0004 * ankle_deg + 0.0495 * knee_deg - 0.0128 * hip_deg)
        - 4.820
        + exp(2.220 - 0.150 * knee_deg)
    )


def limb_and_exoskeleton(exercise, height, mass):
    """The exoskeleton's URDF with the drive's inertia, shank and foot fixed to its knee joint, in Pinocchio."""
    model = pinocchio.buildModelFromXML(exercise.robot.urdf)
    model.gravity.linear = np.array([0.0, 0.0, -9.80665])
    model.armature = np.array([drive.inertia for drive in exercise.robot.drives])
    knee = model.getJointId("knee")
    shank, foot = SHANK_LENGTH * height, FOOT_LENGTH * height
    for share, along, ahead, radius in (
        (SHANK_MASS, SHANK_CENTRE * shank, 0.0, SHANK_GYRATION * shank),
        (
            FOOT_MASS,
            shank + 0.5 * ANKLE_HEIGHT * height,
            (FOOT_CENTRE - HEEL_BEHIND_ANKLE) * foot,
            FOOT_GYRATION * foot,
        ),
    ):
        about_centre = share * mass * radius**2 * np.eye(3)
        inertia = pinocchio.Inertia(share * mass, np.array([along, 0.0, ahead]), about_centre)
        model.appendBodyToJoint(knee, inertia, pinocchio.SE3.Identity())
    return model


@dataclass
class Demand:
    """Joint torque in N·m and speed in rad/s that the drive has to give, over one cycle."""

    torque: np.ndarray
    speed: np.ndarray


def demand(exercise, height, mass, speed):
    plan, (drive,) = exercise.plan, exercise.robot.drives
    assert plan.posture.thigh_pitch_deg == 0.0
    cycle = exercise.adjusted({"motion.speed": speed}).cycle
    curve, cycle_s = cycle.curve, cycle.lasts_s
    model = limb_and_exoskeleton(exercise, height, mass)
    data = model.createData()
    torques, speeds = [], []
    for phase in PHASES:
        q, slope, bend = (np.array(part) for part in curve.at(phase))
        dq, ddq = slope / cycle_s, bend / cycle_s**2
        rigid = pinocchio.rnea(model, data, q, dq, ddq)[0]
        friction = drive.friction.coulomb * np.sign(dq[0]) + drive.friction.viscous * dq[0]
        passive = passive_knee_flexion_moment(plan.posture.hip_flexion_deg, np.degrees(q[0]))
        torques.append(rigid + friction - passive)
        speeds.append(dq[0])
    return Demand(np.array(torques), np.array(speeds))


def corners(exercise):
    bounds = exercise.plan.patient
    return itertools.product(bounds.height_m, bounds.mass_kg, exercise.plan.adjustable["motion.speed"])


def fits(drive: DriveModel, gear, torque_per_ampere, asked: Demand):
    """Whether the drive gives it within `SHARE` of its torque-speed line, and for ever."""
    slope = drive.continuous_torque / (drive.no_load_speed - drive.continuous_speed)
    line = slope * (drive.no_load_speed - gear * np.abs(asked.speed))
    stall = drive.current_limit * torque_per_ampere
    available = gear * np.clip(line, 0.0, stall)
    return bool(
        (np.abs(asked.torque) <= SHARE * available).all()
        and (gear * np.abs(asked.speed) <= SHARE * drive.no_load_speed).all()
        and (np.abs(asked.torque) <= gear * drive.continuous_torque).all()
    )


@pytest.fixture(scope="module")
def exercise():
    return load_exercise("knee-walking")


def test_the_passive_moment_has_its_published_check_values():
    for knee, moment in ((0, 10.42), (30, -2.70), (60, -4.45), (90, -6.19), (120, -11.89), (13.886, 0.0)):
        assert passive_knee_flexion_moment(0.0, knee) == pytest.approx(moment, abs=0.006)


def test_pinocchio_counts_the_drives_inertia(exercise):
    model = limb_and_exoskeleton(exercise, 1.7, 70.0)
    with_drive = pinocchio.crba(model, model.createData(), np.zeros(1))[0, 0]
    model.armature = np.zeros(1)
    assert with_drive - pinocchio.crba(model, model.createData(), np.zeros(1))[0, 0] == pytest.approx(0.9)


def test_every_patient_and_speed_of_the_plan_needs_at_most_half_of_the_drives_line(exercise):
    (drive,) = exercise.robot.drives
    for height, mass, speed in corners(exercise):
        asked = demand(exercise, height, mass, speed)
        assert fits(drive.datasheet, drive.gear, drive.torque_per_ampere, asked), (height, mass, speed)


def test_the_limits_of_plan_and_robot_leave_room_above_what_is_needed(exercise):
    (limits,), (joint,) = exercise.plan.limits.joints.values(), exercise.robot.joints.values()
    for height, mass, speed in corners(exercise):
        asked = demand(exercise, height, mass, speed)
        assert np.abs(asked.torque).max() < limits.torque <= joint.torque
        assert np.abs(asked.speed).max() < radians(limits.velocity_deg_s) <= radians(joint.velocity_deg_s)


def test_the_drive_gives_the_robots_largest_torque_for_ever(exercise):
    (joint,) = exercise.robot.joints.values()
    assert joint.torque <= joint.drive.gear * joint.drive.datasheet.continuous_torque
    assert radians(joint.velocity_deg_s) <= joint.drive.datasheet.no_load_speed / joint.drive.gear


# ROBOTIS e-manual at 12 V (recalled): no-load speed and stall torque; the continuous point as in robot/drive.py.
XH540_LIKE = [
    DriveModel(
        "xh540-w150",
        "dynamixel",
        70 * RPM,
        0.7 * 70 * RPM,
        0.3 * 7.1,
        1.5,
        4.9,
        4096,
        0.00269,
        0.229 * RPM,
        (10, 15),
        80,
    ),
    DriveModel(
        "xh540-w270",
        "dynamixel",
        39 * RPM,
        0.7 * 39 * RPM,
        0.3 * 9.9,
        1.5,
        4.9,
        4096,
        0.00269,
        0.229 * RPM,
        (10, 15),
        80,
    ),
]


@pytest.mark.parametrize(
    ("drive", "gear"),
    [(DRIVES["xh430-w350-r"], 1.0), (DRIVES["xh430-w350-r"], 3.0), (XH540_LIKE[0], 3.0), (XH540_LIKE[1], 3.0)],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_small_servo_fits_no_patient_of_the_plan(exercise, drive, gear):
    stall = drive.continuous_torque * drive.no_load_speed / (drive.no_load_speed - drive.continuous_speed)
    for height, mass, speed in corners(exercise):
        asked = demand(exercise, height, mass, speed)
        assert not fits(drive, gear, stall / drive.current_limit, asked)
