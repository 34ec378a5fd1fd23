"""A plan made ready to run: law and guard compiled, the row laid out, limits and parameters in place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan

import casadi
from casadi import SX

from robot.adjustable import Adjustable, adjustables
from robot.compile import Compiled, compile_function
from robot.description import RobotDescription
from robot.errors import PlanError
from robot.guard import compile_guard, limit_columns, memory_columns
from robot.guard.expressions import all_finite
from robot.law import PERSON, Law, Measurement, MemoryState, Reference, parameter_columns
from robot.limits import limits_of
from robot.motion import Motion
from robot.plan import Plan
from robot.runtime.loop import Stage
from robot.runtime.session import Session, StopSource
from robot.runtime.settling import Settling
from robot.symbolic import SymbolicRobot
from robot.tick import Column, Row, TickLayout


@dataclass(frozen=True)
class CompiledLaw:
    """A law as machine code, with the row's columns for its parameters and memory."""

    compiled: Compiled
    parameters: tuple[Column, ...]
    initial: tuple[float, ...]
    memory: tuple[Column, ...]


@dataclass(frozen=True)
class ExpressedLaw:
    """A law, or a sum of laws, as expressions: what is compiled, and what can be looked into before."""

    inputs: tuple[SX, ...]
    torque: SX
    memory_next: SX
    initial: tuple[float, ...]
    memory: tuple[Column, ...]


def express_law(law: Law, robot: SymbolicRobot, dt: float, assistance: float = 1.0) -> ExpressedLaw:
    """A law for a robot at a period of `dt` s, starting with this `assistance`.

    Inputs: q, dq, tau_measured, q_ref, dq_ref, ddq_ref, phase, parameters, memory. Outputs: torque, next memory; where
    anything that was measured or is to be reached, or that a law gives, is not finite its memory stays as it was: a
    lost reply teaches nothing, also where a bound inside the law makes a number of it again.
    """
    n = robot.count
    x = Measurement(SX.sym("q", n), SX.sym("dq", n), SX.sym("tau", n))
    reference = Reference(SX.sym("q_ref", n), SX.sym("dq_ref", n), SX.sym("ddq_ref", n), SX.sym("phase"))
    symbols = [robot.person.height, robot.person.mass, robot.assistance]
    initial = [0.0] * len(PERSON) + [assistance]
    torque, before, after, memory_columns_ = SX.zeros(n), [SX(0, 1)], [SX(0, 1)], list[Column]()
    for part in law.parts:
        bound, part_symbols, part_initial = _with_symbols(part, robot.joints)
        symbols += part_symbols
        initial += part_initial
        memories = part.memories()
        state = MemoryState(**{memory.name: memory.symbol(n) for memory in memories})
        part_torque, state_next = bound.step(robot, x, reference, state, dt)
        torque += part_torque
        before.append(state.vector(memories))
        after.append(state_next.vector(memories))
        memory_columns_ += [column for one in memories for column in one.columns(part.name, robot.joints)]
    parameters, memory = casadi.vertcat(*symbols), casadi.vertcat(*before)
    inputs = [x.q, x.dq, x.tau, reference.q, reference.dq, reference.ddq, reference.phase, parameters, memory]
    asked = [one for one in inputs[3:7] if casadi.depends_on(casadi.vertcat(torque, *after), one)]
    known = all_finite(x.q, x.dq, x.tau, *asked, torque, *after)
    kept = casadi.if_else(known, casadi.vertcat(*after), memory)
    return ExpressedLaw(tuple(inputs), torque, kept, tuple(initial), tuple(memory_columns_))


def compile_law(law: Law, robot: SymbolicRobot, dt: float, assistance: float = 1.0) -> CompiledLaw:
    """Compile a law, or a sum of laws, as `express_law` writes it."""
    expressed = express_law(law, robot, dt, assistance)
    compiled = compile_function("law", expressed.inputs, [expressed.torque, expressed.memory_next])
    return CompiledLaw(compiled, parameter_columns(law, robot.joints), expressed.initial, expressed.memory)


def _with_symbols(part: Law, joints: tuple[str, ...]) -> tuple[Law, list[SX], list[float]]:
    """One law with symbols for its parameters, the symbols, and the parameters' values."""
    symbols, initial = dict[str, SX](), list[float]()
    for name, parameter in part.parameters().items():
        checked = parameter.checked(part.values[name], joints, f"{part.name}.{name}")
        symbols[name] = SX.sym(name, len(checked))
        initial += checked
    return part.with_symbols(symbols), list(symbols.values()), initial


