"""How fast a joint may be led."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cbrt, isfinite, sqrt

from robot.errors import PlanError


@dataclass(frozen=True, slots=True)
class JointPace:
    """How fast one joint may be led: `velocity` rad/s, `acceleration` rad/s², `jerk` rad/s³; finite and above 0."""

    velocity: float
    acceleration: float
    jerk: float

    def __post_init__(self) -> None:
        for name in ("velocity", "acceleration", "jerk"):
            given = getattr(self, name)
            if not (isfinite(given) and given > 0.0):
                raise PlanError("not-above-zero", field=f"motion.{name}", given=given)


def least_time_s(peaks: Sequence[Sequence[float]], pace: Sequence[JointPace]) -> float:
    """The least time in s for a path that in 1 s has these peaks of velocity, acceleration and jerk for each joint.

    Led through in T, its nth derivative is 1/Tⁿ of that; 0 where nothing moves.
    """
    velocity, acceleration, jerk = peaks
    return max(
        max(v / one.velocity, sqrt(a / one.acceleration), cbrt(j / one.jerk))
        for v, a, j, one in zip(velocity, acceleration, jerk, pace, strict=True)
    )
