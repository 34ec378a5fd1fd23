"""What a plan's law itself asks for along the motion, where nobody errs: held against drive and limits.

Measured is the reference, and the torque that the law gave in the tick before: as if the person went along exactly.
What corrects errors comes on top, and so does what a law learns from them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import degrees

import casadi
import numpy as np
from casadi import SX

from careloop.build import Exercise
from careloop.proving.energy import check_energy, drawn_over
from careloop.proving.feasibility import Demand, allowed_torque, asked_speeds
from careloop.proving.law_settings import expressed_law, parameter_settings
from robot.errors import PlanError
from robot.limits import energy_limit
from robot.tick import Array

MOST_CYCLES = 7
"""Repetitions that a law with a memory is run for at most: an oscillator's torque fades in over six. Our choice."""

LONGEST_S = 600.0
"""The longest repetition in s, at the slowest speed, that is looked at: ten minutes are no exercise. Our choice."""


@dataclass(frozen=True, slots=True)
class LawNeed:
    """What the law asks of one joint: `peak_torque` N·m, `peak_power` W, and where it comes nearest to its bounds."""

    joint: str
    peak_torque: float
    peak_power: float
    nearest: Demand


@dataclass(frozen=True, slots=True)
class LawNeeds:
    """What the law asks for along the motion.

    `leads` says whether it follows the reference at all: where it does not, the motion is for the person to make.
    `remembers` are its parts with a memory, whose torque may be more once they have learnt. `drawn` is what it takes
    out of the energy tank, J.
    """

    joints: tuple[LawNeed, ...]
    leads: bool
    remembers: tuple[str, ...]
    drawn: float


def law_needs(exercise: Exercise) -> LawNeeds:
    """What the law asks for; raises `PlanError` where that is more than drive or limits allow, or is no number."""
    law = _Law(exercise)
    tank, drawn, mean_power = energy_limit(exercise.plan, exercise.robot), 0.0, 0.0
    needs: dict[str, list[LawNeed]] = {joint: [] for joint in exercise.robot.joint_names}
    for speed in sorted({speed for _, speed in asked_speeds(exercise.plan)}):
        for person, torques, velocities in law.along(speed):
            power = (torques * velocities).sum(axis=0)
            spent = (power - tank.refill) * law.lasts_s(speed) / power.size
            drawn = max(drawn, drawn_over(spent, exercise.plan.motion.repetitions))
            mean_power = max(mean_power, float(power.mean()))
            for joint, torque, velocity in zip(exercise.robot.joint_names, torques, velocities, strict=True):
                needs[joint].append(_need(exercise, joint, (speed, *person), torque, velocity))
    joints = tuple(_most(exercise, of_joint) for of_joint in needs.values())
    check_energy(exercise, drawn, mean_power)
    remembers = tuple(part.name for part in exercise.law.parts if part.memories())
    return LawNeeds(joints, law.leads, remembers, drawn)


def _need(exercise: Exercise, joint: str, of: tuple[float, float, float], torque: Array, velocity: Array) -> LawNeed:
    """What is asked of a joint over a cycle; `of` is speed, height and mass."""
    moments = zip(torque.tolist(), velocity.tolist(), strict=True)
    allowed = np.array([allowed_torque(exercise, joint, *moment) for moment in moments])
    worst = int(np.argmax(np.abs(torque) / np.maximum(allowed, 1e-9)))
    power = max(float((torque * velocity).max()), 0.0) + 0.0  # never −0
    at = degrees(abs(velocity[worst]))
    nearest = Demand(joint, *of, abs(float(torque[worst])), at, float(allowed[worst]), power)
    return LawNeed(joint, float(np.abs(torque).max()), power, nearest)


def _most(exercise: Exercise, needs: Sequence[LawNeed]) -> LawNeed:
    """The most of a joint's needs; refused where it is too much."""
    nearest = max((one.nearest for one in needs), key=lambda one: one.share)
    if nearest.share > 1.0:
        raise PlanError(
            "law-too-strong",
            file=exercise.file,
            field=f"limits.{nearest.joint}",
            torque=nearest.torque,
            velocity_deg_s=nearest.velocity_deg_s,
            allowed=nearest.allowed_torque,
            speed=nearest.speed,
        )
    peak_torque, peak_power = (max(getattr(one, name) for one in needs) for name in ("peak_torque", "peak_power"))
    return LawNeed(nearest.joint, peak_torque, peak_power, nearest)


class _Law:
    """The law, tick by tick, beside the motion."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._expressed = expressed_law(exercise, exercise.law)
        q, dq, tau, *reference, phase, parameters, memory = self._expressed.inputs
        torque, after = self._expressed.torque, self._expressed.memory_next
        self._remembers = bool(self._expressed.memory) or casadi.depends_on(torque, tau)
        self.leads = any(casadi.depends_on(casadi.vertcat(torque, after), one) for one in (*reference, phase))
        law = casadi.Function("law", [*self._expressed.inputs], [torque, after], {"cse": True})
        ddq = SX.sym("ddq", q.numel())
        torque, after = law(q, dq, tau, q, dq, ddq, phase, parameters, memory)
        before, after = casadi.vertcat(memory, tau), casadi.vertcat(after, torque)
        self._tick = casadi.Function("tick", [before, q, dq, ddq, phase, parameters], [after, torque])

    def lasts_s(self, speed: float) -> float:
        """How long a cycle lasts in s."""
        return self._exercise.cycle.lasts_s * self._exercise.plan.motion.speed / speed

    def along(self, speed: float) -> Iterator[tuple[tuple[float, float], Array, Array]]:
        """Height and mass, torques and velocities (joint, moment) over a cycle, for each setting.

        Where the law has a memory it is the last of the plan's repetitions after a first one, in which filters settle,
        and moments are ticks. Without one, those of the cycle are enough.
        """
        cycle, lasts_s = self._exercise.cycle, self.lasts_s(speed)
        if lasts_s > LONGEST_S:
            where = {"file": self._exercise.file, "field": "motion"}
            raise PlanError("motion-too-long", **where, lasts_s=lasts_s, at_most=LONGEST_S, speed=speed)
        ticks = max(round(lasts_s / self._exercise.robot.dt), 1) if self._remembers else cycle.moments
        phase = np.arange(ticks) / ticks
        q, dq, ddq = np.array([cycle.curve.at(one) for one in phase]).transpose(1, 2, 0)
        cycles = 1 + (min(self._exercise.plan.motion.repetitions, MOST_CYCLES) if self._expressed.memory else 0)
        course = [np.tile(one, cycles) for one in (q, dq / lasts_s, ddq / lasts_s**2, phase[None, :])]
        run = self._tick.mapaccum(cycles * ticks)
        start = np.zeros(self._tick.numel_in(0))
        for setting in parameter_settings(self._exercise, self._exercise.law, self._expressed.initial):
            _, torque = run(start, *course, np.tile(setting[:, None], cycles * ticks))
            torques = np.asarray(torque)[:, -ticks:]
            if not np.isfinite(torques).all():
                raise PlanError("law-not-finite", file=self._exercise.file, field="law")
            yield (float(setting[0]), float(setting[1])), torques, course[1][:, -ticks:]
