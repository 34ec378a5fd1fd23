"""A session's figures against closed forms."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.tick import Array
from session_records.done import exercise_rows
from session_records.metrics import interventions, summarise
from session_records.timing import BINS_PER_DECADE, SMALLEST_US
from session_records.trace import Trace, TraceFacts
from tests.session_records.conftest import LAYOUT, RATE_HZ, exercise

FLAGS = {1: "measurement not finite", 32: "position", 256: "rate", 512: "torque"}


def trace_of(rows: Array) -> Trace:
    facts = TraceFacts("S", "0.1.0", RATE_HZ, 0.0, ("knee",), {}, len(rows), 0)
    return Trace(facts, dict(zip(LAYOUT.columns, rows.T, strict=True)))


def column(rows: Array, field: str) -> Array:
    return rows[:, LAYOUT.slices[field]]


def test_the_encoders_rms_of_a_sine_error_is_its_amplitude_by_root_two() -> None:
    metrics = summarise(trace_of(exercise(2.0, error_deg=1.5)), FLAGS)
    assert metrics.encoder_rms_deg == pytest.approx(1.5 / math.sqrt(2.0), rel=1e-9)


def test_torque_figures_are_those_of_the_sine_over_the_whole_session() -> None:
    rows = exercise(2.0)
    metrics = summarise(trace_of(rows[100:]), FLAGS)
    assert metrics.peak_torque_Nm == pytest.approx(8.0)
    assert metrics.rms_torque_Nm == pytest.approx(8.0 / math.sqrt(2.0))


def test_the_range_reached_is_in_degrees() -> None:
    knee = summarise(trace_of(exercise(1.0, amplitude_deg=40.0)), FLAGS).joints["knee"]
    assert (knee.low_deg, knee.high_deg) == (pytest.approx(-40.0), pytest.approx(40.0))


def test_approach_fade_and_rest_do_not_count_as_exercise() -> None:
    rows = exercise(1.0)
    rows[200:300, LAYOUT.slices["fade"]] = 0.5
    rows[300:450, LAYOUT.slices["repetition"]] = 0.0
    rows[200:450, LAYOUT.slices["q"]] += 1.0
    metrics = summarise(trace_of(rows), FLAGS)
    assert metrics.exercise_s == pytest.approx(1.0 - 0.25)
    assert metrics.encoder_rms_deg == pytest.approx(0.0, abs=1e-12)


def test_what_never_happened_or_was_not_measured_is_none_and_not_zero() -> None:
    rows = exercise(0.5)
    column(rows, "repetition")[:] = 0.0
    column(rows, "lateness")[:] = math.nan
    metrics = summarise(trace_of(rows), FLAGS)
    assert not exercise_rows(trace_of(rows)).any()
    assert metrics.encoder_rms_deg is None
    assert metrics.joints["knee"].low_deg is None
    assert metrics.lateness_us is None
    assert (metrics.truth_limb_rms_deg, metrics.truth_peak_cuff_force_N, metrics.dropped) == (None, None, None)


def test_measurements_that_are_missing_are_left_out_of_the_rms() -> None:
    rows = exercise(1.0, error_deg=1.0)
    column(rows, "q")[::7] = math.nan
    assert summarise(trace_of(rows), FLAGS).encoder_rms_deg == pytest.approx(1.0 / math.sqrt(2.0), rel=0.02)


def test_truth_is_measured_against_the_reference() -> None:
    rows = exercise(1.0)
    limb = column(rows, "q_ref")[:, 0] + math.radians(3.0)
    force = np.zeros(len(rows))
    force[50] = -70.0
    force[51] = math.nan
    metrics = summarise(trace_of(rows), FLAGS, {"knee_limb_q_rad": limb, "knee_cuff_force_N": force})
    assert metrics.truth_limb_rms_deg == pytest.approx(3.0)
    assert metrics.truth_peak_cuff_force_N == pytest.approx(70.0)


def test_lateness_percentiles_are_in_microseconds() -> None:
    rows = exercise(0.9)
    column(rows, "lateness")[:, 0] = np.arange(len(rows)) * 1e-6
    lateness = summarise(trace_of(rows), FLAGS).lateness_us
    assert lateness is not None
    assert (lateness.p50, lateness.p99, lateness.p999, lateness.max) == (
        pytest.approx(499.5),
        pytest.approx(989.01),
        pytest.approx(998.001),
        pytest.approx(999.0),
    )


def test_the_rate_is_that_of_the_ticks_that_were_reached() -> None:
    rows = exercise(0.9)
    assert summarise(trace_of(rows), FLAGS).rate_hz == pytest.approx(1000.0)
    skipping = rows[:500].copy()
    column(skipping, "time")[:, 0] = np.arange(500) * 0.002
    assert summarise(trace_of(skipping), FLAGS).rate_hz == pytest.approx(500.0)


def test_counters_give_their_last_value() -> None:
    rows = exercise(0.5)
    column(rows, "overruns")[100:] = 2.0
    column(rows, "bus_misses")[300:] = 5.0
    metrics = summarise(trace_of(rows), FLAGS)
    assert (metrics.overruns, metrics.bus_misses) == (2, 5)


def test_each_rise_of_a_flag_is_one_intervention_with_its_time_and_length() -> None:
    rows = exercise(0.5)
    column(rows, "flags")[10:13] = 256.0
    column(rows, "flags")[12:20] += 32.0
    column(rows, "flags")[40] = 256.0
    found = [(one.time_s, one.flag, one.ticks) for one in interventions(trace_of(rows), FLAGS)]
    assert found == [(0.010, "rate", 3), (0.012, "position", 8), (0.040, "rate", 1)]
    metrics = summarise(trace_of(rows), FLAGS)
    assert metrics.guard_interventions == {"measurement not finite": 0, "position": 1, "rate": 2, "torque": 0}
    assert metrics.guard_ticks == {"measurement not finite": 0, "position": 8, "rate": 4, "torque": 0}


@given(st.lists(st.integers(0, 1023), min_size=1, max_size=60))
def test_interventions_cover_exactly_the_ticks_where_the_flag_stands(raised: list[int]) -> None:
    rows = exercise(0.0)[: len(raised)]
    column(rows, "flags")[:, 0] = raised
    trace = trace_of(rows)
    for value, name in FLAGS.items():
        found = [one for one in interventions(trace, FLAGS) if one.flag == name]
        covered = {round(one.time_s * RATE_HZ) + tick for one in found for tick in range(one.ticks)}
        assert covered == {tick for tick, flags in enumerate(raised) if flags & value}


def test_the_figures_are_plain_json() -> None:
    content = summarise(trace_of(exercise(0.2)), FLAGS, dropped=0).to_json()
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["joints"]["knee"]["peak_torque_Nm"] > 0


def test_the_histogram_counts_each_tick_in_the_bin_that_holds_it() -> None:
    rows = exercise(0.2)
    late_us = np.geomspace(0.37, 41_000.0, len(rows))
    column(rows, "lateness")[:, 0] = late_us * 1e-6
    histogram = summarise(trace_of(rows), FLAGS).lateness_histogram
    assert histogram is not None
    edges, counts = np.array(histogram.edges_us), np.array(histogram.counts)
    expected, _ = np.histogram(late_us, edges)
    np.testing.assert_array_equal(counts, expected)
    assert counts.sum() == len(rows)
    assert counts[0] > 0 < counts[-1]
    np.testing.assert_allclose(edges[1:] / edges[:-1], 10.0 ** (1.0 / BINS_PER_DECADE))
    for power in (1.0, 10.0, 100.0, 1e3, 1e4):
        assert np.isclose(edges, power, rtol=1e-12).any()


@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=50))
def test_no_tick_is_left_out_of_the_histogram(late_s: list[float]) -> None:
    rows = exercise(0.0)[: len(late_s)]
    column(rows, "compute")[:, 0] = late_s
    column(rows, "lateness")[:, 0] = math.nan
    metrics = summarise(trace_of(rows), FLAGS)
    assert metrics.lateness_histogram is None
    histogram = metrics.compute_histogram
    assert histogram is not None
    assert sum(histogram.counts) == len(late_s)
    assert histogram.edges_us[0] <= max(1e6 * min(late_s), SMALLEST_US) * (1.0 + 1e-9)
    assert histogram.edges_us[-1] > 1e6 * max(late_s) * (1.0 - 1e-9)


def test_the_longest_time_without_a_measurement_spans_misses_late_ticks_and_the_end() -> None:
    rows = exercise(0.4)
    assert summarise(trace_of(rows), FLAGS).longest_unmeasured_ms == pytest.approx(1.0)
    column(rows, "age")[100:107] = 0.005  # seven misses: eight periods from answer to answer
    assert summarise(trace_of(rows), FLAGS).longest_unmeasured_ms == pytest.approx(8.0)
    column(rows, "lateness")[200] = 0.0225  # the tick itself came late
    assert summarise(trace_of(rows), FLAGS).longest_unmeasured_ms == pytest.approx(23.5)
    column(rows, "age")[450:] = 0.01
    assert summarise(trace_of(rows), FLAGS).longest_unmeasured_ms == pytest.approx(50.0)
    column(rows, "age")[:] = 0.01
    assert summarise(trace_of(rows), FLAGS).longest_unmeasured_ms is None


def test_encoder_and_camera_are_compared_where_the_patient_was_tracked() -> None:
    trace = trace_of(exercise(1.0))
    seen = trace.columns["knee_q_rad"] + math.radians(3.0)
    sight = np.zeros(len(seen))
    seen[100:200], sight[100:200] = 2.0, 2.0
    seen[300:310] = math.nan
    watched = Trace(trace.facts, {**trace.columns, "knee_observed_q_rad": seen, "vision_sight": sight})
    knee = summarise(watched, FLAGS).joints["knee"]
    assert (knee.observed_rms_deg, knee.observed_largest_deg) == (pytest.approx(3.0), pytest.approx(3.0))
    assert summarise(trace, FLAGS).joints["knee"].observed_rms_deg is None
