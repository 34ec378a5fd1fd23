"""A whole virtual patient beside a robot: a multibody of seventeen joints in the robot's world, on a fixed trunk.

PyBullet moves them; one compiled function says what acts at their joints. They start at rest, where their own torques
and what carries them balance. Forces come and go as wrenches on the links that a scene touches. The world's axes are
the robot's base's: +z up, so the base has to be level.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Collection, Sequence
from functools import cache

import casadi
import numpy as np
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.tick import Array
from sim_models.balance import balanced
from sim_models.course import Joints, Past, Work
from sim_models.person_forces import MEMORY_AT_FIRST, MOTION, PersonSymbols, Seat, acting_on, given_of
from sim_models.person_tree import COUNT, NAMES, places_of
from sim_models.support import SUPPORTED
from sim_models.tree import Frame, Wrench
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.posture import WholePosture
from sim_models.virtual_patient.skeleton import person_urdf
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S
from sim_models.world import Beside, World

FRAME = 18
"""Of a touched link: its origin (3, m), its axes as the columns of a matrix, column by column (9), the velocity of its
origin (3, m/s) and how it turns (3, rad/s), all in the world's axes."""

WRENCH = 6
"""On a touched link: a force at its origin (3, N) and a moment about it (3, N·m), in the world's axes."""


class Person:
    """A virtual patient in a posture, at rest in a `world` whose base is level.

    `place` is where the trunk's origin is, midway between the hips, in m; `yaw` in rad turns the person to their left.
    Knees, ankles, elbows and wrists rest where the posture has them (`sim_models.support`), but those in `free`.
    `touched` names the links, as `right_hand` or `head`, whose `frames` are told and whose `wrenches` are felt: both in
    that order, `FRAME` and `WRENCH` numbers for each. They start at `start_q` rad, by default where they balance.

    They take part in a `Course`: `tell` works out the frames, `acting` what acts at their `joints`. Two people made
    from the same values and treated alike move in the same bits.
    """

    def __init__(
        self,
        world: World,
        patient: VirtualPatient,
        posture: WholePosture,
        *,
        place: tuple[float, float, float] = (0.0, 0.0, 0.0),
        yaw: float = 0.0,
        free: Collection[str] = (),
        touched: tuple[str, ...] = (),
        start_q: Array | None = None,
    ) -> None:
        seat = seat_of(patient, posture, place, yaw, free)
        felt = Felt(given_of(patient, seat), world.step_s)
        touch = Touched(felt, touched)
        self.frames, self.wrenches, self.tell, self.acting = touch.frames, touch.wrenches, touch.tell, touch.acting
        start = felt.rest(touch.acting, _angles(posture)) if start_q is None else start_q
        body = world.beside(bare(patient.body), NAMES, place, (0.0, seat.pitch, yaw))
        body.place(start.tolist())
        felt.q[:] = start
        self.given, self.past, self.joints = felt.given, felt.past, felt.joints(body)

    @property
    def q(self) -> Sequence[float]:
        """Angles in rad, in the order of `NAMES`."""
        return [*map(float, self.joints.q)]


class Felt:
    """A person's numbers in memory: what moves and holds them, and what their joints remember."""

    def __init__(self, given: Array, step_s: float) -> None:
        late, time, memory = np.zeros(COUNT), np.zeros(1), np.tile(MEMORY_AT_FIRST, COUNT)
        self.given, self.motion, self.tau, self.unbalanced = given, np.zeros(MOTION), np.zeros(COUNT), np.zeros(COUNT)
        self.q, self.dq, self._dq_before = np.split(self.motion, 3)
        self.inputs = [self.motion, late, time, memory, given, np.array([step_s])]
        """In the order of `PersonSymbols.all`."""
        delay = round(REFLEX_DELAY_S / step_s)
        self.past = Past(time, self.dq, late, delay, memory, np.zeros(memory.size))

    def joints(self, body: Beside) -> Joints:
        """Those of this body."""
        return Joints(body, self.tau, self.q, self.dq, self._dq_before)

    def rest(self, acting: Work, near: Array) -> Array:
        """The angles in rad near some at which nothing is left to accelerate."""
        work_out = acting.bound

        def unbalanced(angles: Array) -> Array:
            self.q[:] = angles
            work_out()
            return self.unbalanced.copy()

        return balanced(unbalanced, near)


