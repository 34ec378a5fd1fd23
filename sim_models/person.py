"""A whole virtual patient in a scene: seventeen joints on a trunk that stands still, stepped by one compiled call.

The trunk is fixed and the person starts at rest, where their own torques and what carries them balance. Forces come and
go as wrenches on the links that a scene touches. World: +x ahead, +y to the left, +z up, as the scene's robot has it.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import cast

import casadi
import numpy as np
from casadi import SX

from robot.compile import Compiled, compile_function
from robot.tick import Array
from sim_models.balance import balanced
from sim_models.person_step import MEMORY_AT_FIRST, MOTION, PersonSymbols, Seat, given_of, person_step
from sim_models.person_tree import COUNT, NAMES, PersonTree, numbers_of
from sim_models.support import SUPPORTED
from sim_models.tree import Frame, Wrench
from sim_models.virtual_patient.patient import VirtualPatient
from sim_models.virtual_patient.posture import WholePosture
from sim_models.virtual_patient.spasticity import REFLEX_DELAY_S

FRAME = 18
"""Of a touched link: its origin (3, m), its axes as the columns of a matrix, column by column (9), the velocity of its
origin (3, m/s) and how it turns (3, rad/s), all in the world's axes."""

WRENCH = 6
"""On a touched link: a force at its origin (3, N) and a moment about it (3, N·m), in the world's axes."""


class Person:
    """A virtual patient in a posture, at rest.

    `place` is where the trunk's origin is, midway between the hips, in m; `yaw` in rad turns the person to their left.
    Knees, ankles, elbows and wrists rest where the posture has them (`sim_models.support`), but those in `free`.
    `touched` names the links, as `right_hand` or `head`, whose `frames` are told and whose `wrenches` are felt: both in
    that order, `FRAME` and `WRENCH` numbers for each. Write `wrenches` before `advance`; they stay until they are
    changed. Two people made from the same values and treated alike move in the same bits.
    """

    def __init__(
        self,
        patient: VirtualPatient,
        posture: WholePosture,
        *,
        step_s: float,
        place: tuple[float, float, float] = (0.0, 0.0, 0.0),
        yaw: float = 0.0,
        free: Collection[str] = (),
        touched: tuple[str, ...] = (),
    ) -> None:
        self.names = NAMES
        self.step_s = step_s
        seat, angles = seat_of(patient, posture, place, yaw, free), posture.angles()
        self._states = [(np.zeros(MOTION), np.tile(MEMORY_AT_FIRST, COUNT)) for _ in range(2)]
        late, time, given = np.zeros(COUNT), np.zeros(1), given_of(patient, seat)
        wrenches, step = np.zeros(WRENCH * len(touched)), np.ones(1)
        frames, torque = np.zeros(FRAME * len(touched)), np.zeros(COUNT)
        compiled = compiled_person(touched)
        self._steps = [
            compiled.bind([before[0], late, time, before[1], given, step, wrenches], [*after, frames, torque])
            for before, after in (self._states, self._states[::-1])
        ]
        self._late, self._time, self._count = late, _memory(time), 0
        self._past = np.zeros((round(REFLEX_DELAY_S / step_s), COUNT))
        self.given, self.wrenches, self.frames, self.patient_tau = map(_memory, (given, wrenches, frames, torque))
        self._start(np.array([angles[name] for name in NAMES]))
        step[0] = 0.0
        self._steps[0]()
        step[0] = step_s

    def _start(self, q: Array) -> None:
        """Find the angles near `q` at which nothing accelerates."""
        (now, _), (later, _) = self._states

        def accelerated(angles: Array) -> Array:
            """What one step of a second from rest gives as velocity."""
            now[:COUNT] = angles
            self._steps[0]()
            return later[COUNT : 2 * COUNT].copy()

        now[:COUNT] = balanced(accelerated, q)

    def advance(self) -> None:
        """Go on by one step of `step_s`."""
        count, dq = self._count, self._motion[COUNT : 2 * COUNT]
        past = self._past[count % len(self._past)]
        self._late[:] = past
        past[:] = dq
        self._time[0] = count * self.step_s
        self._steps[count % 2]()
        self._count = count + 1

    @property
    def _motion(self) -> Array:
        return self._states[self._count % 2][0]

    @property
    def q(self) -> Sequence[float]:
        """Angles in rad, in the order of `names`."""
        return cast("list[float]", self._motion[:COUNT].tolist())

    @property
    def dq(self) -> Sequence[float]:
        """Velocities in rad/s."""
        return cast("list[float]", self._motion[COUNT : 2 * COUNT].tolist())


def seat_of(
    patient: VirtualPatient,
    posture: WholePosture,
    place: tuple[float, float, float],
    yaw: float,
    free: Collection[str] = (),
) -> Seat:
    """Where a person is in a posture, what carries them fitted to it."""
    turn, angles = posture.trunk_turn, posture.angles()
    tree = PersonTree.of(casadi.SX(numbers_of(patient.body)), SX(list(place)), SX(turn[1]), SX(yaw))
    frames = tree.frames(SX([angles[name] for name in NAMES]), SX(COUNT, 1))
    heights = [-np.inf if name in free else float(frames[name].place[2]) for name in SUPPORTED]
    return Seat(place, turn[1], yaw, heights, angles["neck"])


@cache
def compiled_person(touched: tuple[str, ...]) -> Compiled:
    """(motion, late, time, memory, given, step, wrenches) → (motion, memory, frames, own torque), a step later."""
    person, wrenches = PersonSymbols.new(), SX.sym("wrenches", WRENCH * len(touched))
    frames = person.frames
    pushed = [
        (name, _turned_into(frames[name], one))
        for name, one in zip(touched, casadi.vertsplit(wrenches, WRENCH) if touched else [], strict=True)
    ]
    after = person_step(person, pushed)
    told = person.tree.frames(after.motion[:COUNT], after.motion[COUNT : 2 * COUNT])
    rows = [_told(told[name]) for name in touched]
    return compile_function(
        "person", [*person.all, wrenches], [after.motion, after.memory, casadi.vertcat(*rows), after.torque]
    )


def _turned_into(frame: Frame, wrench: SX) -> Wrench:
    back = frame.turn.T
    return Wrench(back @ wrench[:3], back @ wrench[3:])


def _told(frame: Frame) -> SX:
    turn = frame.turn
    return casadi.vertcat(frame.place, casadi.vec(casadi.densify(turn)), turn @ frame.velocity, turn @ frame.turning)


def _memory(array: Array) -> "memoryview[float]":
    """The array's numbers as they lie: single ones are read and written three times faster than through the array."""
    return cast("memoryview[float]", array.data)
