"""Synthetic people with an intention of their own, another one in each cycle."""

from math import cos, pi, radians

import numpy as np

from docs.science.knee import CYCLE_S, RANGE_DEG, curve
from robot.description import load_robot
from sim_models.virtual_patient.body import Body

MIDDLE = radians(0.5 * sum(RANGE_DEG))
BLEND = 0.1
"""The part of a cycle, about its end, in which one intention goes over to the next."""


class Walker:
    """A person who pulls their limb towards a curve of their own, another one in each cycle."""

    def __init__(self, seed: int, cycles: int) -> None:
        rng = np.random.default_rng(seed)
        self.body = Body(float(rng.uniform(1.55, 1.9)), float(rng.uniform(50.0, 95.0)))
        self.strength = float(rng.uniform(20.0, 60.0))
        count = cycles + 2
        self._varied = np.column_stack(
            [
                rng.normal(0.0, 0.1, count) / CYCLE_S,
                rng.normal(1.0, 0.06, count),
                np.radians(rng.normal(0.0, 1.5, count)),
            ]
        )
        self._dt = load_robot("knee-exo").dt
        self.wanted = self.intended(0.0)
        self._speed = 0.0

    def intended(self, cycles: float) -> float:
        """Where they mean their knee to be, in rad."""
        end = round(cycles)
        after = (cycles - end) / BLEND + 0.5
        if end > 0 and 0.0 < after < 1.0:
            share = 0.5 - 0.5 * cos(pi * after)
            shift, stretch, move = (1.0 - share) * self._varied[end - 1] + share * self._varied[end]
        else:
            shift, stretch, move = self._varied[int(cycles)]
        return float(MIDDLE + stretch * (curve(cycles - shift) - MIDDLE) + move)

    def listen(self, cycles: float, q_ref: float) -> None:
        """They keep time with the robot, in their own way."""
        wanted = self.intended(cycles)
        self._speed, self.wanted = (wanted - self.wanted) / self._dt, wanted

    def torque(self, q: float, dq: float, needed: float) -> float:
        """What the limb needs, and a pull towards what they mean."""
        return needed + self.strength * ((self.wanted - q) + 0.05 * (self._speed - dq))
