"""The emulated drive's registers and answers against the rules of the vendor's control tables."""

import pytest

from hardware.dynamixel import instructions as ask
from hardware.dynamixel.codec import Result, Status, parse_fast_status
from hardware.dynamixel.table import TABLES, Mode
from tests.hardware.drive_bench import BAUD, Bench


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
