"""A path of the last link as a trajectory of the joints: straight from pose to pose, by minimum jerk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from controllers.motions.minimum_jerk import PEAK_VELOCITY, minimum_jerk
from controllers.motions.quintic import SHORTEST_S, Trajectory, resting
from controllers.motions.via_points import through
from robot.errors import PlanError
from robot.inverse_kinematics import Arm
from robot.tick import Array

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

SAMPLE_S = 0.2
"""The path is solved for joint angles this often, and at least `FEWEST` times between two poses. Our choice."""

FEWEST = 8

LEAST_S = 0.5
"""The least time in s between two poses: acceleration and jerk stay moderate on the shortest way. Our choice."""

LARGEST_STEP = 0.5
"""A joint that turns further in rad between two samples has gone over to another posture. Our choice."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the last link is to be in m, turned by roll, pitch and yaw in rad as in a URDF, and for how long in s."""

    place: tuple[float, ...]
    roll_pitch_yaw: tuple[float, ...]
    hold_s: float

    @property
    def turn(self) -> "Rotation":
        """How it is turned in the base's axes."""
        from scipy.spatial.transform import Rotation  # slow to import

        return Rotation.from_euler("xyz", self.roll_pitch_yaw)


def tool_path(arm: Arm, poses: Sequence[Pose], velocity: float, turning: float) -> Trajectory:
    """From the first pose through all others and back to it, each held, at most at `velocity` m/s and `turning` rad/s.

    Between two poses the place goes straight and the turn about one axis, both by minimum jerk. Raises `PlanError`
    naming the pose that cannot be reached, or not straight from the one before.
    """
    angles = [_reached(arm, pose, arm.near, index) for index, pose in enumerate(poses)]
    knots, time = [resting(0.0, angles[0].tolist())], 0.0
    legs = list(pairwise([*range(len(poses)), 0]))
    for (begin, end), held in zip(legs, poses, strict=True):
        if held.hold_s > 0.0:
            time += max(held.hold_s, SHORTEST_S)
            knots.append(resting(time, angles[begin].tolist()))
        way = _straight(arm, (poses[begin], angles[begin]), (poses[end], angles[end]), end, velocity, turning)
        knots += [replace(knot, time=time + knot.time) for knot in way.knots[1:]]
        time = knots[-1].time
    return Trajectory(tuple(knots))


def _reached(arm: Arm, pose: Pose, start: Array, index: int) -> Array:
    found = arm.reach(np.array(pose.place), pose.turn, start)
    if found is None:
        raise PlanError("pose-not-reached", field=f"motion.tool_path.{index}")
    return found


def _straight(
    arm: Arm, begin: tuple[Pose, Array], end: tuple[Pose, Array], index: int, velocity: float, turning: float
) -> Trajectory:
    """From one pose, reached at its angles, straight to another: `index` is its place in the plan."""
    (here, q0), (there, q1) = begin, end
    way = np.array(there.place) - here.place
    turn = (there.turn * here.turn.inv()).as_rotvec()
    fastest = max(float(np.linalg.norm(way)) / velocity, float(np.linalg.norm(turn)) / turning)
    lasts = max(PEAK_VELOCITY * fastest, LEAST_S)
    times = np.linspace(0.0, lasts, max(FEWEST, ceil(lasts / SAMPLE_S)) + 1)
    angles = [q0]
    for time in times[1:-1]:
        share, _, _ = minimum_jerk(time / lasts)
        found = arm.reach(here.place + share * way, type(here.turn).from_rotvec(share * turn) * here.turn, angles[-1])
        if found is None:
            raise PlanError("path-not-straight", field=f"motion.tool_path.{index}", share=100.0 * share)
        angles.append(found)
    angles.append(q1)
    if np.abs(np.diff(angles, axis=0)).max() > LARGEST_STEP:
        raise PlanError("path-turns-over", field=f"motion.tool_path.{index}")
    return through([one.tolist() for one in angles], times.tolist())
