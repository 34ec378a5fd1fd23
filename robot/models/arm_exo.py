"""Exoskeleton for the right arm of a seated person: shoulder with three joints, elbow, and turning of the forearm.

Base frame: in the middle of the shoulder, +x forward, +z up, +y to the left. With all joints at zero the arm hangs
straight down with the elbow straight; each segment's frame is then that of `robot.body`: +x down along the limb, +z to
the front. The shoulder's three axes cross in its middle: the plane in which the arm is lifted (0° to the side, 90° to
the front), how far it is lifted, and the turn about the upper arm, as in Wu 2005 (recalled). Elevation, turning
inwards, flexion and pronation are positive.
"""

from robot.models.urdf import QUARTER, Part, block, cylinder, frame, hinge, link, robot_of, rod, stand

BAR_RADIUS_M = 0.016
"""Outer radius of the bars: aluminium tubes of 32 mm, assumed."""

DRIVE_RADIUS_M, DRIVE_LENGTH_M = 0.045, 0.13
"""A drive as a cylinder along its joint's axis; assumed from the 54 mm frame of a PH54 with its mount."""

YOKE_M = (0.05, 0.12, 0.12)
"""Size of the yoke that holds the shoulder's second drive; assumed."""

RING_M = 0.10
"""Radius of the rings that turn about the arm, with their drives; assumed."""

RING_WIDE_M = 0.06
"""How far such a ring reaches along the arm; assumed."""

BACK_ALONG, ACROSS, BEHIND = (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0)
"""Axes in the limb's frame: towards the shoulder, to the right, backwards."""


def urdf(
    upper_arm_bar_m: float,
    forearm_bar_m: float,
    yoke_behind_m: float,
    yoke_kg: float,
    shoulder_ring_kg: float,
    upper_arm_bar_kg: float,
    forearm_bar_kg: float,
    forearm_ring_kg: float,
    drive_kg: float,
    upper_arm_cuff_m: float,
    forearm_cuff_m: float,
) -> str:
    """The URDF text.

    `upper_arm_bar_m` from shoulder to elbow, `forearm_bar_m` from elbow to the wrist's ring; `yoke_behind_m` how far
    behind the shoulder its yoke stands; masses, those of yoke, rings and bars without drives; each cuff's distance from
    the joint above it.
    """
    return robot_of(
        "arm-exo",
        stand("seat", _drive_upright(drive_kg, 1.5 * RING_M)),
        link("yoke", block(yoke_kg + drive_kg, YOKE_M, (0.0, 0.0, -yoke_behind_m))),
        link("shoulder_ring", _ring(shoulder_ring_kg + drive_kg, 0.4 * upper_arm_bar_m)),
        link("upper_arm_bar", rod(upper_arm_bar_kg, upper_arm_bar_m, BAR_RADIUS_M), _drive(drive_kg, upper_arm_bar_m)),
        link("forearm_bar", rod(forearm_bar_kg, forearm_bar_m, BAR_RADIUS_M), _ring(drive_kg, forearm_bar_m)),
        link("forearm_ring", _ring(forearm_ring_kg, RING_WIDE_M)),
        hinge("shoulder_plane", "seat", "yoke", (0.0, 0.0, 0.0), BACK_ALONG, (0.0, QUARTER, 0.0)),
        hinge("shoulder_elevation", "yoke", "shoulder_ring", (0.0, 0.0, 0.0), BEHIND),
        hinge("shoulder_rotation", "shoulder_ring", "upper_arm_bar", (0.0, 0.0, 0.0), BACK_ALONG),
        hinge("elbow", "upper_arm_bar", "forearm_bar", (upper_arm_bar_m, 0.0, 0.0), ACROSS),
        hinge("forearm", "forearm_bar", "forearm_ring", (forearm_bar_m, 0.0, 0.0), BACK_ALONG),
        frame("upper_arm_cuff", "upper_arm_bar", (upper_arm_cuff_m, 0.0, 0.0)),
        frame("forearm_cuff", "forearm_bar", (forearm_cuff_m, 0.0, 0.0)),
    )


def _drive(mass: float, place: float) -> Part:
    """The elbow's drive, at the bar's far end."""
    return cylinder(mass, DRIVE_LENGTH_M, DRIVE_RADIUS_M, "y", (place, 0.0, 0.0))


def _drive_upright(mass: float, height: float) -> Part:
    """The drive of the first joint, above the shoulder."""
    return cylinder(mass, DRIVE_LENGTH_M, DRIVE_RADIUS_M, "z", (0.0, 0.0, height))


def _ring(mass: float, place: float) -> Part:
    """A ring about the arm, as a solid disc."""
    return cylinder(mass, RING_WIDE_M, RING_M, "x", (place, 0.0, 0.0))
