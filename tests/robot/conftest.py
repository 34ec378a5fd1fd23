"""A robot, a plan and a plant small enough to be known in closed form."""

import math

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from careloop.build import load_exercise
from controllers.joint_impedance import JointImpedance
from robot.controller import Person, build_controller
from robot.errors import DeviceError
from robot.runtime.session import Session
from robot.runtime.session_state import Severity
from robot.symbolic import SymbolicRobot
from tests.robot.course import Course
from tests.robot.guard_bench import Bench

CHAIN = """<robot name="chain">
  <link name="base"/>
  <link name="upper">
    <inertial><origin xyz="0.1 0.02 -0.03" rpy="0 0 0"/><mass value="2.0"/>
      <inertia ixx="0.01" ixy="0.001" ixz="0" iyy="0.02" iyz="0" izz="0.021"/></inertial></link>
  <link name="lower">
    <inertial><origin xyz="0.2 0 0.01" rpy="0 0 0"/><mass value="1.0"/>
      <inertia ixx="0.002" ixy="0" ixz="0.0002" iyy="0.008" iyz="0" izz="0.008"/></inertial></link>
  <joint name="shoulder" type="revolute">
    <parent link="base"/><child link="upper"/><origin xyz="0 0 0.1" rpy="0.2 0.1 0"/><axis xyz="0 1 0"/>
    <limit lower="-3" upper="3" effort="100" velocity="10"/></joint>
  <joint name="elbow" type="revolute">
    <parent link="upper"/><child link="lower"/><origin xyz="0.3 0 0" rpy="0 0 0.5"/><axis xyz="0 0 1"/>
    <limit lower="-3" upper="3" effort="100" velocity="10"/></joint>
</robot>
"""
"""Two links that turn about different axes: enough for every coupling term."""


class Rotor:
    """A plant known in closed form: inertia (kg·m²) and viscous friction (N·m·s/rad) under a torque that is held.

    I·ddq + b·dq = tau, solved exactly over a period. It can be told from which time (s) on it is silent, and when it
    reports a drive error; it remembers what was done to it.
    """

    def __init__(
        self,
        dt,
        inertia=1.2,
        friction=1.2,
        q=0.7,
        silent=(math.inf, math.inf),
        error_at=math.inf,
        opens=True,
    ):
        self.dt, self.inertia, self.friction = dt, inertia, friction
        self.q, self.dq, self.tau = q, 0.0, 0.0
        self.silent, self.error_at, self.opens = silent, error_at, opens
        self.time, self.age = -dt, 0.0
        self.calls, self.commands = [], []

    def open(self):
        self.calls.append("open")
        if not self.opens:
            raise DeviceError("port-missing", port="nowhere")

    def read(self, row):
        if self.time >= 0.0:
            self._turn()
        self.time += self.dt
        silent = self.silent[0] <= self.time < self.silent[1]
        self.age = self.age + self.dt if silent else 0.0
        row.age[0] = self.age
        row.q[:], row.dq[:], row.tau_measured[:] = (math.nan,) * 3 if silent else (self.q, self.dq, self.tau)
        row.drive_error[:] = 0x20 if self.time >= self.error_at else 0.0

    def write(self, row):
        self.tau = float(row.tau_command[0])
        self.commands.append(self.tau)

    def stop(self):
        self.tau = 0.0
        self.calls.append("stop")

    def close(self):
        self.calls.append("close")

    def _turn(self):
        final, constant = self.tau / self.friction, self.friction / self.inertia
        gone = -math.expm1(-constant * self.dt)
        self.q += final * self.dt + (self.dq - final) * gone / constant
        self.dq += (final - self.dq) * gone


class Rows:
    """A recorder that keeps every row, but for those that it loses while it is full (from, until, in s)."""

    def __init__(self, layout, full=(math.inf, math.inf)):
        self.layout, self.full = layout, full
        self.kept = []

    def push(self, values):
        if self.full[0] <= values[self.layout.slices["time"]][0] < self.full[1]:
            return False
        self.kept.append(values.copy())
        return True

    def __getitem__(self, field):
        columns = np.array(self.kept)[:, self.layout.slices[field]]
        return columns[:, 0] if columns.shape[1] == 1 else columns


@pytest.fixture(scope="session")
def chain_urdf():
    return CHAIN


@pytest.fixture(scope="session")
def exercise():
    return load_exercise("knee-walking")


@pytest.fixture(scope="session")
def controller(exercise):
    """The shipped plan with an impedance alone, since the rotor weighs nothing, once through its curve."""
    faster = exercise.adjusted({"motion.speed": 0.35})
    law = JointImpedance(stiffness=120.0, damping=8.0)
    return build_controller(exercise.plan, exercise.robot, law, lambda: faster.motion(repetitions=1))


@pytest.fixture(scope="session")
def person():
    return Person(height_m=1.7, mass_kg=70.0)


@pytest.fixture(scope="session")
def rotor(exercise):
    """Makes a rotor with the shipped robot's period."""
    return lambda **given: Rotor(exercise.robot.dt, **given)


@pytest.fixture(scope="session")
def rows(controller):
    """Makes a recorder of the controller's rows."""
    return lambda **given: Rows(controller.layout, **given)


@pytest.fixture(scope="session")
def knee(exercise):
    """The guard of the shipped robot."""
    return Bench(SymbolicRobot.of(exercise.robot))


@pytest.fixture(scope="session")
def chain(chain_urdf):
    """The guard of two joints, one of them with a very light drive, and of two force sensors."""
    robot = SymbolicRobot(
        chain_urdf, ("shoulder", "elbow"), coulomb=[1.0, 0.5], viscous=[0.3, 0.2], drive_inertia=[0.2, 0.006]
    )
    return Bench(robot, ("cuff", "seat"))


@pytest.fixture
def bench(knee):
    """The guard of the shipped robot, nothing remembered."""
    knee.reset()
    return knee


@pytest.fixture(scope="module")
def run(controller, person, rotor, rows):
    """Runs the session on a rotor; `full` is when the recorder has no room."""

    def course(asked=(), replaced=None, full=(math.inf, math.inf), **plant):
        return Course(controller, person, rotor(**plant), rows(full=full), asked, replaced)

    return course


@pytest.fixture(scope="module")
def quiet(controller, person):
    """A session and a row to be fed by hand, measuring something good."""

    def made(asked=lambda row: (Severity.NONE, "")):
        session = Session(controller.motion(), controller.robot.dt, controller.robot.silence_s, [asked])
        row = controller.row(person)
        row.q[:], row.age[:] = 0.7, 0.0
        return session, row

    return made


@pytest.fixture
def key():
    """A site's key."""
    return Ed25519PrivateKey.generate()
