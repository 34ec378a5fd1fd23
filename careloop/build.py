"""From a plan's text to a controller: names resolved to laws, motions and robots."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import product
from math import ceil, degrees, radians
from operator import add
from pathlib import Path

from careloop.trajectories import OverPhase, WhileSolving, trajectory_of
from controllers import LAWS
from controllers.motions.periodic import PeriodicMotion
from controllers.motions.played import PlayedMotion
from controllers.motions.quintic import Trajectory
from controllers.motions.recorded import RECORDINGS, recorded_curve, recorded_shape
from robot.adjustable import adjusted, check_adjustable
from robot.controller import Controller, build_controller
from robot.description import RobotDescription, load_robot
from robot.errors import PlanError, RobotError
from robot.law import Law
from robot.motion import Curve, Motion
from robot.plan import Plan, load_plan
from robot.planned_motion import RecordedMotion
from robot.tool import fitted

PLANS = Path(__file__).parent / "plans"


def shipped_plans() -> Mapping[str, Path]:
    """The plans that come with careloop: name to file."""
    return {path.stem: path for path in sorted(PLANS.glob("*.yaml"))}


MOMENTS = 256
"""Moments of a cycle that are looked at: 32 in the fastest harmonic of a recorded one."""

STEP_MOMENTS = 16
"""Moments in the shortest step of a trajectory; of a minimum-jerk step's peak less than a hundredth is missed."""

MOST_MOMENTS = 16384
"""No more, however long a hold is beside the shortest step."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One repetition of a motion: the angles in rad over its phase, and how long it takes at the plan's speed.

    `moments`, evenly along it, are enough to miss nothing of it.
    """

    curve: Curve
    lasts_s: float
    moments: int


@dataclass(frozen=True)
class Exercise:
    """A plan with its robot and its law, checked against each other, not yet compiled."""

    file: str
    plan: Plan
    robot: RobotDescription
    law: Law

    def adjusted(self, changes: Mapping[str, float]) -> "Exercise":
        """The same exercise with adjustable values changed, each within its range."""
        if not changes:
            return self
        try:
            plan = adjusted(self.plan, changes)
            return Exercise(self.file, plan, self.robot, make_law(plan))
        except PlanError as problem:
            raise _in_file(problem, self.file) from problem

    def repeated(self, repetitions: int) -> "Exercise":
        """The same exercise done so many times."""
        motion = self.plan.motion.model_copy(update={"repetitions": repetitions})
        return replace(self, plan=self.plan.model_copy(update={"motion": motion}))

    @cached_property
    def trajectory(self) -> Trajectory:
        """One repetition of a motion that is not recorded; an optimal one is solved where no cache has it."""
        return trajectory_of(self.plan, self.robot)

    @property
    def cycle(self) -> Cycle:
        """One repetition of the motion, known before it runs."""
        motion = self.plan.motion
        if isinstance(motion, RecordedMotion):
            ends = {name: motion.range_deg[name] for name in self.robot.joint_names}
            ranges = tuple((name, radians(low), radians(high)) for name, (low, high) in ends.items())
            lasts_s = RECORDINGS[motion.recorded].stride_s / motion.speed
            return Cycle(recorded_curve(motion.recorded, ranges), lasts_s, MOMENTS)
        path = self.trajectory
        moments = min(max(MOMENTS, ceil(STEP_MOMENTS * path.duration_s / path.shortest_s)), MOST_MOMENTS)
        return Cycle(OverPhase(path), path.duration_s / motion.speed, moments)

    @property
    def range_deg(self) -> Mapping[str, tuple[float, float]]:
        """From where to where the motion leads each joint, in degrees."""
        if isinstance(self.plan.motion, RecordedMotion):
            return self.plan.motion.range_deg
        spans = zip(self.robot.joint_names, self.trajectory.span, strict=True)
        return {name: (round(degrees(low), 6), round(degrees(high), 6)) for name, (low, high) in spans}

    @property
    def people(self) -> tuple[tuple[float, float], ...]:
        """Heights in m and masses in kg at the corners of the plan's bounds; one is enough where nobody is carried."""
        corners = tuple(product(self.plan.patient.height_m, self.plan.patient.mass_kg))
        return corners if self.robot.carries_limbs else corners[:1]

    def motion(self, repetitions: int | None = None) -> Motion:
        """The motion, with the plan's number of repetitions or another one."""
        motion, joints = self.plan.motion, self.robot.joint_names
        count = repetitions or motion.repetitions
        if not isinstance(motion, RecordedMotion):
            return PlayedMotion(self.trajectory, motion.speed, count, self.robot.dt)
        shape = recorded_shape(motion.recorded, joints)
        ranges = {name: motion.range_deg[name] for name in joints}
        return PeriodicMotion(shape, ranges, RECORDINGS[motion.recorded].stride_s, motion.speed, count, self.robot.dt)

    def controller(self, changes: Mapping[str, float] = {}, repetitions: int | None = None) -> Controller:
        """Law and guard compiled, the row laid out; adjustable values, and the number of repetitions, as given."""
        exercise = self.adjusted(changes)
        exercise.motion()  # whatever it is made of is read, or solved, before there is torque
        return build_controller(exercise.plan, exercise.robot, exercise.law, lambda: exercise.motion(repetitions))


