"""One row per tick: the only owner of its layout. Column names carry units."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Numbers: TypeAlias = "memoryview[float]"
View = TypeVar("View")


def numbers_of(array: Array) -> Numbers:
    """The array's numbers as they lie: a single one is read and written in half the time, and is a plain float."""
    return cast(Numbers, array.data)


_SUFFIX = {
    "1": "",
    "s": "_s",
    "m": "_m",
    "kg": "_kg",
    "rad": "_rad",
    "rad/s": "_rad_s",
    "rad/s²": "_rad_s2",
    "N": "_N",
    "W": "_W",
    "J": "_J",
    "N·m": "_Nm",
    "N·m/s": "_Nm_s",
    "N·m/rad": "_Nm_rad",
    "N·m·s/rad": "_Nms_rad",
    "N/m": "_N_m",
    "N·s/m": "_Ns_m",
    "kg·m²": "_kgm2",
    "1/s": "_per_s",
}
"""A unit as the end of a column's name."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number of the row: a name and the unit that its column ends with."""

    name: str
    unit: str = "1"

    @property
    def title(self) -> str:
        """The name under which it is stored, e.g. `knee_q_rad`."""
        return self.name.replace("-", "_").replace(".", "_") + _SUFFIX[self.unit]


def per_joint(joints: tuple[str, ...], name: str, unit: str = "1") -> tuple[Column, ...]:
    """One column for each joint."""
    return tuple(Column(f"{joint}.{name}", unit) for joint in joints)


@dataclass(frozen=True)
class TickLayout:
    """Where each field stands in a row: `fields` in the order of storage, each a tuple of columns."""

    joints: tuple[str, ...]
    parameters: tuple[Column, ...] = ()
    law_memory: tuple[Column, ...] = ()
    limits: tuple[Column, ...] = ()
    guard_memory: tuple[Column, ...] = ()
    sensors: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    brakes: bool = False

    @cached_property
    def fields(self) -> dict[str, tuple[Column, ...]]:
        """Every field of the row with its columns; `Row` says what each means."""
        joints = self.joints
        return {
            "tick": (Column("tick"),),
            "time": (Column("time", "s"),),
            "q": per_joint(joints, "q", "rad"),
            "dq": per_joint(joints, "dq", "rad/s"),
            "tau_measured": per_joint(joints, "tau_measured", "N·m"),
            "contact_force": per_joint(self.sensors, "contact_force", "N"),
            "drive_error": per_joint(joints, "drive_error"),
            "age": (Column("measurement_age", "s"),),
            "bus_misses": (Column("bus_misses"),),
            "phase": (Column("phase"),),
            "repetition": (Column("repetition"),),
            "q_ref": per_joint(joints, "q_ref", "rad"),
            "dq_ref": per_joint(joints, "dq_ref", "rad/s"),
            "ddq_ref": per_joint(joints, "ddq_ref", "rad/s²"),
            "fade": (Column("fade"),),
            "parameters": self.parameters,
            "law_memory": tuple(Column(f"{column.name}.before", column.unit) for column in self.law_memory),
            "law_memory_next": tuple(Column(f"{column.name}.after", column.unit) for column in self.law_memory),
            "tau_law": per_joint(joints, "tau_law", "N·m"),
            "limits": self.limits,
            "guard_memory": tuple(Column(f"guard.{column.name}.before", column.unit) for column in self.guard_memory),
            "guard_memory_next": tuple(
                Column(f"guard.{column.name}.after", column.unit) for column in self.guard_memory
            ),
            "tau_command": per_joint(joints, "tau_command", "N·m"),
            "brake": (Column("brake"),) if self.brakes else (),
            "tau_interaction": per_joint(joints, "tau_interaction_estimated", "N·m"),
            "flags": (Column("guard_flags"),),
            "severity": (Column("guard_severity"),),
            "state": (Column("session_state"),),
            "observed_q": per_joint(self.observed, "observed_q", "rad"),
            "observed_std": per_joint(self.observed, "observed_std", "rad"),
            "vision_age": (Column("vision_age", "s"),) if self.observed else (),
            "vision_sight": (Column("vision_sight"),) if self.observed else (),
            "lateness": (Column("lateness", "s"),),
            "compute": (Column("compute", "s"),),
            "overruns": (Column("overruns"),),
        }

    @cached_property
    def slices(self) -> dict[str, slice]:
        """The part of the row that each field takes."""
        return dict(self._slices())

    def _slices(self) -> Iterator[tuple[str, slice]]:
        start = 0
        for name, columns in self.fields.items():
            yield name, slice(start, start + len(columns))
            start += len(columns)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column's title, in order."""
        return tuple(column.title for columns in self.fields.values() for column in columns)

    @property
    def size(self) -> int:
        """Numbers in a row."""
        return len(self.columns)

    @cached_property
    def timing_columns(self) -> tuple[str, ...]:
        """The columns that two runs of the same plan and seed may differ in."""
        return tuple(column.title for name in ("lateness", "compute", "overruns") for column in self.fields[name])


class Fields(Generic[View]):
    """A row's fields, each of them a view of its part of the row."""

    tick: View
    time: View
    q: View
    dq: View
    tau_measured: View
    contact_force: View
    drive_error: View
    age: View
    bus_misses: View
    phase: View
    repetition: View
    q_ref: View
    dq_ref: View
    ddq_ref: View
    fade: View
    parameters: View
    law_memory: View
    law_memory_next: View
    tau_law: View
    limits: View
    guard_memory: View
    guard_memory_next: View
    tau_command: View
    brake: View
    tau_interaction: View
    flags: View
    severity: View
    state: View
    observed_q: View
    observed_std: View
    vision_age: View
    vision_sight: View
    lateness: View
    compute: View
    overruns: View


class Row(Fields[Array]):
    """Everything one tick knows, in one contiguous float64 array; every field is a view of its part.

    `values` all of it; joint vectors have one number per joint in the description's order:

    * `tick` number, `time` on the session's grid in s;
    * `q`, `dq`, `tau_measured`, `contact_force` (N, one for each force sensor), `drive_error`, `age`, `bus_misses` as
      `Plant.read` fills them;
    * `phase` 0…1 of the cycle, `repetition`, `q_ref`, `dq_ref`, `ddq_ref` from the motion;
    * `fade` 0…1 of the torque, from the session;
    * `parameters`, `law_memory`, `law_memory_next`, `tau_law` of the law;
    * `limits`, `guard_memory`, `guard_memory_next`, `tau_command`, `tau_interaction`, `flags`, `severity` of the guard;
    * `observed_q`, `observed_std` of the joints that a camera observes, predicted to now, `vision_age` (s) of its last
      frame and the gate's `vision_sight`; NaN where nobody looks. Law and guard do not read them;
    * `brake` of a robot that brakes hold: 1 where the session asks them to be closed, 0 where to be open;
    * `state` of the session; `lateness`, `compute`, `overruns` of the clock (s).

    `numbers` has the same fields again, as `numbers_of` gives them.
    """

    def __init__(self, layout: TickLayout) -> None:
        self.layout = layout
        self.values: Array = np.zeros(layout.size)
        self.numbers = Fields[Numbers]()
        for name, part in layout.slices.items():
            setattr(self, name, self.values[part])
            setattr(self.numbers, name, numbers_of(self.values[part]))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__:
            raise AttributeError(f"write into row.{name}[:], do not replace it: others hold views of it")
        super().__setattr__(name, value)
