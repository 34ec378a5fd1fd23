"""What a line can do to an answer, and what the plant makes of it: one row of the fault table each."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from hardware.bus import ERROR_ALERT
from hardware.dynamixel.codec import status_frame
from hardware.dynamixel.handshake import REPLY_S
from hardware.link import LinkLost
from tests.hardware.rigs import Rig, knee, many


def running(rig: Rig, ticks: int = 20) -> Rig:
    rig.plant.open()
    rig.run(ticks, torque=1.0)
    assert rig.row.bus_misses[0] == 0.0
    return rig


def spoil_next(rig: Rig, bus: str, damage: Callable[[bytes], bytes]) -> None:
    """Damage one answer, then none."""
    left = [damage]
    rig.lines[bus].faults.mangle = lambda reply: left.pop()(reply) if left else reply


def flip(reply: bytes) -> bytes:
    return reply[:12] + bytes([reply[12] ^ 0x20]) + reply[13:]


def reasons(rig: Rig) -> dict[str, int]:
    return dict(rig.plant.miss_reasons)


def assert_missed_one_cycle(rig: Rig) -> None:
    """The joint that missed has no measurement in this row and a good one in the next."""
    rig.run(1, torque=1.0)
    assert math.isnan(rig.row.q[0])
    assert math.isnan(rig.row.dq[0])
    assert math.isnan(rig.row.tau_measured[0])
    assert rig.row.age[0] > 0.0
    assert rig.row.bus_misses[0] == 1.0
    rig.run(1, torque=1.0)
    assert not np.isnan(rig.row.q).any()
    assert rig.row.age[0] == 0.0
    assert rig.row.bus_misses[0] == 1.0


def test_bit_flip_misses_one_cycle() -> None:
    rig = running(Rig(many(3)))
    spoil_next(rig, "bus0", flip)
    assert_missed_one_cycle(rig)
    assert reasons(rig) == {"checksum": 1}


def test_bit_flip_in_one_answer_spoils_no_other() -> None:
    rig = running(Rig(many(3)))
    spoil_next(rig, "bus0", flip)
    rig.run(1)
    assert np.isnan(rig.row.q).tolist() == [True, False, False]


def test_truncated_answer_misses_one_cycle_at_its_deadline() -> None:
    rig = running(Rig(knee()))
    spoil_next(rig, "main", lambda reply: reply[:-5])
    start = max(rig.next_tick, rig.clock.now)
    rig.run(1)
    assert rig.clock.now - start == pytest.approx(0.75 * rig.description.dt)
    assert math.isnan(rig.row.q[0])
    rig.run(1)
    assert not math.isnan(rig.row.q[0])


def test_dropped_answer_misses_one_cycle() -> None:
    rig = running(Rig(knee()))
    spoil_next(rig, "main", lambda reply: b"")
    assert_missed_one_cycle(rig)


def test_answer_of_another_id_misses_one_cycle() -> None:
    rig = running(Rig(knee()))
    spoil_next(rig, "main", lambda reply: status_frame(9, 0, reply[9:-2]))
    assert_missed_one_cycle(rig)
    assert reasons(rig) == {"unexpected id": 1}


def test_short_answer_with_a_valid_checksum_misses_one_cycle() -> None:
    rig = running(Rig(knee()))
    spoil_next(rig, "main", lambda reply: status_frame(1, 0, reply[9:-3]))
    assert_missed_one_cycle(rig)
    assert reasons(rig) == {"length": 1}


def test_answer_that_reports_an_error_misses_one_cycle() -> None:
    rig = running(Rig(knee()))
    spoil_next(rig, "main", lambda reply: status_frame(1, 7))
    assert_missed_one_cycle(rig)
    assert reasons(rig) == {"refused": 1}


def test_stale_answer_that_repeats_itself_is_found_by_its_tick() -> None:
    rig = running(Rig(knee()))
    kept: list[bytes] = []

    def repeat(reply: bytes) -> bytes:
        kept.append(reply)
        return kept[0]

    rig.lines["main"].faults.mangle = repeat
    seen = []
    for _ in range(12):
        rig.run(1)
        seen.append(math.isnan(rig.row.q[0]))
    assert seen[3:] == [True] * 9  # 3 ms of tolerance are two ticks here
    assert reasons(rig)["tick"] >= 9
    rig.lines["main"].faults.mangle = None
    rig.run(1)
    assert not math.isnan(rig.row.q[0])


def test_answers_that_wait_in_the_line_are_drained_before_the_next_request() -> None:
    rig = running(Rig(knee()))
    link = rig.links["main"]
    link.coming.append((rig.clock.now, status_frame(1, 0, bytes(16))))
    rig.run(1)
    assert reasons(rig) == {}
    assert rig.row.q[0] == pytest.approx(rig.load.q[0], abs=1e-3)


def test_newer_of_two_answers_in_one_cycle_is_the_one_that_counts() -> None:
    rig = running(Rig(knee()))
    kept: list[bytes] = []

    def keep(reply: bytes) -> bytes:
        kept.append(reply)
        return b""

    rig.lines["main"].faults.mangle = keep
    rig.run(1, torque=30.0)
    rig.lines["main"].faults.mangle = lambda reply: kept[0] + reply
    rig.run(1, torque=30.0)
    assert rig.load.dq[0] - rig.row.dq[0] < 30.0 * 0.001  # the older one is 2 ms behind, at 30 rad/s²
    assert reasons(rig) == {"repeated": 1}


def test_line_that_is_always_late_by_more_than_a_cycle_never_passes_for_punctual() -> None:
    rig = Rig(knee())
    rig.plant.open()
    rig.lines["main"].faults.delay_s = 0.0025
    rig.run(50)
    assert math.isnan(rig.row.q[0])
    assert rig.row.age[0] > rig.description.silence_s


def test_drive_that_was_started_again_is_not_taken_for_the_one_that_was_set_up() -> None:
    rig = running(Rig(knee()))
    rig.robot.drives["knee"].memory["torque_enable"] = 0
    rig.robot.drives["knee"]._restart(rig.clock.now)
    rig.run(60)
    assert math.isnan(rig.row.q[0])
    assert rig.row.age[0] > rig.description.silence_s


def test_realtime_tick_may_wrap() -> None:
    rig = Rig(knee())
    rig.clock.now = 32.6
    running(rig, ticks=150)
    assert rig.clock.now > 32.8
    assert rig.row.bus_misses[0] == 0.0


def test_alert_bit_tells_the_hardware_error_in_the_same_cycle() -> None:
    rig = running(Rig(many(3)))
    rig.robot.drives["joint2"].fail(1 << 5)
    rig.run(1)
    assert rig.row.drive_error.tolist() == [0.0, 32.0, 0.0]
    assert rig.row.bus_misses[0] == 0.0


def test_alert_whose_register_cannot_be_read_is_an_error_all_the_same() -> None:
    rig = running(Rig(knee()))
    rig.robot.drives["knee"].fail(1 << 5)
    rig.lines["main"].faults.mangle = lambda reply: reply if len(reply) > 20 else b""
    rig.run(1)
    assert rig.row.drive_error.tolist() == [float(ERROR_ALERT)]
    assert rig.row.bus_misses[0] == 0.0


def test_silent_line_ages_and_comes_back_with_a_fresh_value() -> None:
    rig = running(Rig(knee()))
    ages = []
    rig.lines["main"].faults.silent = (rig.clock.now, rig.clock.now + 0.03)
    for _ in range(14):
        rig.run(1)
        ages.append(rig.row.age[0])
    assert ages == sorted(ages)
    rig.run(3)
    assert rig.row.age[0] == 0.0


def test_one_silent_bus_leaves_the_other_measured() -> None:
    rig = running(Rig(many(4, buses=2)))
    rig.lines["bus1"].faults.silent = (0.0, math.inf)
    rig.run(3)
    assert np.isnan(rig.row.q).tolist() == [False, True, False, True]
    assert rig.row.bus_misses[0] == 6.0
    assert rig.row.age[0] > 0.0


@pytest.mark.parametrize("where", ["drain", "write", "read"])
def test_line_that_is_lost_ages_for_ever_without_an_exception(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = running(Rig(knee()))

    def gone(*_: object) -> bytes:
        raise LinkLost("link-lost", port="main", reason="unplugged")

    monkeypatch.setattr(rig.links["main"], where, gone)
    ages = []
    for _ in range(60):
        rig.run(1)
        rig.wait(rig.description.dt)
        ages.append(float(rig.row.age[0]))
    assert ages == sorted(ages)
    assert ages[-1] > rig.description.silence_s
    rig.plant.stop()
    rig.plant.close()


def test_late_answer_in_the_handshake_is_not_taken_for_the_next_one() -> None:
    rig = Rig(knee())
    late = [REPLY_S + 0.0001]

    def hold(reply: bytes) -> bytes:
        rig.lines["main"].faults.delay_s = late.pop() if late else 0.0
        return reply

    rig.lines["main"].faults.mangle = hold
    rig.plant.open()  # the answer to the second attempt comes when the next question has been asked
    assert rig.robot.drives["knee"].memory["torque_enable"] == 1


def test_noise_on_the_line_costs_nothing_that_it_did_not_hit() -> None:
    rig = running(Rig(many(3)))
    rig.lines["bus0"].faults.mangle = lambda reply: b"\xff\xff\xfd\x00\x03\xff" + reply + b"\xff\xff"
    rig.run(20)
    assert rig.row.bus_misses[0] == 0.0
