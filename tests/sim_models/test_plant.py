import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.description import RobotDescription
from robot.tick import Row, TickLayout
from sim_models.faults import Condition, Interval, more_delay, nonsense_measurement, silent_bus
from sim_models.load import PatientLoad
from sim_models.plant import SimulatedPlant, watchdog_s
from sim_models.virtual_patient import STANDARD
from tests.sim_models.loads import KNEE_EXO, SEATED, Flywheel

DT = KNEE_EXO.dt
STEPS = 2
"""Physics steps in a tick."""

DRIVE = KNEE_EXO.drives[0]
WATCHDOG_TICKS = 40
"""90 ms of silence are four of the drive's units, 80 ms, at 500 Hz."""

ONE_COUNT_NM = DRIVE.torque_of_counts(1)


def opened(load: Flywheel, condition: Condition | None = None) -> tuple[SimulatedPlant, Row]:
    plant = SimulatedPlant(KNEE_EXO, load, *([condition] if condition else []))
    plant.open()
    return plant, Row(TickLayout(KNEE_EXO.joint_names))


def run(plant: SimulatedPlant, row: Row, commands: list[float]) -> np.ndarray:
    """Read and write once a tick; the rows as measured."""
    rows = []
    for command in commands:
        plant.read(row)
        rows.append([row.q[0], row.dq[0], row.tau_measured[0], row.age[0], row.bus_misses[0], row.drive_error[0]])
        row.tau_command[0] = command
        plant.write(row)
    return np.array(rows)


Q, DQ, TAU, AGE, MISSES, ERROR = range(6)


@pytest.mark.parametrize("late_ms", [0, 20])
def test_an_impulse_acts_one_cycle_after_the_measurement_it_answers(late_ms: int) -> None:
    load = Flywheel()
    plant, row = opened(load, more_delay(late_ms / 1000.0) if late_ms else None)
    rows = run(plant, row, [0.0] * 5 + [10.0] + [0.0] * 30)
    cycles = 1 + round(late_ms / 1000.0 / DT)
    # Answered at tick 5, it acts from tick 5 + cycles on, for one tick.
    expected = np.zeros(35 * STEPS)
    expected[(5 + cycles) * STEPS : (6 + cycles) * STEPS] = 10.0
    np.testing.assert_allclose(load.torques, expected, atol=0.5 * ONE_COUNT_NM)
    assert np.flatnonzero(rows[:, TAU]).tolist() == [6 + cycles]
    assert np.flatnonzero(rows[:, DQ])[0] == 6 + cycles


@given(q=st.floats(-0.08, 2.09), dq=st.floats(-3.0, 3.0))
def test_measurements_are_the_drives_counts(q: float, dq: float) -> None:
    plant, row = opened(Flywheel(q=q, dq=dq))
    plant.read(row)
    assert row.q[0] == pytest.approx(DRIVE.position_of_counts(round(DRIVE.counts_of_position(row.q[0]))), abs=1e-12)
    assert abs(row.q[0] - q) <= 0.5 * 2.0 * math.pi / 1003846 + 1e-15
    assert abs(row.dq[0] - dq) <= 0.5 * 0.01 * 2.0 * math.pi / 60.0 + 1e-15


@given(tau=st.floats(-300.0, 300.0))
def test_torque_passes_through_the_current_counts_up_to_the_current_limit(tau: float) -> None:
    load = Flywheel(inertia=1e9)
    plant, row = opened(load)
    rows = run(plant, row, [tau] * 3)
    limit = 22.740 * DRIVE.torque_per_ampere
    assert load.torques[-1] == pytest.approx(min(max(tau, -limit), limit), abs=0.51 * ONE_COUNT_NM)
    assert rows[-1, TAU] == pytest.approx(load.torques[-1], abs=0.51 * ONE_COUNT_NM)


def test_a_drive_weakens_along_its_torque_speed_line_but_brakes_with_its_full_current() -> None:
    speed = 32.0 * 2.0 * math.pi / 60.0
    line = 44.7 * (33.1 - 32.0) / (33.1 - 29.0)
    for tau, acts in ((40.0, line), (-40.0, -40.0)):
        load = Flywheel(inertia=1e9, dq=speed)
        plant, row = opened(load)
        rows = run(plant, row, [tau] * 3)
        assert load.torques[-1] == pytest.approx(acts, rel=1e-3)
        assert rows[-1, TAU] == pytest.approx(acts, rel=1e-3)


