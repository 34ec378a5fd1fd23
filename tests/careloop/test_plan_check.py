"""careloop plan check: what cannot be is refused in one line that names file, field and what is allowed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from careloop.__main__ import main
from careloop.build import shipped_plans
from robot.plan import load_plan

PLAN = shipped_plans()["knee-walking"].read_text()

REFUSED = {
    "an unknown field": ("speed: 0.3,", "sped: 0.3,", "motion.sped: there is no such field; choose among", "speed"),
    "a repeated field": ("robot: knee-exo", "robot: knee-exo\nrobot: knee-exo", "line 6: field 'robot' is repeated"),
    "another unit": (
        "velocity_deg_s: 140",
        "velocity_rad_s: 2.4",
        "limits.knee.velocity_rad_s: there is no such field",
    ),
    "past the robot's range": ("[10, 95]", "[10, 140]", "limits.knee.range_deg: 140 is past knee-exo's 120; ", "120"),
    "beyond the plan's range": ("{knee: [20, 65]}", "{knee: [5, 65]}", "motion.range_deg.knee: 5 is below", "least 10"),
    "a negative stiffness": ("stiffness: 120", "stiffness: -5", "stiffness: -5 is outside 0 to 400 N·m/rad"),
    "a negative limit": ("torque: 38,", "torque: -3,", "limits.knee.torque: -3 is not allowed", "greater than 0"),
    "NaN": ("speed: 0.3,", "speed: .nan,", "motion.speed: nan is outside 0.01 to 2 of the recorded speed"),
    "NaN in a law": ("stiffness: 120", "stiffness: .nan", "stiffness: nan is outside 0 to 400 N·m/rad", "stiffest"),
    "infinity": ("torque: 38,", "torque: 1.0e+309,", "limits.knee.torque: inf is not allowed", "a finite number"),
    "a number too large to be one": (
        "torque: 38,",
        "torque: 1e309,",
        "limits.knee.torque: inf is not allowed",
        "finite number",
    ),
    "a word for a number": ("speed: 0.3,", "speed: slow,", "motion.speed: 'slow' is not allowed", "a number"),
    "half a repetition": (
        "repetitions: 3",
        "repetitions: 3.5",
        "motion.repetitions: 3.5 is not allowed",
        "whole number",
    ),
    "a range of three": ("[40, 110]", "[40, 110, 3]", "patient.mass_kg: ", "list should have at most 2 items, not 3"),
    "a range turned round": ("[40, 110]", "[110, 40]", "patient.mass_kg: 110 to 40 is no range"),
    "an unknown law": (
        "- joint-impedance: {",
        "- jointimpedance: {",
        "no law named jointimpedance; choose among joint-",
    ),
    "an unknown parameter": (
        "damping: 8",
        "dampng: 8",
        "dampng: there is no such field; choose among stiffness, damping",
    ),
    "another joint": (
        "  knee: {range_deg",
        "  hip: {range_deg",
        "limits: given for hip; this robot needs exactly knee",
    ),
    "an unknown adjustable": ("motion.speed: [", "motion.sped: [", "adjustable.motion.sped: there is no such field"),
    "an unknown robot": ("robot: knee-exo", "robot: knee-ex", "there is no robot named knee-ex; choose among "),
    "an unknown recording": ("recorded: walking-2d", "recorded: run", "motion.recorded: ", "choose among walking-2d"),
    "an unknown edition": ("careloop: 1", "careloop: 2", "careloop: 2 is not allowed: input should be 1"),
    "a missing field": ("stop:\n  spasm: {torque", "# {torque", "stop: it is missing: add it"),
    "a billion laughs": ("careloop: 1", "a: &a [1, 1]\nb: &b [*a, *a]\ncareloop: 1", "an alias (*name) is not allowed"),
    "a Python object": (
        "name: Knee",
        "name: !!python/object/apply:os.system [ls] #",
        "could not determine a constructor",
    ),
    "endless nesting": ("name: Knee", "name: " + "[" * 5000 + "#", "it is nested too deeply"),
    "an endless number": ("speed: 0.3", "speed: " + "9" * 5000, "it is not YAML"),
    "no fields at all": (PLAN, "- 1", "it is not a set of fields"),
}
"""What is replaced in the shipped plan, by what, and what the answer says."""


@pytest.fixture
def refused(tmp_path: Path, capsys: Any) -> Any:
    """Checks a plan that must be refused as bad input, and gives the one line that is said."""

    def line(content: str | bytes) -> str:
        path = tmp_path / "mine.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert main(["plan", "check", str(path)]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.endswith("\n")
        assert told.err.count("\n") == 1
        assert "mine.yaml" in told.err or "robot named" in told.err
        return str(told.err)

    return line


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_line(case: str, refused: Any) -> None:
    old, new, *said = REFUSED[case]
    assert old in PLAN
    line = refused(PLAN.replace(old, new, 1))
    for part in said:
        assert part in line


def test_ten_megabytes_are_refused_unread(refused: Any) -> None:
    assert "it has 10000000 bytes" in refused(b"#" * 10_000_000)


def test_what_is_not_text_is_refused(refused: Any) -> None:
    assert "it is not UTF-8 text" in refused(b"\xff\xfe\x00\x01")


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: Any) -> None:
    assert main(["plan", "check", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml: it cannot be read (No such file or directory)" in capsys.readouterr().err


def test_a_python_object_is_not_made_on_the_real_command_line(tmp_path: Path) -> None:
    trap, plan = tmp_path / "trap", tmp_path / "evil.yaml"
    plan.write_text(PLAN.replace("name: Knee", f"name: !!python/object/apply:os.mkdir ['{trap}'] #", 1))
    command = [sys.executable, "-m", "careloop", "plan", "check", str(plan)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert not trap.exists()


@pytest.mark.parametrize("plan", ["knee-walking", "leg-treadmill", "care-meal"])
def test_a_plan_of_each_kind_can_be_done_by_its_robot(plan: str, capsys: Any) -> None:
    assert main(["plan", "check", plan]) == 0
    told = capsys.readouterr().out
    assert "can do it" in told
    assert "not enforceable" in told
    is_worn = load_plan(shipped_plans()[plan]).posture is not None
    assert ("limits.cuff.force" in told) == is_worn


def test_as_json_the_check_says_what_is_needed_and_what_may_be_used(capsys: Any) -> None:
    assert main(["plan", "check", "knee-walking", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["not_enforceable"] == ["limits.cuff.force"]
    (knee,) = found["joints"]
    assert 0.0 < knee["nearest"]["torque"] < knee["nearest"]["allowed_torque"]
    assert 0.0 < knee["peak_velocity_deg_s"] < knee["velocity_limit_deg_s"]


def test_the_list_names_every_shipped_plan(capsys: Any) -> None:
    assert main(["plan", "list"]) == 0
    table = capsys.readouterr().out
    assert main(["plan", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {one["plan"] for one in listed} == set(shipped_plans())
    assert all(one["plan"] in table and one["robot"] in table for one in listed)
