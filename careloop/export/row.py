"""What an engineer has to know of a plan's row outside of careloop: its columns, parameters and limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from robot.controller import GUARD_READS, GUARD_WRITES, LAW_READS, LAW_WRITES, Controller
from robot.law import ASSISTANCE, PERSON, Law
from robot.tick import TickLayout

Range = tuple[float, float]

WRITES = (*LAW_WRITES, *GUARD_WRITES)
"""The row's fields that law and guard write."""

CARRIED: Mapping[str, str] = MappingProxyType({"law_memory": "law_memory_next", "guard_memory": "guard_memory_next"})
"""Memory: the field that is read, and the one that is written and becomes it in the following tick."""

SET_ONCE = ("parameters", "limits")
"""Fields that a session sets before its first tick."""

FILLED = tuple(name for name in dict.fromkeys((*LAW_READS, *GUARD_READS)) if name not in (*WRITES, *CARRIED, *SET_ONCE))
"""Fields that whoever owns the loop fills in every tick."""

MEANING: Mapping[str, str] = MappingProxyType(
    {
        "tick": "number of the tick",
        "time": "time since the start",
        "q": "measured joint position; NaN where this tick has no valid measurement",
        "dq": "measured joint velocity; NaN where this tick has no valid measurement",
        "tau_measured": "measured joint torque; NaN where this tick has no valid measurement",
        "contact_force": "measured contact force; NaN where this tick has no valid measurement",
        "drive_error": "error bits of each drive",
        "age": "time since the last valid measurement, 0 if this tick has one",
        "bus_misses": "cycles without a valid reply so far",
        "phase": "place in the motion's cycle, 0 to 1",
        "repetition": "repetition of the motion's cycle",
        "q_ref": "where the motion wants the joint",
        "dq_ref": "how fast the motion wants the joint",
        "ddq_ref": "acceleration that the motion wants",
        "fade": "share of the law's torque that the session lets through, 0 to 1",
        "parameters": "the person, the assistance and the law's parameters",
        "law_memory": "what the law remembers from the tick before",
        "law_memory_next": "what the law will remember",
        "tau_law": "the law's torque: a wish, never to be sent",
        "limits": "the guard's limits",
        "guard_memory": "what the guard remembers from the tick before",
        "guard_memory_next": "what the guard will remember",
        "tau_command": "the guard's torque: the one to send",
        "brake": "whether the session asks for closed brakes",
        "tau_interaction": "estimated torque between robot and person, NaN where nothing was measured",
        "flags": "what the guard saw or limited: a sum of flags",
        "severity": "how strongly the guard asks for a stop",
        "state": "state of the session",
        "observed_q": "joint position as a camera sees it; NaN where it does not",
        "observed_std": "standard deviation of what the camera sees",
        "vision_age": "time since the camera's last frame",
        "vision_sight": "how well the camera sees the patient: 0 tracking, 1 degraded, 2 lost, 3 unsafe posture",
        "lateness": "how late the tick began",
        "compute": "time that the tick took",
        "overruns": "ticks that were missed so far",
    }
)
"""Each field of the row in one line."""


@dataclass(frozen=True, slots=True)
class ColumnFact:
    """A column: its `index` in the row, its `title` in the trace, `unit` and `field`."""

    index: int
    title: str
    unit: str
    field: str


@dataclass(frozen=True, slots=True)
class FieldFact:
    """A field: where it starts, how many numbers it has, what it means, and who gives it."""

    name: str
    start: int
    count: int
    meaning: str
    given_by: str


@dataclass(frozen=True, slots=True)
class ParameterFact:
    """A parameter: its column, `start` as the plan has it (None: it must be set), and what it may be.

    `bounds` are the law's own, None for height and mass; `allowed` is what the plan allows and its proof spans, one
    number twice where it is fixed.
    """

    title: str
    unit: str
    start: float | None
    bounds: tuple[float, float] | None
    allowed: tuple[float, float]


def column_facts(layout: TickLayout) -> list[ColumnFact]:
    """Every column of the row, in its order."""
    pairs = [(name, column) for name, columns in layout.fields.items() for column in columns]
    return [ColumnFact(index, one.title, one.unit, name) for index, (name, one) in enumerate(pairs)]


def field_facts(layout: TickLayout) -> list[FieldFact]:
    """Every field of the row, in its order."""
    return [
        FieldFact(name, part.start, part.stop - part.start, MEANING[name], _giver(name))
        for name, part in layout.slices.items()
    ]


def _giver(field: str) -> str:
    if field in FILLED:
        return "you, in every tick"
    if field in SET_ONCE:
        return "careloop_start, and you"
    if field in CARRIED:
        return "careloop_tick, from the tick before"
    if field in WRITES:
        return "careloop_tick"
    return "you, for your log alone"


def parameter_facts(controller: Controller, law: Law) -> list[ParameterFact]:
    """The parameters in the row's order: the person's first, which have no start."""
    person, columns = controller.plan.patient, controller.law.parameters
    height, mass = (
        ParameterFact(column.title, column.unit, None, None, allowed)
        for column, allowed in zip(PERSON, (person.height_m, person.mass_kg), strict=True)
    )
    of_law = zip(columns[len(PERSON) :], controller.law.initial[len(PERSON) :], _ranges(controller, law), strict=True)
    return [
        height,
        mass,
        *(
            ParameterFact(column.title, column.unit, start, bounds, adjustable or (start, start))
            for column, start, (bounds, adjustable) in of_law
        ),
    ]


def _ranges(controller: Controller, law: Law) -> Iterator[tuple[Range, Range | None]]:
    """Bounds and the plan's adjustable range, for the assistance and each number of each part's parameters."""
    yield (0.0, 1.0), controller.plan.adjustable.get(ASSISTANCE.name)
    for part in law.parts:
        for name, parameter in part.parameters().items():
            for _ in parameter.columns(part.name, controller.robot.joint_names):
                bounds = parameter.at_least, parameter.at_most
                yield bounds, controller.plan.adjustable.get(f"{part.name}.{name}")