def test_simulated_time_goes_on_by_one_tick_a_read_and_not_before_the_first() -> None:
    seen: list[tuple[float, ...]] = []
    plant = SimulatedPlant(
        KNEE_EXO, Flywheel(dq=1.0), observe=lambda time, truth, torques: seen.append((time, *truth, *torques))
    )
    plant.open()
    run(plant, Row(TickLayout(KNEE_EXO.joint_names)), [0.0] * 3)
    np.testing.assert_allclose(seen, [(0.0, 0.5, 0.0), (DT, 0.5 + DT, 0.0), (2 * DT, 0.5 + 2 * DT, 0.0)], rtol=1e-12)


def test_observer_is_told_the_torque_that_led_to_what_it_sees() -> None:
    load, told = Flywheel(inertia=1e6), list[float]()
    plant = SimulatedPlant(KNEE_EXO, load, observe=lambda time, truth, torques: told.extend(torques))
    plant.open()
    run(plant, Row(TickLayout(KNEE_EXO.joint_names)), [3.0] * 6)
    assert told[1:] == load.torques[::STEPS]


def test_a_plant_whose_host_is_gone_coasts_until_the_watchdog_lets_go() -> None:
    load, times = Flywheel(inertia=1e6), list[float]()
    plant = SimulatedPlant(KNEE_EXO, load, observe=lambda time, truth, torques: times.append(time))
    plant.open()
    run(plant, Row(TickLayout(KNEE_EXO.joint_names)), [5.0] * 10)
    plant.coast(60)
    np.testing.assert_allclose(times, np.arange(70) * DT, atol=1e-12)
    assert np.flatnonzero(np.array(load.torques) > 1.0)[-1] == (9 + WATCHDOG_TICKS) * STEPS - 1


def test_nonsense_is_not_a_number_and_passes_for_fresh() -> None:
    plant, row = opened(Flywheel(), nonsense_measurement(10 * DT, 5 * DT))
    rows = run(plant, row, [0.0] * 30)
    broken = [tick for tick in range(30) if np.isnan(rows[tick, :3]).all()]
    assert broken == [10, 11, 12, 13, 14]
    assert np.isfinite(np.delete(rows, broken, axis=0)).all()
    assert not rows[:, AGE].any()
    assert not rows[:, MISSES].any()


def test_silence_gives_no_numbers_and_an_age_that_grows() -> None:
    plant, row = opened(Flywheel(), silent_bus(10 * DT, 4 * DT))
    rows = run(plant, row, [0.0] * 20)
    assert [tick for tick in range(20) if np.isnan(rows[tick, [Q, DQ, TAU, ERROR]]).all()] == [10, 11, 12, 13]
    np.testing.assert_allclose(rows[9:15, AGE], [0.0, DT, 2 * DT, 3 * DT, 4 * DT, 0.0], atol=1e-12)
    assert rows[9:15, MISSES].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 4.0]


def test_a_silent_bus_loses_what_is_written() -> None:
    load = Flywheel()
    plant, row = opened(load, silent_bus(10 * DT, 4 * DT))
    run(plant, row, [1.0] * 10 + [5.0] * 4 + [1.0] * 10)
    assert max(load.torques) == pytest.approx(1.0, abs=ONE_COUNT_NM)


def test_a_drive_that_hears_nothing_lets_go_after_its_watchdog_time_and_stays_off() -> None:
    load = Flywheel(inertia=1e6)
    plant, row = opened(load, silent_bus(0.1))
    rows = run(plant, row, [5.0] * 150)
    assert not rows[:50, ERROR].any()
    assert set(rows[100:, ERROR]) == {0x100}
    acting = np.array(load.torques) > 1.0
    last_heard = 49
    assert np.flatnonzero(acting)[[0, -1]].tolist() == [STEPS, (last_heard + WATCHDOG_TICKS) * STEPS - 1]
    plant.open()
    run(plant, row, [5.0] * 3)
    assert load.torques[-1] == pytest.approx(5.0, abs=ONE_COUNT_NM)


