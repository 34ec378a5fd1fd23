"""Knee exoskeleton: a seat-mounted drive whose output carries a shank bar with a cuff.

Base frame: origin on the knee axis, +x forward along the thigh, +z up at thigh pitch zero. The joint turns about +y,
flexion positive; at zero the shank bar points along +x (knee straight).
"""

from robot.models.urdf import cylinder, frame, hinge, link, robot_of, rod, stand

BAR_RADIUS_M = 0.015
"""Outer radius of the bar: an aluminium tube of 30 mm, assumed."""

DRIVE_RADIUS_M, DRIVE_LENGTH_M = 0.045, 0.13
"""The drive as it is drawn; assumed from the 54 mm frame of a PH54 with its mount."""


def urdf(shank_bar_m: float, bar_mass_kg: float, cuff_height_m: float) -> str:
    """The URDF text.

    `shank_bar_m` length and `bar_mass_kg` mass of the bar, `cuff_height_m` distance from the knee axis to the middle of
    the cuff.
    """
    return robot_of(
        "knee-exo",
        stand("seat", cylinder(1.0, DRIVE_LENGTH_M, DRIVE_RADIUS_M, "y")),
        link("shank_bar", rod(bar_mass_kg, shank_bar_m, BAR_RADIUS_M)),
        hinge("knee", "seat", "shank_bar", (0.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        frame("cuff", "shank_bar", (cuff_height_m, 0.0, 0.0)),
    )
