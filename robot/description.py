"""A robot's description: joints, drives, limits, safe end and bus; the YAML beside the code that makes its URDF."""

import importlib
import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot.body import SegmentName
from robot.contact_limits import contact_limits
from robot.datasheets import DRIVES
from robot.drive import Drive
from robot.emergency_stop import EmergencyStop, HandSwitch, check_hand_switch
from robot.errors import RobotError
from robot.files import Positive, RangeDeg, Strict, read_document, read_text
from robot.scheduling import Scheduling
from robot.vision import Vision, check_vision, enveloped

MODELS = Path(__file__).parent / "models"

JOINT_NUMBERS = ("range_deg", "torque", "velocity_deg_s", "gear", "torque_per_ampere", "friction", "inertia")
"""The numbers of a joint and of its drive whose origin a description should tell."""

SETTLING_S = 0.1
"""By default a damped end stops a joint that moves nothing but its drive with this time constant; a limb's inertia
makes that slower. Assumed."""

FASTEST_SETTLING_S = 0.04
"""No faster: with the 20 ms of delay that the trials add, a damping of inertia / 40 ms is a third of the one that would
swing by itself (delay · damping / inertia = π/2)."""


class Brakes(Strict):
    """The brakes of a robot that is held by them, one at each joint: springs close them, a current opens them.

    At most `closes_ms` after they are asked to, or their power is gone, they hold, and `opens_ms` after they are free.
    Slower ones would not hold before a soft stop, overdue, lets the torque go (`session.SOFT_STOP_LIMIT_S`).
    """

    closes_ms: Annotated[float, Field(ge=1, le=200)]
    opens_ms: Annotated[float, Field(ge=1, le=500)]


class Joint(Strict):
    """One joint: range in degrees, largest torque in N·m and speed in °/s, the limb segments that it moves.

    `brake_torque` in N·m is what its brake holds at least, where the robot's safe end is `held-by-brake`.
    `settle_damping` in N·m·s/rad brakes it at the end of a session where the robot's safe end is `damped`; by default
    drive.inertia / 0.1 s. `carries_body_weight` where a person would fall without its torque.
    """

    range_deg: RangeDeg
    torque: Positive
    velocity_deg_s: Positive
    carries: tuple[SegmentName, ...] = ()
    carries_body_weight: bool = False
    settle_damping: Positive | None = None
    brake_torque: Positive | None = None
    drive: Drive

    @property
    def largest_power(self) -> float:
        """Power in W where torque and speed are both at their largest."""
        return self.torque * math.radians(self.velocity_deg_s)

    @property
    def settling(self) -> float:
        """The damping of a damped end in N·m·s/rad."""
        return self.drive.inertia / SETTLING_S if self.settle_damping is None else self.settle_damping


CALIBRATION_DAYS = 365
"""For how many days a robot's calibration holds, by default. Assumed: devices of a clinic are inspected yearly."""


class ForceSensor(Strict):
    """A sensor of contact force, and the body `region` of `contact_limits.yaml` that it is pressed against."""

    region: str


class Bus(Strict):
    """One serial bus: symbol rate in baud, and how long it may be silent before *fault*."""

    baud: Literal[57600, 115200, 1000000, 2000000, 3000000, 4000000]
    silence_ms: Annotated[float, Field(ge=10, le=500)] = 40.0


