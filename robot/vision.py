"""How a robot's patient camera is judged: the description's `vision:` section, and what a frame may have against it.

Vision may reduce or stop assistance, never enable or increase it. So every bound here only lets a robot be stricter
than the defaults, which are the loosest that there are.
"""

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot.errors import RobotError
from robot.files import Strict


class Sight(IntEnum):
    """How far the patient is seen; the number is what the row holds, and a greater one is worse."""

    TRACKING = 0
    DEGRADED = 1
    LOST = 2
    UNSAFE_POSE = 3


class Fault(IntFlag):
    """What speaks against one frame; several may at once.

    The tracker's own doubt (`UNCERTAIN`: one visible tag, a hidden joint); nobody seen; limbs beyond the picture's
    edge; a picture or a network's answer that does not change; segments that changed their length; an angular rate that
    no limb has; a step that the filter did not expect; corners that do not fit the board; an encoder that says
    otherwise; a posture outside its envelope; a number or a time that cannot be; somebody else beside the patient; a
    limb that does not follow when the encoder says that it was moved.
    """

    UNCERTAIN = 1
    ABSENT = 2
    OUT_OF_FRAME = 4
    FROZEN = 8
    SEGMENT_LENGTH = 16
    ANGULAR_RATE = 32
    INNOVATION = 64
    REPROJECTION = 128
    ENCODER = 256
    POSTURE = 512
    INVALID = 1024
    CROWDED = 2048
    UNMOVED = 4096


_LEVELS = {
    Fault.POSTURE: Sight.UNSAFE_POSE,
    Fault.ABSENT | Fault.OUT_OF_FRAME | Fault.FROZEN | Fault.INVALID | Fault.UNMOVED: Sight.LOST,
}
"""What is worse than a degraded frame, the worst first."""


def level_of(faults: Fault) -> Sight:
    """What a frame with these faults alone would mean: as much as the worst of them."""
    worse = (level for some, level in _LEVELS.items() if faults & some)
    return next(worse, Sight.DEGRADED if faults else Sight.TRACKING)


_TELLING = (
    *(Fault.CROWDED, Fault.UNMOVED, Fault.POSTURE, Fault.FROZEN, Fault.INVALID, Fault.OUT_OF_FRAME, Fault.ABSENT),
    *(Fault.ENCODER, Fault.SEGMENT_LENGTH, Fault.ANGULAR_RATE, Fault.INNOVATION, Fault.REPROJECTION, Fault.UNCERTAIN),
)
"""What says most of a frame comes first: of several people nobody is taken for the patient, which is absent then."""


def sight_code(faults: Fault) -> str:
    """The code of the sentence that says what to mend first; of no fault, that there were too few frames."""
    first = next((str(one.name) for one in _TELLING if faults & one), None)
    return "sight-too-few" if first is None else f"sight-{first.lower().replace('_', '-')}"


class GateLimits(Strict):
    """When the gate trips and when it may be armed again.

    It trips after `trip_frames` bad frames in a row or `trip_ms` without a good one, whichever is first; it can be
    armed again after `rearm_frames` good ones in a row. While sight is degraded, assistance is held at
    `degraded_share` of what it would be. The share is assumed.
    """

    trip_frames: Annotated[int, Field(ge=1, le=3)] = 3
    trip_ms: Annotated[float, Field(ge=20.0, le=150.0)] = 150.0
    rearm_frames: Annotated[int, Field(ge=15, le=600)] = 15
    degraded_share: Annotated[float, Field(ge=0.0, le=0.5)] = 0.5

    @property
    def trip_s(self) -> float:
        """How long sight may be bad before it counts, in s."""
        return self.trip_ms / 1000.0


class FrameLimits(Strict):
    """What one frame is held against; beyond it the frame is bad.

    `angular_rate_deg_s` of a joint as observed; `innovation` in standard deviations of what the filter expected;
    `segment_share` by which a segment's length may differ from the one first seen; `reprojection_px` of a board's
    corners; `disagreement_deg` between encoder and observed limb angle; `follow_deg` that an encoder may move without
    the limb that is seen; `posture_deg` the envelope of each observed joint. All are assumed.
    """

    angular_rate_deg_s: Annotated[float, Field(gt=0.0, le=700.0)] = 700.0
    innovation: Annotated[float, Field(ge=2.0, le=5.0)] = 5.0
    segment_share: Annotated[float, Field(ge=0.02, le=0.3)] = 0.3
    reprojection_px: Annotated[float, Field(ge=0.2, le=3.0)] = 3.0
    disagreement_deg: Annotated[float, Field(ge=2.0, le=30.0)] = 30.0
    follow_deg: Annotated[float, Field(ge=5.0, le=15.0)] = 15.0
    posture_deg: dict[str, tuple[float, float]] = Field(default_factory=dict)


