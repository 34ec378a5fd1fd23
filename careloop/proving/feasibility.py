"""Whether a robot can do what a plan asks: inverse dynamics along the motion, against drive and limits.

τ(phase) = M_robot(q) q̈ + C(q, q̇) + g_robot(q) + I_drive q̈ + f_drive(q̇) + I_limb q̈ + g_limb(q) − M_passive(q)

is what the drives give while the person does nothing. It is taken over one steady cycle, at the ends of the motion's
adjustable speed and for the smallest and largest person; what corrects errors comes on top, which is why only half of a
drive's torque-speed line is planned with.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import casadi
import numpy as np
from casadi import SX

from careloop.build import Exercise
from robot.errors import PlanError
from robot.plan import Plan
from robot.symbolic import SymbolicRobot
from sim_models.virtual_patient.passive import knee_moment

DRIVE_SHARE = 0.5
"""Share of the drive's torque-speed line that a plan may use; the rest is for errors, effort and spasms. Our choice."""

SAMPLES = 256
"""Moments of the cycle that are looked at: 32 in the fastest harmonic's."""

SPEED_STEP = 0.01
"""Suggested speeds are rounded down to this."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The moment at which a joint comes nearest to what it may use.

    At the motion's `speed`, for a person of `height_m` and `mass_kg`: `torque` in N·m needed at `velocity_deg_s`, and
    the `allowed_torque` there.
    """

    joint: str
    speed: float
    height_m: float
    mass_kg: float
    torque: float
    velocity_deg_s: float
    allowed_torque: float

    @property
    def share(self) -> float:
        """Torque needed as a share of what is allowed."""
        return self.torque / self.allowed_torque if self.allowed_torque > 0.0 else math.inf


@dataclass(frozen=True, slots=True)
class JointFeasibility:
    """What one joint needs over all corners (N·m, °/s), and the moment at which it comes nearest to its bounds."""

    joint: str
    peak_torque: float
    peak_velocity_deg_s: float
    velocity_limit_deg_s: float
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
    """A plan that its robot can do: `speeds` looked at, what each joint needs, limits that no sensor watches."""

    plan: str
    robot: str
    speeds: tuple[float, ...]
    joints: tuple[JointFeasibility, ...]
    not_enforceable: tuple[str, ...]


NOT_ENFORCEABLE = ("limits.cuff.force",)
"""Limits that the guard cannot hold, since no sensor measures them: simulation alone proves them."""


def check_feasible(exercise: Exercise) -> Feasibility:
    """What a plan needs of its robot; raises `PlanError` with the largest admissible speed where it is too much."""
    course = _Course(exercise)
    asked = list(_speeds(exercise.plan))
    for field, speed in asked:
        broken = course.first_broken(speed)
        if broken is not None:
            raise _refused(exercise, course, field, broken)
    speeds = tuple(sorted({speed for _, speed in asked}))
    joints = tuple(course.summary(name, speeds) for name in exercise.robot.joint_names)
    return Feasibility(exercise.file, exercise.robot.name, speeds, joints, NOT_ENFORCEABLE)


def _speeds(plan: Plan) -> Iterator[tuple[str, float]]:
    """The plan's own speed and the ends of its adjustable range, each with the field that asks for it."""
    yield "motion.speed", plan.motion.speed
    for end in plan.adjustable.get("motion.speed", ()):
        yield "adjustable.motion.speed", end


def _refused(exercise: Exercise, course: "_Course", field: str, broken: Demand) -> PlanError:
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


def _largest_speed(course: "_Course", too_fast: float) -> float | None:
    """The largest speed below `too_fast` that the robot can do, rounded down; None where it can do none."""
    low, high = 0.0, too_fast
    while high - low > 0.1 * SPEED_STEP:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if course.first_broken(middle) is None else (low, middle)
    at_most = round(math.floor(low / SPEED_STEP + 1e-9) * SPEED_STEP, 6)
    return at_most if at_most > 0.0 else None


