"""Whether a robot can do what a plan asks: inverse dynamics along the motion, against drive and limits.

It is taken over one steady cycle, at the ends of the motion's adjustable speed and range and for the smallest and
largest person; what corrects errors comes on top, which is why a drive is planned with half of its torque-speed line.
Assistance has no say in it: the patient who does nothing has full assistance.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from careloop.build import Exercise
from careloop.proving.course import Course
from careloop.proving.energy import EnergyNeed, energy_need
from robot.adjustable import adjustable_corners
from robot.errors import PlanError
from robot.limits import CUFF, power_limit
from robot.motion import RANGE_SLEW_DEG
from robot.plan import Plan
from robot.planned_motion import RANGES

DRIVE_SHARE = 0.5
"""Share of the drive's torque-speed line that a plan may use; the rest is for errors, effort and spasms. Our choice."""

SPEED_STEP = 0.01
"""Suggested speeds are rounded down to this."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The moment at which a joint comes nearest to what it may use.

    At the motion's `speed`, for a person of `height_m` and `mass_kg`: `torque` in N·m needed at `velocity_deg_s`, the
    `allowed_torque` there, and the `power` in W that the torque gives to the motion.
    """

    joint: str
    speed: float
    height_m: float
    mass_kg: float
    torque: float
    velocity_deg_s: float
    allowed_torque: float
    power: float

    @property
    def share(self) -> float:
        """Torque needed as a share of what is allowed."""
        return self.torque / self.allowed_torque if self.allowed_torque > 0.0 else math.inf


@dataclass(frozen=True, slots=True)
class JointFeasibility:
    """What one joint needs over all corners (N·m, °/s, W), and the moment at which it comes nearest to its bounds."""

    joint: str
    peak_torque: float
    peak_velocity_deg_s: float
    velocity_limit_deg_s: float
    peak_power: float
    power_limit: float
    nearest: Demand

    @property
    def torque_share(self) -> float:
        """Torque needed as a share of what is allowed, where that is highest."""
        return self.nearest.share

    @property
    def velocity_share(self) -> float:
        """Highest speed as a share of the plan's limit."""
        return self.peak_velocity_deg_s / self.velocity_limit_deg_s


@dataclass(frozen=True, slots=True)
class Feasibility:
    """A plan that its robot can do: `speeds` looked at, what each joint and the energy tank need.

    Where the robot `carries_limbs` the people at the corners of the plan's bounds are in it. `not_enforceable` are
    limits that the guard cannot hold: no sensor measures them, and simulation alone proves them.
    """

    plan: str
    robot: str
    speeds: tuple[float, ...]
    joints: tuple[JointFeasibility, ...]
    energy: EnergyNeed
    not_enforceable: tuple[str, ...]
    carries_limbs: bool


def check_feasible(exercise: Exercise) -> Feasibility:
    """What a plan needs of its robot; raises `PlanError` with the largest admissible speed where it is too much."""
    corners = adjustable_corners(exercise.plan, RANGES)
    courses = [_Demands(exercise.adjusted(corner)) for corner in ({}, *(one for one in corners if one))]
    asked = list(asked_speeds(exercise.plan))
    for course, (field, speed) in product(courses, asked):
        broken = course.first_broken(speed)
        if broken is not None:
            raise _refused(exercise, course, field, broken)
    speeds = tuple(sorted({speed for _, speed in asked}))
    joints = tuple(_summary(exercise.plan, courses, name, speeds) for name in exercise.robot.joint_names)
    energy = max((energy_need(exercise, one.course, speeds) for one in courses), key=lambda need: need.drawn)
    unmeasured = exercise.plan.limits.cuff is not None and CUFF not in exercise.robot.force_sensors
    ground = ("limits.ground.force",) if exercise.plan.limits.ground else ()
    not_enforceable = (*(("limits.cuff.force",) if unmeasured else ()), *ground)
    return Feasibility(
        exercise.file, exercise.robot.name, speeds, joints, energy, not_enforceable, exercise.robot.carries_limbs
    )


def asked_speeds(plan: Plan) -> Iterator[tuple[str, float]]:
    """The plan's own speed and the ends of its adjustable range, each with the field that asks for it."""
    yield "motion.speed", plan.motion.speed
    for end in plan.adjustable.get("motion.speed", ()):
        yield "adjustable.motion.speed", end


