"""A session of a robot of two buses, over serial, against both emulated ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from careloop.build import load_exercise, shipped_plans
from careloop.settings import Home
from robot.description import shipped_robots
from tests.careloop.sessions import careloop, emulated, one_line, rows, sign


@pytest.mark.sweep
@pytest.mark.xdist_group("real-time")
def test_both_legs_are_led_over_two_buses_and_one_that_is_left_out_is_named(tmp_path: Path) -> None:
    robot, plan = tmp_path / "legs.yaml", tmp_path / "short.yaml"
    # Lines that may be silent for longer: a stalled machine must not look like a torn cable.
    text = shipped_robots()["leg-exo"].read_text().replace("silence_ms: 90", "silence_ms: 480")
    robot.write_text(text.replace("supply_v: 18", "supply_v: 18, silence_ms: 500"))
    text = shipped_plans()["leg-walking"].read_text().replace("repetitions: 2", "repetitions: 1")
    plan.write_text(text.replace("robot: leg-exo", f"robot: {robot}"))
    home = Home(tmp_path / "home")
    sign(home, load_exercise(plan))
    with emulated(home, robot) as (_, ready):
        ports = ready["ports"]
        alone = careloop(home, "run", str(plan), "--on", f"serial:left={ports['left']}")
        answer = careloop(
            home, "run", str(plan), "--on", f"serial:left={ports['left']},right={ports['right']}", "--json"
        )
    assert alone.returncode != 0
    assert "right" in one_line(alone.stderr)
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert (said["end"], said["reason"], said["repetitions"]) == ("stopped", "completed", 1)
    trace = rows(Path(said["trace"]).parent)
    for joint in load_exercise(plan).robot.joint_names:
        q = np.array(trace[f"{joint}_q_rad"])  # NaN where a reply came late
        assert np.nanmax(q) - np.nanmin(q) > np.radians(10.0)
        assert trace[f"{joint}_tau_command_Nm"][-1] == pytest.approx(0.0, abs=1e-6)
