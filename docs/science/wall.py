"""How stiff may a sampled wall be.

## Question

A stiffness that is computed once a tick makes energy: its force is held while the joint moves on, and it is read off an
encoder that moves in steps. Abbott and Okamura (2005, recalled and not read) give a bound below which the joint's own
friction takes all of it, K ≤ min(2 b / T, 2 f_c / Δ), with viscous friction b, period T, Coulomb friction f_c and
encoder resolution Δ. Does it hold, is it tight, and does it still hold in a loop like ours, in which a torque acts one
cycle after the measurement that it answers?

## Protocol

Written before the first run; the history of `docs/science/wall.py` shows it.

* **Joint.** One rotor of 0.05 kg·m² with b and f_c, moved exactly between the ticks: exponentials, and the moments at
  which Coulomb friction stops it. The spring is the compiled `joint-impedance` without damping, and reads the angle
  rounded to Δ; its torque is held over the period and acts at once, or one cycle late.
* **Cases.** T of 1, 2 and 4 ms and b of 0.1 and 0.2 N·m·s/rad with an ideal encoder and no Coulomb friction, where the
  first term is the bound; Δ of 1, 2 and 4 mrad and f_c of 0.05 and 0.1 N·m at b = 0.5 N·m·s/rad, where the second one
  is; each without delay and one cycle late. Two more go through the simulated plant, with the counts of the knee
  robot's drive and its own cycle of delay.
* **Limit to energy.** A hand leads the joint along x = c + A sin(2π k/n + φ), straight between the ticks, for n from 2
  to 512, A from a hundredth to ten times Δ, c on an encoder's edge and in the middle of a step, and 16 phases φ. What
  the spring gives in a whole turn is K times a number of the motion, what friction takes is another: the limit is the
  least K with which any of these motions gets energy out. This is the passivity that the bound is about.
* **Limit to rest.** The rotor alone is set going at 1 rad/s, for 10 s. It holds where it rests at the end, or where its
  largest speed in the last quarter is below 98.5 % of that in the third. The limit is found by bisection to 0.5 %,
  between a tenth of the bound and a hundred times it.
* **Predicted.** One cycle of delay: Colgate's condition for K z⁻¹ asks for b > K T (1 + 2 cos θ) / 2 at every θ, so
  three times as much, K ≤ 2 b / 3 T. The second term stays as it is. At rest, the limit without Coulomb friction is
  that of the eigenvalues.
* **It comes out** where, in every case it speaks of: no limit is below 0.99 of the bound (it holds); the limit to
  energy is below 1.1 of it (it is tight); the limit to rest of the ideal encoder is below 1.1 of it (beyond, a wall is
  unstable indeed). The same is asked of the bound with delay, once as published and once with three times the period.
* No patient, no chance: there is nothing to seed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import inf, nan, pi, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from controllers.gains import largest_passive_stiffness
from controllers.joint_impedance import JointImpedance
from docs.science.looks import COLOURS, INK, WIDTH_IN
from docs.science.page import Finding, Measured
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

    def bound(self, period: float) -> float:
        """Abbott and Okamura's for this period, N·m/rad."""
        coulomb, resolution = (self.coulomb, self.resolution) if self.resolution else (1e9, 1e-9)
        return largest_passive_stiffness(period, self.viscous, coulomb, resolution)


def _cases() -> Iterator[tuple[str, Case]]:
    for late, words in ((0, ""), (1, ", one cycle late")):
        for period, viscous in product((0.004, 0.002, 0.001), (0.1, 0.2)):
            yield f"{1e3 * period:g} ms, {viscous} N·m·s/rad{words}", Case(period, viscous, late=late)
        for resolution, coulomb in product((0.001, 0.002, 0.004), (0.05, 0.1)):
            case = Case(0.002, 0.5, coulomb, resolution, late)
            yield f"{1e3 * resolution:g} mrad, {coulomb} N·m{words}", case
    (drive,) = load_robot("knee-exo").drives
    step = 2.0 * pi / drive.datasheet.encoder_counts
    for viscous in (0.1, 0.2):
        yield f"2 ms, {viscous} N·m·s/rad, simulated plant", Case(0.002, viscous, 0.005, step, 1, True)


_CASES = dict(_cases())
CASES = tuple(_CASES)


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
    speeds = np.array((_in_the_plant if case.plant else _on_the_spring)(case, stiffness))
    third, last = (float(np.abs(part).max()) for part in np.array_split(speeds, 4)[2:])
    return speeds[-1] == 0.0 or last < CALMER * third


def _on_the_spring(case: Case, stiffness: float) -> list[float]:
    rotor = Rotor(INERTIA, case.viscous, case.coulomb, dq=SPEED)
    torque, step = spring(case.period), case.resolution
    waiting, speeds = [0.0] * case.late, []
    for _ in range(round(LASTS_S / case.period)):
        waiting.append(torque(stiffness, step * round(rotor.q / step) if step else rotor.q))
        rotor.go(waiting.pop(0), case.period)
        speeds.append(rotor.dq)
    return speeds


def _in_the_plant(case: Case, stiffness: float) -> list[float]:
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
    low, high = 0.1 * case.bound(case.period), 100.0 * case.bound(case.period)
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

    low, high = 0.1 * case.bound(case.period), 100.0 * case.bound(case.period)
    while high > (1.0 + 1e-9) * low:
        middle = sqrt(low * high)
        low, high = (middle, high) if radius(middle) < 1.0 else (low, middle)
    return low


def measure(case: str) -> Measured:
    """Both limits of one joint beside the bound, as published and with the delay in the period's place."""
    of = _CASES[case]
    return Measured(
        {
            "bound, N·m/rad": of.bound(of.period),
            "bound with (1 + 2 · cycles of delay) T": of.bound((1 + 2 * of.late) * of.period),
            "limit to energy": nan if of.plant else energy_limit(of),
            "limit to rest": rest_limit(of),
            "by eigenvalues": nan if of.coulomb else eigenvalue_limit(of),
        }
    )
