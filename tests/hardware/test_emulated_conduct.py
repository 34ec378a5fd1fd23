"""What the emulated drive does by itself: watchdog, shutdown, reboot, torque and time."""

import pytest

from hardware.dynamixel import instructions as ask
from hardware.dynamixel.codec import Result
from hardware.dynamixel.emulator import EmulatedRobot
from hardware.dynamixel.table import Mode
from tests.hardware.drive_bench import BAUD, Bench
from tests.hardware.rigs import FreeLoad, knee


def test_watchdog_takes_the_torque_away_until_it_is_cleared(bench: Bench) -> None:
    bench.torque_on(goal=20)
    assert bench.write("bus_watchdog", 2) == Result.DONE
    bench.wait(0.039)
    assert bench.read("bus_watchdog") == 2
    bench.wait(0.045)
    assert bench.read("bus_watchdog") == 255
    assert bench.write("goal_current", 20) == Result.DATA_RANGE_ERROR
    assert (bench.read("goal_current"), bench.read("present_current")) == (0, 0)
    assert bench.write("bus_watchdog", 2) == Result.DATA_RANGE_ERROR
    assert bench.write("bus_watchdog", 0) == Result.DONE
    assert bench.write("goal_current", 20) == Result.DONE


def test_watchdog_stops_the_shaft_from_being_driven_at_its_time(bench: Bench) -> None:
    bench.torque_on(goal=20)
    torque = bench.robot.drives["joint1"].torque(0.0)
    bench.write("bus_watchdog", 1)
    bench.wait(0.030)
    after_trip = bench.load.dq[0]
    bench.wait(0.030)
    assert bench.load.dq[0] == after_trip
    assert after_trip == pytest.approx(torque * 0.020 / bench.load.inertia, abs=torque * 0.0011)


def test_watchdog_sleeps_while_torque_is_off(bench: Bench) -> None:
    bench.write("bus_watchdog", 1)
    bench.wait(0.1)
    assert bench.read("bus_watchdog") == 1


def test_shutdown_takes_the_torque_away_and_only_a_reboot_brings_it_back(bench: Bench) -> None:
    bench.torque_on(goal=20)
    bench.robot.drives["joint1"].fail(1 << 5)
    (answer,) = bench.send(ask.ping(1))
    assert answer.alert
    assert (bench.read("hardware_error_status"), bench.read("torque_enable")) == (32, 0)
    assert bench.robot.drives["joint1"].torque(0.0) == 0.0
    assert bench.write("torque_enable", 1) == Result.RESULT_FAIL
    bench.send(ask.reboot(1))
    assert not bench.send(ask.ping(1))[0].alert
    assert bench.write("torque_enable", 1) == Result.DONE


def test_error_outside_the_shutdown_register_only_raises_the_alert(bench: Bench) -> None:
    bench.torque_on(goal=20)
    bench.robot.drives["joint1"].fail(1)
    assert bench.send(ask.ping(1))[0].alert
    assert bench.read("torque_enable") == 1


def test_reboot_keeps_the_eeprom_and_restarts_the_tick(bench: Bench) -> None:
    bench.write("return_delay_time", 7)
    bench.write("status_return_level", 2)
    bench.send(ask.reboot(1))
    bench.now += 0.012
    assert bench.read("realtime_tick") in (11, 12)
    assert bench.read("return_delay_time") == 7


def test_realtime_tick_wraps_at_32768_ms(bench: Bench) -> None:
    bench.now = 32.7675
    assert bench.read("realtime_tick") == 32767
    bench.now = 32.7685
    assert bench.read("realtime_tick") == 0


def test_factory_reset_keeps_what_its_option_says(bench: Bench) -> None:
    bench.write("temperature_limit", 50)
    assert bench.send(ask.factory_reset(2, 0x02))[0].result == Result.DONE
    assert (bench.read("temperature_limit", 2), bench.read("id", 2)) == (80, 2)
    bench.torque_on()
    assert bench.send(ask.factory_reset(1, 0x02))[0].result == Result.RESULT_FAIL
    assert bench.read("temperature_limit") == 50


def test_clear_brings_the_position_back_into_one_turn_at_rest_only(bench: Bench) -> None:
    turn = bench.robot.drives["joint1"].drive.datasheet.encoder_counts
    bench.load.q[0] = 9.0
    before = bench.read("present_position")
    assert before > turn
    bench.load.dq[0] = 1.0
    assert bench.send(ask.clear(1))[0].result == Result.RESULT_FAIL
    bench.load.dq[0] = 0.0
    assert bench.send(ask.clear(1))[0].result == Result.DONE
    assert bench.read("present_position") == before % turn


def test_other_modes_are_accepted_and_give_no_torque(bench: Bench) -> None:
    bench.write("operating_mode", Mode.POSITION)
    bench.write("torque_enable", 1)
    bench.write("goal_position", 100)
    bench.write("goal_current", 100)
    assert bench.robot.drives["joint1"].torque(0.0) == 0.0


def test_torque_follows_the_torque_speed_line_of_the_datasheet() -> None:
    bench = Bench(knee())
    bench.torque_on(goal=22740)
    drive = bench.robot.drives["knee"].drive
    for speed in (-5.0, -3.0, 0.0, 2.0, 3.3, 5.0):
        bench.load.dq[0] = speed
        assert bench.robot.drives["knee"].torque(speed) == drive.motor_torque(22.740, speed)
        measured = drive.torque_of_counts(bench.read("present_current"))
        assert measured == pytest.approx(drive.motor_torque(22.740, bench.load.dq[0]), abs=drive.torque_of_counts(1))


def test_wire_time_is_request_delay_and_answer() -> None:
    description = knee()
    robot = EmulatedRobot(description, FreeLoad(1), wire_time=True)
    request = ask.read(1, 0, 2)
    ((due, reply),) = robot.receive("main", request, 10.0, BAUD)
    assert due - 10.0 == pytest.approx((len(request) + len(reply)) * 10 / BAUD + 250 * 2e-6)


def test_stalled_machine_loses_time_of_the_load_and_counts_it() -> None:
    load = FreeLoad(1)
    robot = EmulatedRobot(knee(), load)
    robot.advance(1.0)
    robot.advance(3.0)
    assert robot.slipped_s == pytest.approx(1.985)
    assert load.steps * load.step_s == pytest.approx(0.015)


def test_stalled_machine_does_not_trip_the_watchdog(bench: Bench) -> None:
    bench.torque_on()
    bench.write("bus_watchdog", 1)
    bench.now += 5.0
    assert bench.read("bus_watchdog") == 1


def test_truth_is_told_about_every_millisecond_with_its_time() -> None:
    told: list[float] = []
    robot = EmulatedRobot(knee(), FreeLoad(1), truth=lambda time_s, values: told.append(time_s))
    for k in range(11):
        robot.advance(5.0 + 0.002 * k)
    assert told[-1] == pytest.approx(5.02)
    assert len(told) == 20