@dataclass(frozen=True)
class Person:
    """Whom a session is for, as far as the law has to know: height in m, mass in kg."""

    height_m: float
    mass_kg: float


@dataclass(frozen=True)
class Controller:
    """A plan, ready for one robot.

    `motion` makes a fresh motion for each session; `adjustables` are what may be changed while it runs.
    """

    plan: Plan
    robot: RobotDescription
    layout: TickLayout
    law: CompiledLaw
    guard: Compiled
    motion: Callable[[], Motion]
    limits: tuple[float, ...]
    adjustables: tuple[Adjustable, ...]

    def row(self, person: Person) -> Row:
        """A row for one session: parameters and limits set, memory empty; raises `PlanError` outside the bounds."""
        check_person(self.plan, person)
        row = Row(self.layout)
        row.parameters[:] = self.law.initial
        row.parameters[: len(PERSON)] = person.height_m, person.mass_kg
        row.limits[:] = self.limits
        row.brake[:] = 1.0  # they are closed until the torque is there
        for unseen in (row.observed_q, row.observed_std, row.vision_age, row.vision_sight):
            unseen[:] = nan
        return row

    def stages(self, row: Row) -> tuple[Stage, Stage]:
        """Law and guard, bound to `row`."""
        return bind_law(self.law.compiled, row), bind_guard(self.guard, row)

    def session(self, motion: Motion, sources: Sequence[StopSource] = ()) -> Session:
        """A session that has not begun, with the robot's own safe end."""
        robot, limits = self.robot, enumerate(self.layout.limits)
        places = [index for index, column in limits if column.name.endswith(".settle_damping")]
        settling = Settling(places, robot.settle_damping)
        return Session(motion, robot.dt, robot.silence_s, sources, settling, robot.brakes)


LAW_READS = ("q", "dq", "tau_measured", "q_ref", "dq_ref", "ddq_ref", "phase", "parameters", "law_memory")
LAW_WRITES = ("tau_law", "law_memory_next")
GUARD_READS = ("q", "dq", "tau_measured", "contact_force", "age", "tau_law", "fade", "limits", "guard_memory")
GUARD_WRITES = ("tau_command", "tau_interaction", "flags", "severity", "guard_memory_next")
"""The row's fields that the compiled functions take and give, in the order of their arguments."""


def bind_law(law: Compiled, row: Row) -> Stage:
    """A compiled law that reads and writes its fields of `row`."""
    return law.bind([getattr(row, name) for name in LAW_READS], [getattr(row, name) for name in LAW_WRITES])


def bind_guard(guard: Compiled, row: Row) -> Stage:
    """A compiled guard that reads and writes its fields of `row`."""
    return guard.bind([getattr(row, name) for name in GUARD_READS], [getattr(row, name) for name in GUARD_WRITES])


def build_controller(plan: Plan, robot: RobotDescription, law: Law, motion: Callable[[], Motion]) -> Controller:
    """Compile a plan's law and guard for its robot; raises `PlanError` where a parameter is out of bounds."""
    symbolic, tool = SymbolicRobot.of(robot, plan.base_pitch), not robot.carries_limbs
    compiled = compile_law(law, symbolic, robot.dt, plan.assistance)
    layout = TickLayout(
        joints=robot.joint_names,
        parameters=compiled.parameters,
        law_memory=compiled.memory,
        limits=limit_columns(robot.joint_names, robot.sensor_names, tool=tool),
        guard_memory=memory_columns(robot.joint_names, tool=tool),
        sensors=robot.sensor_names,
        observed=robot.observed_joints,
        brakes=robot.brakes is not None,
    )
    guard = compile_guard(symbolic, robot.dt, robot.sensor_names, tool=tool)
    limits, changeable = limits_of(plan, robot), adjustables(plan, law, robot.joint_names)
    return Controller(plan, robot, layout, compiled, guard, motion, limits, changeable)


def check_person(plan: Plan, person: Person) -> None:
    """Refuse a height or mass outside what the plan is proven for; raises `PlanError` with the range."""
    for field, given, (low, high), unit in (
        ("height", person.height_m, plan.patient.height_m, "m"),
        ("mass", person.mass_kg, plan.patient.mass_kg, "kg"),
    ):
        if not low <= given <= high:
            raise PlanError("out-of-bounds", field=field, given=given, low=low, high=high, unit=unit)
