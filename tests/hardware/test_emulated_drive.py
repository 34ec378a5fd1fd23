"""The emulated drive against the rules of the vendor's control tables."""

import pytest

from hardware.dynamixel import instructions as ask
from hardware.dynamixel.codec import Result, Status, parse_fast_status, parse_status, split_frames
from hardware.dynamixel.emulator import EmulatedRobot
from hardware.dynamixel.table import TABLES, Mode
from robot.description import RobotDescription
from tests.hardware.rigs import FreeLoad, knee, many

BAUD = 4_000_000


class Bench:
    """One emulated bus on a table: a time that is set by hand, and words for registers."""

    def __init__(self, description: RobotDescription) -> None:
        self.load = FreeLoad(len(description.joints))
        self.robot = EmulatedRobot(description, self.load, wire_time=False)
        self.bus = next(iter(description.bus))
        self.line = self.robot.lines[self.bus]
        self.table = TABLES[description.drives[0].model]
        self.now = 50.0

    def wait(self, seconds: float) -> None:
        """Let time pass, served all the while."""
        for _ in range(round(seconds / 0.001)):
            self.now += 0.001
            self.robot.advance(self.now)

    def send(self, request: bytes, baud: int = BAUD) -> list[Status]:
        bursts = self.robot.receive(self.bus, request, self.now, baud)
        frames = split_frames(b"".join(data for _, data in bursts)).frames
        return [answer for data in frames if (answer := parse_status(data)) is not None]

    def write(self, name: str, value: int, id_: int = 1) -> Result:
        register = self.table[name]
        (answer,) = self.send(ask.write(id_, register.address, register.pack(value)))
        return Result(answer.result)

    def read(self, name: str, id_: int = 1) -> int:
        register = self.table[name]
        (answer,) = self.send(ask.read(id_, register.address, register.size))
        return register.unpack(answer.data)

    def torque_on(self, goal: int = 0) -> None:
        assert self.write("operating_mode", Mode.CURRENT) == Result.DONE
        assert self.write("torque_enable", 1) == Result.DONE
        assert self.write("goal_current", goal) == Result.DONE


