"""What the benchmark of the loop's punctuality makes of its measurements, on ticks whose every time is known."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import loops, timing
from benchmarks.__main__ import _table

PERIOD = loops.PERIOD_S


def round_of(begun, indices=None, missing=()):
    return {"begun": list(begun), "indices": list(indices or range(len(begun))), "missing": list(missing)}


def punctual(late=0.0, count=1000):
    """Ticks on the grid, every second one late."""
    return round_of(PERIOD * np.arange(count) + late * (np.arange(count) % 2))


def test_a_loop_that_sleeps_too_long_drifts_and_one_that_leaves_ticks_out_does_not():
    count = 1000
    drifting = timing._course([round_of(1.1 * PERIOD * np.arange(count))])
    kept = np.flatnonzero(np.arange(count) % 7)
    skipping = timing._course([round_of(PERIOD * (kept - kept[0]), (kept - kept[0]).tolist())])
    assert drifting.behind.max() == pytest.approx(0.1 * PERIOD * (count - timing.LAST))
    assert skipping.behind.max() == pytest.approx(0.0, abs=1e-12)
    assert timing._drift(timing.SHIPPED, drifting)["met"] is False
    assert timing._drift(timing.SHIPPED, skipping)["met"] is True


def test_jitter_is_the_median_deviation_of_a_period_and_lateness_that_from_the_grid():
    course = timing._course([punctual(40e-6), punctual(40e-6)])
    assert course.jitter == pytest.approx(40e-6)
    assert np.percentile(course.lateness, 99) == pytest.approx(40e-6)
    assert len(course.periods) == 2 * 999
    row = timing._against(timing._course([punctual(3e-6)]), loops.PLAIN, course, "")
    assert row["measured"] == pytest.approx(3.0 / 40.0)
    assert row["met"] is True


@pytest.mark.parametrize(("limit_us", "met"), [(21.0, True), (19.0, False)])
def test_the_goal_is_twice_the_limit(limit_us, met):
    row = timing._against_the_limit(timing._course([punctual(40e-6)]), np.full(100, limit_us * 1e-6), True)
    assert (row["measured"], row["met"]) == (pytest.approx(40.0 / limit_us), met)


def test_what_is_missing_is_said_and_shown_as_not_measured():
    course = timing._course([punctual()])
    rows = [
        timing._against_the_limit(course, None, True),
        timing._against(course, "default", None, "opensourceleg could not be installed: no registry"),
    ]
    assert [(row["measured"], row["met"]) for row in rows] == [(None, None)] * 2
    assert "apt-get install rt-tests" in rows[0]["beside"]
    assert "no registry" in rows[1]["beside"]
    assert list(_table(rows).columns[1].cells) == ["not measured"] * 2


def test_every_number_of_cyclictests_histogram_is_a_wake_up(tmp_path):
    program = tmp_path / "cyclictest"
    program.write_text(
        "#!/bin/sh\nprintf '# /dev/cpu_dma_latency set to 0us\\n000000 000000\\n000007 000002\\n"
        "000011 000001\\n# Total: 000000003\\n# Max Latencies: 00011\\n'\n"
    )
    program.chmod(0o700)
    assert timing._cyclictest(str(program), True)() == pytest.approx([7e-6, 7e-6, 11e-6])


@pytest.mark.parametrize("name", [*loops.OURS, loops.PLAIN])
def test_each_loop_tells_when_its_ticks_began(name):
    root = str(Path(loops.__file__).parent.parent)
    answer = subprocess.run(
        [sys.executable, loops.__file__, name, "30"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": root},
    )
    told = json.loads(answer.stdout)
    assert len(told["begun"]) == len(told["indices"]) == 30
    assert told["begun"][0] == told["indices"][0] == 0
    assert np.all(np.diff(told["begun"]) > 0.0)
    assert np.all(np.diff(told["indices"]) >= 1)
    if name != loops.PLAIN:  # ours never begins a tick before its place on the grid
        assert np.all(np.array(told["begun"]) >= PERIOD * np.array(told["indices"]) - 1e-3)