class RobotDescription(Strict):
    """A robot as its YAML file describes it; angles in degrees there, radians in every property here.

    `sources` says by name where a number is from: of a model's parameter, or of a field that all joints have.
    """

    careloop: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    rate_hz: Annotated[int, Field(ge=50, le=2000)]
    model: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    parameters: dict[str, Positive] = Field(default_factory=dict)
    safe_end: Literal["limp", "damped", "held-by-brake"]
    sources: dict[str, str] = Field(default_factory=dict)
    joints: Annotated[dict[str, Joint], Field(min_length=1, max_length=32)]
    bus: Annotated[dict[str, Bus], Field(min_length=1)]
    force_sensors: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")], ForceSensor] = Field(
        default_factory=dict
    )
    scheduling: Scheduling = Scheduling()
    brakes: Brakes | None = None
    emergency_stop: EmergencyStop | None = None
    hand_switch: HandSwitch | None = None
    vision: Vision | None = None
    calibration_days: Annotated[int, Field(ge=1, le=3650)] = CALIBRATION_DAYS

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, joint in self.joints.items():
            place = f"joints.{name}"
            low, high = joint.range_deg
            if low >= high:
                raise RobotError("range-empty", field=f"{place}.range_deg", low=low, high=high)
            drive = joint.drive
            known = [model.name for model in DRIVES.values() if model.family == drive.family]
            if drive.model not in known:
                raise RobotError(
                    "drive-unknown", field=f"{place}.drive.model", given=drive.model, known=", ".join(known)
                )
            if drive.bus not in self.bus:
                raise RobotError("bus-unknown", field=f"{place}.drive.bus", given=drive.bus, known=", ".join(self.bus))
            if (high - low) * drive.gear >= 360.0:
                raise RobotError(
                    "encoder-turn",
                    field=f"{place}.range_deg",
                    turned=(high - low) * drive.gear,
                    at_most=360.0 / drive.gear,
                )
            if joint.torque > drive.gear * drive.datasheet.current_limit * drive.torque_per_ampere:
                raise RobotError(
                    "drive-too-weak",
                    field=f"{place}.torque",
                    given=joint.torque,
                    at_most=drive.gear * drive.datasheet.current_limit * drive.torque_per_ampere,
                )
        self._ids_are_unique()
        self._regions_are_known()
        self._ends_safely()
        check_hand_switch(self.hand_switch, self.emergency_stop)
        check_vision(self.vision, self._ranges_deg)
        self.scheduling.check_spin(self.dt)
        return self

    def _ends_safely(self) -> None:
        for name, joint in self.joints.items():
            place = f"joints.{name}"
            if joint.carries_body_weight and self.safe_end != "held-by-brake":
                raise RobotError("brake-missing", field=f"{place}.carries_body_weight", safe_end=self.safe_end)
            _check_brake(place, joint, self)
            most = joint.drive.inertia / FASTEST_SETTLING_S
            if self.safe_end == "damped" and not 0.0 < joint.settling <= most:
                raise RobotError("settling-unstable", field=f"{place}.settle_damping", given=joint.settling, most=most)

    @property
    def numbers(self) -> tuple[str, ...]:
        """What `sources` may tell of: the model's parameters, the numbers that every joint has, and the brakes'."""
        return *self.parameters, *JOINT_NUMBERS, *(("brakes", "brake_torque") if self.brakes else ())

    @property
    def brake_torques(self) -> tuple[float, ...]:
        """The torque in N·m that each joint's brake holds; 0 without one."""
        return tuple(joint.brake_torque or 0.0 for joint in self.joints.values())

    def _regions_are_known(self) -> None:
        known = contact_limits().regions
        for name, sensor in self.force_sensors.items():
            if sensor.region not in known:
                field = f"force_sensors.{name}.region"
                raise RobotError("region-unknown", field=field, given=sensor.region, known=", ".join(known))

    def _ids_are_unique(self) -> None:
        seen: dict[tuple[str, int], str] = {}
        for name, joint in self.joints.items():
            address = (joint.drive.bus, joint.drive.id)
            if address in seen:
                raise RobotError(
                    "drive-id-repeated", field=f"joints.{name}.drive.id", id=address[1], other=seen[address]
                )
            seen[address] = name

    @property
    def joint_names(self) -> tuple[str, ...]:
        """The joints in the order of every joint vector."""
        return tuple(self.joints)

    @property
    def carries_limbs(self) -> bool:
        """Whether a person's limbs are strapped to it."""
        return any(joint.carries for joint in self.joints.values())

    @property
    def carries_arm(self) -> bool:
        """Whether a person's arm is strapped to it: it stands beside their seat, where others are fixed to a thigh."""
        return any("upper_arm" in joint.carries for joint in self.joints.values())

    @property
    def has_soles(self) -> bool:
        """Whether it can stand on a treadmill: its model has frames at heel and toe of both feet."""
        return all(f'name="{side}_{end}"' in self.urdf for side in ("left", "right") for end in ("heel", "toe"))

    @property
    def sensor_names(self) -> tuple[str, ...]:
        """The force sensors in the order of every vector of theirs."""
        return tuple(self.force_sensors)

    @property
    def observed_joints(self) -> tuple[str, ...]:
        """The joints that a camera observes, in the order of every vector of its angles."""
        return () if self.vision is None else tuple(self.vision.joints)

    @property
    def watched(self) -> Vision | None:
        """The camera with an envelope for the posture of every observed joint."""
        return None if self.vision is None else enveloped(self.vision, self._ranges_deg)

    @property
    def _ranges_deg(self) -> dict[str, tuple[float, float]]:
        return {name: joint.range_deg for name, joint in self.joints.items()}

    @property
    def dt(self) -> float:
        """The tick's period in s."""
        return 1.0 / self.rate_hz

    @property
    def silence_s(self) -> float:
        """How long a bus may be silent before *fault*, in s."""
        return min(bus.silence_ms for bus in self.bus.values()) / 1000.0

    @property
    def drives(self) -> tuple[Drive, ...]:
        """The drives in joint order."""
        return tuple(joint.drive for joint in self.joints.values())

    @property
    def settle_damping(self) -> tuple[float, ...]:
        """The damping in N·m·s/rad with which each joint is braked at the end; none but for a damped end."""
        return tuple(joint.settling if self.safe_end == "damped" else 0.0 for joint in self.joints.values())

    def range_rad(self, joint: str) -> tuple[float, float]:
        """The joint's range in rad."""
        low, high = self.joints[joint].range_deg
        return math.radians(low), math.radians(high)

    @cached_property
    def urdf(self) -> str:
        """The robot's URDF, made from the named parameters; checked for valid inertias."""
        known = sorted({path.stem for path in MODELS.glob("[a-z]*.py")} - {"urdf"})  # what the models share is none
        if self.model not in known:
            raise RobotError("model-unknown", file=self.name, field="model", given=self.model, known=", ".join(known))
        from robot.models.urdf import check_inertias

        make = importlib.import_module(f"robot.models.{self.model}").urdf
        try:
            text: str = make(**self.parameters)
        except TypeError as problem:
            reason = str(problem).partition(") ")[2] or str(problem)
            raise RobotError("model-parameters", file=self.name, field="parameters", reason=reason) from problem
        check_inertias(text, self.name)
        return text


