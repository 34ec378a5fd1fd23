"""Where there is no emergency stop to read, or a wrong one is described: one line that names the field."""

from pathlib import Path

import pytest

from careloop.__main__ import main
from careloop.settings import Home
from robot.description import shipped_robots
from tests.careloop.sessions import careloop, one_line, write_plan


def refused_in_one_line(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return one_line(told.err)


def test_an_input_is_refused_where_there_is_none_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    robot = tmp_path / "robot.yaml"
    lines = shipped_robots()["knee-exo"].read_text().splitlines()
    robot.write_text("\n".join(line for line in lines if not line.startswith(("emergency_stop", "hand_switch"))))
    plan = str(write_plan(tmp_path / "plan.yaml", {"robot: knee-exo": f"robot: {robot}"}))
    said = refused_in_one_line(capsys, "run", plan, "--on", "serial:/dev/null", "--stop-input", "/dev/null")
    assert "emergency_stop" in said
    assert "emergency_stop" in refused_in_one_line(capsys, "emulate", str(robot), "--stop-input")
    said = refused_in_one_line(capsys, "run", "knee-walking", "--on", "sim", "--stop-input", "/dev/null")
    assert said.startswith("--stop-input")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("unit: 1, input: 0", "unit: 0, input: 0", "emergency_stop.unit"),
        ("unit: 1, input: 0", "unit: 248, input: 0", "emergency_stop.unit"),
        ("input: 0", "input: 65536", "emergency_stop.input"),
        ("baud: 115200", "baud: 1200", "emergency_stop.baud"),
        ("supply_v: 18", "supply_v: 0", "emergency_stop.supply_v"),
        ("supply_v: 18", "supply_v: .nan", "emergency_stop.supply_v"),
        ("supply_v: 18", "supply_v: 18, silence_ms: 5", "emergency_stop.silence_ms"),
        ("supply_v: 18", "supply_v: 18, disagree_ms: .inf", "emergency_stop.disagree_ms"),
        (", supply_v: 18", "", "emergency_stop.supply_v"),
        ("supply_v: 18", "volts: 18", "emergency_stop.volts"),
        ("input: 1}", "input: 65536}", "hand_switch.input"),
        ("input: 1}", "input: 1.5}", "hand_switch.input"),
        ("{unit: 1, input: 1}", "{input: 1}", "hand_switch.unit"),
        ("{unit: 1, input: 1}", "{unit: 1, input: 0}", "hand_switch.input"),
    ],
)
def test_a_bad_description_names_its_field(
    old: str, new: str, field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, _, tail = shipped_robots()["knee-exo"].read_text().rpartition("emergency_stop:")
    assert tail.count(old) == 1
    path = tmp_path / "mine.yaml"
    path.write_text(f"{head}emergency_stop:{tail.replace(old, new)}")
    assert f"mine.yaml: {field}: " in refused_in_one_line(capsys, "robot", "check", str(path))


def test_a_hand_switch_needs_the_emergency_stops_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    lines = shipped_robots()["knee-exo"].read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("emergency_stop")))
    assert "mine.yaml: hand_switch: " in refused_in_one_line(capsys, "robot", "check", str(path))


def test_a_button_is_pressed_only_where_there_is_one(tmp_path: Path) -> None:
    answer = careloop(Home(tmp_path / "home"), "emulate", "knee-exo", "--press")
    assert answer.returncode == 3
    assert "careloop emulate" in one_line(answer.stderr)
