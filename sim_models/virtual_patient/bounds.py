"""The check that a patient's number can be meant."""

import math

from robot.errors import InputError


def check_within(field: str, given: float, low: float, high: float, unit: str) -> None:
    """Raise `InputError` where `given` is not a number from `low` to `high`: another unit was meant, or nothing."""
    if not (math.isfinite(given) and low <= given <= high):
        raise InputError("out-of-bounds", field=field, given=given, low=low, high=high, unit=unit)
