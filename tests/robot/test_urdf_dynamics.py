"""What a robot's dynamics bring into a process that makes them."""

import subprocess
import sys

LOOK = """
import sys
from robot.description import load_robot
from robot.symbolic import SymbolicRobot
SymbolicRobot.of(load_robot("knee-exo"), 0.0)
print("scipy" in sys.modules)
from adam.model.mj_factory.mujoco_model import MujocoModelFactory
print(MujocoModelFactory.__name__)
"""


def test_a_robots_dynamics_bring_no_scipy_and_leave_adam_whole():
    told = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "MujocoModelFactory"]
