"""Before a session: what a person confirms or enters, what the machine measures, and what of it refuses a session.

Every function returns what is recorded, or raises `CheckFailed` with what to do. Who asks is `careloop.commands`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hardware.bus import Health
from robot.description import RobotDescription
from robot.errors import CheckFailed, InputError
from session_records.people.checks import Calibration
from session_records.people.fields import SIDES
from session_records.people.patients import Patient

SIDES_TYPED = {"l": "left", "左": "left", "r": "right", "右": "right"} | {side: side for side in SIDES}
"""What may be typed for a side."""

ITEMS = (
    *("side", "patient", "contraindications", "consent", "range", "dose"),
    *("calibration", "proof", "disk", "bus", "voltage", "temperature"),
    *("systolic", "diastolic", "heart-rate", "unusual", "cuff", "camera"),
    *("emergency-stop", "hand-switch"),
)
"""What a pre-flight may settle, in its order; `unusual` only where a vital is, `camera` where the robot
has one, the stops once they are seen working."""

EMULATED = "emulator"
"""Stands for the day of a calibration where the drives are emulated: there is nothing to calibrate."""


@dataclass(frozen=True, slots=True)
class Vital:
    """A number that is measured on the patient at rest: what can be true, and what needs no second look."""

    name: str
    plausible: tuple[int, int]
    usual: tuple[int, int]


VITALS = (
    Vital("systolic", plausible=(50, 260), usual=(90, 180)),
    Vital("diastolic", plausible=(30, 160), usual=(50, 110)),
    Vital("heart-rate", plausible=(25, 220), usual=(50, 120)),
)
"""Blood pressure in mmHg, heart rate in 1/min.

The upper usual ends are those above which ACSM's guidelines for exercise testing would not begin to exercise at rest
(180/110 mmHg, 120 1/min): recalled, not looked up. The lower ends and what is plausible are assumed. Medical judgement
is the therapist's: a number outside warns and can be confirmed.
"""


def read_side(line: str) -> str:
    """The side that was typed; raises `InputError` for what is none."""
    typed = line.strip().lower()
    if typed not in SIDES_TYPED:
        raise InputError("side-not-read", given=line.strip()[:20])
    return SIDES_TYPED[typed]


def confirmed_side(typed: str, prescribed: str, prescription: str) -> str:
    """The side, where the one that was typed is the prescription's."""
    if typed != prescribed:
        raise CheckFailed("side-not-confirmed", typed=typed, side=prescribed, prescription=prescription)
    return prescribed


def consent_of(patient: Patient) -> str:
    """The day on which the patient's consent was read."""
    if patient.consent is None:
        raise CheckFailed("consent-not-entered", patient=patient.pseudonym)
    return patient.consent.isoformat()


def read_vital(vital: Vital, line: str) -> int:
    """A whole number that can be true; raises `InputError` for anything else."""
    try:
        value = float(line.replace(",", "."))
    except ValueError as problem:
        raise InputError("vital-not-a-number", given=line[:20]) from problem
    low, high = vital.plausible
    if not math.isfinite(value) or not low <= value <= high:
        raise InputError("vital-not-plausible", given=line[:20], low=low, high=high)
    return round(value)


def check_pressures(systolic: int, diastolic: int) -> None:
    """Refuse a lower pressure that is not lower: the two were typed the wrong way round, or one of them is wrong."""
    if diastolic >= systolic:
        raise InputError("pressures-swapped", systolic=systolic, diastolic=diastolic)


def unusual(values: Mapping[str, int]) -> tuple[Vital, ...]:
    """The vitals that want a second look."""
    return tuple(one for one in VITALS if not one.usual[0] <= values[one.name] <= one.usual[1])


def calibration_of(robot: str, days: int, last: Calibration | None, now: datetime, *, emulated: bool) -> str:
    """The day of a robot's last calibration, where it is at most so many `days` ago."""
    if emulated:
        return EMULATED
    if last is None:
        raise CheckFailed("calibration-missing", robot=robot)
    if not 0 <= (now.date() - last.at.astimezone().date()).days <= days:
        raise CheckFailed("calibration-overdue", robot=robot, at=last.at.astimezone().date(), days=days)
    return last.at.astimezone().date().isoformat()


def check_health(robot: RobotDescription, health: Sequence[Health | None]) -> tuple[Health, ...]:
    """The drives' health, where each of them answers, has the voltage that it needs and is not too hot."""
    found = []
    for joint, drive, one in zip(robot.joint_names, robot.drives, health, strict=True):
        (low, high), most = drive.datasheet.supply_v, drive.datasheet.hottest_celsius
        if one is None:
            raise CheckFailed("drive-not-answering", joint=joint)
        if not low <= one.volts <= high:
            raise CheckFailed("drive-voltage", joint=joint, volts=one.volts, low=low, high=high)
        if not one.celsius <= most:
            raise CheckFailed("drive-hot", joint=joint, celsius=one.celsius, most=most)
        found.append(one)
    return tuple(found)
