"""careloop robot: show what a description says, and refuse one that contradicts itself, physics or its bus."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from careloop.__main__ import main
from careloop.robot_check import check_robot, links
from hardware.bus import READ_SHARE
from hardware.dynamixel.timing import cycle_time_s
from robot.description import load_robot, shipped_robots

ROBOT = shipped_robots()["knee-exo"].read_text()

REFUSED = {
    "a mass that no body has": ("bar_mass_kg: 1.8", "bar_mass_kg: -1.8", "parameters.bar_mass_kg", "greater than 0"),
    "an unknown parameter": ("bar_mass_kg", "bar_weight_kg", "parameters: ", "bar_weight_kg"),
    "an unknown field": ("direction: 1", "sense: 1", "joints.knee.drive.sense: there is no such field; choose among"),
    "an unknown model": ("model: knee_exo", "model: knee_exoo", "no model named knee_exoo; choose among arm_exo"),
    "the models' own parts": (
        "model: knee_exo",
        "model: urdf",
        "no model named urdf; choose among arm_exo",
        "knee_exo",
    ),
    "an unknown drive": ("ph54-200-s500-r", "ph54-200", "no drive named ph54-200; choose among ph54-200-s500-r"),
    "an unknown bus": ("bus: main\n", "bus: side\n", "joints.knee.drive.bus: there is no bus named side", "main"),
    "an id that no drive has": (
        "id: 1",
        "id: 253",
        "joints.knee.drive.id: 253 is not allowed",
        "less than or equal to 252",
    ),
    "more than a turn of the encoder": ("gear: 1.0", "gear: 3.0", "turns the drive by 375°", "less than 120°"),
    "more torque than the drive has": ("torque: 40 ", "torque: 140 ", "more than the drive gives", "at most 109.2"),
    "a range turned round": ("[-5, 120]", "[120, -5]", "joints.knee.range_deg: 120 to -5 is no range"),
    "a joint that the model lacks": (
        "  knee:",
        "  hip:",
        "joints.hip: the model knee_exo has no such joint; it has knee",
    ),
    "a rate that no bus keeps": (
        "baud: 4000000",
        "baud: 57600",
        "500 Hz leaves 1.5 ms",
        "57600 baud",
        "choose at most 50",
    ),
    "a drive of another family": ("model: ph54-200-s500-r", "model: joint-40", "no drive named joint-40", "ph54-200"),
    "a source of nothing": ('cuff_height_m: "', 'cuff_width_m: "', "sources.cuff_width_m", "shank_bar_m"),
    "a word for a number": ("torque_per_ampere: 4.8", "torque_per_ampere: some", "'some' is not allowed", "a number"),
}
"""What is replaced in the shipped robot, by what, and what the answer says."""


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_description_is_refused_in_one_line(case: str, tmp_path: Path, capsys: Any) -> None:
    old, new, *said = REFUSED[case]
    assert old in ROBOT
    path = tmp_path / "mine.yaml"
    path.write_text(ROBOT.replace(old, new, 1))
    assert main(["robot", "check", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith(("mine.yaml: ", "knee-exo: "))
    for part in said:
        assert part in told.err


def test_two_drives_with_one_id_are_refused(tmp_path: Path, capsys: Any) -> None:
    description = yaml.safe_load(ROBOT)
    description["joints"]["hip"] = description["joints"]["knee"]
    path = tmp_path / "twice.yaml"
    path.write_text(yaml.dump(description, Dumper=_Plain))
    assert main(["robot", "check", str(path)]) == 2
    assert "twice.yaml: joints.knee.drive.id: 1 is the id of hip's drive too" in capsys.readouterr().err


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_an_unknown_robot_lists_the_known_ones(capsys: Any) -> None:
    assert main(["robot", "show", "leg"]) == 2
    known = ", ".join(shipped_robots())
    told = capsys.readouterr().err
    assert told == f"there is no robot named leg; choose among {known}, or give a .yaml file\n"


@pytest.mark.parametrize("robot", shipped_robots())
def test_every_shipped_robot_passes(robot: str, capsys: Any) -> None:
    assert main(["robot", "check", robot]) == 0
    assert f"{robot}: description, inertias, encoders and ids are in order" in capsys.readouterr().out


def test_a_robot_of_simulated_drives_needs_no_bus(capsys: Any) -> None:
    assert main(["robot", "check", "care-arm"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1:] == ["care-arm runs in simulation alone: no driver of ours drives a1's joint-320"]
    assert main(["robot", "check", "care-arm", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["buses"] == []


def test_the_highest_rate_is_the_last_one_that_fits() -> None:
    robot = load_robot("knee-exo").model_copy(update={"rate_hz": 50})
    slow = robot.model_copy(update={"bus": {"main": robot.bus["main"].model_copy(update={"baud": 57600})}})
    (budget,) = check_robot(slow)
    cycle = cycle_time_s(1, 57600)
    assert budget.cycle_s == cycle
    assert cycle <= READ_SHARE / budget.highest_rate_hz
    assert cycle > READ_SHARE / (budget.highest_rate_hz + 1)


def test_a_slow_adapter_is_refused_and_a_fitting_rate_named(capsys: Any) -> None:
    assert main(["robot", "check", "knee-exo", "--latency-ms", "1"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("knee-exo: rate_hz: 500 Hz leaves 1.5 ms for a cycle of bus main")
    assert main(["robot", "check", "knee-exo", "--json"]) == 0
    (budget,) = json.loads(capsys.readouterr().out)["buses"]
    assert said.endswith(f"choose at most {budget['highest_rate_usb_hz']}\n")


def test_show_names_limits_drive_inertia_safe_end_and_bus(capsys: Any) -> None:
    assert main(["robot", "show", "knee-exo"]) == 0
    told = capsys.readouterr().out
    for part in ("500 Hz", "limp", "-5 to 120", "ph54-200-s500-r", "4 + 1.2", "0.9", "shank_bar", "4000000 baud"):
        assert part in told


def test_show_says_where_numbers_are_from_and_draws_the_robot(tmp_path: Path, capsys: Any) -> None:
    picture = tmp_path / "leg.png"
    assert main(["robot", "show", "leg-exo", "--picture", str(picture)]) == 0
    told = capsys.readouterr().out
    for part in ("left_thigh_bar", "0.245 of a height of 1.75 m", "times the gear squared", str(picture)):
        assert part in told
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["robot", "show", "leg-exo", "--picture", str(tmp_path / "leg.gif")]) == 2
    assert capsys.readouterr().err == "--picture: a picture's name ends with one of .png, .svg\n"


def test_show_as_json_reads_back_as_the_description(capsys: Any) -> None:
    assert main(["robot", "show", "knee-exo", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    robot = load_robot("knee-exo")
    (bar,) = shown.pop("links")
    assert shown.pop("picture") is None
    assert shown == robot.model_dump(mode="json")
    assert bar["mass"] == robot.parameters["bar_mass_kg"] == links(robot)[0].mass


def test_the_list_names_every_shipped_robot(capsys: Any) -> None:
    assert main(["robot", "list", "--json"]) == 0
    assert {one["name"] for one in json.loads(capsys.readouterr().out)} == set(shipped_robots())
    assert main(["robot", "list"]) == 0
    assert all(name in capsys.readouterr().out for name in ["knee-exo"])
