"""The serial plant against the emulated robot, on a clock that only waiting moves."""

import math
import subprocess
import sys

import numpy as np
import pytest

from hardware.bus import ERROR_WATCHDOG, READ_SHARE
from hardware.dynamixel.timing import cycle_time_s
from hardware.plant import SerialPlant
from robot.description import ForceSensor
from robot.errors import DeviceError
from robot.load import Load
from robot.plant import Plant
from tests.hardware.rigs import FreeLoad, Rig, knee, many


def test_room_of_hardware_needs_no_physics_engine() -> None:
    code = "import sys, hardware, hardware.dynamixel.emulator; sys.exit('pybullet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_plant_and_load_are_what_the_protocols_ask_for() -> None:
    plant: Plant = Rig(knee()).plant
    load: Load = FreeLoad(1)
    assert plant is not None
    assert load is not None


def test_a_robot_with_a_force_sensor_is_refused_since_nothing_reads_one() -> None:
    felt = knee().model_copy(update={"force_sensors": {"cuff": ForceSensor(region="lower-leg")}})
    with pytest.raises(DeviceError) as caught:
        SerialPlant(felt, {"main": "/dev/none"})
    assert (caught.value.code, caught.value.values) == (
        "sensor-without-driver",
        {"robot": "knee-exo", "sensors": "cuff"},
    )


def test_open_ends_with_torque_on_in_current_mode_at_zero_current() -> None:
    rig = Rig(many(3))
    rig.plant.open()
    for drive in rig.robot.drives.values():
        memory = drive.memory
        assert (memory["torque_enable"], memory["operating_mode"], memory["goal_current"]) == (1, 0, 0)
        assert (memory["return_delay_time"], memory["bus_watchdog"]) == (0, 2)
    assert [(found.joint, found.id, found.model) for found in rig.plant.identities] == [
        (f"joint{i}", i, "ph54-200-s500-r") for i in (1, 2, 3)
    ]


def test_open_leaves_the_eeprom_alone_where_it_is_set_already() -> None:
    rig = Rig(knee())
    rig.plant.open()
    rig.plant.close()
    link = rig.links["main"]
    link.sent.clear()
    rig.plant.open()
    writes = [data for data in link.sent if data[7] == 0x03]
    assert all(int.from_bytes(data[8:10], "little") >= 512 for data in writes)


@pytest.mark.parametrize(("silence_ms", "steps"), [(10.0, 1), (20.0, 1), (39.0, 1), (40.0, 2), (500.0, 25)])
def test_drive_watchdog_is_the_silence_limit_rounded_down_to_its_grid(silence_ms: float, steps: int) -> None:
    description = knee().model_copy(
        update={"bus": {"main": knee().bus["main"].model_copy(update={"silence_ms": silence_ms})}}
    )
    rig = Rig(description)
    rig.plant.open()
    assert rig.robot.drives["knee"].memory["bus_watchdog"] == steps


@pytest.mark.parametrize("model", ["ph54-200-s500-r", "xh430-w350-r"])
@pytest.mark.parametrize("buses", [1, 2])
def test_commanded_torque_gives_the_acceleration_of_the_closed_form(model: str, buses: int) -> None:
    rig = Rig(many(2, model=model, buses=buses), FreeLoad(2, inertia=2.0))
    rig.plant.open()
    rig.run(1, torque=1.0)
    before, start = rig.row.dq.copy(), rig.clock.now
    rig.run(200, torque=1.0)
    passed = rig.clock.now - start
    given = rig.row.tau_measured
    quantum = rig.description.drives[0].torque_of_counts(1)
    np.testing.assert_allclose(given, 1.0, atol=abs(quantum))
    speed_quantum = abs(rig.description.drives[0].velocity_of_counts(1))
    np.testing.assert_allclose((rig.row.dq - before) / passed, given / 2.0, atol=2 * speed_quantum / passed + 0.002)
    assert rig.row.bus_misses[0] == 0.0


def test_measurement_is_the_loads_state_in_joint_units() -> None:
    rig = Rig(many(4))
    rig.load.q[:] = [0.3, -0.2, 1.1, 0.0]
    rig.plant.open()
    rig.run(1)
    for place, drive in enumerate(rig.description.drives):
        counted = drive.position_of_counts(drive.counts_of_position(rig.load.q[place]))
        assert rig.row.q[place] == pytest.approx(counted, abs=1e-12)
    np.testing.assert_allclose(rig.row.q, rig.load.q, atol=1e-5)
    assert rig.row.age[0] == 0.0


