"""A tree of links that turn on a base, as expressions: where they are, how they move, and what that takes.

Newton and Euler in the links' own frames (R. Featherstone, Rigid Body Dynamics Algorithms, 2008, chapter 5), for
numbers and symbols alike. A number that is exactly zero takes no operation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import casadi
from casadi import SX, cross, dot

from robot.models.urdf import NOWHERE, Vector

NONE = SX(3, 1)
"""No velocity, no force."""

_AXES: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Hinge:
    """How a link hangs on its `parent`, an index among the links, None for the base; `axis` what it turns about.

    `turned` (roll, pitch, yaw in rad) is how it stands in its parent at angle zero.
    """

    joint: str
    link: str
    parent: int | None
    axis: Vector
    turned: Vector = NOWHERE

    def turn(self, angle: SX) -> SX:
        """Its axes as the columns of a matrix, in its parent's, at an angle in rad."""
        turn = turn_about(self.axis, angle)
        for axis, fixed in zip(_AXES, self.turned, strict=True):
            turn = turn_about(axis, SX(fixed)) @ turn if fixed else turn
        return turn


@dataclass(frozen=True, slots=True)
class Weight:
    """Where a link is in its parent's frame in m, and its body as seen from there.

    `mass` in kg, `lever` mass times centre in kg·m, `about_origin` its 3 x 3 inertia in kg·m² about the frame's origin.
    """

    place: SX
    mass: SX
    lever: SX
    about_origin: SX


@dataclass(frozen=True, slots=True)
class Wrench:
    """A force in N at a frame's origin and a moment in N·m about it, in that frame."""

    force: SX
    moment: SX

    def __add__(self, other: "Wrench") -> "Wrench":
        return Wrench(self.force + other.force, self.moment + other.moment)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a link is: `place` in m and `turn`, its axes as the columns of a matrix, both in the world's axes.

    `velocity` of its origin in m/s and `turning` in rad/s in its own axes.
    """

    place: SX
    turn: SX
    velocity: SX
    turning: SX

    def point(self, there: SX) -> SX:
        """The place in the world of a point of the link."""
        return self.place + self.turn @ there

    def velocity_of(self, there: SX) -> SX:
        """The velocity in the world's axes of a point of the link."""
        return self.turn @ (self.velocity + cross(self.turning, there))

    def pushed(self, there: SX, force: SX) -> Wrench:
        """What a force in the world's axes at a point of the link does to it."""
        own = self.turn.T @ force
        return Wrench(own, cross(there, own))


def turn_about(axis: Vector, angle: SX) -> SX:
    """The turn by `angle` rad about an axis of length one (Rodrigues)."""
    x, y, z = axis
    skew = SX.zeros(3, 3)
    for (row, column), value in {(0, 1): -z, (0, 2): y, (1, 2): -x}.items():
        skew[row, column], skew[column, row] = value, -value
    kept = SX(axis) @ SX(axis).T
    return _sparse(kept + casadi.cos(angle) * (SX.eye(3) - kept) + casadi.sin(angle) * skew)


def frames(hinges: Sequence[Hinge], places: Sequence[SX], base: Frame, q: SX, dq: SX) -> list[Frame]:
    """The frame of every link at joint angles `q` rad and velocities `dq` rad/s; the base stands still."""
    found = list[Frame]()
    for hinge, place, angle, speed in zip(hinges, places, casadi.vertsplit(q), casadi.vertsplit(dq), strict=True):
        above = base if hinge.parent is None else found[hinge.parent]
        turn, axis = hinge.turn(angle), _sparse(SX(hinge.axis))
        velocity = turn.T @ (above.velocity + cross(above.turning, place))
        found.append(
            Frame(above.point(place), above.turn @ turn, velocity, turn.T @ above.turning + axis * speed),
        )
    return found


def torques(hinges: Sequence[Hinge], places: Sequence[SX], q: SX, wrenches: Mapping[int, Wrench]) -> SX:
    """The torque in N·m that wrenches on links, in their own frames, make at every joint."""
    passed = dict(wrenches)
    found = [SX(0)] * len(hinges)
    angles = casadi.vertsplit(q)
    for index in reversed(range(len(hinges))):
        if index not in passed:
            continue
        hinge, of = hinges[index], passed[index]
        found[index] = dot(_sparse(SX(hinge.axis)), of.moment)
        if hinge.parent is not None:
            turn = hinge.turn(angles[index])
            force, moment = turn @ of.force, turn @ of.moment
            above = Wrench(force, moment + cross(places[index], force))
            passed[hinge.parent] = passed[hinge.parent] + above if hinge.parent in passed else above
    return casadi.vertcat(*found)


def inverse_dynamics(
    hinges: Sequence[Hinge], weights: Sequence[Weight], q: SX, dq: SX, ddq: SX, base_acceleration: SX
) -> SX:
    """The torque in N·m that moves the links so.

    `base_acceleration` in m/s², in the base's axes, stands for gravity.
    """
    turning, changing, moving, taken = list[SX](), list[SX](), list[SX](), dict[int, Wrench]()
    motion = zip(*map(casadi.vertsplit, (q, dq, ddq)), strict=True)
    for index, (hinge, weight, (angle, speed, change)) in enumerate(zip(hinges, weights, motion, strict=True)):
        turn, axis = hinge.turn(angle).T, _sparse(SX(hinge.axis))
        parent = hinge.parent
        above = (
            (NONE, NONE, base_acceleration) if parent is None else (turning[parent], changing[parent], moving[parent])
        )
        w, alpha, a = above
        turned = turn @ w
        moving.append(turn @ (a + cross(alpha, weight.place) + cross(w, cross(w, weight.place))))
        changing.append(turn @ alpha + axis * change + cross(turned, axis * speed))
        turning.append(turned + axis * speed)
        taken[index] = _needed(weight, turning[index], changing[index], moving[index])
    return torques(hinges, [weight.place for weight in weights], q, taken)


def _needed(of: Weight, w: SX, alpha: SX, a: SX) -> Wrench:
    """What gives a body such an acceleration while it turns so."""
    force = of.mass * a + cross(alpha, of.lever) + cross(w, cross(w, of.lever))
    moment = cross(of.lever, a) + of.about_origin @ alpha + cross(w, of.about_origin @ w)
    return Wrench(force, moment)


def _sparse(matrix: SX) -> SX:
    return casadi.sparsify(matrix)
