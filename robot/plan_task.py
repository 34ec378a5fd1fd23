"""A care task in a plan: what a nursing arm is to do to a person, where, and what counts as done.

The person is placed, not the motion: each task names a *mark*, a point in the axes of the robot's base, and whoever
places the patient sets chair or bed and the arm's trolley so that the task's target stands there. So a plan's motion,
and its proof, are the same for every body.
"""

from math import ceil, floor, sqrt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot.contact_limits import contact_limits
from robot.description import RobotDescription
from robot.errors import PlanError
from robot.files import Strict
from robot.planned_motion import within
from robot.tool import TOOLS, Tool

TaskName = Literal["meal", "bathing", "reposition"]

_Number = Annotated[float, Field(allow_inf_nan=True)]
_Place = Annotated[_Number, within(-2.0, 2.0, "m", "reach-of-an-arm")]
MarkM = tuple[_Place, _Place, _Place]
Misplaced = Annotated[_Number, within(0.0, 30.0, "mm", "placed-by-hand")]

GRAVITY = 9.80665
"""Standard gravity, m/s²."""

FORCE_SPREAD = 0.5
"""A wiping force counts as kept within this share of itself: by hand it varies as much. Assumed."""

MOST_DROP_MM = 20.0
"""How far a carried limb may fall where power is lost; the project's own requirement."""

MOST_TILT_DEG = 15.0
"""How far a full spoon may lean; the project's own requirement."""


class _Marked(Strict):
    """`mark_m`: where the target is set; `placed_within_mm`: how well, which the proof spans."""

    mark_m: MarkM
    placed_within_mm: Misplaced


class Meal(_Marked):
    """A spoon to the mouth: the mark is the middle between the lips of a person who sits and faces along the base's +y.

    Done when the spoon's tip has been `depth_mm` behind the lips for `for_s` in a row, never leaned by more than
    `tilt_deg` on the way there, and never touched a tooth.
    """

    depth_mm: Annotated[_Number, within(5.0, 30.0, "mm", "spoon-in-mouth")]
    for_s: Annotated[_Number, within(0.2, 10.0, "s", "spoon-in-mouth")]
    tilt_deg: Annotated[_Number, within(1.0, MOST_TILT_DEG, "°", "full-spoon")] = MOST_TILT_DEG


class Bathing(_Marked):
    """A wet pad along the left forearm, or thigh, of a person who lies along the base's y, the feet towards +y.

    The mark is on the upper side of the limb, in the middle of its length. Done when `along_mm` of it, measured along
    the limb, were wiped with `force` N square to the skin, give or take half.
    """

    region: Literal["forearm", "thigh-and-knee"]
    force: Annotated[_Number, within(0.5, 200.0, "N", "wiping-force")]
    along_mm: Annotated[_Number, within(10.0, 400.0, "mm", "reach-of-an-arm")]


class Reposition(_Marked):
    """The left forearm of a person who lies as for `bathing`, lifted by a cradle and put down elsewhere.

    The mark is below the forearm, where the cradle takes it. Done when the forearm was `lift_mm` higher, and lies
    `move_m` (x, y) from where it lay, within `within_mm`. Where power is lost it may fall by `drop_mm`.
    """

    lift_mm: Annotated[_Number, within(10.0, 300.0, "mm", "reach-of-an-arm")]
    move_m: tuple[_Place, _Place]
    within_mm: Annotated[_Number, within(5.0, 100.0, "mm", "placed-by-hand")]
    drop_mm: Annotated[_Number, within(1.0, MOST_DROP_MM, "mm", "falls-least")] = MOST_DROP_MM


class PlanTask(Strict):
    """The one task of a plan, by its name."""

    meal: Meal | None = None
    bathing: Bathing | None = None
    reposition: Reposition | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in TASK_NAMES if getattr(self, name) is not None]
        if len(given) != 1:
            raise PlanError("task-not-one", given=", ".join(given) or "none", known=", ".join(TASK_NAMES))
        return self

    @property
    def name(self) -> TaskName:
        """Which task it is."""
        return next(name for name in TASK_NAMES if getattr(self, name) is not None)

    @property
    def values(self) -> Meal | Bathing | Reposition:
        """What it says."""
        values: Meal | Bathing | Reposition = getattr(self, self.name)
        return values

    @property
    def tool(self) -> Tool:
        """What the arm holds for it."""
        return TOOLS[TOOL_OF[self.name]]

    @property
    def region(self) -> str:
        """The region of the body that it is done to."""
        if self.bathing is not None:
            return self.bathing.region
        return "face" if self.meal is not None else "forearm"

    @property
    def presses(self) -> bool:
        """Whether the tool is off its reference along itself by intent: its path goes below the skin."""
        return self.bathing is not None

    def check(self, robot: RobotDescription, repetitions: int, stops_at: float | None) -> None:
        """Refuse what robot or person could not do; raises `PlanError` naming the field and the remedy.

        `stops_at` is the force in N at which the session stops by itself: no more than the region may bear.
        """
        if self.bathing is not None:
            _check_force(self.bathing, stops_at)
        if self.reposition is not None:
            _check_fall(self.reposition, robot)
            if repetitions != 1:
                raise PlanError("task-not-repeatable", field="motion.repetitions", given=repetitions)
        most = contact_limits().of(self.region)
        if stops_at is not None and stops_at > most:
            owner = self.region
            raise PlanError("above-limit", field="stop.contact.force", given=stops_at, owner=owner, at_most=most)


def _check_force(task: Bathing, stops_at: float | None) -> None:
    """With its spread a wiping force stays below what the region may bear, and below what stops the session."""
    most = 1.0 + FORCE_SPREAD
    limits: dict[str, float] = {task.region: contact_limits().of(task.region)}
    if stops_at is not None:
        limits["stop.contact.force"] = stops_at
    for owner, limit in limits.items():
        if task.force * most > limit:
            given, field = task.force, "task.bathing.force"
            raise PlanError("above-limit", field=field, given=given, owner=owner, at_most=round(limit / most, 1))


def _check_fall(task: Reposition, robot: RobotDescription) -> None:
    """Until brakes hold it a limb falls as freely as anything: by g t² / 2. No robot without brakes holds it at all."""
    field = "task.reposition.drop_mm"
    if robot.brakes is None:
        raise PlanError("falls-without-brakes", field=field, robot=robot.name)
    closes_s = robot.brakes.closes_ms / 1000.0
    falls_mm = 500.0 * GRAVITY * closes_s**2
    if falls_mm > task.drop_mm:
        within_ms = floor(1000.0 * sqrt(task.drop_mm / (500.0 * GRAVITY)))
        values = {"falls_mm": ceil(falls_mm), "drop_mm": task.drop_mm, "within_ms": within_ms}
        raise PlanError("falls-too-far", field=field, robot=robot.name, closes_ms=robot.brakes.closes_ms, **values)


TASK_NAMES: tuple[TaskName, ...] = ("meal", "bathing", "reposition")
TOOL_OF: dict[TaskName, str] = {"meal": "spoon", "bathing": "pad", "reposition": "cradle"}