def load_exercise(name_or_file: str | Path, while_solving: WhileSolving = nullcontext) -> Exercise:
    """A shipped plan by name, or one from a file, checked against its robot and the laws that there are.

    An optimal motion that is not in the cache is solved, inside of what `while_solving` makes: a line on a screen.
    Raises `PlanError` or `RobotError` naming file, field and what is allowed.
    """
    shipped = shipped_plans()
    path = shipped.get(str(name_or_file), Path(name_or_file))
    if str(name_or_file) not in shipped and path.suffix not in {".yaml", ".yml"}:
        raise PlanError("plan-unknown", given=str(name_or_file), known=", ".join(shipped))
    plan = load_plan(path)
    try:
        robot = load_robot(plan.robot)
        robot = fitted(robot, plan.task.tool) if plan.task else robot
        plan.check_against(robot)
        law = make_law(plan)
        for part in law.parts:
            for name, parameter in part.parameters().items():
                parameter.checked(part.values[name], robot.joint_names, f"law.{part.name}.{name}")
        check_adjustable(plan, law)
        exercise = Exercise(path.name, plan, robot, law)
        _check_motion(exercise, while_solving)
    except PlanError as problem:
        raise _in_file(problem, path.name) from problem
    except RobotError as problem:
        where = {} if "file" in problem.values else {"file": path.name, "field": "robot"}
        raise RobotError(problem.code, **where, **problem.values) from problem
    return exercise


def _check_motion(exercise: Exercise, while_solving: WhileSolving) -> None:
    """Refuse a motion that there is not, and one that leaves a joint's range between its points."""
    motion = exercise.plan.motion
    if isinstance(motion, RecordedMotion):
        recorded_shape(motion.recorded, exercise.robot.joint_names)
        return
    trajectory_of(exercise.plan, exercise.robot, while_solving)  # an optimal one is solved here, and kept
    for joint, (low, high) in exercise.range_deg.items():
        least, most = exercise.plan.limits.joints[joint].range_deg
        if not least <= low <= high <= most:
            bounds = {"low": low, "high": high, "least": least, "most": most}
            raise PlanError("motion-leaves-range", field="motion", joint=joint, **bounds)


def make_law(plan: Plan) -> Law:
    """The sum of the laws that a plan names; unknown names list the known ones."""
    parts: list[Law] = []
    for index, entry in enumerate(plan.law):
        if len(entry) != 1:
            raise PlanError("law-not-one", field=f"law.{index}", given=", ".join(entry))
        ((name, values),) = entry.items()
        if name not in LAWS:
            raise PlanError("law-unknown", field=f"law.{index}", given=name, known=", ".join(LAWS))
        parts.append(LAWS[name](**values))
    return reduce(add, parts)


def _in_file(problem: PlanError, file: str) -> PlanError:
    return type(problem)(problem.code, **{"file": file, **problem.values})
