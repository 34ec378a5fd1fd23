"""Measures the named pages, or all of them, and writes each with its picture."""

import multiprocessing
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from docs.science import NAMES
from docs.science.looks import paper, save
from docs.science.page import FOLDER, Measured, page_named, text_of


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


def measured(name: str, jobs: int | None = None) -> dict[str, Measured]:
    """Every case of a page, each in a process of its own; the same in any number of them."""
    cases = page_named(name).CASES
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context) as pool:
        results = pool.map(measure, repeat(name), cases)
        told = track(results, name, total=len(cases), console=Console(stderr=True))
        return dict(zip(cases, told, strict=True))


def measure(name: str, case: str) -> Measured:
    """One case of a page."""
    return page_named(name).measure(case)


def write(name: str, cases: Mapping[str, Measured], folder: Path) -> None:
    """The page and its picture into `folder`."""
    (folder / f"{name}.md").write_text(text_of(name, cases), encoding="utf-8")
    with paper():
        save(page_named(name).picture(cases), folder / f"{name}.svg")


if __name__ == "__main__":
    typer.run(main)
