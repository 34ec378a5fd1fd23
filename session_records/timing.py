"""How a session's loop kept time: percentiles, histograms, the rate that was reached, the longest time unmeasured."""

from dataclasses import dataclass

import numpy as np

from robot.tick import Array
from session_records.trace import Trace

BINS_PER_DECADE = 10
"""Neighbouring bins differ by a quarter: a histogram of five decades has fifty numbers."""

SMALLEST_US = 0.1
"""What took less is counted in the lowest bin: no clock here tells it apart."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of a quantity over all rows, in µs: median, 99th and 99.9th percentile, largest."""

    p50: float
    p99: float
    p999: float
    max: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many ticks took how long: `counts[i]` from `edges_us[i]` to below `edges_us[i + 1]`, logarithmic bins."""

    edges_us: list[float]
    counts: list[int]


def percentiles_us(trace: Trace, column: str) -> Percentiles | None:
    """The percentiles of a column that is in s; None where nothing of it was measured."""
    measured = _measured_us(trace, column)
    if not measured.size:
        return None
    p50, p99, p999 = (float(value) for value in np.percentile(measured, (50.0, 99.0, 99.9)))
    return Percentiles(p50, p99, p999, float(measured.max()))


def histogram_us(trace: Trace, column: str) -> Histogram | None:
    """The histogram of a column that is in s, over whole bins from that of the smallest value to that of the largest.

    Every power of ten is an edge; None where nothing was measured.
    """
    measured = _measured_us(trace, column)
    if not measured.size:
        return None
    bins = np.floor(BINS_PER_DECADE * np.log10(np.maximum(measured, SMALLEST_US)) + 1e-9).astype(np.int64)
    low, high = int(bins.min()), int(bins.max())
    edges = [10.0 ** (index / BINS_PER_DECADE) for index in range(low, high + 2)]
    return Histogram(edges, np.bincount(bins - low).tolist())


def rate_reached_hz(trace: Trace) -> float | None:
    """Rows per second between the first tick's beginning and the last's; None for fewer than two."""
    if trace.facts.rows < 2:
        return None
    begun = _begun_s(trace)
    return float((trace.facts.rows - 1) / (begun[-1] - begun[0]))


def longest_unmeasured_ms(trace: Trace) -> float | None:
    """The longest time between two ticks, in ms, at which every drive gave a valid measurement, or until the end.

    Late ticks, lost replies and rows that the trace lacks all count; None without any valid measurement.
    """
    if "measurement_age_s" not in trace.columns:
        return None
    begun = _begun_s(trace)
    valid = np.flatnonzero(trace.columns["measurement_age_s"] == 0.0)
    if not valid.size:
        return None
    return 1e3 * float(np.diff(begun[[*valid, -1]]).max())


def _measured_us(trace: Trace, column: str) -> Array:
    values = trace.columns.get(column, np.empty(0))
    measured: Array = 1e6 * values[np.isfinite(values)]
    return measured


def _begun_s(trace: Trace) -> Array:
    """When each tick began, in s: its place on the grid, and how late it was."""
    begun: Array = trace.time_s + np.nan_to_num(trace.columns.get("lateness_s", np.zeros(1)))
    return begun
