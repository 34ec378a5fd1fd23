"""A control law: a pure function of measurement, reference, parameters and memory, written once as an expression."""

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar, Self

import casadi
from casadi import SX

from robot.errors import PlanError
from robot.symbolic import SymbolicRobot
from robot.tick import Column

Number = float | int
Given = Number | Mapping[str, Number]

PERSON = (Column("patient.height", "m"), Column("patient.mass", "kg"))
ASSISTANCE = Column("assistance")
COMMON = (*PERSON, ASSISTANCE)
"""The run-time parameters that every law may use, first among the row's parameters."""

DEFAULT_SLEW_S = 10.0
"""A parameter that declares no slew takes this long from one bound to the other."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the joints measured in this tick: `q` rad, `dq` rad/s, `tau` N·m, one entry per joint."""

    q: SX
    dq: SX
    tau: SX


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the motion wants the joints: `q` rad, `dq` rad/s, `ddq` rad/s², and the `phase` 0…1 of its cycle."""

    q: SX
    dq: SX
    ddq: SX
    phase: SX


class Parameter:
    """A named number of a law with unit and bounds; it may change while running, without a rebuild.

    While running it changes by at most `slew` (its unit per s). Inside `Law.torque` it reads as a symbol (one entry per
    joint, or one alone with `per_joint=False`). `why` is the code of the sentence that says what the bounds are for.
    """

    def __init__(
        self,
        unit: str,
        at_least: float,
        at_most: float,
        *,
        slew: float | None = None,
        per_joint: bool = True,
        why: str = "",
    ) -> None:
        self.unit = unit
        self.at_least = at_least
        self.at_most = at_most
        self.slew = (at_most - at_least) / DEFAULT_SLEW_S if slew is None else slew
        self.per_joint = per_joint
        self.why = why
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, law: "Law | None", owner: type) -> Any:
        return self if law is None else law.values[self.name]

    def checked(self, given: Given, joints: tuple[str, ...], field: str) -> tuple[float, ...]:
        """The value for each joint; raises `PlanError` naming the field and the bounds."""
        if isinstance(given, Mapping):
            if not self.per_joint or set(given) != set(joints):
                known = ", ".join(joints) if self.per_joint else "one number"
                raise PlanError("joints-not-matched", field=field, given=", ".join(given), known=known)
            numbers = tuple(given[joint] for joint in joints)
        else:
            numbers = (given,) * (len(joints) if self.per_joint else 1)
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, Number):
                raise PlanError("not-a-number", field=field, given=str(number))
            if not self.at_least <= number <= self.at_most:
                low, high = self.at_least, self.at_most
                raise PlanError(
                    "out-of-bounds", field=field, given=number, low=low, high=high, unit=self.unit, why=self.why
                )
        return tuple(float(number) for number in numbers)

    def columns(self, law_name: str, joints: tuple[str, ...]) -> tuple[Column, ...]:
        """The row's columns for this parameter."""
        name = f"{law_name}.{self.name}"
        return (
            tuple(Column(f"{name}.{joint}", self.unit) for joint in joints)
            if self.per_joint
            else (Column(name, self.unit),)
        )


class Memory:
    """What a law remembers from tick to tick: a name and a unit, zero at the start.

    One number per joint, or one alone with `per_joint=False`; with `count` that many of them, as columns of a matrix.
    """

    def __init__(self, name: str, unit: str, count: int = 1, *, per_joint: bool = True) -> None:
        self.name = name
        self.unit = unit
        self.count = count
        self.per_joint = per_joint

    def symbol(self, joints: int) -> SX:
        """It as an expression: one row for each joint, `count` columns."""
        return SX.sym(self.name, joints if self.per_joint else 1, self.count)

    def columns(self, law_name: str, joints: tuple[str, ...]) -> tuple[Column, ...]:
        """The row's columns for this memory, in the order of `MemoryState.vector`."""
        name = f"{law_name}.{self.name}"
        names = [name] if self.count == 1 else [f"{name}.{index}" for index in range(self.count)]
        if self.per_joint:
            names = [f"{one}.{joint}" for one in names for joint in joints]
        return tuple(Column(one, self.unit) for one in names)


