"""A small sample of each campaign; the whole ones are run by `make campaigns`, the long soak by `make test-all`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.campaigns import control, recorder, soak, supervisor
from tests.campaigns.kit import Campaign


def tell(words: str) -> None:
    """Nobody watches."""


real_time = pytest.mark.xdist_group("real-time")


@real_time
def test_a_recorder_killed_at_random_moments_loses_no_row_and_leaves_control_alone(tmp_path: Path) -> None:
    seen = recorder.campaign(tmp_path, kills=3, seed=1, tell=tell, busy=False, repetitions=1)
    assert seen.held, seen.troubles
    assert seen.figures["kills"] >= 3
    assert seen.figures["rows in the records"] == seen.figures["rows that the ring took"] > 1000
    assert seen.figures["longest from a kill until rows were written again (s)"] > 0.0


@pytest.mark.parametrize(
    ("without_s", "why"), [(10.4, "this machine starts recorders too slowly"), (1.0, "the recorder did not keep up")]
)
def test_rows_that_a_ring_refused_are_told_with_their_cause(without_s: float, why: str) -> None:
    said = recorder.refused(512, without_s)
    assert "refused 512 rows" in said
    assert f"{without_s} s" in said
    assert why in said


@real_time
@pytest.mark.parametrize("of", [supervisor.campaign, control.campaign])
def test_a_killed_supervisor_or_control_leaves_no_torque_and_a_whole_record(
    tmp_path: Path, of: Callable[..., Campaign]
) -> None:
    seen = of(tmp_path, kills=1, seed=1, tell=tell, idle=False, within_s=1.5)
    assert seen.held, seen.troubles
    assert seen.figures["kills"] == 1


@pytest.mark.sweep
@pytest.mark.timeout(7200)
def test_two_simulated_hours_do_not_grow_and_replay_exactly(tmp_path: Path) -> None:
    seen = soak.campaign(tmp_path, hours=2.0, tell=print)
    print(seen.figures)
    assert seen.held, seen.troubles
    assert seen.figures["rows replayed bit for bit"] == seen.figures["rows"] > 3_600_000
