"""From a plan's text to a controller: names resolved to laws, motions and robots."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from math import radians
from operator import add
from pathlib import Path

from controllers import LAWS
from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import RECORDINGS, FourierCurve, recorded_curve, recorded_shape, recording_file
from robot.adjustable import adjusted, check_adjustable
from robot.controller import Controller, build_controller
from robot.description import RobotDescription, load_robot
from robot.errors import PlanError, RobotError
from robot.law import Law
from robot.plan import Plan, load_plan

PLANS = Path(__file__).parent / "plans"


def shipped_plans() -> Mapping[str, Path]:
    """The plans that come with careloop: name to file."""
    return {path.stem: path for path in sorted(PLANS.glob("*.yaml"))}


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

    def curve_and_cycle(self) -> tuple[FourierCurve, float]:
        """The motion's closed curve, and its cycle in s."""
        motion = self.plan.motion
        ends = {name: motion.range_deg[name] for name in self.robot.joint_names}
        ranges = tuple((name, radians(low), radians(high)) for name, (low, high) in ends.items())
        return recorded_curve(motion.recorded, ranges), RECORDINGS[motion.recorded].stride_s / motion.speed

    def motion(self, repetitions: int | None = None) -> PeriodicMotion:
        """The motion, with the plan's number of repetitions or another one."""
        motion, joints = self.plan.motion, self.robot.joint_names
        return PeriodicMotion(
            recorded_shape(motion.recorded, joints),
            {name: motion.range_deg[name] for name in joints},
            RECORDINGS[motion.recorded].stride_s,
            motion.speed,
            repetitions or motion.repetitions,
            self.robot.dt,
        )

    def controller(self, changes: Mapping[str, float] = {}, repetitions: int | None = None) -> Controller:
        """Law and guard compiled, the row laid out; adjustable values, and the number of repetitions, as given."""
        exercise = self.adjusted(changes)
        recorded_shape(exercise.plan.motion.recorded, exercise.robot.joint_names)  # read before there is torque
        return build_controller(exercise.plan, exercise.robot, exercise.law, lambda: exercise.motion(repetitions))


def load_exercise(name_or_file: str | Path) -> Exercise:
    """A shipped plan by name, or one from a file, checked against its robot and the laws that there are.

    Raises `PlanError` or `RobotError` naming file, field and what is allowed.
    """
    shipped = shipped_plans()
    path = shipped.get(str(name_or_file), Path(name_or_file))
    if str(name_or_file) not in shipped and path.suffix not in {".yaml", ".yml"}:
        raise PlanError("plan-unknown", given=str(name_or_file), known=", ".join(shipped))
    plan = load_plan(path)
    try:
        robot = load_robot(plan.robot)
        recording_file(plan.motion.recorded)
        plan.check_against(robot)
        law = make_law(plan)
        for part in law.parts:
            for name, parameter in part.parameters().items():
                parameter.checked(part.values[name], robot.joint_names, f"law.{part.name}.{name}")
        check_adjustable(plan, law)
    except PlanError as problem:
        raise _in_file(problem, path.name) from problem
    except RobotError as problem:
        where = {} if "file" in problem.values else {"file": path.name, "field": "robot"}
        raise RobotError(problem.code, **where, **problem.values) from problem
    return Exercise(path.name, plan, robot, law)


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
