"""When a care task counts as done, as its versioned file says it."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from robot.errors import InputError
from robot.files import NotNegative, Positive, Strict, read_document, read_text

FILE = Path(__file__).with_suffix(".yaml")

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class MealCriteria(Strict):
    """How far behind the lips the spoon may come at all, in mm; the largest force on teeth in N."""

    deepest_mm: Positive
    teeth_N: NotNegative  # noqa: N815  (the unit's own letter)


class BathingCriteria(Strict):
    """Shares of the stroke's length that is wiped, and of the time on it with the force kept; its parts in mm."""

    wiped_share: Share
    kept_share: Share
    bin_mm: Positive


class RepositionCriteria(Strict):
    """How long after the tool left it a limb is looked at, in s."""

    settles_s: Positive


class Criteria(Strict):
    """The file: in which conditions a task has to succeed, and each task's numbers."""

    careloop: Literal[1]
    version: int
    succeeds_in: tuple[str, ...]
    meal: MealCriteria
    bathing: BathingCriteria
    reposition: RepositionCriteria


@cache
def criteria() -> Criteria:
    """The criteria that come with careloop."""
    return read_document(read_text(FILE, InputError), FILE.name, Criteria, InputError)
