import csv
from math import radians
from pathlib import Path

import numpy as np
import pytest

import controllers.motions.recorded as recorded
from controllers.motions.recorded import RECORDINGS, recorded_curve, recording_file
from robot.errors import PlanError

RECORDING = RECORDINGS["walking-2d"]
RANGES = (("hip", -0.3, 0.4), ("knee", radians(20), radians(65)), ("ankle", -0.2, 0.2))


def raw(kind):
    with recording_file("walking-2d").open() as file:
        rows = list(csv.DictReader(file))
    time, angle = (np.array([float(row[name]) for row in rows]) for name in ("t_s", RECORDING.columns[kind]))
    return time, angle


@pytest.fixture(scope="module")
def curve():
    return recorded_curve("walking-2d", RANGES)


def test_the_stride_period_is_the_recordings_own():
    """The lag at which the recorded knee looks most like itself."""
    time, angle = raw("knee")
    step = time[1] - time[0]
    lags = np.arange(80, 160)
    misfit = [np.mean((angle[lag:] - angle[:-lag]) ** 2) for lag in lags]
    assert lags[int(np.argmin(misfit))] * step == pytest.approx(RECORDING.stride_s, abs=0.02)


@pytest.mark.parametrize(("joint", "largest_rms_deg"), [("hip", 0.15), ("knee", 0.4), ("ankle", 0.25)])
def test_the_curve_is_the_recorded_stride_up_to_scale(curve, joint, largest_rms_deg):
    """An affine fit of the raw samples of that stride leaves no more than this."""
    time, angle = raw(joint)
    index = [name for name, *_ in RANGES].index(joint)
    inside = (time >= RECORDING.begins_s) & (time < RECORDING.begins_s + RECORDING.stride_s)
    phase = (time[inside] - RECORDING.begins_s) / RECORDING.stride_s
    fitted = np.array([curve.at(p)[0][index] for p in phase])
    design = np.column_stack([fitted, np.ones_like(fitted)])
    solution, *_ = np.linalg.lstsq(design, angle[inside], rcond=None)
    rms = np.sqrt(np.mean((design @ solution - angle[inside]) ** 2))
    assert solution[0] > 0.0
    assert rms < largest_rms_deg, f"{joint} {rms:.3f}°"


def test_each_joints_range_is_reached_and_not_passed(curve):
    angles = np.array([curve.at(phase)[0] for phase in np.linspace(0.0, 1.0, 20001)])
    for column, (_, low, high) in zip(angles.T, RANGES, strict=True):
        assert column.min() == pytest.approx(low, abs=2e-6)
        assert column.max() == pytest.approx(high, abs=2e-6)


def test_it_is_periodic_to_every_derivative(curve):
    for phase in (0.0, 0.25, 0.99):
        for here, a_cycle_later in zip(curve.at(phase), curve.at(phase + 1.0), strict=True):
            np.testing.assert_allclose(here, a_cycle_later, atol=1e-9)


def test_its_derivatives_are_finite_differences(curve):
    h = 1e-5
    for phase in np.random.default_rng(1).uniform(0.0, 1.0, 50):
        (before, slope_before, _), (_, slope, bend), (after, slope_after, _) = (
            tuple(map(np.array, curve.at(phase + step))) for step in (-h, 0.0, h)
        )
        np.testing.assert_allclose(slope, (after - before) / (2 * h), atol=1e-6)
        np.testing.assert_allclose(bend, (slope_after - slope_before) / (2 * h), atol=1e-4)


def test_a_left_knee_is_a_knee():
    left = recorded_curve("walking-2d", (("left-knee", 0.0, 1.0),))
    assert left == recorded_curve("walking-2d", (("knee", 0.0, 1.0),))


def test_of_two_legs_the_right_one_goes_half_a_stride_later():
    both = recorded_curve("walking-2d", (("left_knee", 0.0, 1.0), ("right_knee", 0.0, 1.0)))
    alone = recorded_curve("walking-2d", (("right_knee", 0.0, 1.0),))
    for phase in np.linspace(0.0, 1.0, 33):
        (left, _), (left_slope, _), (left_bend, _) = both.at(phase)
        (_, right), (_, right_slope), (_, right_bend) = both.at(phase + 0.5)
        assert (right, right_slope, right_bend) == pytest.approx((left, left_slope, left_bend), abs=1e-9)
        assert alone.at(phase)[0][0] == pytest.approx(left, abs=1e-12)


def test_what_was_not_recorded_is_refused_with_what_was():
    with pytest.raises(PlanError) as refused:
        recorded_curve("walking-2d", (("wrist", 0.0, 1.0),))
    assert (refused.value.code, refused.value.values["known"]) == ("joint-not-recorded", "hip, knee, ankle")
    with pytest.raises(PlanError) as refused:
        recording_file("running")
    assert (refused.value.code, refused.value.values["known"]) == ("recording-unknown", "walking-2d")


def test_every_recording_says_whose_it_is():
    listed = Path(recorded.__file__).with_name("recordings").joinpath("README.md").read_text()
    for name, recording in RECORDINGS.items():
        assert recording_file(name).is_file()
        assert f"`{recording.file}`" in listed
        assert "one person" in recording.label
        assert "Apache-2.0" in recording.label
        assert "Apache-2.0" in listed
