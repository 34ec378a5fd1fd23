"""Drives whose power is cut: silence, then too little voltage, then a drive as after any start."""

import numpy as np
import pytest

from hardware.dynamixel.emulator.drive import BOOT_S, RISE_S
from hardware.dynamixel.health import drives_health
from robot.errors import DeviceError
from tests.hardware.rigs import Rig, knee, many


def volts(rig: Rig) -> tuple[float | None, ...]:
    link = rig.links[next(iter(rig.links))]
    health = drives_health(link, rig.description.drives, rig.clock)
    return tuple(None if one is None else one.volts for one in health)


@pytest.fixture
def rig() -> Rig:
    return Rig(many(2))


def test_drives_without_power_give_no_torque_and_no_answer(rig: Rig) -> None:
    rig.plant.open()
    rig.run(20, 3.0)
    assert rig.robot.drives["joint1"].torque(0.0) > 0.0
    rig.robot.power(False, rig.clock.now)
    assert [drive.torque(0.0) for drive in rig.robot.drives.values()] == [0.0, 0.0]
    rig.run(1)
    assert np.isnan(rig.row.q).all()
    assert volts(rig) == (None, None)


def test_power_that_stays_as_it_is_changes_nothing(rig: Rig) -> None:
    rig.plant.open()
    rig.robot.power(True, rig.clock.now)
    assert rig.robot.drives["joint1"].memory["torque_enable"] == 1


def test_power_that_is_back_finds_drives_as_after_any_start(rig: Rig) -> None:
    rig.plant.open()
    rig.run(20, 3.0)
    rig.robot.power(False, rig.clock.now)
    rig.wait(0.5)
    rig.robot.power(True, rig.clock.now)
    rig.wait(BOOT_S + RISE_S)
    for drive in rig.robot.drives.values():
        memory = drive.memory
        assert [memory[name] for name in ("torque_enable", "bus_watchdog", "goal_current")] == [0, 0, 0]
        assert memory["operating_mode"] == 0  # EEPROM is kept
        assert drive.torque(0.0) == 0.0
    assert volts(rig) == (24.0, 24.0)
    assert [drive.memory["hardware_error_status"] for drive in rig.robot.drives.values()] == [0, 0]
    rig.plant.open()
    rig.run(20, 3.0)
    assert rig.robot.drives["joint1"].torque(0.0) > 0.0


def test_a_booting_drive_is_silent_and_then_reports_too_little_voltage() -> None:
    rig = Rig(knee())
    rig.plant.open()
    rig.robot.power(False, rig.clock.now)
    rig.robot.power(True, rig.clock.now)
    rig.wait(0.5 * BOOT_S)
    rig.plant.read(rig.row)
    assert np.isnan(rig.row.q).all()
    rig.wait(0.6 * BOOT_S)
    with pytest.raises(DeviceError) as refusal:
        rig.plant.open()
    assert refusal.value.code == "drive-hardware-error"
    assert refusal.value.values["found"] == "voltage"
    rig.wait(RISE_S)
    rig.plant.open()


def test_the_clock_of_a_drive_begins_anew_with_its_power() -> None:
    rig = Rig(knee())
    rig.plant.open()
    rig.wait(3.0)
    rig.robot.power(False, rig.clock.now)
    rig.robot.power(True, rig.clock.now)
    rig.wait(BOOT_S + 0.25)
    volts(rig)
    assert 0 <= rig.robot.drives["knee"].memory["realtime_tick"] <= 300


def test_reading_the_supply_takes_torque_away_and_closes_the_line(rig: Rig) -> None:
    rig.plant.open()
    rig.run(20, 3.0)
    assert volts(rig) == (24.0, 24.0)
    assert [drive.memory["torque_enable"] for drive in rig.robot.drives.values()] == [0, 0]
    assert rig.links["bus0"].coming == []


def test_a_drive_that_is_missing_alone_has_no_voltage(rig: Rig) -> None:
    rig.robot.drives["joint2"].memory["id"] = 9
    assert volts(rig) == (24.0, None)


def test_a_drive_that_answers_only_pings_is_made_to_tell(rig: Rig) -> None:
    rig.robot.drives["joint1"].memory["status_return_level"] = 0
    assert volts(rig) == (24.0, 24.0)


def test_a_drive_tells_its_temperature_beside_its_voltage(rig: Rig) -> None:
    for temperature, drive in zip((41, 250), rig.robot.drives.values(), strict=True):
        drive.temperature = temperature
    health = drives_health(rig.links["bus0"], rig.description.drives, rig.clock)
    assert [(one.volts, one.celsius) for one in health if one is not None] == [(24.0, 41.0), (24.0, 250.0)]