class _Course:
    """One cycle of an exercise's motion, and the torque that it takes at any speed for any person."""

    def __init__(self, exercise: Exercise) -> None:
        self._robot, self._plan = exercise.robot, exercise.plan
        curve, cycle_s = exercise.curve_and_cycle()
        sampled = np.array([curve.at(index / SAMPLES) for index in range(SAMPLES)])
        self._q, self._slope, self._bend = np.moveaxis(sampled, (0, 1, 2), (2, 0, 1))
        self._rate_at_unit_speed = 1.0 / (cycle_s * exercise.plan.motion.speed)
        self._people = list(product(exercise.plan.patient.height_m, exercise.plan.patient.mass_kg))

    @cached_property
    def _torque(self) -> casadi.Function:
        """(q, dq, ddq, height, mass) → joint torque in N·m."""
        symbolic = SymbolicRobot.of(self._robot, math.radians(self._plan.posture.thigh_pitch_deg))
        n = symbolic.count
        q, dq, ddq = SX.sym("q", n), SX.sym("dq", n), SX.sym("ddq", n)
        robot = symbolic.inertia_torque(q, ddq) + symbolic.coriolis(q, dq) + symbolic.gravity(q) + symbolic.friction(dq)
        limb = symbolic.limb_inertia_torque(ddq) + symbolic.limb_gravity(q) - self._passive(q)
        person = symbolic.person
        return casadi.Function("needed", [q, dq, ddq, person.height, person.mass], [robot + limb])

    def _passive(self, q: SX) -> SX:
        """Passive moment in N·m of the knee at the joints that carry a shank, ankle at neutral."""
        hip_deg = self._plan.posture.hip_flexion_deg
        carried = ["shank" in joint.carries for joint in self._robot.joints.values()]
        return casadi.vertcat(
            *(
                knee_moment(hip_deg, q[index] * (180.0 / math.pi), 0.0) if carries else SX(0)
                for index, carries in enumerate(carried)
            )
        )

    def _allowed(self, name: str, velocity: float) -> float:
        drive = self._robot.joints[name].drive
        line = DRIVE_SHARE * drive.available_torque(velocity)
        return min(line, drive.continuous_torque, self._plan.limits.joints[name].torque)

    def _demands(self, name: str, speed: float) -> list[Demand]:
        """The joint's demand at every moment of the cycle, for every person."""
        index = self._robot.joint_names.index(name)
        rate = speed * self._rate_at_unit_speed
        dq, ddq = self._slope * rate, self._bend * rate**2
        demands = []
        for height, mass in self._people:
            torques = np.asarray(self._torque(self._q, dq, ddq, height, mass))[index]
            demands += [
                Demand(
                    name, speed, height, mass, abs(torque), math.degrees(abs(velocity)), self._allowed(name, velocity)
                )
                for torque, velocity in zip(torques.tolist(), dq[index].tolist(), strict=True)
            ]
        return demands

    def first_broken(self, speed: float) -> Demand | None:
        """The worst moment of the first joint that is too fast, or needs too much torque, at this speed."""
        for name in self._robot.joint_names:
            demands = self._demands(name, speed)
            fastest = max(demands, key=lambda one: one.velocity_deg_s)
            if fastest.velocity_deg_s > self._plan.limits.joints[name].velocity_deg_s:
                return fastest
            nearest = max(demands, key=lambda one: one.share)
            if nearest.share > 1.0:
                return nearest
        return None

    def summary(self, name: str, speeds: tuple[float, ...]) -> JointFeasibility:
        """What one joint needs over these speeds."""
        demands = [one for speed in speeds for one in self._demands(name, speed)]
        return JointFeasibility(
            joint=name,
            peak_torque=max(one.torque for one in demands),
            peak_velocity_deg_s=max(one.velocity_deg_s for one in demands),
            velocity_limit_deg_s=self._plan.limits.joints[name].velocity_deg_s,
            nearest=max(demands, key=lambda one: one.share),
        )
