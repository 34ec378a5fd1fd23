"""Measures a page's cases, in parallel, and writes the page and its picture."""

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

from rich.console import Console
from rich.progress import track

from docs.science.looks import paper, save
from docs.science.page import Measured, page_named, text_of


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
