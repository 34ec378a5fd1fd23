"""Values of the command line: numbers that are given as NAME=NUMBER, and this moment."""

from collections.abc import Sequence
from datetime import datetime


def now() -> datetime:
    """This moment, with the zone of the clock on the wall."""
    return datetime.now().astimezone()


def named_numbers(given: Sequence[str], field: str) -> dict[str, float]:
    """Names and numbers; raises `InputError` for what is neither, naming the option or argument `field`."""
    from robot.errors import InputError

    changes = {}
    for one in given:
        name, _, value = one.partition("=")
        try:
            changes[name] = float(value)
        except ValueError as problem:
            raise InputError("change-not-a-number", field=field, given=one) from problem
    return changes
