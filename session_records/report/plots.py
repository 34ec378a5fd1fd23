"""The report's pictures, each from a trace: angles in degrees, torque in N·m, force in N, lateness in µs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from robot.tick import Array
from session_records.metrics import CUFF_FORCE, LIMB_ANGLE, Mask, Metrics, Truth, exercise_rows, joint_column
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
from session_records.timing import SMALLEST_US, Percentiles
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
        if metrics.lateness_us is not None and metrics.lateness_us.max > 0.0:
            yield _timing(trace, metrics)


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


def _timing(trace: Trace, metrics: Metrics) -> Picture:
    made, axes = figure((1.0, 1.0), 3.6)
    period_us = 1e6 / trace.facts.rate_hz
    for one, title, histogram, percentiles in (
        (axes[0], "lateness and computing time", metrics.lateness_histogram, metrics.lateness_us),
        (axes[1], "", metrics.compute_histogram, metrics.compute_us),
    ):
        one.set_title(title)
        one.set_xscale("log")
        one.set_yscale("log")
        if histogram is not None and percentiles is not None:
            one.stairs(histogram.counts, histogram.edges_us, color=SKY, fill=True, baseline=0.5)
            _mark(one, percentiles)
        one.axvline(period_us, color=INK, linewidth=1.4, label=f"period {period_us:g} µs")
        one.set_ylim(bottom=0.5)
    axes[0].set_ylabel("ticks that were\nso late")
    axes[1].set_ylabel("ticks that took\nso long")
    axes[1].set_xlabel("time (µs; both axes are logarithmic)")
    for one in axes:
        legend_above(one)
    return Picture(
        svg(made), "How late ticks began behind their deadline, and what law, guard and session took in them."
    )


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
