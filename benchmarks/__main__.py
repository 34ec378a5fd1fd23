"""Runs the named benchmarks, or all of them, and shows their figures."""

import json
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import NAMES

FIELDS = ("name", "measured", "unit", "goal", "met", "beside")


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=f"Of {', '.join(NAMES)}.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the speed claims, each beside its peer or its limit."""
    asked = names or list(NAMES)
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        print(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        raise typer.Exit(2)
    rows: list[dict[str, Any]] = []
    with Console(stderr=True).status("") as status:
        for index, name in enumerate(asked, 1):
            status.update(f"{name} ({index} of {len(asked)})")
            rows += import_module(f"benchmarks.{name}").run()
    if as_json:
        print(json.dumps([{field: row[field] for field in FIELDS} for row in rows], indent=1, ensure_ascii=False))
    else:
        Console().print(_table(rows))


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("what", "measured", "goal", "", "beside")
    for row in rows:
        goal = "" if row["goal"] is None else f"{row['goal']:.4g}"
        met = {True: "met", False: "[red]missed[/red]", None: ""}[row["met"]]
        measured = "not measured" if row["measured"] is None else f"{row['measured']:.4g} {row['unit']}"
        table.add_row(row["name"], measured, goal, met, row["beside"])
    return table


if __name__ == "__main__":
    typer.run(main)
