"""A whole virtual patient beside a robot: a multibody of seventeen joints in the robot's world, on a fixed trunk.

PyBullet moves them; one compiled function says what acts at their joints. They start at rest, where their own torques
and what carries them balance. Forces come and go as wrenches on the links that a scene touches. The world's axes are
the robot's base's: +z up, so the base has to be level.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Collection, Sequence
from functools import cache
from struct import Struct
from typing import cast

import casadi
import numpy as np
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.tick import Array, numbers_of
from sim_models.balance import balanced
from sim_models.person_forces import MEMORY_AT_FIRST, MOTION, PersonSymbols, Seat, acting_on, given_of
from sim_models.person_tree import COUNT, NAMES, places_of
from sim_models.support import SUPPORTED
from sim_models.tree import Frame, Wrench
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.posture import WholePosture
from sim_models.virtual_patient.skeleton import person_urdf
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S
from sim_models.world import World

FRAME = 18
"""Of a touched link: its origin (3, m), its axes as the columns of a matrix, column by column (9), the velocity of its
origin (3, m/s) and how it turns (3, rad/s), all in the world's axes."""

WRENCH = 6
"""On a touched link: a force at its origin (3, N) and a moment about it (3, N·m), in the world's axes."""

AT_REST: list[float] = [0.0] * COUNT
_write = Struct(f"{2 * COUNT}d").pack_into


class Person:
    """A virtual patient in a posture, at rest in a `world` whose base is level.

    `place` is where the trunk's origin is, midway between the hips, in m; `yaw` in rad turns the person to their left.
    Knees, ankles, elbows and wrists rest where the posture has them (`sim_models.support`), but those in `free`.
    `touched` names the links, as `right_hand` or `head`, whose `frames` are told and whose `wrenches` are felt: both in
    that order, `FRAME` and `WRENCH` numbers for each. They start at `start_q` rad, by default where they balance.

    For each step write `wrenches`, which stay until they are changed, `act`, step the world, and `feel`. Two people
    made from the same values and treated alike move in the same bits.
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
        start_q: Sequence[float] | None = None,
    ) -> None:
        self.names = NAMES
        self._step_s = world.step_s
        seat = seat_of(patient, posture, place, yaw, free)
        self._felt = felt = _Felt(given_of(patient, seat), touched, world.step_s)
        self.given, self.wrenches, self.frames, self.patient_tau = felt.given, felt.wrenches, felt.frames, felt.own
        start = start_q or felt.rest(posture)
        self._body = world.beside(bare(patient.body), NAMES, place, (0.0, seat.pitch, yaw))
        self._body.place(start)
        # The velocities of the last reflex delay, oldest at `_count` modulo its length.
        self._past = [numbers_of(np.zeros(COUNT)) for _ in range(round(REFLEX_DELAY_S / world.step_s))]
        self._count = 0
        felt.move(start, AT_REST)

    def act(self) -> None:
        """Hand PyBullet what acts at the joints in the world's next step."""
        felt, past = self._felt, self._past[self._count % len(self._past)]
        felt.late[:] = past
        past[:] = felt.dq
        felt.time[0] = self._count * self._step_s
        felt.work_out()
        self._body.push(felt.tau.tolist())
        self._count += 1

    def feel(self) -> None:
        """Take the motion after the world's step."""
        q, dq, *_ = zip(*self._body.states(), strict=True)
        self._felt.move(q, dq)

    @property
    def q(self) -> Sequence[float]:
        """Angles in rad, in the order of `names`."""
        return self._felt.q.tolist()

    @property
    def dq(self) -> Sequence[float]:
        """Velocities in rad/s."""
        return self._felt.dq.tolist()


class _Felt:
    """What is compiled of a person, and the numbers that it reads and writes."""

    def __init__(self, given: Array, touched: tuple[str, ...], step_s: float) -> None:
        motion, memories = np.zeros(MOTION), [np.tile(MEMORY_AT_FIRST, COUNT) for _ in range(2)]
        late, time, step, wrenches = np.zeros(COUNT), np.zeros(1), np.array([step_s]), np.zeros(WRENCH * len(touched))
        tau, own, frames = np.zeros(COUNT), np.zeros(COUNT), np.zeros(FRAME * len(touched))
        self._unbalanced = np.zeros(COUNT)
        acting, told = compiled_person(touched), compiled_frames(touched)
        self._acting = [
            acting.bind([motion, late, time, before, given, step, wrenches], [tau, own, self._unbalanced, after])
            for before, after in (memories, memories[::-1])
        ]
        self._tell, self._turn = told.bind([motion, given], [frames]), 0
        self.q, self.dq, self._dq_before = (numbers_of(one) for one in np.split(motion, 3))
        self.given, self.wrenches, self.frames, self.own = map(numbers_of, (given, wrenches, frames, own))
        self.tau, self.time, self.late, self._motion = map(numbers_of, (tau, time, late, motion))

    def work_out(self) -> None:
        """What acts now; what the joints remember goes on by a step."""
        self._acting[self._turn]()
        self._turn = 1 - self._turn

    def move(self, q: Sequence[float], dq: Sequence[float]) -> None:
        """A step later."""
        self._dq_before[:] = self.dq
        _write(self._motion, 0, *q, *dq)
        self._tell()

    def rest(self, posture: WholePosture) -> list[float]:
        """The angles in rad near those of a posture at which nothing is left to accelerate."""

        def unbalanced(angles: Array) -> Array:
            self.q[:] = numbers_of(angles)
            self._acting[0]()
            return self._unbalanced.copy()

        angles = posture.angles()
        return cast("list[float]", balanced(unbalanced, np.array([angles[name] for name in NAMES])).tolist())


def resting(
    patient: VirtualPatient, posture: WholePosture, *, free: Collection[str] = (), touched: tuple[str, ...] = ()
) -> tuple[list[float], list[float]]:
    """The angles in rad at which a `Person` starts, wherever they are, and their touched links' frames at place 0."""
    felt = _Felt(given_of(patient, seat_of(patient, posture, (0.0, 0.0, 0.0), 0.0, free)), touched, 1.0)
    q = felt.rest(posture)
    felt.move(q, AT_REST)
    return q, [*felt.frames]


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
    """(motion, late, time, memory, given, step, wrenches) → (torque for PyBullet, own torque, unbalanced, memory)."""
    person, wrenches = PersonSymbols.new(), SX.sym("wrenches", WRENCH * len(touched))
    frames = person.frames
    parts = casadi.vertsplit(wrenches, WRENCH) if touched else []
    pushed = [(name, _turned_into(frames[name], one)) for name, one in zip(touched, parts, strict=True)]
    acting = acting_on(person, pushed)
    told = [acting.torque, acting.own, acting.unbalanced, acting.memory]
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
