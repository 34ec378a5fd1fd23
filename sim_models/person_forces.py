"""Everything that acts at a whole person's seventeen joints besides gravity and inertia, as one expression.

PyBullet's step takes the inertial forces at velocities of half a step ago, so the energy of somebody who swings freely
drifts. A torque makes up for it: by how much those forces are others at the velocities carried on by half a step
(Adams and Bashforth's extrapolation, which makes the step a leapfrog's and of second order).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import casadi
import numpy as np
from casadi import SX

from robot.symbolic import GRAVITY
from robot.tick import Array
from sim_models.person_tree import COUNT, HINGES, NAMES, PersonTree, joint_of, numbers_of
from sim_models.support import SUPPORTED, pressed
from sim_models.tree import Frame, Wrench, inverse_dynamics, torques
from sim_models.virtual_patient.acting import RESTED, Moment, Tiredness, act
from sim_models.virtual_patient.body import USUAL
from sim_models.virtual_patient.effort import felt_acceleration
from sim_models.virtual_patient.joint import JointNumbers
from sim_models.virtual_patient.joints import JOINTS, JointName
from sim_models.virtual_patient.patient import VirtualPatient

NUMBERS = 17
"""Numbers of a joint (`JointNumbers.flat`)."""

MOTION = 3 * COUNT
"""Angles in rad, velocities in rad/s, and those of one step before."""

MEMORY_AT_FIRST = (0.0, *RESTED.flat())
"""What a joint remembers: its velocity in rad/s as felt, and the shares of its muscles' units."""

LEG: tuple[JointName, ...] = ("hip", "knee", "ankle")
"""The joints whose passive moments depend on each other's angles."""

NECK_STIFFNESS, NECK_DAMPING = 60.0, 3.0
"""N·m/rad and N·m·s/rad with which a person keeps their head where it was: nobody's head just falls. Synthetic, about
six times what a head's weight tips it with."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person is: the trunk's origin in m, its pitch and yaw in rad, and `heights` in m of what carries them.

    One height for each of `SUPPORTED`; -inf where nothing is. `neck` is the angle in rad that the head is held at.
    """

    place: tuple[float, float, float]
    pitch: float
    yaw: float
    heights: Sequence[float]
    neck: float

    def flat(self) -> tuple[float, ...]:
        """All in a row."""
        return (*self.place, self.pitch, self.yaw, *self.heights, self.neck)


TRUNK = 3 + 2
"""The trunk's place, pitch and yaw are the first numbers of a seat, and of all that stays the same for a run."""

SEAT = TRUNK + len(SUPPORTED) + 1
BODY = len(numbers_of(USUAL))
GIVEN = SEAT + BODY + NUMBERS * COUNT


def given_of(patient: VirtualPatient, seat: Seat) -> Array:
    """The inputs that stay the same for a whole run."""
    joints = [patient.numbers(*joint_of(name)).flat() for name in NAMES]
    return np.concatenate([seat.flat(), numbers_of(patient.body), np.ravel(joints)])


def effort_places() -> tuple[int, ...]:
    """Where each joint's effort is among `given_of`."""
    return tuple(SEAT + BODY + NUMBERS * index for index in range(COUNT))


@dataclass(frozen=True, slots=True)
class PersonSymbols:
    """A person as symbols: `motion` (`MOTION`), `late` velocities of one reflex delay ago, `time` in s, `memory`, what
    stays the same (`given`), and how long a step is in s (`step`)."""

    motion: SX
    late: SX
    time: SX
    memory: SX
    given: SX
    step: SX

    @classmethod
    def new(cls) -> "PersonSymbols":
        """Symbols of their own."""
        sizes = {"motion": MOTION, "late": COUNT, "time": 1, "memory": COUNT * len(MEMORY_AT_FIRST)}
        named = {name: SX.sym(name, size) for name, size in sizes.items()}
        return cls(**named, given=SX.sym("given", GIVEN), step=SX.sym("step"))

    @property
    def all(self) -> list[SX]:
        """The inputs of a function of all."""
        return [self.motion, self.late, self.time, self.memory, self.given, self.step]

    @property
    def q(self) -> SX:
        """Angles in rad."""
        return self.motion[:COUNT]

    @property
    def dq(self) -> SX:
        """Velocities in rad/s."""
        return self.motion[COUNT : 2 * COUNT]

    @property
    def tree(self) -> PersonTree:
        """The person's links."""
        place, pitch, yaw = self.given[:3], self.given[3], self.given[4]
        return PersonTree.of(self.given[SEAT : SEAT + BODY], place, pitch, yaw)

    @property
    def frames(self) -> Mapping[str, Frame]:
        """Where every link is now."""
        return self.tree.frames(self.q, self.dq)


