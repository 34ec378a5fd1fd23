"""What goes wrong between drives and control shows as it is said to, and no otherwise."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.tick import Row, TickLayout
from sim_models.faults import NOMINAL, Condition, Delay, Sensing
from sim_models.plant import SimulatedPlant
from sim_models.trials.trial import rubbed
from tests.sim_models.loads import KNEE_EXO, Flywheel

DT = KNEE_EXO.dt
TICKS = 4000
COUNT = 2.0 * math.pi / 1003846
"""One count of the drive's encoder in rad."""


def rows_of(condition: Condition, load: Flywheel | None = None, ticks: int = TICKS) -> np.ndarray:
    """q, dq, age and misses at each tick of a plant that is asked for nothing."""
    plant = SimulatedPlant(KNEE_EXO, load or Flywheel(), condition)
    row = Row(TickLayout(KNEE_EXO.joint_names))
    plant.open()
    rows = []
    for _ in range(ticks):
        plant.read(row)
        rows.append([row.q[0], row.dq[0], row.age[0], row.bus_misses[0]])
        plant.write(row)
    return np.array(rows)


def test_noise_has_the_standard_deviation_that_is_said_and_no_bias() -> None:
    noisy = rows_of(Condition("noise", noise_rad=0.002, noise_rad_s=0.03, seed=5))
    for column, sigma, true in ((0, 0.002, 0.5), (1, 0.03, 0.0)):
        # Five standard errors of mean and of standard deviation.
        assert noisy[:, column].mean() == pytest.approx(true, abs=5.0 * sigma / math.sqrt(TICKS))
        assert noisy[:, column].std() == pytest.approx(sigma, rel=5.0 / math.sqrt(2.0 * TICKS))


def test_a_seed_gives_the_same_noise_again_and_another_seed_another() -> None:
    one = Condition("noise", noise_rad=0.002, lost_share=0.1, seed=5)
    first, again, other = (rows_of(each, ticks=200) for each in (one, one, replace(one, seed=6)))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other, equal_nan=True)


def test_a_bias_stands_on_every_angle_and_on_no_velocity() -> None:
    plain, wrong = (
        rows_of(NOMINAL, Flywheel(dq=1.0), 50),
        rows_of(Condition("bias", bias_rad=0.1), Flywheel(dq=1.0), 50),
    )
    np.testing.assert_allclose(wrong[:, 0] - plain[:, 0], 0.1, atol=COUNT)
    np.testing.assert_array_equal(wrong[:, 1], plain[:, 1])


def test_a_lost_turn_is_one_turn_of_the_drive_and_begins_when_it_is_said() -> None:
    plain, wrapped = rows_of(NOMINAL, ticks=50), rows_of(Condition("wrap", wrap_s=20 * DT), ticks=50)
    np.testing.assert_allclose(plain[:, 0] - wrapped[:, 0], [0.0] * 20 + [2.0 * math.pi] * 30, atol=1e-9)


def test_lost_replies_are_bus_misses_and_as_many_as_said() -> None:
    rows = rows_of(Condition("lost", lost_share=0.05, seed=3))
    lost = np.isnan(rows[:, 0])
    assert lost.mean() == pytest.approx(0.05, abs=5.0 * math.sqrt(0.05 * 0.95 / TICKS))
    assert np.diff(rows[:, 3], prepend=0.0).astype(bool).tolist() == lost.tolist()
    assert (rows[~lost, 2] == 0.0).all()
    assert (rows[lost, 2] > 0.0).all()


@given(way=st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=40), play=st.floats(1e-3, 0.5))
def test_the_encoders_side_is_never_further_away_than_half_the_play_and_moves_only_when_pushed(
    way: list[float], play: float
) -> None:
    sensing = Sensing(Condition("play", backlash_rad=play), KNEE_EXO.drives)
    seen = [sensing.measured(0.0, [q], [0.0])[0][0] for q in way]
    assert all(abs(side - q) <= 0.5 * play + 1e-12 for side, q in zip(seen, way, strict=True))
    for before, after, q in zip(seen, seen[1:], way[1:], strict=False):
        assert after == before or abs(after - q) == pytest.approx(0.5 * play, abs=1e-12)


def test_going_there_and_back_shows_the_whole_play() -> None:
    sensing = Sensing(Condition("play", backlash_rad=0.2), KNEE_EXO.drives)
    sweep = [*np.linspace(0.0, 1.0, 101), *np.linspace(1.0, 0.0, 101)]
    seen = [sensing.measured(0.0, [q], [0.0])[0][0] for q in sweep]
    assert seen[50] == pytest.approx(0.4)
    assert seen[151] == pytest.approx(0.6)


@given(delay=st.integers(0, 20), jitter=st.integers(0, 20), seed=st.integers(0, 1000))
def test_commands_come_late_but_within_the_delay_and_never_overtake(delay: int, jitter: int, seed: int) -> None:
    way = Delay(Condition("late", delay_s=delay * DT, jitter_s=jitter * DT, seed=seed), DT, [-1])
    arrived = [way.passed([sent])[0] for sent in range(100)]
    assert arrived == sorted(arrived)
    for now, newest in enumerate(arrived):
        if newest >= 0:
            assert 1 + delay <= now - newest <= 1 + delay + jitter
        else:
            assert now < 1 + delay + jitter


def test_a_weak_drive_gives_its_share_of_the_torque_and_tells_the_current_of_all_of_it() -> None:
    load = Flywheel(inertia=1e6)
    plant, row = SimulatedPlant(KNEE_EXO, load, Condition("weak", torque_share=0.7)), Row(TickLayout(("knee",)))
    plant.open()
    for _ in range(5):
        plant.read(row)
        row.tau_command[0] = 10.0
        plant.write(row)
    assert load.torques[-1] == pytest.approx(7.0, abs=0.02)
    assert row.tau_measured[0] == pytest.approx(10.0, abs=0.02)


def test_more_friction_is_the_robots_and_the_description_stays() -> None:
    described = KNEE_EXO.drives[0].friction
    (rough,) = rubbed(KNEE_EXO, 2.0).drives
    assert (rough.friction.coulomb, rough.friction.viscous) == (2.0 * described.coulomb, 2.0 * described.viscous)
    assert KNEE_EXO.drives[0].friction == described
    assert rubbed(KNEE_EXO, 1.0) is KNEE_EXO
