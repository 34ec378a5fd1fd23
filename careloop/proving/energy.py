"""What an exercise takes out of the guard's energy tank."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from careloop.build import Exercise
from careloop.proving.course import Course
from robot.errors import PlanError
from robot.guard.energy import NEAR_EMPTY
from robot.limits import energy_limit
from robot.tick import Array


@dataclass(frozen=True, slots=True)
class EnergyNeed:
    """The most that the whole robot draws: `drawn` J below a full tank at any moment, `mean_power` W over a cycle.

    `budget` J and `refill` W are the plan's, or what stands in for them.
    """

    drawn: float
    mean_power: float
    budget: float
    refill: float


def energy_need(exercise: Exercise, course: Course, speeds: Sequence[float]) -> EnergyNeed:
    """The need over these speeds; raises `PlanError` where the tank would come near empty, and the guard step in."""
    tank = energy_limit(exercise.plan, exercise.robot)
    drawn = mean_power = 0.0
    for speed in speeds:
        for _, _, torque, velocity in course.samples(speed):
            power = (torque * velocity).sum(axis=0)
            mean_power = max(mean_power, float(power.mean()))
            drawn = max(
                drawn, drawn_over((power - tank.refill) * course.step_s(speed), exercise.plan.motion.repetitions)
            )
    check_energy(exercise, drawn, mean_power)
    return EnergyNeed(drawn, mean_power, tank.budget, tank.refill)


def check_energy(exercise: Exercise, drawn: float, mean_power: float) -> None:
    """Refuse what comes near to the end of the tank: `drawn` J below a full one, `mean_power` W over a cycle."""
    tank = energy_limit(exercise.plan, exercise.robot)
    if drawn > (1.0 - NEAR_EMPTY) * tank.budget:
        raise PlanError(
            "energy-too-little",
            file=exercise.file,
            field="limits.energy",
            drawn=drawn,
            budget=tank.budget,
            refill=tank.refill,
            at_least=drawn / (1.0 - NEAR_EMPTY),
            mean_power=mean_power,
        )


def drawn_over(spent: Array, repetitions: int) -> float:
    """The most J below a full tank over so many cycles that each take `spent` J, moment by moment.

    Two cycles have every beginning and end; each one more takes what a whole cycle takes on top.
    """
    total = np.concatenate([[0.0], np.cumsum(np.tile(spent, min(repetitions, 2)))])
    within = float((total - np.minimum.accumulate(total)).max())
    return within + max(repetitions - 2, 0) * max(float(spent.sum()), 0.0)
