"""Where an emulated robot's joints stand at first."""

from math import radians
from pathlib import Path
from typing import Any

import pytest

from careloop.__main__ import main
from careloop.commands.emulate import start_deg
from robot.description import load_robot, shipped_robots
from robot.errors import InputError
from sim_models.robot_load import check_start


@pytest.mark.parametrize("name", shipped_robots())
def test_every_shipped_robots_joints_stand_within_their_ranges_at_first(name: str) -> None:
    robot = load_robot(name)
    start = start_deg(robot, ())
    check_start(robot, [radians(one) for one in start])
    assert all(robot.joints[joint].range_deg[0] < one for joint, one in zip(robot.joint_names, start, strict=True))


def test_a_shank_hangs() -> None:
    assert start_deg(load_robot("knee-exo"), ()) == (pytest.approx(75.0),)


def test_a_joint_that_is_named_stands_where_it_was_put_and_the_others_do_not_move() -> None:
    robot = load_robot("leg-exo")
    usual, put = start_deg(robot, ()), start_deg(robot, ["left_knee=20", "right_ankle=-5"])
    changed = {joint: b for joint, a, b in zip(robot.joint_names, usual, put, strict=True) if a != b}
    assert changed == {"left_knee": 20.0, "right_ankle": -5.0}


@pytest.mark.parametrize(
    ("given", "code"),
    [("knee=20", "choice-unknown"), ("20", "change-not-a-number"), ("left_knee=", "change-not-a-number")],
)
def test_what_is_no_joint_or_no_number_is_refused(given: str, code: str) -> None:
    with pytest.raises(InputError, match=code):
        start_deg(load_robot("leg-exo"), [given])


@pytest.mark.parametrize("given", ["nan", "inf", "-300"])
def test_an_angle_that_cannot_be_is_refused_before_anything_starts(given: str) -> None:
    robot = load_robot("leg-exo")
    with pytest.raises(InputError, match="out-of-bounds"):
        check_start(robot, [radians(one) for one in start_deg(robot, [f"left_knee={given}"])])


def test_an_arm_whose_drives_are_simulated_alone_is_not_emulated(tmp_path: Path, capsys: Any) -> None:
    assert main(["--home", str(tmp_path), "emulate", "care-arm"]) == 3
    assert "no driver of ours drives a1" in capsys.readouterr().err
