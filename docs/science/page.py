"""What a page on a published finding is made of, and its text.

A page is a module. Its docstring is the title and the protocol, and is committed before the page is measured for the
first time; `CASES` and `measure` are the experiment, `findings` holds it against what was published, `picture` draws
it, and `DISCUSSION`, written afterwards, says what to think of it.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

FOLDER = Path(__file__).parent

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What one case gave: `figures` by the head of their column, unit included; `series` for the picture alone."""

    figures: Mapping[str, float]
    series: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What was published and by whom, what was measured here, and whether that is the same finding."""

    published: str
    measured: str
    comes_out: bool


class Page(Protocol):
    """A module that is a page."""

    __doc__: str
    CASES: Sequence[str]
    """The table's rows, by name; the first one is measured by every run of the tests."""
    DISCUSSION: str

    def measure(self, case: str) -> Measured:
        """Run one case; the same figures each time."""

    def findings(self, measured: Mapping[str, Measured]) -> Sequence[Finding]:
        """What was published, held against all the cases, by the protocol's criteria."""

    def picture(self, measured: Mapping[str, Measured]) -> Figure:
        """The page's picture, drawn inside of `docs.science.looks.paper`."""


def page_named(name: str) -> Page:
    """The page of a module here."""
    return cast(Page, import_module(f"docs.science.{name}"))


def shown(value: float) -> str:
    """A figure as the page prints it: three significant digits, a dash where there is none."""
    return (
        "–"
        if np.isnan(value)
        else np.format_float_positional(value, precision=3, unique=False, fractional=False, trim="-")
    )


def row_of(case: str, measured: Measured) -> str:
    """A case's line in the page's table."""
    return "| " + " | ".join([case, *map(shown, measured.figures.values())]) + " |"


def people_table(heads: Sequence[str], people: Sequence[Sequence[float]]) -> str:
    """The synthetic people of a page, numbered, in Markdown."""
    rows = [f"| {number} | " + " | ".join(map(shown, one)) + " |" for number, one in enumerate(people, 1)]
    return "\n".join(["| | " + " | ".join(heads) + " |", "| --- " * (len(heads) + 1) + "|", *rows])


def text_of(name: str, measured: Mapping[str, Measured]) -> str:
    """The whole page, in Markdown."""
    page = page_named(name)
    title, _, protocol = inspect.cleandoc(page.__doc__).partition("\n")
    heads = ["case", *next(iter(measured.values())).figures]
    came_out = [
        f"| {one.published} | {one.measured} | {'yes' if one.comes_out else '**no**'} |"
        for one in page.findings(measured)
    ]
    return "\n".join(
        [
            f"# {title.rstrip('.')}",
            "",
            "Synthetic patients and simulated robots only. This page is written by:",
            "",
            "```console",
            f"$ make science PAGES={name}",
            "```",
            protocol.rstrip(),
            "",
            "## What came out",
            "",
            "| published | measured here | comes out |",
            "| --- | --- | --- |",
            *came_out,
            "",
            f"![{title.rstrip('.')}]({name}.svg)",
            "",
            "| " + " | ".join(heads) + " |",
            "| --- " * len(heads) + "|",
            *(row_of(case, one) for case, one in measured.items()),
            "",
            page.DISCUSSION.strip(),
            "",
        ]
    )
