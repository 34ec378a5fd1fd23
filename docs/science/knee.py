"""The simulated knee robot with a person who has a will of their own, run through a law alone, without a guard."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, degrees, radians, sin
from typing import Protocol

import numpy as np

from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import RECORDINGS, recorded_shape
from docs.science.page import Array
from robot.body import Segment
from robot.controller import bind_law, compile_law
from robot.description import load_robot
from robot.law import Law
from robot.plan import Posture
from robot.runtime.loop import carrying_over
from robot.symbolic import GRAVITY, SymbolicRobot
from robot.tick import Row, TickLayout
from sim_models.cuff import Cuff
from sim_models.load import PatientLoad
from sim_models.plant import SimulatedPlant
from sim_models.virtual_patient.effort import effort_torque, felt_acceleration
from sim_models.virtual_patient.passive import knee_moment
from sim_models.virtual_patient.patient import VirtualPatient

SPEED = 0.3
RANGE_DEG = (20.0, 65.0)
POSTURE = Posture(thigh_pitch_deg=0.0, hip_flexion_deg=30.0)
"""Those of the shipped plan: thigh level, trunk reclined, the shank over the edge."""

RECORDING = "walking-2d"
CYCLE_S = RECORDINGS[RECORDING].stride_s / SPEED
"""The cycle in s."""

CUFF = Cuff()


class Will(Protocol):
    """What a person wants."""

    def listen(self, cycles: float, q_ref: float) -> None:
        """Told once a tick how many cycles are done, and where the reference is in rad."""

    def torque(self, q: float, dq: float, needed: float) -> float:
        """The voluntary torque in N·m at the limb's state, where its own motion takes `needed` N·m."""


class WilledLoad(PatientLoad):
    """The knee robot with a passive limb, to which the person's voluntary torque is added at each physics step."""

    def __init__(self, patient: VirtualPatient, will: Will, q0: float, cuff: Cuff) -> None:
        self._wanting, self._felt_dq = will, 0.0
        self._limb = patient.limb
        self.voluntary = 0.0
        super().__init__(load_robot("knee-exo"), patient, POSTURE, [q0], cuff, will=self._want)

    def _want(self, time: float, limb_q: Sequence[float], limb_dq: Sequence[float]) -> Sequence[float]:
        q, dq = limb_q[0], limb_dq[0]
        acceleration = felt_acceleration(dq, self._felt_dq)
        self._felt_dq += self.step_s * acceleration
        self.voluntary = self._wanting.torque(q, dq, needed_torque(self._limb, q, acceleration))
        return [self.voluntary]


def needed_torque(limb: Segment, q: float, acceleration: float) -> float:
    """What carries a limb at `q` rad and accelerates it by so many rad/s², its passive knee included, in N·m."""
    x, z = limb.centre
    gravity = -limb.mass * GRAVITY * (x * cos(q) + z * sin(q))
    place = 20.0 * (degrees(q) + 10.0)  # looked up and not worked out: this runs a thousand times a second
    index = min(max(int(place), 0), len(_PASSIVE) - 2)
    passive = _PASSIVE[index] + (place - index) * (_PASSIVE[index + 1] - _PASSIVE[index])
    inertia = limb.moment + limb.mass * (x**2 + z**2)
    return float(effort_torque(1.0, gravity, passive, inertia, acceleration))


_PASSIVE = [float(knee_moment(POSTURE.hip_flexion_deg, 0.05 * step - 10.0, 0.0)) for step in range(3001)]
"""The passive knee in N·m, each 0.05° from −10 to 140°."""


@dataclass(frozen=True)
class Course:
    """Each tick: the cycles done, reference and limb in rad, interaction, voluntary and law's torque in N·m."""

    cycles: Array
    q_ref: Array
    limb: Array
    interaction: Array
    voluntary: Array
    law: Array


def run(law: Law, patient: VirtualPatient, will: Will, cycles: int, cuff: Cuff = CUFF) -> Course:
    """So many cycles of the walking knee at the drive's counts and its cycle of delay."""
    robot = load_robot("knee-exo")
    compiled = compile_law(law, SymbolicRobot.of(robot), robot.dt)
    row = Row(TickLayout(robot.joint_names, compiled.parameters, compiled.memory))
    row.parameters[:] = compiled.initial
    row.parameters[:2] = patient.body.height_m, patient.body.mass_kg
    call, carry_over = bind_law(compiled.compiled, row), carrying_over(row)
    stride_s, shape = RECORDINGS[RECORDING].stride_s, recorded_shape(RECORDING, robot.joint_names)
    motion = PeriodicMotion(shape, {"knee": RANGE_DEG}, stride_s, SPEED, cycles, robot.dt)
    q0 = curve(0.0)
    motion.begin([q0])
    told: list[tuple[float, ...]] = []
    with WilledLoad(patient, will, q0, cuff) as load:
        plant = SimulatedPlant(robot, load)
        plant.open()
        while not motion.at_rest:
            plant.read(row)
            motion.sample(row)
            done = max(float(row.repetition[0]) - 1.0, 0.0) + float(row.phase[0])
            will.listen(done, float(row.q_ref[0]))
            call()
            row.tau_command[:] = row.tau_law
            limb_q, *_, interaction = load.truth
            told.append((done, float(row.q_ref[0]), limb_q, interaction, load.voluntary, float(row.tau_law[0])))
            plant.write(row)
            carry_over()
        plant.close()
    return Course(*np.array(told).T)


def curve(phase: float) -> float:
    """The walking knee at a phase, in rad."""
    return _curve(phase)[0]


def mean_torque(limb: Segment) -> float:
    """The mean size in N·m of what a limb needs along the reference."""
    along = [_curve(phase) for phase in np.arange(200) / 200]
    return float(np.mean([abs(needed_torque(limb, q, acceleration)) for q, acceleration in along]))


def _curve(phase: float) -> tuple[float, float]:
    """Angle in rad and acceleration in rad/s² at a phase."""
    (share,), _, (bend,) = recorded_shape(RECORDING, ("knee",)).at(phase)
    low, high = map(radians, RANGE_DEG)
    return low + (high - low) * share, (high - low) * bend / CYCLE_S**2
