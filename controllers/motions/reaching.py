"""Reaching: from target to target by minimum jerk, with a hold at each."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from controllers.motions.joint_pace import JointPace, least_time_s
from controllers.motions.minimum_jerk import PEAK_VELOCITY
from controllers.motions.quintic import SHORTEST_S, Trajectory, resting
from robot.errors import PlanError

PEAK_ACCELERATION = 10.0 / sqrt(3.0)
"""Largest acceleration of a unit step in unit time: 5.77, closed form; where 6 s² − 6 s + 1 = 0."""

PEAK_JERK = 60.0
"""Largest jerk of a unit step in unit time, at both of its ends: closed form."""


@dataclass(frozen=True, slots=True)
class Target:
    """Joint angles in rad to reach, and how long to hold them in s."""

    q: tuple[float, ...]
    hold_s: float


def reaching(targets: Sequence[Target], pace: Sequence[JointPace]) -> Trajectory:
    """From the first target to the last, each held, and back to the first: it can be repeated.

    All joints set out and arrive together, as fast as `pace` of each allows; a target that is where the joints are
    already takes no time. A hold that is given lasts `SHORTEST_S` at least. Raises `PlanError` on a negative hold, and
    where there is nothing to do.
    """
    knots, time = [resting(0.0, targets[0].q)], 0.0
    for place, target in enumerate((*targets, Target(targets[0].q, 0.0))):
        if not target.hold_s >= 0.0:
            raise PlanError("hold-negative", field=f"motion.targets.{place}.hold_s", given=target.hold_s)
        for q, step_s in ((target.q, reach_time_s(knots[-1].q, target.q, pace)), (target.q, target.hold_s)):
            if step_s > 0.0:
                time += max(step_s, SHORTEST_S)
                knots.append(resting(time, q))
    return Trajectory(tuple(knots))


def reach_time_s(start: Sequence[float], target: Sequence[float], pace: Sequence[JointPace]) -> float:
    """The least time in s for a minimum-jerk step from `start` to `target` (rad) within `pace`; 0 for no way."""
    ways = [abs(there - here) for here, there in zip(start, target, strict=True)]
    peaks = (PEAK_VELOCITY, PEAK_ACCELERATION, PEAK_JERK)
    return least_time_s([[way * peak for way in ways] for peak in peaks], pace)
