"""A plan's motion, as its YAML says it: recorded, or made of points, targets or an optimum; told apart by its key."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import radians
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from robot.errors import PlanError
from robot.files import Positive, RangeDeg, Strict
from robot.motion import RANGE_SLEW_DEG, SPEED_SLEW
from robot.tool_path import ToolPace, ToolPose

SLOWEST, FASTEST = 0.01, 2.0
"""Speeds that a plan may ask for, as shares of the recorded one: our choice of what is still an exercise."""

AT_PACE = 1.0
"""The most of a motion that has a pace of its own: the pace is how fast a joint may be led."""

LONGEST_HOLD_S = 60.0
"""Our choice: who has to hold for longer is given more repetitions."""

LONGEST_WAY_S = 60.0
"""Our choice for the way of an optimal motion."""

RANGES = "motion.range_deg."
"""How the names of a motion's ends of range begin; joint and `low` or `high` follow."""

ENDS = ("low", "high")

SPEED = "motion.speed"


def within(low: float, high: float, unit: str, why: str) -> Any:
    """A number in `low`…`high`; the refusal has the bounds and the code of `why` they are there, also for NaN."""

    def check(given: float) -> float:
        if not low <= given <= high:
            raise PlanError("out-of-bounds", given=given, low=low, high=high, unit=unit, why=why)
        return given

    return AfterValidator(check)


_Number = Annotated[float, Field(allow_inf_nan=True)]
Share = Annotated[_Number, within(SLOWEST, FASTEST, "of the recorded speed", "speeds-of-exercise")]
PaceShare = Annotated[_Number, within(SLOWEST, AT_PACE, "of its own pace", "pace-is-most")]
Hold = Annotated[_Number, within(0.0, LONGEST_HOLD_S, "s", "longest-hold")]
Repetitions = Annotated[int, within(1, 1000, "times", "repetitions-of-exercise")]
AnglesDeg = Annotated[dict[str, float], Field(min_length=1)]
MOST_POINTS = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What a plan may list as adjustable: a value's bounds, unit, slew per s, and the code of why the bounds are."""

    least: float
    most: float
    unit: str
    slew: float
    why: str = ""


class RecordedMotion(Strict):
    """A recorded curve made periodic: `speed` as a share of the recorded one, mapped to `range_deg` for each joint."""

    recorded: str
    speed: Share
    range_deg: dict[str, RangeDeg]
    repetitions: Repetitions

    @property
    def angles_deg(self) -> Iterator[tuple[str, Mapping[str, float]]]:
        """The angles that it is led through, each set with its field."""
        yield "range_deg", {joint: low for joint, (low, _) in self.range_deg.items()}
        yield "range_deg", {joint: high for joint, (_, high) in self.range_deg.items()}

    def choices(self, limits_deg: Mapping[str, tuple[float, float]]) -> dict[str, Choice]:
        """What of it may be adjustable, given the joints' limits."""
        return {
            SPEED: Choice(SLOWEST, FASTEST, "of the recorded speed", SPEED_SLEW, "speeds-of-exercise"),
            **{
                f"{RANGES}{joint}.{end}": Choice(*limits_deg[joint], "°", RANGE_SLEW_DEG, "joints-own-limits")
                for joint in self.range_deg
                for end in ENDS
            },
        }

    @property
    def in_words(self) -> str:
        """What a report's reader is told."""
        ranges = ", ".join(f"{joint} {low:g} to {high:g}°" for joint, (low, high) in self.range_deg.items())
        return f"recorded curve {self.recorded} at {self.speed:g} × its speed, {ranges}, {self.repetitions} repetitions"


class Pace(Strict):
    """How fast one joint is led at most: °/s, °/s², °/s³."""

    velocity_deg_s: Positive
    acceleration_deg_s2: Positive
    jerk_deg_s3: Positive

    @property
    def in_radians(self) -> tuple[float, float, float]:
        """Velocity, acceleration and jerk in rad/s, rad/s², rad/s³."""
        return radians(self.velocity_deg_s), radians(self.acceleration_deg_s2), radians(self.jerk_deg_s3)


class _Paced(Strict):
    """A motion that is made beforehand at a `pace` of each joint, and run at `speed`, a share of it up to 1."""

    pace: dict[str, Pace]
    speed: PaceShare
    repetitions: Repetitions

    @property
    @abstractmethod
    def angles_deg(self) -> Iterator[tuple[str, Mapping[str, float]]]:
        """The angles that it is led through, each set with its field."""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        for (_, before), (field, after) in pairwise(self.angles_deg):
            if before == after:
                raise PlanError("point-repeated", field=field)
        return self

    def choices(self, limits_deg: Mapping[str, tuple[float, float]]) -> dict[str, Choice]:
        """What of it may be adjustable."""
        return {SPEED: Choice(SLOWEST, AT_PACE, "of its own pace", SPEED_SLEW, "pace-is-most")}

    @property
    def _how_often(self) -> str:
        return f"at {self.speed:g} × its pace, {self.repetitions} repetitions"


class ViaMotion(_Paced):
    """The smoothest way through the joint angles `via_deg` and back to the first, at rest only there."""

    via_deg: Annotated[tuple[AnglesDeg, ...], Field(min_length=2, max_length=MOST_POINTS)]

    @model_validator(mode="after")
    def _comes_back(self) -> Self:
        if self.via_deg[0] == self.via_deg[-1]:
            raise PlanError("way-back-given", field=f"via_deg.{len(self.via_deg) - 1}")
        return self

    @property
    def angles_deg(self) -> Iterator[tuple[str, Mapping[str, float]]]:
        """The angles that it is led through, each set with its field."""
        for place, angles in enumerate(self.via_deg):
            yield f"via_deg.{place}", angles

    @property
    def in_words(self) -> str:
        """What a report's reader is told."""
        return f"via points {'; '.join(map(_angles, self.via_deg))}, and back, {self._how_often}"


