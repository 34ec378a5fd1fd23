"""A plan's limits and what stops a session by itself, as the plan's file says them."""

from collections.abc import Mapping
from math import radians
from typing import Annotated

from pydantic import ConfigDict, Field

from robot.files import Positive, RangeDeg, Strict


class JointLimits(Strict):
    """One joint's limits in this plan: degrees, °/s, N·m, N·m/s and W; never looser than the robot's own.

    Without `power` half of what torque and speed give together, see `robot.limits`.
    """

    range_deg: RangeDeg
    velocity_deg_s: Positive
    torque: Positive
    torque_rate: Positive
    power: Positive | None = None

    @property
    def largest_power(self) -> float:
        """Power in W where torque and speed are both at their limits."""
        return self.torque * radians(self.velocity_deg_s)


class CuffLimit(Strict):
    """Largest cuff force in N.

    Where no force sensor named `cuff` measures it, it is proven in simulation and not enforceable by the guard.
    """

    force: Positive


class GroundLimit(Strict):
    """Largest force in N with which a foot presses on a treadmill; nothing measures it: it is proven in simulation."""

    force: Positive


class EnergyLimit(Strict):
    """The whole robot's energy tank: `budget` in J, refilled by `refill` W and by what the person gives back."""

    budget: Positive
    refill: Positive


class Limits(Strict):
    """Limits by joint name, the cuff's where limbs are carried, the energy tank's, and N by force sensor where less
    than its region's."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JointLimits] = Field(init=False)

    cuff: CuffLimit | None = None
    ground: GroundLimit | None = None
    energy: EnergyLimit | None = None
    contact: dict[str, Positive] = Field(default_factory=dict)

    @property
    def joints(self) -> Mapping[str, JointLimits]:
        """The limits of each joint."""
        return self.__pydantic_extra__


class SpasmRule(Strict):
    """Stop when a joint's estimated interaction torque passes `torque` N·m, from below half of it, `within_ms`.

    One for all joints or each joint's own; none is more than its torque limit, which a drive that is pushed gives.
    """

    torque: Positive | dict[str, Positive]
    within_ms: Annotated[float, Field(ge=2, le=1000)]

    def of(self, joint: str) -> float:
        """A joint's threshold in N·m."""
        return self.torque[joint] if isinstance(self.torque, dict) else self.torque


class ContactRule(Strict):
    """Stop when the estimated force on the robot's last link passes `force` N."""

    force: Positive


class StopRules(Strict):
    """What stops a session by itself: a spasm where limbs are carried, a force at the last link where none are."""

    spasm: SpasmRule | None = None
    contact: ContactRule | None = None
