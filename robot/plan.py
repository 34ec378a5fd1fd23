"""A plan: an exercise without a patient, as its YAML file says it."""

from collections.abc import Mapping
from math import radians
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from robot.contact_limits import contact_limits
from robot.description import RobotDescription
from robot.errors import PlanError
from robot.files import Strict, read_document, read_text
from robot.plan_limits import Limits, StopRules
from robot.plan_task import PlanTask
from robot.planned_motion import PlannedMotion, RecordedMotion, ToolMotion

HeightRange = tuple[Annotated[float, Field(ge=0.5, le=2.5)], Annotated[float, Field(ge=0.5, le=2.5)]]
MassRange = tuple[Annotated[float, Field(ge=5, le=300)], Annotated[float, Field(ge=5, le=300)]]
_Number = Annotated[float, Field(allow_inf_nan=True)]
Given = _Number | dict[str, _Number]
"""A law's parameter, for all joints or for each: the law itself refuses NaN, with its bounds and why they are."""

MOST_ADJUSTABLE = 61
"""As many values as the wish of another terminal has room for; a proof of far fewer takes long already."""


class Treadmill(Strict):
    """What the patient walks on: the belt's speed in m/s, backwards, and the share of the body's weight taken off it.

    Neither is careloop's to command: whoever treats sets the belt and the harness.
    """

    speed_m_s: Annotated[float, Field(ge=0, le=2)]
    unloading: Annotated[float, Field(ge=0, le=1)]


class Posture(Strict):
    """How the patient sits: the thigh's pitch above the horizontal and the flexion of the hip, in degrees.

    With a `treadmill` they are upright in a harness above its belt; without one nothing touches their feet.
    """

    thigh_pitch_deg: Annotated[float, Field(ge=-90, le=90)]
    hip_flexion_deg: Annotated[float, Field(ge=-30, le=130)]
    treadmill: Treadmill | None = None

    @model_validator(mode="after")
    def _upright_on_a_treadmill(self) -> Self:
        if self.treadmill and self.thigh_pitch_deg != 0.0:
            raise PlanError("treadmill-not-upright", field="thigh_pitch_deg", given=self.thigh_pitch_deg)
        return self


def check_level(posture: Posture, robot: RobotDescription) -> None:
    """Refuse a pitched thigh where an arm is carried: nothing of that robot is fixed to it. Raises `PlanError`."""
    pitch = posture.thigh_pitch_deg
    if robot.carries_arm and pitch != 0.0:
        raise PlanError("thigh-not-level", field="posture.thigh_pitch_deg", given=pitch, robot=robot.name)


class PatientBounds(Strict):
    """Whom the plan is for: ranges of height in m and mass in kg, spanned by its proof."""

    height_m: HeightRange
    mass_kg: MassRange

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("height_m", "mass_kg"):
            _check_range(getattr(self, name), name)
        return self