class Touched:
    """What somebody else does to a person's links: `wrenches` on them, and where their `frames` are."""

    def __init__(self, felt: Felt, touched: tuple[str, ...]) -> None:
        self.wrenches, self.frames = np.zeros(WRENCH * len(touched)), np.zeros(FRAME * len(touched))
        self.tell = Work(compiled_frames(touched), [felt.motion, felt.given], [self.frames])
        told = [felt.tau, felt.unbalanced, felt.past.memory_next]
        self.acting = Work(compiled_person(touched), [*felt.inputs, self.wrenches], told)


def resting(
    patient: VirtualPatient, posture: WholePosture, *, free: Collection[str] = (), touched: tuple[str, ...] = ()
) -> tuple[Array, Array]:
    """The angles in rad at which a `Person` starts, wherever they are, and their touched links' frames at place 0."""
    felt = Felt(given_of(patient, seat_of(patient, posture, (0.0, 0.0, 0.0), 0.0, free)), 1.0)
    touch = Touched(felt, touched)
    felt.q[:] = felt.rest(touch.acting, _angles(posture))
    touch.tell.bound()
    return felt.q, touch.frames


def _angles(posture: WholePosture) -> Array:
    angles = posture.angles()
    return np.array([angles[name] for name in NAMES])


def bare(body: Body) -> str:
    """A person's URDF text without shapes and limits: nothing collides, and no joint ends, of PyBullet's own."""
    tree = ElementTree.fromstring(person_urdf(body))
    for joint in tree.findall("joint[@type='revolute']"):
        joint.set("type", "continuous")
    for link in tree.iter("link"):
        for shape in [*link.findall("visual"), *link.findall("collision")]:
            link.remove(shape)
    return ElementTree.tostring(tree, encoding="unicode")


def seat_of(
    patient: VirtualPatient,
    posture: WholePosture,
    place: tuple[float, float, float],
    yaw: float,
    free: Collection[str] = (),
) -> Seat:
    """Where a person is in a posture, what carries them fitted to it."""
    (_, pitch, _), angles = posture.trunk_turn, posture.angles()
    at = places_of(patient.body, place, pitch, yaw, [angles[name] for name in NAMES])
    heights = [-np.inf if name in free else at[name][2] for name in SUPPORTED]
    return Seat(place, pitch, yaw, heights, angles["neck"])


@cache
def compiled_person(touched: tuple[str, ...]) -> Compiled:
    """(motion, late, time, memory, given, step, wrenches) → (torque for PyBullet, unbalanced, memory)."""
    person, wrenches = PersonSymbols.new(), SX.sym("wrenches", WRENCH * len(touched))
    frames = person.frames
    parts = casadi.vertsplit(wrenches, WRENCH) if touched else []
    pushed = [(name, _turned_into(frames[name], one)) for name, one in zip(touched, parts, strict=True)]
    acting = acting_on(person, pushed)
    told = [acting.torque, acting.unbalanced, acting.memory]
    return compile_function("person", [*person.all, wrenches], told)


@cache
def compiled_frames(touched: tuple[str, ...]) -> Compiled:
    """(motion, given) → the frames of the touched links."""
    person = PersonSymbols.new()
    frames = person.frames
    rows = casadi.vertcat(*(_told(frames[name]) for name in touched))
    return compile_function("person_frames", [person.motion, person.given], [rows])


def _turned_into(frame: Frame, wrench: SX) -> Wrench:
    back = frame.turn.T
    return Wrench(back @ wrench[:3], back @ wrench[3:])


def _told(frame: Frame) -> SX:
    turn = frame.turn
    return casadi.vertcat(frame.place, casadi.vec(casadi.densify(turn)), turn @ frame.velocity, turn @ frame.turning)
