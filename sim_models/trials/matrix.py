"""The standard matrix and its gates, as their versioned file says them."""

from functools import cache
from math import inf, radians
from pathlib import Path
from random import Random
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot.description import RobotDescription
from robot.errors import InputError
from robot.files import NotNegative, Positive, Strict, read_document, read_text
from sim_models.faults import NEVER, NO_PULSE, NO_SLIP, Condition, Interval, Pulse, Slip
from sim_models.virtual_patient.joints import LimbJoint
from sim_models.virtual_patient.patient import STANDARD
from sim_models.worn import strapped_joints

FILE = Path(__file__).with_name("matrix.yaml")

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Expected = Literal["completes", "stops-safely", "faults", "completes-or-stops-safely", "faults-or-stops-safely"]
LENIENT: dict[Expected, Expected] = {
    "completes": "completes-or-stops-safely",
    "faults": "faults-or-stops-safely",
    "stops-safely": "stops-safely",
    "completes-or-stops-safely": "completes-or-stops-safely",
    "faults-or-stops-safely": "faults-or-stops-safely",
}
"""What is expected of a patient who may also stop safely: they may do so before a fault too."""


class Size(Strict):
    """Where a patient stands within the plan's bounds of height and mass."""

    height: Share
    mass: Share


class While(Strict):
    """From `at`, a share of the motion's time, for `for_ms`."""

    at: Share
    for_ms: Positive

    def interval(self, motion_s: float) -> Interval:
        """The same in s, for a motion that takes `motion_s` s."""
        return Interval(self.at * motion_s, self.for_ms / 1000.0)


class PulseRow(While):
    """A person's torque as a share of each joint's healthy `strength`, from `at`, a share of the motion, for `for_ms`.

    Of the strength the positive way where the share is above zero, and back where it is below; at the person's `joints`
    of these names on both sides, as far as straps hold them.
    """

    strength: Annotated[float, Field(ge=-1.0, le=1.0)]
    joints: Annotated[tuple[LimbJoint, ...], Field(min_length=1)]

    def pulse(self, motion_s: float) -> Pulse:
        """The same in s, for a motion that takes `motion_s` s."""
        return Pulse(self.at * motion_s, self.for_ms / 1000.0, self.strength, self.joints)


class SlipRow(Strict):
    """Straps that slide `mm` down the limbs at `at`, a share of the motion's time."""

    at: Share
    mm: float

    def slip(self, motion_s: float) -> Slip:
        """The same in s and m, for a motion that takes `motion_s` s."""
        return Slip(self.at * motion_s, self.mm / 1000.0)


