"""What the serial plant finds wrong as it opens: named, and left without torque."""

import math

import numpy as np
import pytest

from hardware.health import read_health
from hardware.plant import SerialPlant
from robot.description import load_robot
from robot.errors import DeviceError
from tests.hardware.rigs import Rig, knee, many


def refusal(rig: Rig) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        rig.plant.open()
    return caught.value


def test_empty_line_is_told_apart_from_a_missing_drive() -> None:
    rig = Rig(many(2))
    rig.lines["bus0"].faults.silent = (0.0, math.inf)
    problem = refusal(rig)
    assert (problem.code, problem.values["port"], problem.values["expected"]) == (
        "no-motor-bus",
        "loopback:bus0",
        "1, 2",
    )


def test_missing_drive_is_named_with_the_ids_that_answer() -> None:
    rig = Rig(many(3))
    rig.robot.drives["joint2"].memory["id"] = 7
    problem = refusal(rig)
    assert problem.code == "drive-missing"
    assert (problem.values["joint"], problem.values["expected"], problem.values["found"]) == ("joint2", 2, "1, 3, 7")


def test_other_model_is_refused_by_name() -> None:
    rig = Rig(knee())
    rig.robot.drives["knee"].memory["model_number"] = 1000
    problem = refusal(rig)
    assert problem.code == "drive-model"
    assert (problem.values["expected"], problem.values["found"]) == ("ph54-200-s500-r", "xh430-w350-r")


def test_drive_with_a_hardware_error_is_refused_and_left_without_torque() -> None:
    rig = Rig(knee())
    rig.robot.drives["knee"].fail(1 << 2 | 1 << 5)
    problem = refusal(rig)
    assert (problem.code, problem.values["found"]) == ("drive-hardware-error", "overheating, overload")
    assert rig.robot.drives["knee"].memory["torque_enable"] == 0


@pytest.mark.parametrize(("register", "value"), [("drive_mode", 1), ("homing_offset", -300)])
def test_setting_that_would_turn_the_joint_round_is_refused(register: str, value: int) -> None:
    rig = Rig(knee())
    rig.robot.drives["knee"].memory[register] = value
    problem = refusal(rig)
    assert (problem.code, problem.values["register"]) == ("drive-setting", register)
    assert (problem.values["expected"], problem.values["found"]) == (0, value)


def test_drive_set_to_less_current_than_the_joint_needs_is_refused() -> None:
    rig = Rig(knee())
    rig.robot.drives["knee"].memory["current_limit"] = 1000
    problem = refusal(rig)
    assert (problem.code, problem.values["found"]) == ("drive-current-limit", 1.0)
    assert problem.values["expected"] == pytest.approx(40.0 / 4.8, abs=0.001)


def test_answers_are_switched_on_in_a_drive_that_was_set_to_keep_silent() -> None:
    rig = Rig(knee())
    rig.robot.drives["knee"].memory["status_return_level"] = 0
    rig.plant.open()
    rig.run(2)
    assert not np.isnan(rig.row.q).any()


def test_bus_without_a_port_is_named() -> None:
    with pytest.raises(DeviceError) as caught:
        SerialPlant(knee(), {"left": "/dev/null"})
    assert (caught.value.code, caught.value.values["bus"]) == ("bus-without-port", "main")


def test_a_robot_that_a_brake_must_hold_is_refused_no_driver_has_one() -> None:
    held = knee().model_copy(update={"safe_end": "held-by-brake"})
    with pytest.raises(DeviceError, match="brake-not-driven") as caught:
        SerialPlant(held, {"main": "/dev/null"})
    assert caught.value.values == {"robot": "knee-exo"}


def test_a_robot_whose_drives_have_no_driver_runs_in_simulation_alone() -> None:
    arm = load_robot("care-arm")
    for refused in (SerialPlant, read_health):
        with pytest.raises(DeviceError, match="drive-simulated") as caught:
            refused(arm, {"inside": "/dev/null"})
        assert caught.value.values == {"robot": "care-arm", "joint": "a1", "model": "joint-320"}


def test_models_of_two_kinds_on_one_bus_are_refused() -> None:
    document = many(2).model_dump()
    document["joints"]["joint2"]["drive"]["model"] = "xh430-w350-r"
    document["joints"]["joint2"]["torque"] = 1.5
    with pytest.raises(DeviceError) as caught:
        Rig(type(knee()).model_validate(document))
    assert caught.value.code == "bus-models-mixed"
