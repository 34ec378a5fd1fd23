"""Nursing arm with seven joints, of the class of the LBR arms: shoulder, elbow and wrist without offsets.

Base frame: on the floor plate under the first joint, +z up. With all joints at zero the arm stands straight up and
every link's frame has the base's axes; the joints turn about z, y, z, -y, z, y, z in turn.
"""

from robot.models.urdf import Part, cylinder, frame, hinge, link, robot_of, stand

RADII_M = (0.08, 0.075, 0.07, 0.065, 0.06, 0.055, 0.045)
"""Outer radii of the links as solid cylinders, from the shoulder to the hand; assumed."""

TOOL_RADIUS_M = 0.01
"""A tool's handle, along which its weight is spread evenly; assumed."""

FOOT_M = 0.03
"""Thickness of the plate that it is drawn on; assumed."""

ABOUT_Z, ABOUT_Y, ABOUT_MINUS_Y = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.0)
AXES = (ABOUT_Z, ABOUT_Y, ABOUT_Z, ABOUT_MINUS_Y, ABOUT_Z, ABOUT_Y, ABOUT_Z)


def urdf(
    shoulder_m: float,
    upper_arm_m: float,
    forearm_m: float,
    wrist_m: float,
    hand_m: float,
    link_1_kg: float,
    link_2_kg: float,
    link_3_kg: float,
    link_4_kg: float,
    link_5_kg: float,
    link_6_kg: float,
    link_7_kg: float,
    tool_kg: float = 0.0,
    tool_m: float = 0.0,
) -> str:
    """The URDF text.

    Heights and lengths between the crossings of the axes: `shoulder_m` above the floor, `upper_arm_m` from shoulder to
    elbow, `forearm_m` from elbow to wrist, `wrist_m` from there to the last link's frame, `hand_m` from that to the
    mount of a tool. The masses are those of the links behind joints a1 to a7. With a tool of `tool_kg` that is `tool_m`
    long, the last link's frame stands in the tool's tip: a7 turns about the line that both are on.
    """
    # The turning joints about z stand half-way along their part of the arm.
    lengths = (shoulder_m, 0.5 * upper_arm_m, 0.5 * upper_arm_m, 0.5 * forearm_m, 0.5 * forearm_m, wrist_m, hand_m)
    masses = (link_1_kg, link_2_kg, link_3_kg, link_4_kg, link_5_kg, link_6_kg, link_7_kg)
    elements = [stand("base", cylinder(1.0, FOOT_M, 2.0 * RADII_M[0], "z", (0.0, 0.0, -0.5 * FOOT_M)))]
    # The frame of the last link may stand anywhere on the axis of a7.
    reach = hand_m + tool_m if tool_m else 0.0
    parent, height = "base", 0.0
    for number, (mass, length, radius, axis) in enumerate(zip(masses, lengths, RADII_M, AXES, strict=True), 1):
        is_last = number == len(masses)
        name, ahead = f"link_{number}", reach if is_last else 0.0
        held = (_upright(tool_kg, tool_m, TOOL_RADIUS_M, -tool_m),) if is_last and tool_m else ()
        elements += [
            link(name, _upright(mass, length, radius, -ahead), *held),
            hinge(f"a{number}", parent, name, (0.0, 0.0, height + ahead), axis),
        ]
        parent, height = name, length
    return robot_of("care-arm", *elements, frame("tool", parent, (0.0, 0.0, hand_m + tool_m - reach)))


def _upright(mass: float, length: float, radius: float, begins: float = 0.0) -> Part:
    return cylinder(mass, length, radius, "z", (0.0, 0.0, begins + 0.5 * length))