def test_viscous_rotor_reaches_its_final_speed() -> None:
    rig = Rig(knee(), FreeLoad(1, inertia=0.2, viscous=10.0))
    rig.plant.open()
    rig.run(500, torque=5.0)
    assert rig.row.dq[0] == pytest.approx(rig.row.tau_measured[0] / 10.0, rel=2e-3)


def test_nothing_turns_before_the_first_torque() -> None:
    rig = Rig(many(2))
    rig.plant.open()
    rig.run(50)
    assert rig.load.dq == [0.0, 0.0]


def test_session_may_wait_after_open_longer_than_the_drives_watchdog() -> None:
    rig = Rig(many(3))
    rig.plant.open()
    rig.wait(5.0)
    assert all(drive.memory.watchdog_tripped for drive in rig.robot.drives.values())
    rig.run(20, torque=1.0)
    assert rig.row.drive_error.tolist() == [0.0, 0.0, 0.0]
    assert rig.row.tau_measured == pytest.approx([1.0, 1.0, 1.0], abs=0.01)
    assert all(drive.memory["bus_watchdog"] == 2 for drive in rig.robot.drives.values())


def test_host_that_was_silent_too_long_sees_that_the_drives_stopped_themselves() -> None:
    rig = Rig(many(3))
    rig.plant.open()
    rig.run(10, torque=1.0)
    rig.wait(0.070)
    rig.run(5, torque=1.0)
    assert [int(error) & ERROR_WATCHDOG for error in rig.row.drive_error] == [ERROR_WATCHDOG] * 3
    speed = list(rig.load.dq)
    rig.run(20, torque=1.0)
    assert rig.load.dq == speed


def test_stop_takes_torque_off_and_later_writes_bring_none() -> None:
    rig = Rig(many(2))
    rig.plant.open()
    rig.run(10, torque=2.0)
    rig.plant.stop()
    speed = list(rig.load.dq)
    rig.run(20, torque=2.0)
    assert rig.load.dq == speed
    assert not any(drive.memory["torque_enable"] for drive in rig.robot.drives.values())
    assert not np.isnan(rig.row.q).any()


def test_close_without_stop_takes_torque_off() -> None:
    rig = Rig(knee())
    with rig.plant:
        rig.run(3, torque=2.0)
    assert rig.robot.drives["knee"].memory["torque_enable"] == 0


def test_torque_while_torque_is_off_is_refused_by_the_bus() -> None:
    rig = Rig(knee())
    rig.plant.open()
    (bus,) = rig.plant._buses
    bus.release()
    with pytest.raises(DeviceError) as caught:
        bus.command([1.0])
    assert caught.value.code == "drive-off"


@pytest.mark.parametrize("torque", [math.nan, math.inf, -math.inf])
def test_torque_that_is_not_finite_becomes_none(torque: float) -> None:
    rig = Rig(knee())
    rig.plant.open()
    rig.run(3, torque=5.0)
    rig.run(1, torque=torque)
    assert rig.robot.drives["knee"].memory["goal_current"] == 0


def test_torque_beyond_the_joint_limit_is_cut_to_it() -> None:
    rig = Rig(knee())
    rig.plant.open()
    rig.run(2, torque=1e6)
    drive = rig.description.drives[0]
    assert rig.robot.drives["knee"].memory["goal_current"] == drive.counts_of_torque(40.0)


@pytest.mark.parametrize("drives", [1, 6])
@pytest.mark.parametrize("alert", [False, True])
def test_cycle_takes_the_wire_time_that_is_added_up_for_it(drives: int, alert: bool) -> None:
    rig = Rig(many(drives, rate_hz=250))
    rig.plant.open()
    rig.run(30)
    if alert:
        rig.robot.drives["joint1"].memory["hardware_error_status"] = 1
        rig.run(1)
    rig.wait(0.001)  # the last goal current is still on the wire
    start = rig.clock.now
    rig.plant.write(rig.row)
    rig.plant.read(rig.row)
    expected = cycle_time_s(drives, 4_000_000, look_ups=int(alert))
    assert rig.clock.now - start == pytest.approx(expected, abs=1e-9)


def test_wire_time_of_the_known_case_agrees() -> None:
    # Six motors at 4 Mbaud with a 10-byte block take 0.45 ms; ours has 16 bytes.
    ten_byte_block = cycle_time_s(6, 4_000_000, look_ups=0) - 6 * 6 * 10 / 4_000_000
    assert ten_byte_block == pytest.approx(0.45e-3, abs=0.01e-3)
    assert cycle_time_s(6, 4_000_000) < READ_SHARE / 500
    assert cycle_time_s(6, 1_000_000) > READ_SHARE / 500