def allowed_torque(exercise: Exercise, joint: str, torque: float, velocity: float) -> float:
    """The torque in N·m that a joint may use at `velocity` rad/s, by its drive and the plan's limits.

    Of `torque` the sign alone counts: power limits what drives the motion, and leaves what brakes it alone.
    """
    drive, limits = exercise.robot.joints[joint].drive, exercise.plan.limits.joints[joint]
    line = DRIVE_SHARE * drive.available_torque(velocity)
    by_power = power_limit(exercise.plan, joint) / abs(velocity) if torque * velocity > 0.0 else math.inf
    return min(line, drive.continuous_torque, limits.torque, by_power)


def _refused(exercise: Exercise, course: "_Demands", field: str, broken: Demand) -> PlanError:
    at_most = _largest_speed(course, broken.speed)
    limit = exercise.plan.limits.joints[broken.joint].velocity_deg_s
    where = {"file": exercise.file, "field": field, "joint": broken.joint, "given": broken.speed, "at_most": at_most}
    if at_most is None:
        still = course.first_broken(SPEED_STEP) or broken
        return PlanError(
            "too-heavy",
            **{**where, "field": f"limits.{still.joint}.torque"},
            torque=still.torque,
            allowed=still.allowed_torque,
            height=still.height_m,
            mass=still.mass_kg,
        )
    if broken.velocity_deg_s > limit:
        return PlanError("faster-than-limit", **where, velocity_deg_s=broken.velocity_deg_s, limit=limit)
    return PlanError(
        "too-fast",
        **where,
        torque=broken.torque,
        velocity_deg_s=broken.velocity_deg_s,
        allowed=broken.allowed_torque,
    )


def _largest_speed(course: "_Demands", too_fast: float) -> float | None:
    """The largest speed below `too_fast` that the robot can do, rounded down; None where it can do none."""
    low, high = 0.0, too_fast
    while high - low > 0.1 * SPEED_STEP:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if course.first_broken(middle) is None else (low, middle)
    at_most = round(math.floor(low / SPEED_STEP + 1e-9) * SPEED_STEP, 6)
    return at_most if at_most > 0.0 else None


def _summary(plan: Plan, courses: Sequence["_Demands"], name: str, speeds: tuple[float, ...]) -> JointFeasibility:
    """What one joint needs over these courses and speeds."""
    demands = [one for course, speed in product(courses, speeds) for one in course.of(name, speed)]
    return JointFeasibility(
        joint=name,
        peak_torque=max(one.torque for one in demands),
        peak_velocity_deg_s=max(one.velocity_deg_s for one in demands),
        velocity_limit_deg_s=plan.limits.joints[name].velocity_deg_s,
        peak_power=max(one.power for one in demands),
        power_limit=power_limit(plan, name),
        nearest=max(demands, key=lambda one: one.share),
    )


class _Demands:
    """What an exercise's joints need at any speed, held against what they may use."""

    def __init__(self, exercise: Exercise) -> None:
        self.course = Course(exercise)
        self._exercise, self._robot, self._plan = exercise, exercise.robot, exercise.plan

    def of(self, name: str, speed: float) -> list[Demand]:
        """The joint's demand at every moment of the cycle, for every person; a range that moves adds its slew."""
        index = self._robot.joint_names.index(name)
        slew_deg_s = RANGE_SLEW_DEG if any(one.startswith(f"{RANGES}{name}.") for one in self._plan.adjustable) else 0.0
        return [
            Demand(
                joint=name,
                speed=speed,
                height_m=height,
                mass_kg=mass,
                torque=abs(torque),
                velocity_deg_s=math.degrees(abs(velocity)) + slew_deg_s,
                allowed_torque=allowed_torque(self._exercise, name, torque, velocity),
                power=max(torque * velocity, 0.0),
            )
            for height, mass, torques, velocities in self.course.samples(speed)
            for torque, velocity in zip(torques[index].tolist(), velocities[index].tolist(), strict=True)
        ]

    def first_broken(self, speed: float) -> Demand | None:
        """The worst moment of the first joint that is too fast, or needs too much torque, at this speed."""
        for name in self._robot.joint_names:
            demands = self.of(name, speed)
            fastest = max(demands, key=lambda one: one.velocity_deg_s)
            if fastest.velocity_deg_s > self._plan.limits.joints[name].velocity_deg_s:
                return fastest
            nearest = max(demands, key=lambda one: one.share)
            if nearest.share > 1.0:
                return nearest
        return None