class ConditionRow(Strict):
    """One condition: what goes wrong, how its trials are to end, and who tries it.

    What goes wrong is as `sim_models.faults.Condition` says, in ms and degrees. `wrap_at` and `lets_go_at` are shares
    of the motion's time; the emergency stop is pressed at a random moment between two such shares. Without `patients`
    all try it; `repetitions` in place of the plan's own. What is a matter of `straps`, of a `tool` that nobody is
    strapped to, or of `brakes` is tried where there are such.
    """

    expected: Expected
    needs: Literal["straps", "tool", "brakes"] | None = None
    patients: tuple[str, ...] = ()
    repetitions: Annotated[int, Field(ge=1, le=100)] | None = None
    delay_ms: NotNegative = 0.0
    jitter_ms: NotNegative = 0.0
    lost_share: Share = 0.0
    silence: While | None = None
    nonsense: While | None = None
    noise_deg: NotNegative = 0.0
    noise_deg_s: NotNegative = 0.0
    bias_deg: NotNegative = 0.0
    wrap_at: Share | None = None
    backlash_deg: NotNegative = 0.0
    torque_share: Share = 1.0
    friction_share: NotNegative = 1.0
    emergency_between: tuple[Share, Share] | None = None
    power_lost_at: Share | None = None
    spasm: PulseRow | None = None
    pushes_back: PulseRow | None = None
    lets_go_at: Share | None = None
    slip: SlipRow | None = None
    misaligned_mm: tuple[float, float] = (0.0, 0.0)

    def condition(self, name: str, motion_s: float, seed: int) -> Condition:
        """The condition for a motion that takes `motion_s` s; what is random is drawn from `seed`."""
        return Condition(
            name,
            delay_s=self.delay_ms / 1000.0,
            jitter_s=self.jitter_ms / 1000.0,
            lost_share=self.lost_share,
            silence=self.silence.interval(motion_s) if self.silence else NEVER,
            nonsense=self.nonsense.interval(motion_s) if self.nonsense else NEVER,
            noise_rad=radians(self.noise_deg),
            noise_rad_s=radians(self.noise_deg_s),
            bias_rad=radians(self.bias_deg),
            wrap_s=inf if self.wrap_at is None else self.wrap_at * motion_s,
            backlash_rad=radians(self.backlash_deg),
            torque_share=self.torque_share,
            friction_share=self.friction_share,
            emergency_s=self._pressed(motion_s, seed),
            power_lost_s=inf if self.power_lost_at is None else self.power_lost_at * motion_s,
            spasm=self.spasm.pulse(motion_s) if self.spasm else NO_PULSE,
            pushes_back=self.pushes_back.pulse(motion_s) if self.pushes_back else NO_PULSE,
            lets_go_s=inf if self.lets_go_at is None else self.lets_go_at * motion_s,
            slip=self.slip.slip(motion_s) if self.slip else NO_SLIP,
            misaligned=(self.misaligned_mm[0] / 1000.0, self.misaligned_mm[1] / 1000.0),
            seed=seed,
        )

    def suits(self, robot: RobotDescription) -> bool:
        """Whether the robot has what can go wrong."""
        has = {"straps": robot.carries_limbs, "tool": not robot.carries_limbs, "brakes": robot.brakes is not None}
        strapped = set(strapped_joints(robot))
        pulses = [one for one in (self.spasm, self.pushes_back) if one]
        return (self.needs is None or has[self.needs]) and all(strapped.intersection(one.joints) for one in pulses)

    def _pressed(self, motion_s: float, seed: int) -> float:
        """When somebody presses the emergency stop, in s; infinity where nobody does."""
        if self.emergency_between is None:
            return inf
        low, high = self.emergency_between
        return motion_s * (low + (high - low) * Random(seed).random())


class Corners(Strict):
    """Who tries the corners of the adjustable ranges, and for how many repetitions."""

    patients: tuple[str, ...]
    repetitions: Annotated[int, Field(ge=1, le=100)]


class Gates(Strict):
    """What a trial has to keep; units in the names."""

    limb_rms_deg: Positive
    overshoot_deg: Positive
    stop_within_ms: Positive
    stop_within_deg: Positive
    tool_rms_mm: Positive
    stop_within_mm: Positive
    slow_deg_s: Positive


class Matrix(Strict):
    """Patients × conditions, the corners, and the gates."""

    careloop: Literal[1]
    version: int
    patients: dict[str, Size]
    conditions: dict[Name, ConditionRow]
    may_stop_safely: tuple[str, ...]
    corners: Corners
    start: Share
    start_of: dict[str, Share]
    seed: int
    gates: Gates

    @model_validator(mode="after")
    def _patients_are_known(self) -> Self:
        for field, names, known in (
            ("patients", tuple(self.patients), tuple(STANDARD)),
            ("may_stop_safely", self.may_stop_safely, tuple(self.patients)),
            ("corners.patients", self.corners.patients, tuple(self.patients)),
            *(
                (f"conditions.{name}.patients", row.patients, tuple(self.patients))
                for name, row in self.conditions.items()
            ),
        ):
            for name in names:
                if name not in known:
                    raise InputError("patient-unknown", field=field, given=name, known=", ".join(known))
        return self


@cache
def standard_matrix() -> Matrix:
    """The matrix that a proof needs."""
    return read_document(read_text(FILE, InputError), FILE.name, Matrix, InputError)
