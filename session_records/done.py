"""What was done in a session: whole repetitions, the assistance that was needed, and the person's own effort."""

import numpy as np
import numpy.typing as npt

from robot.runtime.session_state import State
from robot.tick import Array
from session_records.trace import Trace

Mask = npt.NDArray[np.bool_]

WHOLE = 0.999
"""A repetition whose phase has come so far is a whole one: at the end of an exercise the phase stands within rounding
of 1 or has just begun anew at 0. Our choice."""

NOTICED_EFFORT_NM = 1.0
"""An effort below this is neither help nor resistance: it is within what the estimate may be wrong. Assumed."""


def exercise_rows(trace: Trace) -> Mask:
    """Which rows belong to the exercise: running, torque faded in, first repetition begun; a trial is not of it.

    The approach to the start and both fades are left out: there the joint is on its way and not yet asked to follow.
    """
    running = trace.columns["session_state"] == State.RUNNING
    first = 2.0 if trace.facts.trial else 1.0
    rows: Mask = running & (trace.columns["fade"] >= 1.0) & (trace.columns["repetition"] >= first)
    return rows


def repetitions_done(trace: Trace) -> int | None:
    """Whole repetitions, without the trial's; None where nothing counted them."""
    counted = trace.columns["repetition"]
    counted = np.where(np.isfinite(counted), counted, 0.0)
    if not counted.size:
        return None
    last = int(counted.max())
    phase = trace.columns["phase"][counted == last]
    whole = last if last and bool((phase >= WHOLE).any()) else max(last - 1, 0)
    return max(whole - trace.facts.trial, 0)


def mean_assistance(trace: Trace, exercise: Mask) -> float | None:
    """The mean assistance over the exercise, 0…1."""
    return _mean(trace.columns["assistance"][exercise]) if "assistance" in trace.columns else None


def effort(interaction: Array, dq_ref: Array) -> float | None:
    """The person's own torque along the reference in N·m, a mean over its way; positive where the person helps.

    By the estimated interaction torque, which is what the robot gives the person: where the person helps it is less.
    Each moment counts by the way that is made in it, so what depends on the angle alone, as the limb's weight, cancels
    over whole repetitions. An estimate: motor torque less what the robot's model takes.
    """
    known = np.isfinite(interaction) & np.isfinite(dq_ref)
    way = float(np.abs(dq_ref[known]).sum())
    return -float((interaction[known] * dq_ref[known]).sum()) / way if way > 0.0 else None


def _mean(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None
