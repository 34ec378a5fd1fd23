"""A whole person as a tree of rigid links: trunk, head, two arms, two legs; seventeen joints, no link without mass.

The root is the trunk, with its origin midway between the hips. At all angles zero the person stands, the arms hang and
the thumbs point to the front; the axes of all links are then those of `robot.body`: +x down, +y to the left, +z ahead.

Two joints share a segment between links. The forearm is halved: ulna and radius each carry half of its mass and inertia
along its whole length. At the shoulder a small ball turns with each of the first two axes: what the balls weigh is
taken from the upper arm, so that an arm that hangs is de Leva's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from robot.body import ANKLE_HEIGHT_PER_HEIGHT, HEEL_BEHIND_ANKLE, LENGTH_PER_HEIGHT, Segment
from robot.models.urdf import NOWHERE, Inertial, Vector, hinge, robot_of
from sim_models.virtual_patient import shapes
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joints import JOINTS, SIDES, JointName, Side

SHOULDER_PER_HEIGHT = 0.1295
"""Half the distance of the shoulders (recalled from Drillis and Contini's drawing)."""

HIP_PER_HEIGHT = 0.05
"""Half the distance of the hips' centres: an assumption."""

NECK_PER_HEIGHT = (
    1.0 - ANKLE_HEIGHT_PER_HEIGHT - sum(LENGTH_PER_HEIGHT[it] for it in ("shank", "thigh", "trunk", "head"))
)
"""From the shoulders' height to the chin: what the other lengths leave. The neck turns at its lower end."""

BALL_SHARE, BALL_PER_HEIGHT = 0.02, 0.02
"""Each ball's share of the upper arm's mass, and its radius: small, yet enough for steps of 1 ms. Our choice."""

TRUNK_WIDTH, FOOT_WIDTH, HAND_WIDTH, HAND_THICKNESS = 0.2, 0.055, 0.05, 0.016
"""As fractions of height, for the shapes only; the foot's is recalled, the others are assumed."""


@dataclass(frozen=True, slots=True)
class Bone:
    """One link: how it hangs on its `parent`, what it weighs, how it looks.

    `joint` names the joint above it, None where it is fixed; `place` is that joint's in the parent's frame in m, `axis`
    what it turns about. `region` is that of `robot.contact_limits`, the more delicate one where a link spans two.
    """

    name: str
    parent: str | None
    joint: str | None
    place: Vector
    axis: Vector
    inertial: Inertial
    region: str
    shape: str = ""

    def urdf(self) -> str:
        """The link and the joint above it."""
        link = f'<link name="{self.name}">{self.inertial.xml()}{self.shape}</link>'
        if self.parent is None:
            return link
        if self.joint is not None:
            return link + hinge(self.joint, self.parent, self.name, self.place, self.axis)
        x, y, z = self.place
        return (
            f'{link}<joint name="{self.name}_fixed" type="fixed"><parent link="{self.parent}"/>'
            f'<child link="{self.name}"/><origin xyz="{x!r} {y!r} {z!r}" rpy="0 0 0"/></joint>'
        )


def person_urdf(body: Body) -> str:
    """The URDF text of a whole person."""
    return robot_of("person", *(bone.urdf() for bone in skeleton(body)))


def skeleton(body: Body) -> tuple[Bone, ...]:
    """All links of a person, parents before children; `leg` and `arm` give those of one limb."""
    height, trunk, head = body.height_m, body.segment("trunk"), body.segment("head")
    top = -NECK_PER_HEIGHT * height - head.length
    return (
        Bone(
            *("trunk", None, None, NOWHERE, NOWHERE, _inertial(trunk, -trunk.length), "abdomen"),
            shapes.trunk(trunk, TRUNK_WIDTH * height),
        ),
        Bone(
            *("head", "trunk", "neck", (-trunk.length, 0.0, 0.0), JOINTS["neck"].axis, _inertial(head, top), "face"),
            shapes.head(head, NECK_PER_HEIGHT * height),
        ),
        *(bone for side in SIDES for limb in (leg, arm) for bone in limb(body, side)),
    )


def leg(body: Body, side: Side) -> Iterator[Bone]:
    """Thigh, shank and foot of one side; the thigh hangs on the trunk."""
    thigh, shank, foot = (body.segment(name) for name in ("thigh", "shank", "foot"))
    hip = (0.0, _sign(side) * HIP_PER_HEIGHT * body.height_m, 0.0)
    sole = (ANKLE_HEIGHT_PER_HEIGHT * body.height_m, FOOT_WIDTH * body.height_m, foot.length)
    middle = (0.5 * sole[0], 0.0, (0.5 - HEEL_BEHIND_ANKLE) * foot.length)
    yield _bone(side, "thigh", "trunk", "hip", hip, _inertial(thigh), "thigh-and-knee", shapes.limb(thigh))
    yield _bone(side, "shank", "thigh", "knee", _end(thigh), _inertial(shank), "lower-leg", shapes.limb(shank))
    yield _bone(side, "foot", "shank", "ankle", _end(shank), _inertial(foot), "lower-leg", shapes.box(sole, middle))


def arm(body: Body, side: Side) -> Iterator[Bone]:
    """The shoulder's two balls, upper arm, ulna, radius and hand of one side; the first ball hangs on the trunk."""
    upper, lower, hand = (body.segment(name) for name in ("upper_arm", "forearm", "hand"))
    trunk, height = body.segment("trunk"), body.height_m
    ball, rest = _with_balls(upper, BALL_PER_HEIGHT * height)
    half, turned = _inertial(lower, share=0.5), _quarter_turned(_inertial(lower, share=0.5))
    shoulder = (-trunk.length, _sign(side) * SHOULDER_PER_HEIGHT * height, 0.0)
    palm = (hand.length, HAND_THICKNESS * height, HAND_WIDTH * height)
    flat = shapes.box(palm, (0.5 * hand.length, 0.0, 0.0))
    yield _bone(side, "shoulder_front", "trunk", "shoulder_flexion", shoulder, ball, "upper-arm")
    yield _bone(side, "shoulder_side", "shoulder_front", "shoulder_abduction", NOWHERE, ball, "upper-arm")
    yield _bone(side, "upper_arm", "shoulder_side", "shoulder_rotation", NOWHERE, rest, "upper-arm", shapes.limb(upper))
    yield _bone(side, "ulna", "upper_arm", "elbow", _end(upper), half, "forearm", shapes.limb(lower))
    yield _bone(side, "radius", "ulna", "forearm", NOWHERE, turned, "forearm")
    yield _bone(side, "hand", "radius", None, _end(lower), _quarter_turned(_inertial(hand)), "hand", flat)


def _sign(side: Side) -> float:
    return 1.0 if side == "left" else -1.0


def _bone(
    side: Side,
    name: str,
    parent: str,
    joint: JointName | None,
    place: Vector,
    inertial: Inertial,
    region: str,
    shape: str = "",
) -> Bone:
    """A link of one side; at the right the axes' x and z are mirrored."""
    x, y, z = JOINTS[joint].axis if joint else NOWHERE
    above = parent if parent == "trunk" else f"{side}_{parent}"
    axis = (_sign(side) * x, y, _sign(side) * z)
    return Bone(f"{side}_{name}", above, f"{side}_{joint}" if joint else None, place, axis, inertial, region, shape)


def _end(segment: Segment) -> Vector:
    return (segment.length, 0.0, 0.0)


def _inertial(segment: Segment, start: float = 0.0, share: float = 1.0) -> Inertial:
    """`share` of a segment whose proximal end is at `start` m along its link's x axis."""
    x, z = segment.centre
    xx, yy, zz = (share * moment for moment in segment.moments)
    return Inertial(share * segment.mass, (start + x, 0.0, z), (xx, yy, zz))


def _quarter_turned(of: Inertial) -> Inertial:
    """What is measured with the palm to the front, where the thumb points there: turned by 90° about its length."""
    xx, yy, zz = of.moments
    return Inertial(of.mass, of.centre, (xx, zz, yy))


def _with_balls(upper_arm: Segment, radius: float) -> tuple[Inertial, Inertial]:
    """One of the shoulder's two balls, and the upper arm without both (parallel axes)."""
    mass, x = BALL_SHARE * upper_arm.mass, upper_arm.centre[0]
    moment = 0.4 * mass * radius**2
    left = upper_arm.mass - 2.0 * mass
    centre = upper_arm.mass * x / left
    moved = upper_arm.mass * x**2 - left * centre**2
    xx, yy, zz = (one - 2.0 * moment for one in upper_arm.moments)
    ball = Inertial(mass, NOWHERE, (moment, moment, moment))
    return ball, Inertial(left, (centre, 0.0, 0.0), (xx, yy + moved, zz + moved))
