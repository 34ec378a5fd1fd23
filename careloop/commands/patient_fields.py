"""A patient's fields as they are given on the command line, or asked for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from careloop.commands.asking import asked, at_terminal
from careloop.commands.values import now
from careloop.messages.language import Words
from robot.errors import InputError
from session_records.people.fields import AFFECTED, SEALED, SIDES, checked, option, range_field

NEEDED = ("name", "side", "height_m", "mass_kg")
"""Without these there is no session."""

ASKED = (
    "name",
    "born",
    "record_number",
    "contact",
    "side",
    "diagnosis",
    "height_m",
    "mass_kg",
    "limits",
    "contraindications",
    "consent",
)
"""In the order of a conversation; the ranges follow."""


def entries(**given: Any) -> dict[str, Any]:
    """What was given on the command line, by the registry's names, checked; what is None was not given."""
    read = {name: _day(value) if name == "consent" else value for name, value in given.items() if value is not None}
    return {name: checked(name, value, now().date()) for name, value in read.items()}


def ask_missing(words: Words, given: Mapping[str, Any], ranges: Sequence[str] | None) -> dict[str, Any]:
    """What was given, and the answers to what was not; at a terminal everything is asked for, else what is needed."""
    full = dict(given)
    for field in ASKED:
        if field not in full and (field in NEEDED or at_terminal()):
            answer = asked(words, f"ask-{field.replace('_', '-')}", _reader(field))
            full |= {} if answer is None else {field: answer}
    if ranges is not None:
        return full | range_entries(ranges, full["side"])
    return full | (
        asked(words, "ask-ranges", lambda line: range_entries(line.split(), full["side"])) if at_terminal() else {}
    )


def answers(words: Words, fields: Sequence[str]) -> dict[str, Any]:
    """The answers for fields named with `--ask`."""
    known = {field.replace("_", "-"): field for field in SEALED}
    for name in fields:
        if name not in known:
            raise InputError("choice-unknown", field="--ask", given=name, known=", ".join(known))
    return {known[name]: asked(words, f"ask-{name}", _reader(known[name], needed=True)) for name in fields}


def range_entries(given: Sequence[str], affected: str) -> dict[str, list[float]]:
    """Pain-free ranges such as `knee=10:80` or `left.knee=10:80`; without a side, those of every affected side."""
    found: dict[str, list[float]] = {}
    for one in given:
        place, _, bounds = one.partition("=")
        side, _, joint = place.rpartition(".")
        sides = (side,) if side else SIDES if affected == AFFECTED[-1] else (affected,)
        if (side and side not in SIDES) or (affected != AFFECTED[-1] and sides != (affected,)):
            raise InputError("side-not-affected", field="--range", given=side, affected=affected)
        for each in sides:
            field = range_field(each, joint)
            found[field] = checked(field, _bounds(one, bounds), now().date())
    return found


def parsed_range(given: str) -> tuple[str, float, float]:
    """A joint and a range in degrees, such as `knee=10:80`."""
    joint, _, bounds = given.partition("=")
    low, high = _bounds(given, bounds)
    return joint, low, high


def _bounds(given: str, bounds: str) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in bounds.split(":"))
    except ValueError as problem:
        raise InputError("range-not-read", field="--range", given=given) from problem
    return low, high


def _reader(field: str, needed: bool = False) -> Callable[[str], Any]:
    def read(line: str) -> Any:
        if not line and field not in NEEDED and not needed:
            return None
        value: Any = line
        if field in {"height_m", "mass_kg"}:
            value = _number(field, line)
        return checked(field, _day(line) if field == "consent" else value, now().date())

    return read


def _number(field: str, line: str) -> float:
    try:
        return float(line.replace(",", "."))
    except ValueError as problem:
        raise InputError("not-a-number", field=option(field), given=line) from problem


def _day(given: str | None) -> str | date | None:
    return now().date() if given == "today" else given