Share = Annotated[float, Field(ge=0.0, le=1.0)]

BodyJoint = Literal["hip", "knee", "ankle", "shoulder", "elbow"]
"""What a tracker can be asked for."""


FileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]


class Vision(Strict):
    """The camera that watches the patient in a session, and what is made of what it sees.

    `camera` is a number, a device or a URL; `calibration` the name of its file among the data home's `cameras`, and so
    is `zero` of the plates' zero pose, without which the plates' own zero counts.
    `joints` gives for each observed joint of the robot the patient's joint that is looked at. `facing` and `region`
    (left, top, right, bottom as shares of the picture) are the pose tracker's.
    """

    camera: Annotated[str, Field(min_length=1)]
    tracker: Literal["markers", "pose"]
    calibration: FileName | None = None
    zero: FileName | None = None
    side: Literal["left", "right"]
    facing: Literal["left", "right"] | None = None
    region: tuple[Share, Share, Share, Share] = (0.0, 0.0, 1.0, 1.0)
    joints: Annotated[dict[str, BodyJoint], Field(min_length=1)]
    frame: FrameLimits = FrameLimits()
    gate: GateLimits = GateLimits()

    @property
    def faces(self) -> Literal["left", "right"]:
        """The facing side of a pose tracker; markers have none, and ask for none."""
        if self.facing is None:
            raise RobotError("facing-unchosen", field="facing")
        return self.facing

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.tracker == "markers" and self.calibration is None:
            raise RobotError("vision-uncalibrated", field="calibration")
        if self.tracker == "pose":
            _ = self.faces
            if self.zero is not None:
                raise RobotError("zero-without-plates", field="zero")
        left, top, right, bottom = self.region
        if not (left < right and top < bottom):
            raise RobotError("region-empty", field="region", given=" ".join(f"{one:g}" for one in self.region))
        looked_at = tuple(self.joints.values())
        if len(set(looked_at)) < len(looked_at):
            raise RobotError("vision-joint-repeated", field="joints", given=", ".join(looked_at))
        for name, (low, high) in self.frame.posture_deg.items():
            field = f"frame.posture_deg.{name}"
            if name not in looked_at:
                raise RobotError("vision-joint-unknown", field=field, given=name, known=", ".join(looked_at))
            if not low < high:
                raise RobotError("range-empty", field=field, low=low, high=high)
        return self


Range = tuple[float, float]


def check_vision(vision: Vision | None, ranges_deg: Mapping[str, Range]) -> None:
    """Refuse a camera on a joint that the robot does not have, and a posture that is wider than the robot bears.

    `ranges_deg` are the robot's joints with their ranges.
    """
    if vision is None:
        return
    for name in vision.joints:
        if name not in ranges_deg:
            raise RobotError("vision-joint-unknown", field="vision.joints", given=name, known=", ".join(ranges_deg))
    widest = _widest(vision, ranges_deg)
    for name, (low, high) in vision.frame.posture_deg.items():
        least, most = widest[name]
        if low < least or high > most:
            raise RobotError("vision-posture-loose", field=f"vision.frame.posture_deg.{name}", low=least, high=most)


def enveloped(vision: Vision, ranges_deg: Mapping[str, Range]) -> Vision:
    """The same with an envelope for every observed joint: where none is given, the robot's range and what encoder and
    camera may differ by."""
    posture = {**_widest(vision, ranges_deg), **vision.frame.posture_deg}
    return vision.model_copy(update={"frame": vision.frame.model_copy(update={"posture_deg": posture})})


def _widest(vision: Vision, ranges_deg: Mapping[str, Range]) -> dict[str, Range]:
    """The widest envelope of each of the patient's joints that are looked at."""
    spare = vision.frame.disagreement_deg
    ranges = {looked_at: ranges_deg[name] for name, looked_at in vision.joints.items()}
    return {name: (low - spare, high + spare) for name, (low, high) in ranges.items()}
