"""A session's figures, from its trace and, where there is one, its truth. What was not measured is None, never 0."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from robot.tick import Array
from robot.vision import Sight
from session_records.done import Mask, effort, exercise_rows, mean_assistance, repetitions_done
from session_records.timing import (
    Histogram,
    Percentiles,
    histogram_us,
    longest_unmeasured_ms,
    percentiles_us,
    rate_reached_hz,
)
from session_records.trace import Trace

Truth = Mapping[str, Array]
"""Truth columns at the trace's rows, as `session_records.truth.join_truth` gives them."""

CUFF_FORCE = "cuff_force_N"
LIMB_ANGLE = "limb_q_rad"


@dataclass(frozen=True, slots=True)
class JointMetrics:
    """One joint's figures. Torques over the whole session; the others during the exercise (see `exercise_rows`).

    `encoder_rms_deg` RMS of encoder angle less reference; `truth_limb_rms_deg` RMS of the limb's true angle less
    reference; `low_deg`, `high_deg` the range that the encoder reached; `effort_Nm` see `session_records.done`;
    `observed_rms_deg`, `observed_largest_deg` encoder angle less the one that a camera saw, while it tracked.
    """

    encoder_rms_deg: float | None
    truth_limb_rms_deg: float | None
    low_deg: float | None
    high_deg: float | None
    peak_torque_Nm: float | None  # noqa: N815  (a unit's own capitals)
    rms_torque_Nm: float | None  # noqa: N815
    effort_Nm: float | None  # noqa: N815
    observed_rms_deg: float | None
    observed_largest_deg: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """A session's figures; those that joints have are here the largest of any joint.

    `duration_s` and `exercise_s` the time the rows cover, in all and in the exercise; `repetitions`, `assistance` see
    `session_records.done`; `rate_hz` rows per second between the first tick's beginning and the last's; `lateness` how
    late ticks began, `compute` what law, guard and session took; `longest_unmeasured_ms` see there; `missing` rows that
    the trace lacks, `dropped` those of them that a full ring refused; `guard_interventions` how often each flag of the
    guard rose, `guard_ticks` in how many rows it stood.
    """

    rows: int
    missing: int
    dropped: int | None
    duration_s: float
    exercise_s: float
    repetitions: int | None
    assistance: float | None
    rate_hz: float | None
    lateness_us: Percentiles | None
    compute_us: Percentiles | None
    lateness_histogram: Histogram | None
    compute_histogram: Histogram | None
    longest_unmeasured_ms: float | None
    overruns: int | None
    bus_misses: int | None
    encoder_rms_deg: float | None
    peak_torque_Nm: float | None  # noqa: N815
    rms_torque_Nm: float | None  # noqa: N815
    truth_limb_rms_deg: float | None
    truth_peak_cuff_force_N: float | None  # noqa: N815
    guard_interventions: dict[str, int] | None
    guard_ticks: dict[str, int] | None
    joints: dict[str, JointMetrics]

    def to_json(self) -> dict[str, Any]:
        """Plain values, as the registry keeps them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Intervention:
    """A flag of the guard from the row where it rose: `time_s` on the session's grid, `ticks` rows long."""

    time_s: float
    flag: str
    ticks: int


def summarise(
    trace: Trace, flags: Mapping[int, str], truth: Truth | None = None, dropped: int | None = None
) -> Metrics:
    """The figures of a trace with at least one row.

    `flags` names the guard's flags by their value in `guard_flags` (1, 2, 4, …); `truth` are columns at the trace's
    rows; `dropped` the rows that the ring refused, where that is known.
    """
    exercise = exercise_rows(trace)
    joints = {joint: _joint(trace, joint, exercise, truth) for joint in trace.facts.joints}
    rose = interventions(trace, flags) if "guard_flags" in trace.columns else None
    cuff = [values for name, values in (truth or {}).items() if name.endswith(CUFF_FORCE)]
    return Metrics(
        rows=trace.facts.rows,
        missing=trace.facts.missing,
        dropped=dropped,
        duration_s=float(trace.time_s[-1] - trace.time_s[0]) + 1.0 / trace.facts.rate_hz,
        exercise_s=np.count_nonzero(exercise) / trace.facts.rate_hz,
        repetitions=repetitions_done(trace),
        assistance=mean_assistance(trace, exercise),
        rate_hz=rate_reached_hz(trace),
        lateness_us=percentiles_us(trace, "lateness_s"),
        compute_us=percentiles_us(trace, "compute_s"),
        lateness_histogram=histogram_us(trace, "lateness_s"),
        compute_histogram=histogram_us(trace, "compute_s"),
        longest_unmeasured_ms=longest_unmeasured_ms(trace),
        overruns=_count(trace, "overruns"),
        bus_misses=_count(trace, "bus_misses"),
        encoder_rms_deg=_largest([joint.encoder_rms_deg for joint in joints.values()]),
        peak_torque_Nm=_largest([joint.peak_torque_Nm for joint in joints.values()]),
        rms_torque_Nm=_largest([joint.rms_torque_Nm for joint in joints.values()]),
        truth_limb_rms_deg=_largest([joint.truth_limb_rms_deg for joint in joints.values()]),
        truth_peak_cuff_force_N=_largest([_peak(values) for values in cuff]),
        guard_interventions=None if rose is None else {n: sum(one.flag == n for one in rose) for n in flags.values()},
        guard_ticks=None
        if rose is None
        else {name: sum(one.ticks for one in rose if one.flag == name) for name in flags.values()},
        joints=joints,
    )


