"""Knee exoskeleton: a seat-mounted drive whose output carries a shank bar with a cuff.

Base frame: origin on the knee axis, +x forward along the thigh, +z up at thigh pitch zero. The joint turns about +y,
flexion positive; at zero the shank bar points along +x (knee straight).
"""

from robot.models.urdf import rod

BAR_RADIUS_M = 0.015
"""Outer radius of the bar: an aluminium tube of 30 mm, assumed."""


def urdf(shank_bar_m: float, bar_mass_kg: float, cuff_height_m: float) -> str:
    """The URDF text.

    `shank_bar_m` length and `bar_mass_kg` mass of the bar, `cuff_height_m` distance from the knee axis to the middle of
    the cuff.
    """
    bar = rod(bar_mass_kg, shank_bar_m, BAR_RADIUS_M)
    return f"""<?xml version="1.0"?>
<robot name="knee-exo">
  <link name="seat"/>
  <link name="shank_bar">{bar.xml()}</link>
  <link name="cuff"/>
  <joint name="knee" type="revolute">
    <parent link="seat"/><child link="shank_bar"/>
    <origin xyz="0 0 0" rpy="0 0 0"/><axis xyz="0 1 0"/>
    <limit lower="-6.3" upper="6.3" effort="1000" velocity="100"/>
  </joint>
  <joint name="cuff_mount" type="fixed">
    <parent link="shank_bar"/><child link="cuff"/>
    <origin xyz="{cuff_height_m!r} 0 0" rpy="0 0 0"/>
  </joint>
</robot>
"""