class Reach(Strict):
    """Joint angles to reach, `at_deg`, and for how long to hold them, `hold_s`."""

    at_deg: AnglesDeg
    hold_s: Hold


class ReachingMotion(_Paced):
    """From target to target by minimum jerk, each held, and back to the first."""

    reaching: Annotated[tuple[Reach, ...], Field(min_length=2, max_length=MOST_POINTS)]

    @property
    def angles_deg(self) -> Iterator[tuple[str, Mapping[str, float]]]:
        """The angles that it is led through, each set with its field."""
        for place, target in enumerate(self.reaching):
            yield f"reaching.{place}.at_deg", target.at_deg

    @property
    def in_words(self) -> str:
        """What a report's reader is told."""
        targets = "; ".join(f"{_angles(one.at_deg)} for {one.hold_s:g} s" for one in self.reaching)
        return f"reaching {targets}, and back, {self._how_often}"


class OptimalMotion(_Paced):
    """There and back with the least effort (squared torque) or jerk, `lasts_s` each way, solved before the session.

    Held to the plan's limits of each joint's angle, speed and torque, and to the pace; `hold_s` at each end.
    """

    optimal: Literal["effort", "jerk"]
    start_deg: AnglesDeg
    target_deg: AnglesDeg
    lasts_s: Annotated[_Number, within(0.1, LONGEST_WAY_S, "s", "ways-of-exercise")]
    hold_s: Hold = 0.0

    @property
    def angles_deg(self) -> Iterator[tuple[str, Mapping[str, float]]]:
        """The angles that it is led through, each set with its field."""
        yield "start_deg", self.start_deg
        yield "target_deg", self.target_deg

    @property
    def in_words(self) -> str:
        """What a report's reader is told."""
        ways = f"{_angles(self.start_deg)} to {_angles(self.target_deg)} and back in {self.lasts_s:g} s each"
        return f"with the least {self.optimal} from {ways}, {self._how_often}"


class ToolMotion(Strict):
    """The last link led straight from each pose of `tool_path` to the next and back to the first, at rest at each.

    `near_deg` are the joint angles from which it sets out: of the many that reach a pose the nearest to them are taken.
    At a `pace` of the last link, and at `speed`, a share of it up to 1.
    """

    tool_path: Annotated[tuple[ToolPose, ...], Field(min_length=2, max_length=MOST_POINTS)]
    near_deg: AnglesDeg
    pace: ToolPace
    speed: PaceShare
    repetitions: Repetitions

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        for place, (before, after) in enumerate(pairwise((*self.tool_path, self.tool_path[0])), 1):
            if (before.at_m, before.turn_deg) == (after.at_m, after.turn_deg):
                raise PlanError("point-repeated", field=f"tool_path.{place % len(self.tool_path)}")
        return self

    @property
    def angles_deg(self) -> Iterator[tuple[str, Mapping[str, float]]]:
        """The angles that are known before its poses are reached: those from which it sets out."""
        yield "near_deg", self.near_deg

    def choices(self, limits_deg: Mapping[str, tuple[float, float]]) -> dict[str, Choice]:
        """What of it may be adjustable."""
        return {SPEED: Choice(SLOWEST, AT_PACE, "of its own pace", SPEED_SLEW, "pace-is-most")}

    @property
    def in_words(self) -> str:
        """What a report's reader is told."""
        poses, pace = len(self.tool_path), self.pace
        led = f"at most {pace.velocity_m_s:g} m/s and {pace.turn_deg_s:g}°/s"
        return f"the tool through {poses} poses and back, {led}, {self.speed:g} × that, {self.repetitions} repetitions"


KINDS = {
    "recorded": RecordedMotion,
    "via_deg": ViaMotion,
    "reaching": ReachingMotion,
    "optimal": OptimalMotion,
    "tool_path": ToolMotion,
}
"""The key that each kind of motion is known by."""


def _kind(given: Any) -> str | None:
    """The tag of a motion's kind; None where it has no kind's key or several. Never a key: see `robot.files`."""
    if isinstance(given, dict):
        named = [key for key in KINDS if key in given]
    else:
        named = [key for key, kind in KINDS.items() if isinstance(given, kind)]
    return f"{named[0]}-motion" if len(named) == 1 else None


PlannedMotion = Annotated[
    Annotated[RecordedMotion, Tag("recorded-motion")]
    | Annotated[ViaMotion, Tag("via_deg-motion")]
    | Annotated[ReachingMotion, Tag("reaching-motion")]
    | Annotated[OptimalMotion, Tag("optimal-motion")]
    | Annotated[ToolMotion, Tag("tool_path-motion")],
    Discriminator(_kind, "motion_not_one", f"a motion is named by exactly one of {', '.join(KINDS)}"),
]
"""A motion that a plan may name."""


def in_order(angles_deg: Mapping[str, float], joints: tuple[str, ...]) -> tuple[float, ...]:
    """Angles in rad, in the order of every joint vector."""
    return tuple(radians(angles_deg[joint]) for joint in joints)


def _angles(angles_deg: Mapping[str, float]) -> str:
    return ", ".join(f"{joint} {angle:g}°" for joint, angle in angles_deg.items())