@pytest.fixture(params=["ph54-200-s500-r", "xh430-w350-r"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(many(3, model=request.param))


@pytest.mark.parametrize("model", TABLES)
def test_feedback_block_is_sixteen_bytes_from_tick_to_position(model: str) -> None:
    assert TABLES[model].feedback == ({"ph54-200-s500-r": 568, "xh430-w350-r": 120}[model], 16)


@pytest.mark.parametrize("model", TABLES)
def test_registers_do_not_overlap(model: str) -> None:
    end = 0
    for register in TABLES[model].registers.values():
        assert register.address >= end
        end = register.address + register.size


def test_ping_tells_model_and_firmware(bench: Bench) -> None:
    (answer,) = bench.send(ask.ping(2))
    assert answer == Status(
        2, 0, False, bench.table.number.to_bytes(2, "little") + bytes([bench.read("firmware_version")])
    )


def test_ping_of_all_is_answered_in_the_order_of_ids(bench: Bench) -> None:
    assert [answer.id for answer in bench.send(ask.ping())] == [1, 2, 3]


def test_unknown_id_is_silent(bench: Bench) -> None:
    assert bench.send(ask.ping(9)) == []


def test_other_baud_rate_hears_nothing(bench: Bench) -> None:
    assert bench.send(ask.ping(1), baud=1_000_000) == []


def test_new_drive_has_the_vendors_defaults(bench: Bench) -> None:
    assert (bench.read("return_delay_time"), bench.read("operating_mode"), bench.read("torque_enable")) == (250, 3, 0)


def test_eeprom_is_locked_while_torque_is_on(bench: Bench) -> None:
    bench.torque_on()
    assert bench.write("return_delay_time", 0) == Result.ACCESS_ERROR
    assert bench.write("torque_enable", 0) == Result.DONE
    assert bench.write("return_delay_time", 0) == Result.DONE


def test_read_only_register_refuses_to_be_written(bench: Bench) -> None:
    assert bench.write("present_position", 5) == Result.ACCESS_ERROR


def test_undefined_address_refuses(bench: Bench) -> None:
    assert bench.send(ask.write(1, 150, b"\x00"))[0].result == Result.ACCESS_ERROR
    assert bench.send(ask.read(1, 5000, 2))[0].result == Result.ACCESS_ERROR


def test_half_a_register_is_a_length_error(bench: Bench) -> None:
    assert bench.send(ask.write(1, bench.table["goal_velocity"].address, b"\0\0"))[0].result == Result.DATA_LENGTH_ERROR


def test_value_out_of_range_is_refused_and_changes_nothing(bench: Bench) -> None:
    assert bench.write("temperature_limit", 101) == Result.DATA_RANGE_ERROR
    assert bench.read("temperature_limit") == 80


def test_mode_that_the_model_has_not_is_a_range_error(bench: Bench) -> None:
    assert bench.write("operating_mode", 2) == Result.DATA_RANGE_ERROR


def test_goal_current_beyond_the_limit_is_a_range_error(bench: Bench) -> None:
    limit = bench.read("current_limit")
    assert bench.write("goal_current", limit) == Result.DONE
    assert bench.write("goal_current", -limit) == Result.DONE
    assert bench.write("goal_current", limit + 1) == Result.DATA_RANGE_ERROR
    assert bench.read("goal_current") == -limit


def test_goal_position_beyond_its_limits_is_a_limit_error(bench: Bench) -> None:
    beyond = bench.read("max_position_limit") + 1
    assert bench.write("goal_position", beyond) == Result.DATA_LIMIT_ERROR
    assert bench.write("operating_mode", Mode.EXTENDED_POSITION) == Result.DONE
    assert bench.write("goal_position", beyond) == Result.DONE


def test_undefined_instruction_and_idle_action_are_instruction_errors(bench: Bench) -> None:
    from hardware.dynamixel.codec import frame

    assert bench.send(frame(1, 0x42))[0].result == Result.INSTRUCTION_ERROR
    assert bench.send(ask.action(1))[0].result == Result.INSTRUCTION_ERROR


def test_damaged_request_is_a_checksum_error(bench: Bench) -> None:
    request = bytearray(ask.read(1, 0, 2))
    request[8] ^= 0x04
    assert bench.send(bytes(request))[0].result == Result.CRC_ERROR


def test_registered_write_waits_for_the_action(bench: Bench) -> None:
    bench.torque_on()
    goal = bench.table["goal_current"]
    assert bench.send(ask.reg_write(1, goal.address, goal.pack(25)))[0].result == Result.DONE
    assert (bench.read("registered_instruction"), bench.read("goal_current")) == (1, 0)
    assert bench.send(ask.action(1))[0].result == Result.DONE
    assert (bench.read("registered_instruction"), bench.read("goal_current")) == (0, 25)


def test_status_return_level_decides_who_is_answered(bench: Bench) -> None:
    goal = bench.table["goal_current"]
    bench.write("status_return_level", 1)
    assert bench.send(ask.write(1, goal.address, goal.pack(3))) == []
    assert bench.read("goal_current") == 3
    bench.send(ask.write(1, bench.table["status_return_level"].address, b"\0"))
    assert bench.send(ask.read(1, goal.address, 2)) == []
    assert len(bench.send(ask.ping(1))) == 1


def test_sync_and_bulk_instructions_reach_every_drive(bench: Bench) -> None:
    goal, delay = bench.table["goal_current"], bench.table["return_delay_time"]
    bench.send(ask.sync_write({i: goal.pack(10 * i) for i in (1, 2, 3)}, goal.address))
    answers = bench.send(ask.sync_read([3, 1, 2], goal.address, 2))
    assert [(answer.id, goal.unpack(answer.data)) for answer in answers] == [(3, 30), (1, 10), (2, 20)]
    bench.send(ask.bulk_write({1: (goal.address, goal.pack(-7)), 2: (delay.address, delay.pack(3))}))
    answers = bench.send(ask.bulk_read({1: (goal.address, 2), 2: (delay.address, 1)}))
    assert [answer.data for answer in answers] == [goal.pack(-7), delay.pack(3)]


def test_fast_reads_come_in_one_frame(bench: Bench) -> None:
    goal = bench.table["goal_current"]
    bench.send(ask.sync_write({i: goal.pack(10 * i) for i in (1, 2, 3)}, goal.address))
    for request in (
        ask.fast_sync_read([1, 2, 3], goal.address, 2),
        ask.fast_bulk_read(dict.fromkeys((1, 2, 3), (goal.address, 2))),
    ):
        ((_, reply),) = bench.robot.receive(bench.bus, request, bench.now, BAUD)
        answers = parse_fast_status(reply, [2, 2, 2])
        assert [(answer.id, goal.unpack(answer.data)) for answer in answers] == [(1, 10), (2, 20), (3, 30)]


def test_missing_drive_silences_those_behind_it(bench: Bench) -> None:
    assert [answer.id for answer in bench.send(ask.sync_read([1, 9, 3], 0, 2))] == [1]


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