class MemoryState:
    """A law's memory in one tick, by name; `next` gives what it will be in the following one."""

    def __init__(self, **values: SX) -> None:
        self._values = values

    def __getattr__(self, name: str) -> SX:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(
                f"no memory named {name!r}; the law names {', '.join(self._values) or 'none'}"
            ) from None

    def next(self, **values: SX) -> "MemoryState":
        """The same memory with `values` replaced; a name or a shape that the law did not declare is refused."""
        unknown = set(values) - set(self._values)
        if unknown:
            raise AttributeError(f"no memory named {', '.join(sorted(unknown))}")
        for name, value in values.items():
            if value.shape != self._values[name].shape:
                raise ValueError(f"memory {name} is {self._values[name].shape}, and would become {value.shape}")
        return MemoryState(**{**self._values, **values})

    def vector(self, memories: tuple[Memory, ...]) -> SX:
        """All of it as one column, in the law's order."""
        return casadi.vertcat(*(casadi.vec(self._values[memory.name]) for memory in memories))


class Law(ABC):
    """A control law. A subclass declares parameters and gives `torque`, or, if it remembers, `memory` and `step`.

    Joint side, N·m, one entry per joint. The expression may use whatever `SymbolicRobot` knows, and nothing else: no
    hidden state, no clock.
    """

    name: ClassVar[str]
    """As plans name it, e.g. `joint-impedance`; by default made from the class's name."""

    compensates: ClassVar[frozenset[str]] = frozenset()
    """What it carries or cancels for the robot, e.g. `friction`: no two laws of a sum may do the same twice."""

    def __init__(self, **given: Given) -> None:
        declared = self.parameters()
        unknown = [name for name in given if name not in declared]
        if unknown:
            raise PlanError("field-unknown", field=f"{self.name}.{unknown[0]}", known=", ".join(declared))
        missing = [name for name in declared if name not in given]
        if missing:
            raise PlanError("field-missing", field=f"{self.name}.{missing[0]}")
        self.values: dict[str, Any] = dict(given)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("-")

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """The declared parameters by name, in the order of declaration."""
        return {
            name: value
            for base in reversed(cls.__mro__)
            for name, value in vars(base).items()
            if isinstance(value, Parameter)
        }

    @classmethod
    def memories(cls) -> tuple[Memory, ...]:
        """The declared memory, in the order of declaration."""
        return tuple(
            value for base in reversed(cls.__mro__) for value in vars(base).values() if isinstance(value, Memory)
        )

    def torque(self, robot: SymbolicRobot, x: Measurement, reference: Reference) -> SX:
        """The torque of a law without memory, N·m per joint."""
        raise TypeError(f"{type(self).__name__} gives neither torque() nor step()")

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint and the next memory; `dt` is the nominal period in s."""
        return self.torque(robot, x, reference), memory

    @property
    def parts(self) -> tuple["Law", ...]:
        """The laws that are added up here; a plain law is its own only part."""
        return (self,)

    def __add__(self, other: "Law") -> "SumOfLaws":
        return SumOfLaws(self.parts + other.parts)

    def with_symbols(self, values: Mapping[str, SX]) -> Self:
        """The same law with its parameters replaced by symbols; the original is left as it is."""
        law = object.__new__(type(self))
        law.__dict__.update(self.__dict__)
        law.values = dict(values)
        return law


class SumOfLaws(Law):
    """Laws that are added: their torques sum, each keeps its own parameters and memory."""

    name = "sum"

    def __init__(self, parts: tuple[Law, ...]) -> None:
        names = [part.name for part in parts]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise PlanError("law-repeated", field="law", given=repeated[0])
        for one, other in combinations(parts, 2):
            for what in sorted(one.compensates & other.compensates):
                raise PlanError("compensated-twice", field="law", given=one.name, other=other.name, what=what)
        super().__init__()
        self._parts = parts

    @property
    def parts(self) -> tuple[Law, ...]:
        """The laws that are added."""
        return self._parts


def parameter_columns(law: Law, joints: tuple[str, ...]) -> tuple[Column, ...]:
    """The row's columns for all parameters: the common ones, then each part's in the order of declaration."""
    return (
        *COMMON,
        *(c for part in law.parts for one in part.parameters().values() for c in one.columns(part.name, joints)),
    )
