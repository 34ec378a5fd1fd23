"""Replay: every output of law and guard computed again from a session's record, and held against what it says.

Each tick's inputs, parameters and memory are in its row, so every tick is computed by itself, by the same compiled C
that drove the motors; that memory was carried from one tick to the next is checked beside it. Where libm is the one
that ran, every bit must be equal; elsewhere each number within `TOLERANCE`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from careloop.session.files import Code, Order
from robot.controller import GUARD_WRITES, LAW_WRITES, Controller
from robot.errors import CareloopError, CheckFailed, InputError
from robot.runtime.session_state import State
from robot.tick import Array, Row
from session_records.folder import SESSION
from session_records.store import Registry
from session_records.trace import open_trace, read_blocks

TOLERANCE = 1e-12
"""With another libm, how far a number may be off: in its unit, above 1 as a share of itself. A last bit that differs in
a sine is about 1e-16 of it; a tick cannot add up more, since the next one starts from the record again."""

OUTPUTS = (*LAW_WRITES, *GUARD_WRITES)
"""The row's fields that are computed again."""

CARRIED = {"law_memory": "law_memory_next", "guard_memory": "guard_memory_next"}
"""The row's fields that hold what another one held in the tick before."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A closed session, ready to be replayed.

    `trace` with its `rows` and those `missing` between them; the controller built anew from the order; the code that
    ran `then`, and the same `here`.
    """

    session: str
    trace: Path
    rows: int
    missing: int
    controller: Controller
    then: Code
    here: Code

    @property
    def exact(self) -> bool:
        """Whether every bit must be equal: libm answers here as it did then."""
        return self.then.libm == self.here.libm


@dataclass(frozen=True, slots=True)
class Difference:
    """The first number that came out otherwise: where it stands, as recorded and as replayed."""

    tick: int
    time_s: float
    column: str
    recorded: float
    replayed: float


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay.

    `rows` of `columns` numbers each were compared, up to the first difference where there is one; `largest` is the
    largest deviation, measured as `TOLERANCE` is.
    """

    rows: int
    columns: int
    exact: bool
    largest: float
    difference: Difference | None


def recorded_session(registry: Registry, session: str) -> Recorded:
    """A session of the registry with its law and guard compiled again; blocks for about a second.

    Raises `InputError` where there is no such session or its files cannot be read, `CheckFailed` where it has no trace,
    where that is not the one that was recorded, or where law or guard would be other ones than ran.
    """
    ended, folder = registry.get(session).ended, registry.folder(session)
    if ended is None or ended.trace is None:
        raise CheckFailed("session-without-trace", session=session)
    path = registry.home / ended.trace
    trace = open_trace(path, ended.trace_sha256)
    try:
        then = Code.read(folder)
    except (KeyError, TypeError) as problem:
        raise CheckFailed("replay-without-code", session=session) from problem
    controller = _controller(folder)
    here = Code.of(controller)
    _check_code(then, here, trace.facts.careloop_version)
    if tuple(trace.columns) != controller.layout.columns:
        raise CheckFailed("replay-other-columns", session=session, version=trace.facts.careloop_version)
    return Recorded(session, path, trace.facts.rows, trace.facts.missing, controller, then, here)


def _controller(folder: Path) -> Controller:
    """Law and guard as they were ordered, by content."""
    try:
        return Order.read(folder).controller()
    except CareloopError:
        raise
    except (KeyError, TypeError, ValueError) as problem:
        reason = str(problem).partition("\n")[0]
        raise InputError("session-unreadable", file=str(folder / SESSION), reason=reason) from problem


def _check_code(then: Code, here: Code, version: str) -> None:
    """Refuse to compare what other C computed."""
    for part, recorded, built in (("law", then.law, here.law), ("guard", then.guard, here.guard)):
        if recorded != built:
            raise CheckFailed("replay-other-code", part=part, recorded=recorded, version=version)


def replay(recorded: Recorded, tell: Callable[[int], None] = lambda rows: None) -> Replay:
    """Compute a session again, up to its first difference; `tell` is called with the rows of each block."""
    again = _Again(recorded.controller)
    rows, largest = 0, 0.0
    for block in read_blocks(recorded.trace, recorded.controller.layout.columns):
        replayed = again.compute(block)
        off = _deviation(block, replayed)
        differs = ~_same(block, replayed) if recorded.exact else off > TOLERANCE
        if differs.any():
            row, column = divmod(int(differs.argmax()), differs.shape[1])
            difference = again.difference(block[row], replayed[row], column)
            return Replay(rows + row + 1, again.columns, recorded.exact, float(off[: row + 1].max()), difference)
        rows, largest = rows + len(block), max(largest, float(off.max()))
        tell(len(block))
    return Replay(rows, again.columns, recorded.exact, largest, None)


class _Again:
    """Law and guard bound once to a row of their own, run on blocks of recorded rows in their order."""

    def __init__(self, controller: Controller) -> None:
        self._row = Row(controller.layout)
        self._law, self._guard = controller.stages(self._row)
        self._part = controller.layout.slices
        self._before: Array = np.zeros(controller.layout.size)  # before the first tick all memory is empty
        self._before[self._part["tick"]] = -1.0

    @property
    def columns(self) -> int:
        """How many numbers of a row are compared."""
        return sum(part.stop - part.start for part in (self._part[name] for name in (*OUTPUTS, *CARRIED)))

    def compute(self, recorded: Array) -> Array:
        """The rows as they should be: as recorded, but for what law and guard give and what memory was carried."""
        rows = recorded.copy()
        for name in OUTPUTS:
            rows[:, self._part[name]] = math.inf  # what the code does not write must not pass for written
        held = self._row.values
        for row in rows:
            held[:] = row
            self._law()
            self._guard()
            row[:] = held
        # At a fault zero was sent, and is recorded so; what the guard gave is in its memory.
        faults = rows[:, self._part["state"]][:, 0] == State.FAULT
        rows[faults, self._part["tau_command"]] = 0.0
        self._carry(recorded, rows)
        return rows

    def _carry(self, recorded: Array, rows: Array) -> None:
        before = np.vstack([self._before, recorded[:-1]])
        self._before = recorded[-1]
        follows = (recorded - before)[:, self._part["tick"]][:, 0] == 1.0  # after a lost row nothing is known of memory
        for now, then in CARRIED.items():
            rows[follows, self._part[now]] = before[follows, self._part[then]]

    def difference(self, recorded: Array, replayed: Array, column: int) -> Difference:
        """What differs in a row's `column`."""
        tick, time_s = (float(recorded[self._part[name]][0]) for name in ("tick", "time"))
        title = self._row.layout.columns[column]
        return Difference(int(tick), time_s, title, float(recorded[column]), float(replayed[column]))


def _same(one: Array, other: Array) -> npt.NDArray[np.bool_]:
    """Where two arrays hold the same bits; one NaN is as good as another."""
    equal: npt.NDArray[np.bool_] = one.view(np.uint64) == other.view(np.uint64)
    return equal | (np.isnan(one) & np.isnan(other))


def _deviation(recorded: Array, replayed: Array) -> Array:
    """How far each number is off, measured as `TOLERANCE` is; infinite where only one is finite."""
    with np.errstate(invalid="ignore"):
        off = np.abs(recorded - replayed) / np.maximum(1.0, np.abs(recorded))
    off[np.isnan(off)] = math.inf
    off[_same(recorded, replayed)] = 0.0
    return off
