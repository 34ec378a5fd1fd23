"""The loop: read, law, guard, write, record; one row, in place."""

from collections.abc import Callable
from typing import Protocol

from robot.plant import Plant
from robot.runtime.clock import Clock
from robot.runtime.session import Session
from robot.runtime.session_state import State
from robot.tick import Array, Row


class Recorder(Protocol):
    """Takes each tick's row; never blocks in real time."""

    def push(self, values: Array) -> bool:
        """Copy one row; False where it was lost."""


Stage = Callable[[], None]


def run_loop(
    row: Row,
    clock: Clock,
    plant: Plant,
    law: Stage,
    guard: Stage,
    session: Session,
    recorder: Recorder,
    after_tick: Callable[[Row], None],
) -> None:
    """Run one session on an open plant to its end; on every way out the plant is stopped; who opened it closes it.

    `law` and `guard` are bound to `row`; `after_tick` is told of each tick when it is recorded, and may change the next
    one's parameters.
    """
    carry_over, numbers, now = carrying_over(row), row.numbers, clock.now
    try:
        session.arm()
        dt = session.dt
        for tick, lateness in enumerate(clock.ticks()):
            numbers.tick[0], numbers.time[0] = tick, clock.grid_index * dt
            numbers.lateness[0], numbers.overruns[0] = lateness, clock.overruns
            plant.read(row)
            begun = now()
            session.before_law(row)
            law()
            guard()
            session.after_guard(row)
            numbers.compute[0] = now() - begun
            if session.ended and session.state is State.FAULT:
                plant.stop()
            else:
                plant.write(row)
            session.lost_row = not recorder.push(row.values)
            after_tick(row)
            carry_over()
            if session.ended:
                break
    finally:
        plant.stop()


def carrying_over(row: Row) -> Stage:
    """What makes the memory that law and guard left in `row` the one that they find there in the next tick."""
    # From view to view: with cold caches, as in a paced loop, in a third of NumPy's time.
    memories = [(row.law_memory, row.law_memory_next), (row.guard_memory, row.guard_memory_next)]
    views = [(before.data, after.data) for before, after in memories if before.size]

    def carry_over() -> None:
        for before, after in views:
            before[:] = after

    return carry_over