@dataclass(frozen=True, slots=True)
class Acting:
    """What acts on a person, in N·m at each joint: `torque` is what PyBullet is to be given, `own` the person's part of
    it; `unbalanced` is what would accelerate them. `memory` is that of a step later."""

    torque: SX
    own: SX
    unbalanced: SX
    memory: SX


def acting_on(person: PersonSymbols, pushed: Sequence[tuple[str, Wrench]] = ()) -> Acting:
    """What acts while each link named in `pushed` feels a wrench in its own frame, beside the supports'."""
    tree, q, dq = person.tree, person.q, person.dq
    supports = pressed(tree.frames(q, dq), person.given[5 : SEAT - 1])
    outside = torques(HINGES, tree.places, q, tree.wrenches([*supports, *pushed]))
    own, memory = _acted(person, tree)
    damping = casadi.DM([JOINTS[joint_of(name)[0]].damping for name in NAMES])
    total = own + outside - damping * dq
    before, now = inertial_torques(tree, person.motion)
    return Acting(total + before - now, own, total - now, memory)


def inertial_torques(tree: PersonTree, motion: SX) -> tuple[SX, SX]:
    """What gravity and inertia take in N·m at the velocities that PyBullet sees, and at those of this moment."""
    q, dq, before = casadi.vertsplit(motion, COUNT)
    speeds = dq, dq + 0.5 * (dq - before)
    seen, now = (inverse_dynamics(HINGES, tree.weights, q, one, SX(COUNT, 1), _up(tree)) for one in speeds)
    return seen, now


def _up(tree: PersonTree) -> SX:
    """The acceleration that stands for gravity, in the trunk's axes."""
    return tree.base.turn.T @ SX([0.0, 0.0, GRAVITY])


def _acted(person: PersonSymbols, tree: PersonTree) -> tuple[SX, SX]:
    """The person's own torque in N·m at each joint, and what the joints remember afterwards."""
    q, dq, step = person.q, person.dq, person.step
    remembered = casadi.horzsplit(casadi.reshape(person.memory, -1, COUNT))
    felt = felt_acceleration(dq, casadi.vertcat(*(one[0] for one in remembered)))
    carried = inverse_dynamics(HINGES, tree.weights, q, dq, felt, _up(tree))
    numbers = casadi.horzsplit(casadi.reshape(person.given[SEAT + BODY :], -1, COUNT))
    own, after = list[SX](), list[SX]()
    for index, name in enumerate(NAMES):
        joint, side = joint_of(name)
        beside = LEG if joint in LEG else ()
        at = Moment(
            {joint: _degrees(q[index])} | {one: _degrees(q[NAMES.index(f"{side}_{one}")]) for one in beside},
            dq[index],
            person.late[index],
            carried[index],
            person.time,
        )
        felt_dq, *tired = casadi.vertsplit(remembered[index])
        of = JointNumbers.from_flat(casadi.vertsplit(numbers[index]))
        torque, later = act(joint, of, at, Tiredness.from_flat(tired), step)
        own.append(torque + (_head_held(person, dq[index], q[index]) if joint == "neck" else 0.0))
        after += [felt_dq + step * felt[index], *later.flat()]
    return casadi.vertcat(*own), casadi.vertcat(*after)


def _head_held(person: PersonSymbols, dq: SX, q: SX) -> SX:
    return NECK_STIFFNESS * (person.given[SEAT - 1] - q) - NECK_DAMPING * dq


def _degrees(angle: SX) -> SX:
    return angle * (180.0 / math.pi)
