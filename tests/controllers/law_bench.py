"""A compiled law on a bench: arrays of its own, and robots of one and of seven joints to hold it against."""

from pathlib import Path

import numpy as np
import pybullet_data

from robot.controller import compile_law
from robot.description import load_robot
from robot.symbolic import SymbolicRobot

DT = 0.002
ARM = Path(pybullet_data.getDataPath()) / "kuka_iiwa" / "model.urdf"
ARM_JOINTS = tuple(f"lbr_iiwa_joint_{number}" for number in range(1, 8))
ARM_FRICTION = {"coulomb": np.linspace(0.4, 1.0, 7), "viscous": np.linspace(0.1, 0.4, 7)}
ARM_DRIVES = np.linspace(0.1, 0.3, 7)


def arm(joints=7, **changed):
    """The seven-joint arm that PyBullet ships, or its first joints alone, with assumed drives."""
    assumed = {name: of[:joints] for name, of in {**ARM_FRICTION, "drive_inertia": ARM_DRIVES}.items()}
    return SymbolicRobot(ARM.read_text(), ARM_JOINTS[:joints], **assumed | changed)


def knee():
    """The shipped knee robot."""
    return SymbolicRobot.of(load_robot("knee-exo"))


class Bench:
    """A compiled law with arrays of its own; a call sets what is given, and carries the memory on."""

    INPUTS = ("q", "dq", "tau", "q_ref", "dq_ref", "ddq_ref", "phase", "parameters", "memory")

    def __init__(self, law, robot, dt=DT, assistance=1.0):
        self.law = compile_law(law, robot, dt, assistance)
        function = self.law.compiled.function
        self.values = {name: np.zeros(function.numel_in(index)) for index, name in enumerate(self.INPUTS)}
        self.parameters, self.memory = self.values["parameters"], self.values["memory"]
        self.parameters[:] = self.law.initial
        self.parameters[:2] = 1.7, 70.0
        self.torque, self.memory_next = (np.zeros(function.numel_out(index)) for index in (0, 1))
        self.run = self.law.compiled.bind(list(self.values.values()), [self.torque, self.memory_next])

    def __call__(self, **given):
        for name in self.INPUTS[:7]:
            self.values[name][:] = given.get(name, 0.0)
        self.run()
        self.memory[:] = self.memory_next
        return self.torque.copy()

    def forget(self):
        """The memory as at the start."""
        self.memory[:] = 0.0
