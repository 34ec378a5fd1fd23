"""A plan's law as an expression, with the parameters that it may run with."""

import numpy as np

from careloop.build import Exercise
from robot.controller import ExpressedLaw, express_law
from robot.law import PERSON, Law, parameter_columns
from robot.symbolic import SymbolicRobot
from robot.tick import Array


def expressed_law(exercise: Exercise, law: Law) -> ExpressedLaw:
    """A plan's law, or a part of it, for the plan's robot, posture and assistance."""
    symbolic = SymbolicRobot.of(exercise.robot, exercise.plan.base_pitch)
    return express_law(law, symbolic, exercise.robot.dt, exercise.plan.assistance)


def parameter_settings(exercise: Exercise, law: Law, initial: tuple[float, ...]) -> list[Array]:
    """The law's parameters, `initial` but for the person: for each corner of height and mass three times.

    As the plan has them, with every adjustable value at its lowest, and with every one at its highest: what a law gives
    grows with its gains. The trials try the other corners.
    """
    columns = [one.name for one in parameter_columns(law, exercise.robot.joint_names)]
    found = []
    for person in exercise.people:
        own = np.array(initial)
        own[: len(PERSON)] = person
        lowest, highest = own.copy(), own.copy()
        for name, (low, high) in exercise.plan.adjustable.items():
            of = [place for place, one in enumerate(columns) if one == name or one.startswith(f"{name}.")]
            lowest[of], highest[of] = low, high
        found += [own, lowest, highest]
    return found
