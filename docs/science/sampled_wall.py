"""A sampled spring on a rotor: up to which stiffness it makes no energy, and up to which the rotor comes to rest."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import inf, pi, sqrt

import numpy as np

from controllers.gains import largest_passive_stiffness
from controllers.joint_impedance import JointImpedance
from docs.science.rotor import Rotor, RotorLoad
from robot.controller import compile_law
from robot.description import load_robot
from robot.symbolic import SymbolicRobot
from robot.tick import Row, TickLayout
from sim_models.plant import SimulatedPlant

INERTIA, SPEED, LASTS_S = 0.05, 1.0, 10.0
"""kg·m², rad/s and s: the rotor that is set going, and for how long."""

CALMER = 0.985
"""Largest speed of the last quarter as a share of that of the third below which a rotor is coming to rest."""

TURNS = (2, 3, 4, 5, 6, 8, 12, 16, 32, 64, 128, 256, 512)
"""Ticks of a turn of the hand."""


@dataclass(frozen=True)
class Case:
    """A joint and its sampling: s, N·m·s/rad, N·m, rad (zero: ideal), cycles of delay; `plant`: through the drive."""

    period: float
    viscous: float
    coulomb: float = 0.0
    resolution: float = 0.0
    late: int = 0
    plant: bool = False

    def bound(self, delay: float = 0.0) -> float:
        """Abbott and Okamura's, N·m/rad; with this delay in s."""
        coulomb, resolution = (self.coulomb, self.resolution) if self.resolution else (1e9, 1e-9)
        return largest_passive_stiffness(self.period, self.viscous, coulomb, resolution, delay)


@cache
def spring(period: float) -> Callable[[float, float], float]:
    """The compiled impedance without damping: stiffness in N·m/rad and angle in rad to torque in N·m.

    The stiffness goes into the row past the check that holds a plan's to the law's own bounds.
    """
    law = compile_law(JointImpedance(stiffness=0.0, damping=0.0), SymbolicRobot.of(load_robot("knee-exo")), period)
    function = law.compiled.function
    inputs = [np.zeros(function.numel_in(index)) for index in range(function.n_in())]
    outputs = [np.zeros(function.numel_out(index)) for index in range(function.n_out())]
    inputs[7][:] = law.initial
    place = [column.name for column in law.parameters].index("joint-impedance.stiffness.knee")
    run = law.compiled.bind(inputs, outputs)

    def torque(stiffness: float, q: float) -> float:
        inputs[7][place], inputs[0][0] = stiffness, q
        run()
        return float(outputs[0][0])

    return torque


def energy_limit(case: Case) -> float:
    """The least stiffness with which a led joint gives more energy than friction takes, N·m/rad."""
    step = case.resolution
    amplitudes = np.geomspace(0.01 * step, 10.0 * step, 25) if step else np.ones(1)
    centres = np.array([0.0, 0.5 * step])
    phases = 2.0 * pi * np.arange(16) / 16
    least = inf
    for ticks in TURNS:
        angle = phases[:, None] + 2.0 * pi * np.arange(ticks) / ticks
        led = centres[:, None, None, None] + amplitudes[:, None, None] * np.sin(angle)
        read = step * np.rint(led / step) if step else led
        moves = np.roll(led, -1, axis=-1) - led
        given = -np.sum(np.roll(read, case.late, axis=-1) * moves, axis=-1)
        taken = np.sum(case.viscous * moves**2 / case.period + case.coulomb * np.abs(moves), axis=-1)
        gains = given > 0.0
        least = min(least, float(np.min(taken[gains] / given[gains], initial=inf)))
    return least


def rests(case: Case, stiffness: float) -> bool:
    """Whether the rotor on this spring is at rest in the end, or on the way to it."""
    speeds = np.array((in_the_plant if case.plant else on_the_spring)(case, stiffness))
    third, last = (float(np.abs(part).max()) for part in np.array_split(speeds, 4)[2:])
    return speeds[-1] == 0.0 or last < CALMER * third


def on_the_spring(case: Case, stiffness: float) -> list[float]:
    """The rotor's speed in rad/s at each tick, set going on the compiled spring."""
    rotor = Rotor(INERTIA, case.viscous, case.coulomb, dq=SPEED)
    torque, step = spring(case.period), case.resolution
    waiting, speeds = [0.0] * case.late, []
    for _ in range(round(LASTS_S / case.period)):
        waiting.append(torque(stiffness, step * round(rotor.q / step) if step else rotor.q))
        rotor.go(waiting.pop(0), case.period)
        speeds.append(rotor.dq)
    return speeds


def in_the_plant(case: Case, stiffness: float) -> list[float]:
    """The same behind the knee robot's drive, which counts angle and current and has its own cycle of delay."""
    rotor = Rotor(INERTIA, case.viscous, case.coulomb, dq=SPEED)
    plant = SimulatedPlant(load_robot("knee-exo"), RotorLoad(rotor, case.period))
    torque, row, speeds = spring(case.period), Row(TickLayout(joints=("knee",))), []
    plant.open()
    for _ in range(round(LASTS_S / case.period)):
        plant.read(row)
        speeds.append(rotor.dq)
        row.tau_command[0] = torque(stiffness, float(row.q[0]))
        plant.write(row)
    plant.close()
    return speeds


def rest_limit(case: Case) -> float:
    """The stiffness in N·m/rad beyond which the rotor does not come to rest, by bisection to 0.5 %."""
    low, high = 0.1 * case.bound(), 100.0 * case.bound()
    while high > 1.005 * low:
        middle = sqrt(low * high)
        low, high = (middle, high) if rests(case, middle) else (low, middle)
    return low


def eigenvalue_limit(case: Case) -> float:
    """The same without encoder and Coulomb friction, from the eigenvalues of x⁺ = A x with the delayed angle in x."""
    rate = case.viscous / INERTIA
    left = np.exp(-rate * case.period)
    way = (1.0 - left) / rate
    held = np.array([(case.period - way) / case.viscous, (1.0 - left) / case.viscous])

    def radius(stiffness: float) -> float:
        state = np.zeros((3, 3))
        state[:2, :2] = [[1.0, way], [0.0, left]]
        state[:2, 2 if case.late else 0] -= stiffness * held
        state[2, 0] = 1.0
        return float(np.abs(np.linalg.eigvals(state)).max())

    low, high = 0.1 * case.bound(), 100.0 * case.bound()
    while high > (1.0 + 1e-9) * low:
        middle = sqrt(low * high)
        low, high = (middle, high) if radius(middle) < 1.0 else (low, middle)
    return low