def interventions(trace: Trace, flags: Mapping[int, str]) -> list[Intervention]:
    """Every time that a flag of the guard rose, in order of time; bits that `flags` does not name are left out."""
    raised = np.nan_to_num(trace.columns["guard_flags"]).astype(np.int64)
    found = []
    for value, name in flags.items():
        stands = np.concatenate(([0], (raised & value != 0).astype(np.int8), [0]))
        edges = np.diff(stands)
        starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
        found += [
            Intervention(float(trace.time_s[start]), name, int(end - start))
            for start, end in zip(starts, ends, strict=True)
        ]
    return sorted(found, key=lambda one: (one.time_s, one.flag))


def joint_column(joint: str, quantity: str) -> str:
    """The title of a joint's column, e.g. `knee_q_rad`."""
    return f"{joint.replace('-', '_')}_{quantity}"


def _joint(trace: Trace, joint: str, exercise: Mask, truth: Truth | None) -> JointMetrics:
    q = trace.columns[joint_column(joint, "q_rad")]
    reference = trace.columns[joint_column(joint, "q_ref_rad")]
    torque = trace.columns[joint_column(joint, "tau_command_Nm")]
    interaction = trace.columns[joint_column(joint, "tau_interaction_estimated_Nm")]
    dq_ref = trace.columns[joint_column(joint, "dq_ref_rad_s")]
    limb = (truth or {}).get(joint_column(joint, LIMB_ANGLE))
    reached, unlike = _measured(np.degrees(q[exercise])), _disagreement_deg(trace, joint)
    return JointMetrics(
        encoder_rms_deg=_rms(np.degrees(q - reference)[exercise]),
        truth_limb_rms_deg=None if limb is None else _rms(np.degrees(limb - reference)[exercise]),
        low_deg=float(reached.min()) if reached.size else None,
        high_deg=float(reached.max()) if reached.size else None,
        peak_torque_Nm=_peak(torque),
        rms_torque_Nm=_rms(torque),
        effort_Nm=effort(interaction[exercise], dq_ref[exercise]),
        observed_rms_deg=_rms(unlike),
        observed_largest_deg=_peak(unlike),
    )


def _disagreement_deg(trace: Trace, joint: str) -> Array:
    """Encoder less camera in the rows in which the patient was tracked; none for a joint that no camera observes."""
    observed = trace.columns.get(joint_column(joint, "observed_q_rad"))
    if observed is None:
        return np.empty(0)
    tracked = trace.columns["vision_sight"] == Sight.TRACKING
    unlike: Array = np.degrees((trace.columns[joint_column(joint, "q_rad")] - observed)[tracked])
    return unlike


def _count(trace: Trace, name: str) -> int | None:
    """A counter's last value: the row carries how many there have been since the session's start."""
    counted = _measured(trace.columns[name]) if name in trace.columns else np.empty(0)
    return int(counted.max()) if counted.size else None


def _measured(values: Array) -> Array:
    measured: Array = values[np.isfinite(values)]
    return measured


def _rms(values: Array) -> float | None:
    measured = _measured(values)
    return float(np.sqrt(np.mean(np.square(measured)))) if measured.size else None


def _peak(values: Array) -> float | None:
    measured = _measured(values)
    return float(np.abs(measured).max()) if measured.size else None


def _largest(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