@pytest.mark.parametrize(("silence_s", "in_units"), [(0.040, 0.040), (0.059, 0.040), (0.010, 0.020), (9.0, 2.54)])
def test_the_watchdog_counts_in_units_of_20_ms(silence_s: float, in_units: float) -> None:
    assert watchdog_s(silence_s) == in_units


def test_stop_takes_the_torque_away_at_once_and_for_good() -> None:
    load = Flywheel()
    plant, row = opened(load)
    run(plant, row, [5.0] * 10)
    plant.stop()
    run(plant, row, [5.0] * 10)
    assert not any(load.torques[9 * STEPS :])


def test_closing_takes_the_torque_away_and_leaves_the_load_alone() -> None:
    load = Flywheel()
    plant, row = opened(load)
    run(plant, row, [5.0] * 10)
    plant.close()
    plant.coast(5)
    assert not any(load.torques[9 * STEPS :])
    assert not load.closed


@pytest.mark.parametrize("given", [math.nan, math.inf])
def test_a_command_that_is_no_number_is_not_sent(given: float) -> None:
    load = Flywheel()
    plant, row = opened(load)
    run(plant, row, [2.0] * 5 + [given] * 5)
    assert load.torques[-1] == pytest.approx(2.0, abs=ONE_COUNT_NM)


def test_a_plant_that_is_not_open_gives_no_torque() -> None:
    load = Flywheel()
    plant = SimulatedPlant(KNEE_EXO, load)
    run(plant, Row(TickLayout(KNEE_EXO.joint_names)), [5.0] * 5)
    assert not any(load.torques)


def test_an_interval_holds_from_its_start_up_to_its_end() -> None:
    interval = Interval(0.1, 0.02)
    assert [tick for tick in range(100) if interval.holds(tick * DT)] == list(range(50, 60))
    assert not any(Interval(0.0, 0.0).holds(tick * DT) for tick in range(10))


@pytest.fixture
def closed_loop() -> Iterator[Callable[[Condition], np.ndarray]]:
    loads: list[PatientLoad] = []

    def go(condition: Condition) -> np.ndarray:
        loads.append(PatientLoad(KNEE_EXO, STANDARD["severely-spastic"], SEATED, [1.2]))
        plant = SimulatedPlant(KNEE_EXO, loads[-1], condition)
        row = Row(TickLayout(KNEE_EXO.joint_names))
        plant.open()
        rows = []
        for tick in range(1000):
            plant.read(row)
            wanted = 1.0 + 0.3 * math.sin(0.01 * tick)
            if math.isfinite(row.q[0]):
                row.tau_command[0] = 60.0 * (wanted - row.q[0]) - 4.0 * row.dq[0] - 8.0
            plant.write(row)
            rows.append([*row.q, *row.dq, *row.tau_measured, *loads[-1].truth])
        return np.array(rows)

    yield go
    for load in loads:
        load.close()


@pytest.mark.parametrize("condition", [Condition("plain"), more_delay(), nonsense_measurement(1.0), silent_bus(1.0)])
def test_two_runs_of_a_closed_loop_give_the_same_bits(
    closed_loop: Callable[[Condition], np.ndarray], condition: Condition
) -> None:
    np.testing.assert_array_equal(closed_loop(condition), closed_loop(condition))


def test_a_closed_loop_at_another_rate_follows_the_same_path() -> None:
    """The physics belongs to the plant: twice the control rate changes the motion a little, not its kind."""
    ends = []
    for rate_hz in (500, 1000):
        description = RobotDescription.model_validate({**KNEE_EXO.model_dump(), "rate_hz": rate_hz})
        with PatientLoad(description, STANDARD["passive"], SEATED, [1.2]) as load:
            plant, row = SimulatedPlant(description, load), Row(TickLayout(description.joint_names))
            plant.open()
            for _ in range(rate_hz):
                plant.read(row)
                row.tau_command[0] = 60.0 * (0.8 - row.q[0]) - 4.0 * row.dq[0] - 10.0
                plant.write(row)
            ends.append(row.q[0])
    assert ends[0] == pytest.approx(ends[1], abs=math.radians(0.5))
