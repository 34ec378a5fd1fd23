"""The person of a care task: how they lie or sit, what of them a tool can meet, and where they are placed."""

from dataclasses import dataclass
from math import cos, pi, sin
from random import Random

import casadi
from casadi import SX

from robot.plan_task import Bathing, PlanTask
from sim_models.tasks.parts import HeadPart, LimbPart, Part, pose_of
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.posture import WholePosture

LYING = WholePosture(0.0, {"shoulder_abduction": 20.0})
"""On the back, the arms a little away from the trunk so that a tool gets between."""

SEATED = WholePosture(75.0, {"hip": 85.0, "knee": 80.0, "neck": 12.0, "shoulder_flexion": 10.0, "elbow": 70.0})
"""In a care chair, the trunk leaned back by 15° and the head held almost upright; the forearms on armrests."""

YAW = 0.5 * pi
"""The person's own +x, ahead or towards the feet, lies along the base's +y, their left towards the robot."""

ARM: tuple[Part, ...] = (
    LimbPart("left_upper_arm", "upper_arm", "upper-arm"),
    LimbPart("left_hand", "hand", "hand"),
)

Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class CareScene:
    """A posture and the `parts` that a tool can meet; the first one holds the task's target."""

    posture: WholePosture
    parts: tuple[Part, ...]

    @property
    def links(self) -> tuple[str, ...]:
        """The person's links that these are parts of."""
        return tuple(part.link for part in self.parts)

    @property
    def regions(self) -> tuple[str, ...]:
        """All regions that feel a tool, each once."""
        return tuple(dict.fromkeys(region for part in self.parts for region in part.regions))

    def numbers(self, body: Body) -> list[float]:
        """What of a body the parts depend on, one after the other."""
        return [number for part in self.parts for number in part.numbers(body)]

    def away(self, body: Body, frame: SX) -> Place:
        """How far in m the target stands from the trunk's place; `frame` is the first link's at place 0 and yaw 0."""
        first = self.parts[0]
        x, y, z = casadi.vertsplit(casadi.DM(first.target(pose_of(frame), SX(list(first.numbers(body))))))
        return (float(x) * cos(YAW) - float(y) * sin(YAW), float(x) * sin(YAW) + float(y) * cos(YAW), float(z))


def scene_of(task: PlanTask) -> CareScene:
    """The scene of a task."""
    if task.meal is not None:
        return CareScene(SEATED, (HeadPart(),))
    if task.bathing is not None:
        return CareScene(LYING, _wiped(task.bathing))
    return CareScene(LYING, (LimbPart("left_ulna", "forearm", "forearm", along=0.6, above=-1.0), *ARM))


def _wiped(task: Bathing) -> tuple[Part, ...]:
    if task.region == "forearm":
        return (LimbPart("left_ulna", "forearm", "forearm"), *ARM)
    return (LimbPart("left_thigh", "thigh", "thigh-and-knee"), LimbPart("left_shank", "shank", "lower-leg"))


def misplaced(mark: Place, within_m: float, seed: int) -> Place:
    """Where the target really is: `within_m` from the mark, in a direction drawn from `seed`."""
    drawn = Random(seed)
    away = [drawn.gauss(0.0, 1.0) for _ in range(3)]
    size = sum(one**2 for one in away) ** 0.5
    x, y, z = (at + within_m * one / size for at, one in zip(mark, away, strict=True))
    return (x, y, z)
