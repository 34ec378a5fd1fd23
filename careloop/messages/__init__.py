"""Sentences for people: a stable code and its values become one line in a language."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from robot.errors import CareloopError

UNKNOWN = "–"

_PYDANTIC = {
    r"[Tt]uple": "list",
    r"a valid dictionary( or instance of \w+)?": "a set of fields",
    r"a valid integer": "a whole number",
    r"a valid string": "a text",
    r"a valid ": "a ",
    r" after validation": "",
}
"""Its words for what a file may hold, as patterns, and ours."""


def sentence(code: str, values: Mapping[str, Any], language: str = "en") -> str:
    """The sentence for `code`, its values filled in; numbers shortened to what a person reads."""
    shown = {name: f"{value:.4g}" if isinstance(value, float) else str(value) for name, value in values.items()}
    return filled(catalogue(language)[code], shown)


def filled(words: str, values: Mapping[str, str]) -> str:
    """A sentence with its values; one that is not known, as in a record that keeps the code alone, is a dash."""
    return words.format_map(defaultdict(lambda: UNKNOWN, values))


def explain(error: CareloopError, language: str = "en") -> str:
    """One line for an error: the file and field that it names, then what is allowed or what to do, and `why`."""
    place = ": ".join(str(error.values[name]) for name in ("file", "field") if error.values.get(name))
    values = error.values
    if error.code == "field-not-allowed":
        values = {**values, "allowed": _in_our_words(str(values["allowed"]))}
    without_unit = error.code == "out-of-bounds" and values.get("unit") == "1"
    said = sentence("share-out-of-bounds" if without_unit else error.code, values, language)
    if values.get("why"):
        said = f"{said} ({catalogue(language)[str(values['why'])]})"
    return f"{place}: {said}" if place else said


def _in_our_words(allowed: str) -> str:
    """Pydantic's own message in the words of a YAML file, and in the middle of a sentence."""
    for theirs, ours in _PYDANTIC.items():
        allowed = re.sub(theirs, ours, allowed)
    return allowed[:1].lower() + allowed[1:]


@cache
def catalogue(language: str) -> dict[str, str]:
    """The sentences of a language by their codes; what is not translated yet is there in English."""
    return read_catalogue("en") if language == "en" else {**read_catalogue("en"), **read_catalogue(language)}


@cache
def read_catalogue(language: str) -> dict[str, str]:
    """The sentences in one catalogue's file."""
    # Babel is read only when there is something to say: it would cost every start of the command otherwise.
    from babel.messages.pofile import read_po

    with Path(__file__).with_name(f"{language}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}