class Plan(Strict):
    """An exercise: robot, posture, motion, law and parameters, adjustable ranges, limits and stop rules.

    What belongs to straps, `posture`, `limits.cuff` and `stop.spasm`, is there exactly where the robot carries limbs,
    and `stop.contact` where it carries none: `check_against` sees to it. `assistance` 0…1 is how much the robot does
    for the patient; what it needs for itself it does at any. A care `task` is what is done to the person beside it.
    """

    careloop: Literal[1]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    robot: str
    posture: Posture | None = None
    patient: PatientBounds
    motion: PlannedMotion
    law: Annotated[tuple[dict[str, dict[str, Given]], ...], Field(min_length=1)]
    assistance: Annotated[float, Field(ge=0, le=1)] = 1.0
    adjustable: dict[str, tuple[float, float]] = Field(default_factory=dict, max_length=MOST_ADJUSTABLE)
    limits: Limits
    stop: StopRules
    task: PlanTask | None = None

    @property
    def content(self) -> dict[str, Any]:
        """Everything the plan says, comments and layout aside: what its proof covers."""
        return self.model_dump(mode="json")

    @property
    def first_joint(self) -> str:
        """The first joint that the motion names: the one that a session shows where there is room for one."""
        _, angles = next(self.motion.angles_deg)
        return next(iter(angles))

    @property
    def base_pitch(self) -> float:
        """By how much the robot's base is pitched up, in rad: the thigh's pitch, nothing where it carries no limbs."""
        return radians(self.posture.thigh_pitch_deg) if self.posture else 0.0

    def check_against(self, robot: RobotDescription) -> None:
        """Refuse what the robot cannot do; raises `PlanError` naming the field and what is allowed."""
        self._check_kind(robot)
        if self.posture:
            check_level(self.posture, robot)
        self._check_treadmill(robot)
        for field, angles in self.motion.angles_deg:
            _check_joints(f"motion.{field}", angles, robot)
        _check_joints("limits", self.limits.joints, robot)
        for name, joint in robot.joints.items():
            limits, place = self.limits.joints[name], f"limits.{name}"
            _check_range(limits.range_deg, f"{place}.range_deg")
            _check_inside(limits.range_deg, joint.range_deg, f"{place}.range_deg", robot.name)
            _check_most(limits.velocity_deg_s, joint.velocity_deg_s, f"{place}.velocity_deg_s", robot.name)
            _check_most(limits.torque, joint.torque, f"{place}.torque", robot.name)
            _check_most(limits.power or 0.0, joint.largest_power, f"{place}.power", robot.name)
        self._check_spasm(robot)
        self._check_motion(robot)
        for name, allowed in self.adjustable.items():
            _check_range(allowed, f"adjustable.{name}")
        for name, force in self.limits.contact.items():
            _check_contact(name, force, robot)
        if self.task:
            self.task.check(robot, self.motion.repetitions, self.stop.contact.force if self.stop.contact else None)

    def _check_kind(self, robot: RobotDescription) -> None:
        """What belongs to straps where there are some, and what stands in for it where there are none."""
        for field, given, is_wanted in (
            ("posture", self.posture, robot.carries_limbs),
            ("limits.cuff", self.limits.cuff, robot.carries_limbs),
            ("stop.spasm", self.stop.spasm, robot.carries_limbs),
            ("stop.contact", self.stop.contact, not robot.carries_limbs),
        ):
            if is_wanted and given is None:
                raise PlanError("field-missing", field=field)
            if given is not None and not is_wanted:
                code = "carries-limbs" if robot.carries_limbs else "carries-no-limbs"
                raise PlanError(code, field=field, robot=robot.name)

    def _check_spasm(self, robot: RobotDescription) -> None:
        """A threshold for each joint, none beyond what the joint may give."""
        if self.stop.spasm:
            spasm, field = self.stop.spasm, "stop.spasm.torque"
            if isinstance(spasm.torque, dict):
                _check_joints(field, spasm.torque, robot)
            for name in robot.joint_names:
                _check_most(spasm.of(name), self.limits.joints[name].torque, field, f"limits.{name}.torque")

    def _check_treadmill(self, robot: RobotDescription) -> None:
        """A treadmill asks for feet that can stand, and for a limit of what they bear."""
        treadmill = self.posture.treadmill if self.posture else None
        if treadmill and not robot.has_soles:
            raise PlanError("soles-missing", field="posture.treadmill", robot=robot.name)
        if treadmill and not self.limits.ground:
            raise PlanError("field-missing", field="limits.ground")
        if self.limits.ground and not treadmill:
            raise PlanError("ground-without-treadmill", field="limits.ground")

    def _check_motion(self, robot: RobotDescription) -> None:
        """Every angle inside of its joint's limits, a pace for each joint, and none past its speed limit."""
        motion = self.motion
        if isinstance(motion, RecordedMotion):
            for name, ends in motion.range_deg.items():
                _check_range(ends, f"motion.range_deg.{name}")
        elif not isinstance(motion, ToolMotion):
            _check_joints("motion.pace", motion.pace, robot)
            for name, pace in motion.pace.items():
                field, owner = f"motion.pace.{name}.velocity_deg_s", f"limits.{name}.velocity_deg_s"
                _check_most(pace.velocity_deg_s, self.limits.joints[name].velocity_deg_s, field, owner)
        for place, angles in motion.angles_deg:
            for name, angle in angles.items():
                owner = f"limits.{name}.range_deg"
                _check_inside((angle, angle), self.limits.joints[name].range_deg, f"motion.{place}.{name}", owner)


def load_plan(path: Path) -> Plan:
    """The plan in a YAML file; raises `PlanError` naming file, field and what is allowed."""
    return read_document(read_text(path, PlanError), path.name, Plan, PlanError)


def _check_joints(field: str, given: Mapping[str, object], robot: RobotDescription) -> None:
    if set(given) != set(robot.joints):
        raise PlanError("joints-not-matched", field=field, given=", ".join(given), known=", ".join(robot.joints))


def _check_range(bounds: tuple[float, float], field: str) -> None:
    if bounds[0] >= bounds[1]:
        raise PlanError("range-empty", field=field, low=bounds[0], high=bounds[1])


def _check_inside(bounds: tuple[float, float], outer: tuple[float, float], field: str, owner: str) -> None:
    if bounds[0] < outer[0]:
        raise PlanError("below-limit", field=field, given=bounds[0], owner=owner, at_least=outer[0])
    if bounds[1] > outer[1]:
        raise PlanError("above-limit", field=field, given=bounds[1], owner=owner, at_most=outer[1])


def _check_contact(sensor: str, force: float, robot: RobotDescription) -> None:
    if sensor not in robot.force_sensors:
        known = ", ".join(robot.sensor_names) or "none"
        raise PlanError("field-unknown", field=f"limits.contact.{sensor}", known=known)
    region = robot.force_sensors[sensor].region
    _check_most(force, contact_limits().of(region), f"limits.contact.{sensor}", region)


def _check_most(given: float, at_most: float, field: str, owner: str) -> None:
    if given > at_most:
        raise PlanError("above-limit", field=field, given=given, owner=owner, at_most=at_most)
