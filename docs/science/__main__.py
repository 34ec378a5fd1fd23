"""Measures the named pages, or all of them, and writes each with its picture."""

import sys
from typing import Annotated

import typer

from docs.science import NAMES
from docs.science.measuring import measured, write
from docs.science.page import FOLDER


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=f"Of {', '.join(NAMES)}.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes at once; one for each core by default.")] = None,
) -> None:
    """Put published findings to the test: `python -m docs.science wall` measures one page and writes it."""
    asked = names or list(NAMES)
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        print(f"no page is named {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        raise typer.Exit(2)
    for name in asked:
        write(name, measured(name, jobs), FOLDER)
        print(FOLDER / f"{name}.md")


if __name__ == "__main__":
    typer.run(main)
