"""One trial: a virtual patient in one condition, run through the same loop as a motor would be."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from math import inf, radians
from typing import Protocol
from zlib import crc32

import casadi
import numpy as np
from casadi import SX

from robot.controller import Controller
from robot.description import Joint, RobotDescription
from robot.drive import Friction
from robot.load import Load
from robot.plan import Plan
from robot.plant import opened
from robot.runtime.clock import SimulatedClock
from robot.runtime.loop import run_loop
from robot.runtime.session import StopSource
from robot.runtime.session_state import Severity, State
from robot.symbolic import SymbolicRobot
from robot.tick import Array, Row, TickLayout
from sim_models.faults import Condition
from sim_models.plant import SimulatedPlant
from sim_models.scenes import load_of
from sim_models.trials.cases import Case
from sim_models.trials.matrix import Matrix
from sim_models.virtual_patient.population import patient_named

AFTERMATH_S = 0.3
"""How long the plant is watched after the session's end: three times what a stop may take."""

OVERDUE_S = 10.0
"""A trial that goes on for longer than its motion and this is ended as a fault: arming and fades take three seconds. A
controller that never lets go of the torque must fail, not hang the validation."""


_NO_STOP = (Severity.NONE, "")


class Subject(Protocol):
    """What is tried: a plan that makes its controller, with adjustable values and repetitions changed on request."""

    def controller(self, changes: Mapping[str, float], repetitions: int | None) -> Controller:
        """Law and guard compiled, the row laid out."""


@dataclass(frozen=True)
class Recording:
    """What one trial left: every row, the truth at each measurement, and how the session ended.

    `truth` has the load's columns, `joint_q` the robot's true angles in rad and `motor_tau` the drives' torque in N·m
    at each measurement; all three go on for `AFTERMATH_S` after the last row. `tool_reference` is where each row's
    reference has the last link's frame, x, y, z in m, and `tool_points` which way its +z axis points there, length
    one, of a robot that carries no limbs. `dt` is the tick's period in s.
    """

    layout: TickLayout
    rows: Array
    truth_columns: tuple[str, ...]
    truth: Array
    joint_q: Array
    motor_tau: Array
    state: State
    reason: str
    condition: Condition
    dt: float
    tool_reference: Array
    tool_points: Array

    def field(self, name: str) -> Array:
        """A field of every row, one column for each of its numbers."""
        return self.rows[:, self.layout.slices[name]]

    def limbs(self, name: str) -> Array:
        """The truth of this name for each joint that a limb is strapped to, in joint order, e.g. `knee_limb_q_rad`."""
        return self.truth[:, [self.truth_columns.index(f"{joint}_{name}") for joint in self.layout.joints]]

    def places(self, name: str) -> Array:
        """Where something is at each measurement, x, y, z in m: `tool` for the last link's frame."""
        return self.truth[:, [self.truth_columns.index(f"{name}_{axis}_m") for axis in "xyz"]]

    def true(self, ending: str) -> Array:
        """The truth column whose name ends so."""
        (index,) = (i for i, name in enumerate(self.truth_columns) if name.endswith(ending))
        return self.truth[:, index]

    def every(self, ending: str) -> Array:
        """The truth whose names end so, one column for each."""
        return self.truth[:, [index for index, name in enumerate(self.truth_columns) if name.endswith(ending)]]


class _Rows:
    """A recorder in memory: simulated time waits for it. Numbers one after the other, and no object for each row."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def push(self, values: Array) -> bool:
        """Keep a copy."""
        self.kept += values.data
        return True


class _Seen:
    """What the plant's observer was told, and where the load's joints were: truth, angles and torques, one by one."""

    def __init__(self, load: Load, watch: Callable[[Load], None]) -> None:
        self._load, self._watch = load, watch
        self._kept = array("d")

    def __call__(self, time: float, truth: Sequence[float], tau: Sequence[float]) -> None:
        load = self._load
        self._kept.extend((*truth, *load.q, *tau))
        self._watch(load)

    def tables(self, columns: int, joints: int) -> Sequence[Array]:
        """Truth, angles and torques, a row for each measurement."""
        table = _table(self._kept, columns + 2 * joints)
        return [np.ascontiguousarray(one) for one in np.split(table, (columns, columns + joints), axis=1)]


def _unpublished(row: Row) -> None:
    """Nobody watches a trial while it runs."""


def _unwatched(load: Load) -> None:
    """Nothing is kept of the load but what a recording has."""


def load_of_case(controller: Controller, case: Case, matrix: Matrix, condition: Condition) -> Load:
    """What a trial's drives turn, at rest where it starts; whoever makes it closes it."""
    plan, robot = controller.plan, rubbed(controller.robot, condition.friction_share)
    patient = patient_named(case.patient).sized(case.person.height_m, case.person.mass_kg)
    start = start_angles(plan, robot, matrix)
    return load_of(robot, plan.posture, patient, start, condition=condition, task=plan.task)


