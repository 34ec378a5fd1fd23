"""The belt of a treadmill under a robot's foot plates, and the harness that takes a share of the person's weight.

Robot's base and person's hips go up and down together on a guide, and no other way. The plates' heels and toes press on
the belt as parts in contact do (`sim_models.contact`), but along it the friction is `μ F tanh(v / v₀)` against the
sliding, smooth so that a step of 1 ms bears it: a loaded foot creeps a little. Upwards pull the share of the person's
weight that the plan says, as a counterweight does, and what robot and carriage weigh, which the guide balances. Below a
height the harness is taut and catches who sinks.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import casadi
from casadi import SX

from robot.description import RobotDescription
from robot.errors import RobotError
from robot.plan import Treadmill
from robot.symbolic import GRAVITY
from sim_models.contact import pressing_of
from sim_models.urdf_tree import linked, origin_of
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joints import SIDES, Side
from sim_models.worn import Point, Worn, chain, turned

STIFFNESS, DAMPING = 30_000.0, 4.0
"""N/m under each heel and toe, and by how much of itself it is stiffer for each m/s downwards, in s/m. Assumed: a
rubber sole on a belt over a board gives way by a few mm."""

FRICTION, CREEP = 0.5, 0.1
"""The friction coefficient, and the speed in m/s at which three quarters of it act. Assumed: a smooth plastic sole, as
rubber, with about 0.8, catches a toe that drags."""

CARRIAGE_KG = 10.0
"""What goes up and down with the pelvis besides robot and person. Assumed; the guide balances its weight."""

SLACK_M = 0.05
"""How far the pelvis may sink below where straight legs would stand before the harness is taut. Assumed: recorded
walking takes 2 cm at most."""

HARNESS_STIFFNESS, HARNESS_DAMPING = 20_000.0, 4.0
"""N/m of the taut harness with its frame, and s/m as for the ground. Assumed."""

SAGGING_M = 0.005
"""Where the search for balance begins: with the harness taut by so much."""

GIVEN = ("belt_speed", "floor", "held_up", "unloaded", "taut_below")
"""The inputs that stay the same: the belt's speed in m/s, its height in m against the base at lift zero, all that pulls
up and how much of that is the person's in N, and the lift in m below which the harness is taut."""


@dataclass(frozen=True, slots=True)
class Sole:
    """A foot plate's underside: `foot` is its place among the worn joints, `ends` heel and toe (x, z) in m there."""

    side: Side
    foot: int
    ends: tuple[Point, Point]

    @property
    def columns(self) -> tuple[str, str]:
        """The names of its truth: the belt's force on it in N, upwards and ahead."""
        return f"{self.side}_ground_up_N", f"{self.side}_ground_ahead_N"


OF_SUPPORT = ("pelvis_lift_m", "harness_N")
"""Truth of the support: how high the pelvis is above where straight legs would stand, and what the harness carries of
the person's weight."""


def soles_of(description: RobotDescription, worn: Sequence[Worn]) -> tuple[Sole, ...]:
    """A robot's soles: frames `left_heel`, `left_toe`, and the right ones; raises `RobotError` where one is missing."""
    tree = ElementTree.fromstring(description.urdf)
    joints = {joint.get("name", ""): joint for joint in tree.iter("joint")}
    frames = {linked(joint, "child"): joint for joint in joints.values()}
    feet = {linked(joints[one.name], "child"): index for index, one in enumerate(worn)}
    found = []
    for side in SIDES:
        heel, toe = (frames.get(f"{side}_{end}") for end in ("heel", "toe"))
        if heel is None or toe is None or linked(heel, "parent") not in feet:
            raise RobotError("soles-missing", robot=description.name)
        (heel_x, _, heel_z), (toe_x, _, toe_z) = origin_of(heel), origin_of(toe)
        found.append(Sole(side, feet[linked(heel, "parent")], ((heel_x, heel_z), (toe_x, toe_z))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class OnBelt:
    """What a scene has more for a treadmill: nothing of it where there is none.

    `lifted_kg` is what moves with the pelvis besides the legs, `given` the values of `GIVEN`, `lift_at_first` where the
    search for balance begins, in m.
    """

    lifted_kg: float | None = None
    given: tuple[float, ...] = ()
    columns: tuple[str, ...] = ()
    lift_at_first: tuple[float, ...] = ()

    @classmethod
    def of(
        cls,
        description: RobotDescription,
        worn: Sequence[Worn],
        soles: Sequence[Sole],
        body: Body,
        treadmill: Treadmill | None,
    ) -> Self:
        """A person of this body in this robot."""
        if treadmill is None:
            return cls()
        straight = chain(worn, [one.at for one in worn], [0.0] * len(worn))
        floor = min(float(_end_at(straight, sole, end)[1]) for sole in soles for end in sole.ends)
        masses = ElementTree.fromstring(description.urdf).iterfind("link/inertial/mass")
        robot_kg = sum(float(mass.get("value", "0")) for mass in masses)
        unloaded = treadmill.unloading * GRAVITY * body.mass_kg
        return cls(
            CARRIAGE_KG + body.mass_kg - sum(one.limb(body).mass for one in worn),
            (treadmill.speed_m_s, floor, GRAVITY * (CARRIAGE_KG + robot_kg) + unloaded, unloaded, -SLACK_M),
            (*(column for sole in soles for column in sole.columns), *OF_SUPPORT),
            (-SLACK_M - SAGGING_M,),
        )


def supporting(
    worn: Sequence[Worn], soles: Sequence[Sole], q: Sequence[Any], every_q: SX, every_dq: SX, given: Mapping[str, SX]
) -> tuple[SX, list[SX]]:
    """What belt and harness do at every joint in N·m, the last of which is the lift in N, and the truth of it.

    `q` are the worn joints of the robot among `every_q`.
    """
    torque, truth = SX.zeros(every_q.numel()), list[SX]()
    links, lift, lifting = chain(worn, [one.at for one in worn], q), every_q[-1], every_dq[-1]
    for sole in soles:
        force = SX.zeros(2)
        for end in sole.ends:
            x, z = _end_at(links, sole, end)
            place = casadi.vertcat(x, z + lift)
            moving = casadi.jacobian(place, every_q)
            ahead, rising = casadi.vertsplit(casadi.mtimes(moving, every_dq))
            up = pressing_of(given["floor"] - place[1], -rising, STIFFNESS, DAMPING)
            pushed = casadi.vertcat(-FRICTION * up * casadi.tanh((ahead + given["belt_speed"]) / CREEP), up)
            torque += casadi.mtimes(moving.T, pushed)
            force += pushed
        truth += [force[1], force[0]]
    caught = pressing_of(given["taut_below"] - lift, -lifting, HARNESS_STIFFNESS, HARNESS_DAMPING)
    torque[-1] += given["held_up"] + caught
    return torque, [*truth, lift, given["unloaded"] + caught]


def _end_at(links: tuple[list[Point], list[Any]], sole: Sole, end: Point) -> Point:
    """Where a sole's heel or toe is in the base's axes, with the robot's links where `chain` has them."""
    places, angles = links
    (x, z), (ahead, above) = places[sole.foot], turned(angles[sole.foot], end)
    return x + ahead, z + above
