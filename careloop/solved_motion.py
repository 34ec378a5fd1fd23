"""Optimal motions: solved once on a machine, and kept under the hash of all that decides them."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from itertools import product
from math import radians
from pathlib import Path

import casadi

from careloop.trajectories import trajectory_sha256
from controllers.motions import collocation, optimal, quintic
from controllers.motions.collocation import JointBounds
from controllers.motions.joint_pace import JointPace
from controllers.motions.optimal import drive_torque, optimal_motion
from controllers.motions.quintic import Knot, Trajectory, resting
from robot import body, newton_euler, symbolic
from robot.compile import cache_folder
from robot.description import RobotDescription
from robot.plan import Plan
from robot.planned_motion import OptimalMotion, in_order
from robot.proof import sha256_of
from robot.symbolic import SymbolicRobot


def solved_motion(
    plan: Plan,
    motion: OptimalMotion,
    robot: RobotDescription,
    pace: Sequence[JointPace],
    while_solving: Callable[[], AbstractContextManager[object]],
) -> Trajectory:
    """There and back, from the cache where it is intact and else solved; raises as `optimal_motion` does.

    The same computer gives the same motion to the last bit; another one may differ there, and has to prove its own.
    """
    file = cache_folder() / f"{_key(plan, motion, robot)}.motion.json"
    kept = _read(file)
    if kept is not None:
        return kept
    with while_solving():
        solved = _there_and_back(plan, motion, robot, pace)
    knots = [asdict(knot) for knot in solved.knots]
    scratch = file.with_suffix(f".{os.getpid()}")  # beside the target and renamed: nobody reads half a motion
    scratch.write_text(json.dumps({"sha256": trajectory_sha256(solved), "knots": knots}))
    scratch.replace(file)
    return solved


def _there_and_back(
    plan: Plan, motion: OptimalMotion, robot: RobotDescription, pace: Sequence[JointPace]
) -> Trajectory:
    """Both ways and their holds: friction and gravity make the best way back another one than the way there."""
    symbolic = SymbolicRobot.of(robot, plan.base_pitch)
    torque = drive_torque(symbolic, list(product(plan.patient.height_m, plan.patient.mass_kg)))
    bounds = [_bounds(plan, robot, joint, one) for joint, one in zip(robot.joint_names, pace, strict=True)]
    ends = [in_order(one, robot.joint_names) for one in (motion.start_deg, motion.target_deg)]
    knots = [resting(0.0, ends[0])]
    for start, target in (ends, ends[::-1]):
        way = optimal_motion(start, target, motion.lasts_s, bounds, torque, motion.optimal).trajectory
        begins = knots[-1].time
        knots += [replace(one, time=begins + one.time) for one in way.knots[1:-1]]
        knots.append(resting(begins + motion.lasts_s, target))
        if motion.hold_s > 0.0:
            knots.append(resting(knots[-1].time + max(motion.hold_s, quintic.SHORTEST_S), target))
    return Trajectory(tuple(knots))


def _bounds(plan: Plan, robot: RobotDescription, joint: str, pace: JointPace) -> JointBounds:
    """What the plan lets a joint do, within what its drive can give for ever."""
    limits = plan.limits.joints[joint]
    low, high = map(radians, limits.range_deg)
    return JointBounds(low, high, pace, min(limits.torque, robot.joints[joint].drive.continuous_torque))


def _key(plan: Plan, motion: OptimalMotion, robot: RobotDescription) -> str:
    """The hash of all that decides the motion, the code of solver and dynamics among it, speed and repetitions not."""
    asked = motion.model_dump(mode="json", exclude={"speed", "repetitions"})
    of_plan = [plan.content[name] for name in ("posture", "patient", "limits")]
    code = (collocation, optimal, quintic, body, newton_euler, symbolic)
    files = (*(Path(str(one.__file__)) for one in code), Path(__file__), body.TABLE)
    sources = [sha256_of(one.read_bytes()) for one in files]
    return sha256_of([asked, of_plan, robot.model_dump(mode="json"), robot.urdf, casadi.__version__, sources])


def _read(file: Path) -> Trajectory | None:
    """What was kept, None where there is nothing or not what was written."""
    try:
        kept = json.loads(file.read_text())
        knots = [Knot(one["time"], tuple(one["q"]), tuple(one["dq"]), tuple(one["ddq"])) for one in kept["knots"]]
        found = Trajectory(tuple(knots))
        return found if trajectory_sha256(found) == kept["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
