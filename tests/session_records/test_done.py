"""What was done in a session, against closed forms: whole repetitions, assistance, and the person's own effort."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.runtime.session_state import State
from robot.tick import Column, TickLayout
from session_records.done import effort, exercise_rows, mean_assistance, repetitions_done
from session_records.metrics import summarise
from session_records.trace import Trace, TraceFacts

LAYOUT = TickLayout(joints=("knee",), parameters=(Column("assistance"),))


def trace(turned: list[float], repetitions: int, trial: bool = False, state: State = State.RUNNING) -> Trace:
    """A session at these numbers of cycles turned, as the motion counts them: 0 repetitions in the approach."""
    rows = np.zeros((len(turned), LAYOUT.size))
    columns = dict(zip(LAYOUT.columns, rows.T, strict=True))
    columns["session_state"][:], columns["fade"][:] = state, 1.0
    columns["time_s"][:] = np.arange(len(turned)) / 500.0
    columns["phase"][:] = [one % 1.0 for one in turned]
    columns["repetition"][:] = [min(int(one) + 1, repetitions) if one > 0.0 else 0 for one in turned]
    columns["assistance"][:] = [0.8 if one < 1.0 else 1.0 for one in turned]
    return Trace(TraceFacts("S", "0.1.0", 500.0, 0.0, ("knee",), {}, len(rows), 0, trial), columns)


@pytest.mark.parametrize(
    ("end", "whole"),
    [(0.0, 0), (0.3, 0), (0.98, 0), (1.0 - 1e-9, 1), (1.0, 1), (1.5, 1), (2.99, 2), (3.0 - 1e-12, 3), (3.0, 3)],
)
@pytest.mark.parametrize("trial", [False, True])
def test_whole_repetitions_are_counted_without_the_trial(end: float, whole: int, trial: bool) -> None:
    turned = [*np.arange(0.0, end, 0.0005), end]
    assert repetitions_done(trace(turned, 3, trial)) == max(whole - trial, 0)


def test_a_trial_is_not_of_the_exercise() -> None:
    turned = [0.0, 0.5, 1.5, 2.5]
    assert exercise_rows(trace(turned, 3)).tolist() == [False, True, True, True]
    with_trial = trace(turned, 3, trial=True)
    assert exercise_rows(with_trial).tolist() == [False, False, True, True]
    assert mean_assistance(with_trial, exercise_rows(with_trial)) == 1.0
    held = trace(turned, 3, trial=True, state=State.PAUSED)
    assert mean_assistance(held, exercise_rows(held)) is None


def test_a_torque_that_depends_on_the_angle_alone_is_nobodys_effort() -> None:
    phase = np.linspace(0.0, 2.0 * math.pi, 4001)[:-1]
    warped = phase + 0.4 * np.sin(phase)  # down faster than up: a mean over time would not cancel
    q, dq = np.sin(warped), np.cos(warped) * (1.0 + 0.4 * np.cos(phase))
    assert effort(-9.0 * np.cos(q), dq) == pytest.approx(0.0, abs=1e-9)
    assert effort(-9.0 * np.cos(q) - 2.5 * np.sign(dq), dq) == pytest.approx(2.5)


@given(st.floats(-40.0, 40.0), st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=20))
def test_a_person_who_gives_the_same_along_any_way_gives_that_much(own: float, way: list[float]) -> None:
    dq = np.array(way)
    moved = np.abs(dq).sum() > 1e-6
    found = effort(-own * np.sign(dq), dq)
    assert found == pytest.approx(own, abs=1e-9) if moved else True


def test_what_was_not_measured_is_none_and_not_zero() -> None:
    nothing = np.full(3, math.nan)
    assert effort(nothing, np.ones(3)) is None
    assert effort(np.ones(3), nothing) is None
    assert effort(np.ones(3), np.zeros(3)) is None
    assert effort(np.array([-2.0, math.nan, math.inf]), np.ones(3)) == 2.0
    without = trace([0.0, 0.5], 3)
    del without.columns["assistance"]  # type: ignore[attr-defined]
    metrics = summarise(without, {})
    assert (metrics.assistance, metrics.joints["knee"].effort_Nm, metrics.repetitions) == (None, None, 0)
