"""Ticks to try an exported law with: some of a simulated trial, and some in which everything goes wrong."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from careloop.build import Exercise
from careloop.export.row import CARRIED, FILLED, SET_ONCE, WRITES
from robot.controller import Controller
from robot.guard import memory_columns, parts
from robot.tick import Array, Row, TickLayout
from sim_models.trials.cases import Case, standard_cases
from sim_models.trials.matrix import Matrix, standard_matrix
from sim_models.trials.trial import run_trial

FROM_TRIAL = 32
"""Ticks of the trial, spread over all of it."""

PATIENT = "passive"
"""Who is in the trial: a limb with nothing but weight and passive joints."""

Values = Mapping[str, Array | float]


@dataclass(frozen=True, slots=True)
class SampleTick:
    """One tick: what it is `about`, what it was `given`, and what law and guard made of it.

    Both are in the row's order: `given` the fields of `given_fields`, `expected` those of `expected_fields`.
    """

    about: str
    given: tuple[float, ...]
    expected: tuple[float, ...]


def given_fields(layout: TickLayout) -> list[str]:
    """The fields that a tick is computed from."""
    return [name for name in layout.fields if name in {*FILLED, *SET_ONCE, *CARRIED}]


def expected_fields(layout: TickLayout) -> list[str]:
    """The fields that law and guard write."""
    return [name for name in layout.fields if name in WRITES]


def sample_ticks(exercise: Exercise) -> list[SampleTick]:
    """The ticks of a trial with one repetition, then the made-up ones; runs the trial, which takes a second or so."""
    controller = exercise.controller(repetitions=1)
    matrix = standard_matrix()
    recording = run_trial(controller, _case(exercise, matrix), matrix)
    row = Row(controller.layout)
    indices = np.linspace(0, len(recording.rows) - 1, FROM_TRIAL).astype(int)
    ticks = [_computed(controller, row, f"tick {i} of the trial", recording.rows[i], {}) for i in indices]
    fastest = recording.rows[np.nanargmax(np.abs(recording.field("dq_ref")).max(axis=1))]
    row.values[:] = fastest
    made_up = _made_up(row)
    return ticks + [_computed(controller, row, about, fastest, values) for about, values in made_up.items()]


def _case(exercise: Exercise, matrix: Matrix) -> Case:
    cases = standard_cases(exercise.plan, exercise.robot, matrix)
    nominal = next(one for one in cases if (one.patient, one.condition) == (PATIENT, "nominal"))
    return replace(nominal, repetitions=1)


def _computed(controller: Controller, row: Row, about: str, start: Array, changes: Values) -> SampleTick:
    """The row `start` with fields changed, through law and guard as they are compiled here."""
    law, guard = controller.stages(row)
    row.values[:] = start
    for name, value in changes.items():
        getattr(row, name)[:] = value
    given = _numbers(row, given_fields(row.layout))
    law()
    guard()
    return SampleTick(about, given, _numbers(row, expected_fields(row.layout)))


def _numbers(row: Row, fields: list[str]) -> tuple[float, ...]:
    return tuple(float(value) for name in fields for value in getattr(row, name))


def _made_up(row: Row) -> dict[str, Values]:
    """Changes to a tick in motion: each names what it is about. Together they raise every flag of the guard."""
    limits = {kind: row.limits[part].copy() for kind, part in parts(row.layout.limits).items()}
    q_max, dq_max, tau_max = limits["limit_q_max"], limits["limit_velocity"], limits["limit_tau"]
    forward = np.sign(row.dq_ref)
    driven = {"q_ref": row.q + 0.1 * forward, "dq": 0.9 * dq_max * forward, "dq_ref": 1.5 * dq_max * forward}
    return {
        "position not a number": {"q": math.nan},
        "velocity infinite": {"dq": math.inf},
        "torque not a number": {"tau_measured": math.nan},
        "measurement missing": {"q": math.nan, "dq": math.nan, "tau_measured": math.nan, "age": 0.002},
        "age not a number": {"age": math.nan},
        "reference not a number": {"q_ref": math.nan},
        "fade infinite": {"fade": -math.inf},
        "person not set": {"parameters": math.nan},
        "limits not numbers": {"limits": math.nan},
        "limits negative": {"limits": -row.limits},
        "memory not numbers": {"guard_memory": math.nan},
        "blind for long": {"q_ref": math.nan, "guard_memory": _remembered(row, blind=1.0)},
        "seen again after a gap": {"guard_memory": _remembered(row, unseen=0.01)},
        "beyond the position limit": {"q": q_max + 0.05, "q_ref": q_max + 0.5, "dq": 0.1},
        "far beyond the position limit": {"q": q_max + 0.5},
        "faster than the limit": {"dq": 1.1 * dq_max * forward, "dq_ref": 3.0 * dq_max * forward},
        "far faster than the limit": {"dq": -1.5 * dq_max},
        "spasm": {
            "tau_measured": row.tau_measured + 3.0 * limits["spasm_tau"],
            "guard_memory": _remembered(row, since_half_spasm=0.0),
        },
        "rate limit": {"guard_memory": _remembered(row, tau_previous=-tau_max * forward)},
        "torque limit": {"q_ref": row.q + 2.0},
        "power limit": driven,
        "tank near empty": {**driven, "guard_memory": _remembered(row, energy_spent=0.99 * limits["limit_energy"])},
        "tank overdrawn": {**driven, "guard_memory": _remembered(row, energy_spent=2.0 * limits["limit_energy"])},
        "hot motor": {
            "q_ref": row.q + 2.0,
            "limits": _limited(row, limit_tau_continuous=0.5 * tau_max),
            "guard_memory": _remembered(row, warming=0.45),
        },
        "too hot motor": {"guard_memory": _remembered(row, warming=1.0)},
        "limits that acted for long": {"guard_memory": _remembered(row, strain=1.2)},
        "settling": {"fade": 0.0, "limits": _limited(row, settle_damping=9.0)},
        "faded out": {"fade": 0.0},
        "all zero": dict.fromkeys(("q", "dq", "tau_measured", "q_ref", "dq_ref", "ddq_ref", "limits"), 0.0),
        "huge": {"q_ref": 1e308, "dq_ref": -1e308},
        "denormal": {"dq": 5e-324, "dq_ref": -5e-324},
    }


def _remembered(row: Row, **changes: Array | float) -> Array:
    """The guard's memory with some kinds of it changed."""
    return _changed(row.guard_memory, parts(memory_columns(row.layout.joints)), changes)


def _limited(row: Row, **changes: Array | float) -> Array:
    """The limits with some kinds of them changed."""
    return _changed(row.limits, parts(row.layout.limits), changes)


def _changed(values: Array, places: Mapping[str, slice], changes: Values) -> Array:
    changed = values.copy()
    for kind, value in changes.items():
        changed[places[kind]] = value
    return changed
