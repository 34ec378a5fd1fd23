"""Exoskeleton for both legs on a pelvis that does not turn: hip, knee and ankle of each side in the sagittal plane.

The body's weight is a harness's, not the robot's: the pelvis stands still while the legs swing in the air, and goes up
and down where the plates under the feet, with their frames `heel` and `toe`, walk on a treadmill. Base frame: the
middle between the hip axes, +x forward, +z up, +y to the left. With all joints at zero a leg hangs straight down; each
segment's frame is then that of `robot.body`: +x down along the limb, +z to the front. Flexion and dorsiflexion are
positive.
"""

from robot.models.urdf import QUARTER, Part, block, cylinder, frame, hinge, link, robot_of, rod, stand

BAR_RADIUS_M = 0.018
"""Outer radius of the bars: aluminium tubes of 36 mm, assumed."""

DRIVE_RADIUS_M, DRIVE_LENGTH_M = 0.045, 0.13
"""A drive as a cylinder along its joint's axis; assumed from the 54 mm frame of a PH54 with its mount."""

PLATE_THICK_M, PLATE_WIDE_M = 0.015, 0.10
"""The foot plate; assumed."""

BEHIND = 0.25
"""The share of the plate that is behind the ankle, as a foot has it; assumed."""

FORWARD, BACKWARD = (0.0, -1.0, 0.0), (0.0, 1.0, 0.0)
"""Axes of joints whose positive turn brings the limb's far end forward (hip, ankle) or backward (knee)."""


def urdf(
    hip_width_m: float,
    thigh_bar_m: float,
    shank_bar_m: float,
    foot_plate_m: float,
    ankle_height_m: float,
    thigh_bar_kg: float,
    shank_bar_kg: float,
    foot_plate_kg: float,
    drive_kg: float,
    thigh_cuff_m: float,
    shank_cuff_m: float,
    foot_cuff_m: float,
) -> str:
    """The URDF text.

    `hip_width_m` between the bars of both sides; lengths of the bars from joint to joint; the plate's length and its
    distance below the ankle; masses of the bars and of one drive; each cuff's distance from the joint above it, the
    foot's along the plate, ahead of the ankle.
    """
    elements = [stand("pelvis", cylinder(1.0, hip_width_m, DRIVE_RADIUS_M, "y"))]
    for side, place in (("left", 0.5 * hip_width_m), ("right", -0.5 * hip_width_m)):
        thigh, shank, foot = f"{side}_thigh_bar", f"{side}_shank_bar", f"{side}_foot_plate"
        elements += [
            link(thigh, rod(thigh_bar_kg, thigh_bar_m, BAR_RADIUS_M), _drive(drive_kg, thigh_bar_m)),
            link(shank, rod(shank_bar_kg, shank_bar_m, BAR_RADIUS_M), _drive(drive_kg, shank_bar_m)),
            link(foot, _plate(foot_plate_kg, foot_plate_m, ankle_height_m)),
            hinge(f"{side}_hip", "pelvis", thigh, (0.0, place, 0.0), FORWARD, (0.0, QUARTER, 0.0)),
            hinge(f"{side}_knee", thigh, shank, (thigh_bar_m, 0.0, 0.0), BACKWARD),
            hinge(f"{side}_ankle", shank, foot, (shank_bar_m, 0.0, 0.0), FORWARD),
            frame(f"{side}_thigh_cuff", thigh, (thigh_cuff_m, 0.0, 0.0)),
            frame(f"{side}_shank_cuff", shank, (shank_cuff_m, 0.0, 0.0)),
            frame(f"{side}_foot_cuff", foot, (ankle_height_m, 0.0, foot_cuff_m)),
            frame(f"{side}_heel", foot, (ankle_height_m + 0.5 * PLATE_THICK_M, 0.0, -BEHIND * foot_plate_m)),
            frame(f"{side}_toe", foot, (ankle_height_m + 0.5 * PLATE_THICK_M, 0.0, (1.0 - BEHIND) * foot_plate_m)),
        ]
    return robot_of("leg-exo", *elements)


def _drive(mass: float, place: float) -> Part:
    """The drive of the joint below, at the bar's far end."""
    return cylinder(mass, DRIVE_LENGTH_M, DRIVE_RADIUS_M, "y", (place, 0.0, 0.0))


def _plate(mass: float, length: float, below: float) -> Part:
    """The plate under the foot."""
    return block(mass, (PLATE_THICK_M, PLATE_WIDE_M, length), (below, 0.0, (0.5 - BEHIND) * length))
