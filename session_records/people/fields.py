"""What is kept of a patient: which fields there are, what each may hold, and which are sealed."""

import math
import re
import unicodedata
from datetime import date
from typing import Any

from robot.errors import InputError

SIDES = ("left", "right")
AFFECTED = (*SIDES, "both")

IDENTITY = ("name", "born", "record_number", "contact")
"""Who it is."""

WORDS = ("diagnosis", "limits", "contraindications")
"""What people write about a patient: names stand in such words, so they are sealed as the identity is."""

SEALED = (*IDENTITY, *WORDS)

DAYS = ("born", "consent")
"""Fields that are a day, kept as YYYY-MM-DD."""

HEIGHT_M = (0.5, 2.5)
MASS_KG = (5.0, 300.0)
"""As a plan may ask for at most (`robot.plan`)."""

RANGE_DEG = (-180.0, 180.0)
LONGEST_WORDS = 2000
_LONGEST_NAME = 200
_EARLIEST_BIRTH = date(1900, 1, 1)
_RANGE_FIELD = re.compile(r"range_deg\.(left|right)\.([a-z][a-z0-9_-]*)")


def range_field(side: str, joint: str) -> str:
    """The field of a joint's pain-free range."""
    return f"range_deg.{side}.{joint}"


def joint_of(field: str) -> tuple[str, str] | None:
    """Side and joint of a range's field; None for any other."""
    found = _RANGE_FIELD.fullmatch(field)
    return None if found is None else (found[1], found[2])


def checked(field: str, value: Any, today: date) -> Any:
    """`value` as the registry keeps it; raises `InputError`, which never shows what was given in a sealed field."""
    if field in DAYS:
        return _past_day(field, value, today)
    if field in SEALED:
        return _words(field, value)
    if field == "side":
        if value not in AFFECTED:
            raise InputError("choice-unknown", field=option(field), given=value, known=", ".join(AFFECTED))
        return value
    if field in {"height_m", "mass_kg"}:
        low, high = HEIGHT_M if field == "height_m" else MASS_KG
        return _number(field, value, low, high, "m" if field == "height_m" else "kg")
    if joint_of(field) is None:
        raise InputError("field-unknown", field=field, known=", ".join((*SEALED, "side", "height_m", "mass_kg")))
    return _range(field, value)


def one_line(words: str) -> str:
    """Words as they are kept: composed letters, no control characters, no blanks at the ends."""
    shown = "".join(letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFC", words))
    return " ".join(shown.split())


def _words(field: str, value: Any) -> str:
    words, longest = one_line(str(value)), LONGEST_WORDS if field in WORDS else _LONGEST_NAME
    if not words:
        raise InputError("words-missing", field=option(field))
    if len(words) > longest:
        raise InputError("words-too-long", field=option(field), longest=longest)
    return words


def _past_day(field: str, value: Any, today: date) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError as problem:
        raise InputError("day-not-read", field=option(field)) from problem
    if not _EARLIEST_BIRTH <= day <= today:
        raise InputError("day-not-past", field=option(field), earliest=_EARLIEST_BIRTH.isoformat())
    return day.isoformat()


def _number(field: str, value: Any, low: float, high: float, unit: str) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError("not-a-number", field=option(field), given=value)
    if not low <= value <= high:
        raise InputError("out-of-bounds", field=option(field), given=value, low=low, high=high, unit=unit)
    return float(value)


def _range(field: str, value: Any) -> list[float]:
    low, high = (_number("range", bound, *RANGE_DEG, "°") for bound in value)
    if low >= high:
        raise InputError("range-empty", field=option("range"), low=low, high=high)
    return [low, high]


def option(field: str) -> str:
    """A field as it is given on the command line."""
    return "--" + field.removesuffix("_m").removesuffix("_kg").replace("_", "-")
