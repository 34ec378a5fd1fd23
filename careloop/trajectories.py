"""Motions that are made before a session: what a plan says of one, as a trajectory."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from math import radians

from controllers.motions.joint_pace import JointPace
from controllers.motions.quintic import Sampled, Trajectory
from controllers.motions.reaching import Target, reaching
from controllers.motions.via_points import through_at_pace
from robot.description import RobotDescription
from robot.plan import Plan
from robot.planned_motion import ReachingMotion, RecordedMotion, ToolMotion, ViaMotion, in_order

WhileSolving = Callable[[], AbstractContextManager[object]]
"""What is shown while an optimal motion is looked for, which takes seconds to minutes."""


def trajectory_of(plan: Plan, robot: RobotDescription, while_solving: WhileSolving = nullcontext) -> Trajectory:
    """One repetition of a motion that is not recorded, at its own pace; from its first angles back to them.

    Raises `PlanError` where there is no such motion within the limits.
    """
    motion = plan.motion
    if isinstance(motion, RecordedMotion):
        raise TypeError("a recorded motion is a curve over the phase and no trajectory")
    if isinstance(motion, ToolMotion):
        return _along_poses(plan, motion, robot)
    pace = [JointPace(*motion.pace[joint].in_radians) for joint in robot.joint_names]
    if isinstance(motion, ViaMotion):
        points = [in_order(one, robot.joint_names) for one in motion.via_deg]
        return through_at_pace([*points, points[0]], pace)
    if isinstance(motion, ReachingMotion):
        return reaching([Target(in_order(one.at_deg, robot.joint_names), one.hold_s) for one in motion.reaching], pace)
    from careloop.solved_motion import solved_motion  # the solver is slow to import

    return solved_motion(plan, motion, robot, pace, while_solving)


def _along_poses(plan: Plan, motion: ToolMotion, robot: RobotDescription) -> Trajectory:
    """One repetition of a path of the last link."""
    from controllers.motions.tool_path import Pose, tool_path
    from robot.inverse_kinematics import Arm

    limits = [plan.limits.joints[joint].range_deg for joint in robot.joint_names]
    arm = Arm.of(robot, in_order(motion.near_deg, robot.joint_names), [(radians(a), radians(b)) for a, b in limits])
    poses = [Pose(one.at_m, tuple(map(radians, one.turn_deg)), one.hold_s) for one in motion.tool_path]
    return tool_path(arm, poses, motion.pace.velocity_m_s, radians(motion.pace.turn_deg_s))


def trajectory_sha256(trajectory: Trajectory) -> str:
    """The hash of every number of a trajectory: what the proof of its plan names."""
    return hashlib.sha256(json.dumps([asdict(knot) for knot in trajectory.knots]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OverPhase:
    """A trajectory as a curve over the phase 0…1 of its repetition."""

    trajectory: Trajectory

    def at(self, phase: float) -> Sampled:
        """Angles in rad at `phase`, and their first and second derivative by phase."""
        lasts = self.trajectory.duration_s
        q, dq, ddq = self.trajectory.at(phase * lasts)
        return q, [lasts * one for one in dq], [lasts**2 * one for one in ddq]
