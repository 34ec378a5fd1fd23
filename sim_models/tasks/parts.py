"""The parts of a body that a tool can meet, made of a body's numbers: limbs, and a head with an open mouth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import casadi
from casadi import SX

from robot.body import SegmentName
from sim_models.contact import Meeting, ball_in_box, ball_on_ball, ball_on_capsule, outside
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.shapes import head_radius, limb_radius
from sim_models.virtual_patient.skeleton import HAND_THICKNESS, NECK_PER_HEIGHT

MOUTH_ABOVE_CHIN = 0.21
"""Height of the lips above the chin as a share of the head's: assumed."""

OPENING_HALF = (0.015, 0.025)
"""Half the height and half the width of an open mouth, between the teeth, in m: an opening of 30 mm, well below the
some 50 mm that healthy adults reach (recalled). The person opens it and keeps it open: assumed."""

TEETH_BEHIND, TEETH_HALF = 0.006, (0.006, 0.025, 0.004)
"""How far the teeth stand behind the lips, and half the edges of each row: along the face, aside, ahead; m, assumed."""

LEAST_AHEAD = 0.5
"""How far ahead the lips are at least, as a share of the head's radius: a tall and light body's ball is too small for
its head's height. Assumed."""

TEETH = "teeth"


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a link is: `place` in m and `turn`, its axes as columns."""

    place: Any
    turn: Any

    def point(self, there: Any) -> Any:
        """The place in the world of a point of the link."""
        return self.place + casadi.mtimes(self.turn, there)


def pose_of(frame: SX) -> Pose:
    """Place and axes of a touched link."""
    return Pose(frame[:3], casadi.reshape(frame[3:12], 3, 3))


class Part(Protocol):
    """A part of a link of the person: what it makes of a body."""

    @property
    def link(self) -> str:
        """The link that it is a part of."""

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that feel a tool at it."""

    def numbers(self, body: Body) -> Sequence[float]:
        """What of a body its shape depends on."""

    def target(self, at: Pose, numbers: SX) -> SX:
        """Where in the world is what a task aims at."""

    def meetings(self, at: Pose, numbers: SX, ball: SX, radius: float) -> Sequence[tuple[str, Meeting]]:
        """How a ball meets it, with the region that feels it."""


@dataclass(frozen=True, slots=True)
class LimbPart:
    """A round-ended cylinder from the link's origin along +x; aimed at `along` its length, on top (1) or below (-1)."""

    link: str
    segment: SegmentName
    region: str
    along: float = 0.5
    above: float = 1.0

    @property
    def regions(self) -> tuple[str, ...]:
        """The region that feels it."""
        return (self.region,)

    def numbers(self, body: Body) -> Sequence[float]:
        """Length and radius in m."""
        segment = body.segment(self.segment)
        radius = 0.5 * HAND_THICKNESS * body.height_m if self.segment == "hand" else limb_radius(segment)
        return (segment.length, radius)

    def target(self, at: Pose, numbers: SX) -> SX:
        """A point of its surface straight above or below its axis."""
        length, radius = casadi.vertsplit(numbers)
        on_axis = at.point(casadi.vertcat(self.along * length, 0.0, 0.0))
        return on_axis + casadi.vertcat(0.0, 0.0, self.above * radius)

    def meetings(self, at: Pose, numbers: SX, ball: SX, radius: float) -> Sequence[tuple[str, Meeting]]:
        """How a ball meets it."""
        length, thickness = casadi.vertsplit(numbers)
        end = at.point(casadi.vertcat(length, 0.0, 0.0))
        return ((self.region, ball_on_capsule(ball, radius, at.place, end, thickness)),)


@dataclass(frozen=True, slots=True)
class HeadPart:
    """A ball with an open mouth in front, two rows of teeth in it; aimed at the middle between the lips."""

    link: str = "head"
    regions: tuple[str, ...] = ("face", TEETH)

    def numbers(self, body: Body) -> Sequence[float]:
        """The ball's middle along the link and its radius; where the lips are along the link and ahead of it; m."""
        head = body.segment("head")
        radius, neck = head_radius(head), NECK_PER_HEIGHT * body.height_m
        middle = radius - neck - head.length
        lips = -neck - MOUTH_ABOVE_CHIN * head.length
        ahead = max(radius**2 - (lips - middle) ** 2, (LEAST_AHEAD * radius) ** 2) ** 0.5
        return (middle, radius, lips, ahead)

    def target(self, at: Pose, numbers: SX) -> SX:
        """The middle between the lips."""
        return at.point(_lips(numbers))

    def meetings(self, at: Pose, numbers: SX, ball: SX, radius: float) -> Sequence[tuple[str, Meeting]]:
        """The face where the ball is not in front of the opening or in it, and each row of teeth."""
        mouth = _lips(numbers)
        face = ball_on_ball(ball, radius, at.point(casadi.vertcat(numbers[0], 0.0, 0.0)), numbers[1])
        there = casadi.mtimes(at.turn.T, ball - at.place) - mouth
        is_outside = outside(SX(list(OPENING_HALF)), there)
        teeth = []
        for side in (-1.0, 1.0):
            middle = mouth + SX([side * (OPENING_HALF[0] + TEETH_HALF[0]), 0.0, -TEETH_BEHIND - TEETH_HALF[2]])
            teeth.append((TEETH, ball_in_box(ball, radius, at.point(middle), at.turn, SX(list(TEETH_HALF)))))
        return (("face", Meeting(is_outside * face.depth, face.normal, face.place)), *teeth)


def _lips(numbers: SX) -> SX:
    return casadi.vertcat(numbers[2], 0.0, numbers[3])