def run_trial(
    controller: Controller,
    case: Case,
    matrix: Matrix,
    after_tick: Callable[[Row], None] = _unpublished,
    watch: Callable[[Load], None] = _unwatched,
) -> Recording:
    """Run one case to its end, and watch the plant a little longer.

    `after_tick` is told of each tick of its loop; `watch` sees the load at each measurement.
    """
    plan, robot = controller.plan, controller.robot
    start = start_angles(plan, robot, matrix)
    motion = controller.motion()
    motion.begin(start)
    condition = matrix.conditions[case.condition].condition(case.condition, motion.duration_s, seed_of(case, matrix))
    recorder = _Rows()
    with closing(load_of_case(controller, case, matrix, condition)) as load:
        seen = _Seen(load, watch)
        plant = SimulatedPlant(robot, load, condition, seen)
        row = controller.row(case.person)
        session = controller.session(motion, [*_stops(motion.duration_s + OVERDUE_S, condition.emergency_s)])
        with opened(plant):
            run_loop(row, SimulatedClock(), plant, *controller.stages(row), session, recorder, after_tick)
        plant.coast(round(AFTERMATH_S / robot.dt))
        columns = load.truth_columns
    rows = _table(recorder.kept, controller.layout.size)
    truth, joint_q, motor_tau = seen.tables(len(columns), len(start))
    places, points = _tool_frames(robot, rows[:, controller.layout.slices["q_ref"]])
    return Recording(
        layout=controller.layout,
        rows=rows,
        truth_columns=columns,
        truth=truth,
        joint_q=joint_q,
        motor_tau=motor_tau,
        state=session.state,
        reason=session.reason,
        condition=condition,
        dt=robot.dt,
        tool_reference=places,
        tool_points=points,
    )


def _tool_frames(robot: RobotDescription, q: Array) -> tuple[Array, Array]:
    """Place in m and +z axis of the last link's frame at each row's angles; nothing for a robot that carries limbs."""
    if robot.carries_limbs:
        return np.empty((0, 3)), np.empty((0, 3))
    places, points = _forward(robot.urdf, robot.joint_names)(q.T)
    return np.asarray(places).T, np.asarray(points).T


@cache
def _forward(urdf: str, joints: tuple[str, ...]) -> casadi.Function:
    """(q) → the last link's place and its +z axis, made once for all trials of a process."""
    symbolic = SymbolicRobot(urdf, joints)
    q = SX.sym("q", symbolic.count)
    return casadi.Function("frame", [q], [symbolic.position(q), symbolic.rotation(q)[:, 2]])


def _table(numbers: "bytearray | array[float]", columns: int) -> Array:
    return np.frombuffer(numbers).reshape(-1, columns)


def _stops(limit_s: float, pressed_s: float) -> Iterator[StopSource]:
    """Torque off at once when a row is past `limit_s` s, and where somebody presses, and holds, the emergency stop."""
    yield lambda row: (Severity.OFF, "overdue") if row.numbers.time[0] > limit_s else _NO_STOP
    if pressed_s < inf:
        yield lambda row: (Severity.OFF, "emergency-stop") if row.numbers.time[0] >= pressed_s else _NO_STOP


def seed_of(case: Case, matrix: Matrix) -> int:
    """A seed of a trial's own, so that trials differ and each can be repeated alone."""
    return crc32(f"{matrix.seed} {case.patient} {case.condition} {sorted(case.changes.items())}".encode())


def rubbed(robot: RobotDescription, share: float) -> RobotDescription:
    """The robot with so many times the friction that its description names; the law goes on with the described."""
    if share == 1.0:
        return robot

    def more(joint: Joint) -> Joint:
        friction = Friction(coulomb=share * joint.drive.friction.coulomb, viscous=share * joint.drive.friction.viscous)
        return joint.model_copy(update={"drive": joint.drive.model_copy(update={"friction": friction})})

    return robot.model_copy(update={"joints": {name: more(joint) for name, joint in robot.joints.items()}})


def start_angles(plan: Plan, robot: RobotDescription, matrix: Matrix) -> list[float]:
    """Where the joints start in rad: the matrix's share of each one's range in the plan.

    A robot that carries nobody is led beforehand to where its motion begins.
    """
    if not robot.carries_limbs:
        _, first = next(plan.motion.angles_deg)
        return [radians(first[name]) for name in robot.joint_names]
    ranges = ((name, plan.limits.joints[name].range_deg) for name in robot.joint_names)
    return [radians(low + matrix.start_of.get(name, matrix.start) * (high - low)) for name, (low, high) in ranges]
