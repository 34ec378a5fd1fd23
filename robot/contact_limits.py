"""How hard a robot may press on a region of the body: a versioned table beside this file, with its source."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from robot.errors import RobotError
from robot.files import Strict, read_document, read_text

TABLE = Path(__file__).with_suffix(".yaml")


class ContactLimits(Strict):
    """The table: N by body region, for healthy adults, and the share of that which a patient is expected to bear."""

    careloop: Literal[1]
    version: int
    reduction: Annotated[float, Field(gt=0.0, le=1.0)]
    regions: dict[str, Annotated[float, Field(gt=0.0, le=1e4)]]

    def of(self, region: str) -> float:
        """The limit in N for a patient."""
        return self.reduction * self.regions[region]


@cache
def contact_limits() -> ContactLimits:
    """The table that comes with careloop."""
    return read_document(read_text(TABLE, RobotError), TABLE.name, ContactLimits, RobotError)
