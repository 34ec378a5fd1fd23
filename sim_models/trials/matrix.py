"""The standard matrix and its gates, as their versioned file says them."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot.errors import InputError
from robot.files import NotNegative, Positive, Strict, read_document, read_text
from sim_models.faults import NEVER, Condition, Interval
from sim_models.virtual_patient.patient import STANDARD

FILE = Path(__file__).with_name("matrix.yaml")

Share = Annotated[float, Field(ge=0.0, le=1.0)]
ConditionName = Literal["nominal", "nan-measurement", "more-delay", "bus-silence"]
Expected = Literal["completes", "stops-safely", "faults", "completes-or-stops-safely"]


class Size(Strict):
    """Where a patient stands within the plan's bounds of height and mass."""

    height: Share
    mass: Share


class ConditionRow(Strict):
    """One condition: what goes wrong, when, for how long, and how its trials are to end."""

    expected: Expected
    at: Share = 0.0
    for_ms: NotNegative = 0.0
    delay_ms: NotNegative = 0.0

    def condition(self, name: ConditionName, motion_s: float) -> Condition:
        """The condition for a motion that takes `motion_s` s."""
        interval = Interval(self.at * motion_s, self.for_ms / 1000.0) if self.for_ms else NEVER
        return Condition(
            name,
            delay_s=self.delay_ms / 1000.0,
            nonsense=interval if name == "nan-measurement" else NEVER,
            silence=interval if name == "bus-silence" else NEVER,
        )


class Corners(Strict):
    """Who tries the corners of the adjustable ranges, and for how many repetitions."""

    patients: tuple[str, ...]
    repetitions: Annotated[int, Field(ge=1, le=100)]


class Gates(Strict):
    """What a trial has to keep; units in the names."""

    limb_rms_deg: Positive
    stop_within_ms: Positive
    slow_deg_s: Positive


class Matrix(Strict):
    """Patients × conditions, the corners, and the gates."""

    careloop: Literal[1]
    version: int
    patients: dict[str, Size]
    conditions: dict[ConditionName, ConditionRow]
    may_stop_safely: tuple[str, ...]
    corners: Corners
    start: Share
    seed: int
    gates: Gates

    @model_validator(mode="after")
    def _patients_are_known(self) -> Self:
        for field, names, known in (
            ("patients", tuple(self.patients), tuple(STANDARD)),
            ("may_stop_safely", self.may_stop_safely, tuple(self.patients)),
            ("corners.patients", self.corners.patients, tuple(self.patients)),
        ):
            for name in names:
                if name not in known:
                    raise InputError("patient-unknown", field=field, given=name, known=", ".join(known))
        return self


@cache
def standard_matrix() -> Matrix:
    """The matrix that a proof needs."""
    return read_document(read_text(FILE, InputError), FILE.name, Matrix, InputError)
