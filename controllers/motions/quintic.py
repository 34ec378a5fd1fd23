"""A path in time made of quintics: what every motion that is known beforehand is sampled from."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial

from robot.errors import PlanError

Sampled = tuple[Sequence[float], Sequence[float], Sequence[float]]
"""Joint angles in rad, velocities in rad/s and accelerations in rad/s²."""

SHORTEST_S = 0.01
"""Least time in s between two knots: five ticks at 500 Hz. Nothing is divided by less. Our choice."""


@dataclass(frozen=True, slots=True)
class Knot:
    """The joints at one moment: `time` in s, `q` in rad, `dq` in rad/s, `ddq` in rad/s²."""

    time: float
    q: tuple[float, ...]
    dq: tuple[float, ...]
    ddq: tuple[float, ...]


def resting(time: float, q: Sequence[float]) -> Knot:
    """The joints at rest at `q` in rad."""
    still = (0.0,) * len(q)
    return Knot(time, tuple(float(one) for one in q), still, still)


@dataclass(frozen=True)
class Trajectory:
    """A path of the joints in time: a quintic from each knot to the next, smooth to the second derivative.

    Between two knots at rest it is the minimum-jerk step. It begins and ends at rest. Raises `PlanError` where a number
    is not finite, the times do not rise by `SHORTEST_S` from 0 on, or an end moves.
    """

    knots: tuple[Knot, ...]

    def __post_init__(self) -> None:
        for place, knot in enumerate(self.knots):
            for number in (knot.time, *knot.q, *knot.dq, *knot.ddq):
                if not isfinite(number):
                    raise PlanError("not-a-number", field=f"knot {place}", given=str(number))
        times = [knot.time for knot in self.knots]
        for place, step in enumerate(np.diff(times).tolist() or [0.0], start=1):
            if not step >= SHORTEST_S - 1e-12:
                raise PlanError("times-too-close", field=f"knot {place}", given=step, at_least=SHORTEST_S)
        for place in (0, len(times) - 1):
            if any((*self.knots[place].dq, *self.knots[place].ddq)):
                raise PlanError("end-not-at-rest", field=f"knot {place}")

    @property
    def duration_s(self) -> float:
        """How long it takes in s."""
        return self.knots[-1].time - self.knots[0].time

    @property
    def closed(self) -> bool:
        """Whether it ends where it began, and so can be repeated."""
        return self.knots[0].q == self.knots[-1].q

    def at(self, time: float) -> Sampled:
        """Angles, velocities and accelerations `time` s after its beginning; before and after it stands."""
        knots, starts = self.knots, self._starts
        since = knots[0].time + time
        if not knots[0].time < since < knots[-1].time:
            end = knots[0] if time <= 0.0 else knots[-1]
            return end.q, end.dq, end.ddq
        place = bisect_right(starts, since) - 1
        step = knots[place + 1].time - starts[place]
        s = (since - starts[place]) / step
        q, dq, ddq = [], [], []
        for c0, c1, c2, c3, c4, c5 in self._quintics[place]:
            q.append(c0 + s * (c1 + s * (c2 + s * (c3 + s * (c4 + s * c5)))))
            dq.append((c1 + s * (2.0 * c2 + s * (3.0 * c3 + s * (4.0 * c4 + s * 5.0 * c5)))) / step)
            ddq.append((2.0 * c2 + s * (6.0 * c3 + s * (12.0 * c4 + s * 20.0 * c5))) / (step * step))
        return q, dq, ddq

    def peak(self, order: int) -> tuple[float, ...]:
        """For each joint the largest size of its angle's derivative of this order, in rad/sⁿ: where the next one is 0.

        Derivatives from the third on may differ on the two sides of a knot; the larger one counts.
        """
        steps = np.diff([knot.time for knot in self.knots]).tolist()
        largest = [0.0] * len(self.knots[0].q)
        for step, quintics in zip(steps, self._quintics, strict=True):
            for joint, coefficients in enumerate(quintics):
                derivative = Polynomial(coefficients).deriv(order)
                turns = np.clip(np.real(derivative.deriv().roots()), 0.0, 1.0)
                size = np.abs(derivative(np.concatenate(([0.0, 1.0], turns)))).max() / step**order
                largest[joint] = max(largest[joint], float(size))
        return tuple(largest)

    @cached_property
    def span(self) -> tuple[tuple[float, float], ...]:
        """For each joint the smallest and the largest angle in rad: at a knot, or between two where it turns."""
        lowest, highest = list(self.knots[0].q), list(self.knots[0].q)
        for quintics, after in zip(self._quintics, self.knots[1:], strict=True):
            for joint, coefficients in enumerate(quintics):
                angle = Polynomial(coefficients)
                turns = np.real(angle.deriv().roots())
                inside = angle(turns[(turns > 0.0) & (turns < 1.0)]).tolist()
                lowest[joint] = min(lowest[joint], after.q[joint], *inside)
                highest[joint] = max(highest[joint], after.q[joint], *inside)
        return tuple(zip(lowest, highest, strict=True))

    @property
    def shortest_s(self) -> float:
        """The time in s of its shortest step."""
        return min(after.time - before.time for before, after in pairwise(self.knots))

    @cached_property
    def _starts(self) -> list[float]:
        return [knot.time for knot in self.knots]

    @cached_property
    def _quintics(self) -> list[list[tuple[float, ...]]]:
        """For each step and joint the coefficients of 1, s … s⁵ with s = 0…1 over the step."""
        return [
            [
                quintic(after.time - before.time, *ends)
                for ends in zip(before.q, before.dq, before.ddq, after.q, after.dq, after.ddq, strict=True)
            ]
            for before, after in pairwise(self.knots)
        ]


def quintic(step: Any, q0: Any, dq0: Any, ddq0: Any, q1: Any, dq1: Any, ddq1: Any) -> tuple[Any, ...]:
    """The coefficients of 1, s … s⁵ that lead over `step` s from one state of a joint to another, s = 0…1.

    Numbers, arrays or symbols.
    """
    along, bent = step * dq0, 0.5 * step * step * ddq0
    way = q1 - q0 - along - bent
    faster = step * (dq1 - dq0) - 2.0 * bent
    turned = step * step * (ddq1 - ddq0)
    return (
        q0,
        along,
        bent,
        10.0 * way - 4.0 * faster + 0.5 * turned,
        -15.0 * way + 7.0 * faster - turned,
        6.0 * way - 3.0 * faster + 0.5 * turned,
    )
