"""The report's pictures, each from a trace: angles in degrees, torque in N·m, force in N, lateness in µs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from robot.tick import Array
from session_records.done import Mask, exercise_rows
from session_records.metrics import CUFF_FORCE, LIMB_ANGLE, Metrics, Truth, joint_column
from session_records.report.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SKY,
    VERMILION,
    figure,
    legend_above,
    line,
    styled,
    svg,
)
from session_records.timing import SMALLEST_US, Histogram, Percentiles
from session_records.trace import Trace


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot as the page holds it: `source` the inline picture, `caption` what it shows."""

    source: str
    caption: str


def pictures(trace: Trace, metrics: Metrics, truth: Truth | None, truth_name: str) -> Iterator[Picture]:
    """Every picture that the trace has the columns for, in the order of the page."""
    shaded = ~exercise_rows(trace)
    with styled():
        for joint in trace.facts.joints:
            yield _angle(trace, joint, shaded)
            yield _torque(trace, joint, shaded)
            if truth and joint_column(joint, LIMB_ANGLE) in truth:
                yield _truth(trace, joint, truth, truth_name, shaded)
        yield from _timings(metrics, 1e6 / trace.facts.rate_hz)


def _angle(trace: Trace, joint: str, shaded: Mask) -> Picture:
    q = np.degrees(trace.columns[joint_column(joint, "q_rad")])
    reference = np.degrees(trace.columns[joint_column(joint, "q_ref_rad")])
    made, (above, below) = figure((3.0, 1.2), 3.5)
    above.set_title(f"{joint}: angle")
    line(above, trace.time_s, reference, color=ORANGE, linewidth=2.4, label="reference")
    line(above, trace.time_s, q, color=BLUE, label="encoder")
    line(below, trace.time_s, np.where(shaded, np.nan, q - reference), color=INK, linewidth=0.8)
    above.set_ylabel("angle (°)")
    below.set_ylabel("encoder −\nreference (°)")
    _finish([above, below], trace, shaded)
    return Picture(svg(made), f"{joint}: encoder and reference angle, and their difference during the exercise.")


def _torque(trace: Trace, joint: str, shaded: Mask) -> Picture:
    made, (axes,) = figure((1.0,), 2.4)
    axes.set_title(f"{joint}: motor torque")
    measured = trace.columns[joint_column(joint, "tau_measured_Nm")]
    line(axes, trace.time_s, measured, color=GREEN, linewidth=1.8, alpha=0.7, label="measured by the drive")
    line(axes, trace.time_s, trace.columns[joint_column(joint, "tau_command_Nm")], color=VERMILION, label="command")
    axes.set_ylabel("torque (N·m)")
    _finish([axes], trace, shaded)
    return Picture(svg(made), f"{joint}: torque commanded after the guard, and measured by the drive.")


def _truth(trace: Trace, joint: str, truth: Mapping[str, Array], name: str, shaded: Mask) -> Picture:
    force = truth.get(joint_column(joint, CUFF_FORCE))
    made, axes = figure((1.4, 1.0)[: 1 if force is None else 2], 3.4 if force is not None else 2.4)
    axes[0].set_title(f"{joint}: {name}")
    reference = trace.columns[joint_column(joint, "q_ref_rad")]
    line(axes[0], trace.time_s, np.degrees(reference), color=ORANGE, linewidth=2.4, label="reference")
    line(axes[0], trace.time_s, np.degrees(truth[joint_column(joint, LIMB_ANGLE)]), color=BLUE, label="limb")
    axes[0].set_ylabel("limb angle (°)")
    if force is not None:
        line(axes[1], trace.time_s, force, color=GREEN)
        axes[1].set_ylabel("cuff force (N)")
        axes[1].set_ylim(bottom=min(0.0, float(np.nanmin(force, initial=0.0))))
    _finish(axes, trace, shaded)
    what = "limb angle" if force is None else "limb angle and cuff force"
    return Picture(svg(made), f"{joint}: {what}, {name}, of a synthetic patient; no sensor of the robot measures this.")


def _timings(metrics: Metrics, period_us: float) -> Iterator[Picture]:
    """Histograms of lateness and computing time, of a session in real time: simulated time is never late."""
    if metrics.lateness_us is None or metrics.lateness_us.max == 0.0 or metrics.lateness_histogram is None:
        return
    caption = "How late ticks began behind their deadline."
    yield _timing("lateness", metrics.lateness_histogram, metrics.lateness_us, period_us, caption)
    if metrics.compute_us is not None and metrics.compute_histogram is not None:
        caption = "How long law, guard and session took in each tick."
        yield _timing("computing", metrics.compute_histogram, metrics.compute_us, period_us, caption)


def _timing(title: str, histogram: Histogram, percentiles: Percentiles, period_us: float, caption: str) -> Picture:
    made, (axes,) = figure((1.0,), 2.1)
    axes.set_title(title)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.stairs(histogram.counts, histogram.edges_us, color=SKY, fill=True, baseline=0.5)
    _mark(axes, percentiles)
    low, high = axes.get_xlim()
    if low < period_us < high:
        axes.axvline(period_us, color=INK, linewidth=1.4)
        axes.annotate(" period", (period_us, 0.9), xycoords=("data", "axes fraction"), va="top", fontsize=8)
    axes.set_ylim(bottom=0.5)
    axes.set_ylabel("ticks")
    axes.set_xlabel("time (µs; both axes are logarithmic)")
    legend_above(axes)
    return Picture(svg(made), caption)


def _mark(axes: Axes, percentiles: Percentiles) -> None:
    for value, dashes, label in (
        (percentiles.p50, (6, 2), "median"),
        (percentiles.p99, (2, 1.5), "99 %"),
        (percentiles.p999, (1, 2.5), "99.9 %"),
        (percentiles.max, (1, 1), "largest"),
    ):
        axes.axvline(max(value, SMALLEST_US), color=VERMILION, dashes=dashes, label=f"{label} {value:.0f} µs")


def _finish(axes: list[Axes], trace: Trace, shaded: Mask) -> None:
    """Grey where it is not the exercise, time below, the legend above."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], shaded.astype(np.int8), [0]))))
    last = len(trace.time_s) - 1
    for one in axes:
        for index, (start, end) in enumerate(edges.reshape(-1, 2)):
            label = "not exercise" if index == 0 and one is axes[0] else None
            span = trace.time_s[start], trace.time_s[min(end, last)]
            one.axvspan(*span, color=GREY, alpha=0.35, linewidth=0, label=label)
        one.margins(x=0.0)
    axes[-1].set_xlabel("time (s)")
    legend_above(axes[0])