def _check_brake(place: str, joint: Joint, robot: RobotDescription) -> None:
    """A robot held by brakes has one at every joint that holds whatever the drive gives; any other robot has none."""
    held, field = robot.safe_end == "held-by-brake", f"{place}.brake_torque"
    for name, given in (("brakes", robot.brakes), (field, joint.brake_torque)):
        if held and given is None:
            raise RobotError("field-missing", field=name)
        if given is not None and not held:
            raise RobotError("brake-not-used", field=name, safe_end=robot.safe_end)
    if joint.brake_torque is not None and joint.brake_torque < joint.torque:
        raise RobotError("below-limit", field=field, given=joint.brake_torque, owner=place, at_least=joint.torque)


def shipped_robots() -> Mapping[str, Path]:
    """The robots that come with careloop: name to file."""
    return {path.stem: path for path in sorted(MODELS.glob("*.yaml"))}


def load_robot(name_or_file: str | Path) -> RobotDescription:
    """A shipped robot by name, or one from a YAML file; raises `RobotError` naming file, field and what is allowed."""
    shipped = shipped_robots()
    path = shipped.get(str(name_or_file), Path(name_or_file))
    if str(name_or_file) not in shipped and path.suffix not in {".yaml", ".yml"}:
        raise RobotError("robot-unknown", given=str(name_or_file), known=", ".join(shipped))
    return read_document(read_text(path, RobotError), path.name, RobotDescription, RobotError)
