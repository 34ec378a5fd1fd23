"""What a command prints: tables and fields for people, JSON for programs; progress goes to the error stream."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
"""The option of every command that reports."""

WIDE = 200
"""Columns where the output is no terminal: a pipe must not lose what a narrow table would cut."""


def examples(*commands: str) -> str:
    """The end of a command's help: lines that can be typed as they stand."""
    return "\n".join(["\b", "Example:" if len(commands) == 1 else "Examples:", *(f"  {line}" for line in commands)])


def print_json(value: object) -> None:
    """`value` as JSON on the output stream; dataclasses become objects, numbers that are not finite null."""
    json.dump(plain(value), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def plain(value: Any) -> Any:
    """`value` in the terms of JSON alone."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        return plain(value.tolist())
    return [plain(one) for one in value]


def say(line: str) -> None:
    """One line of the command's result."""
    output().print(line, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table; numbers stand to the right."""
    _print_trimmed(_table(columns, rows), output())


def print_records(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows of many columns: a table where it fits the terminal, else one below the other, a field a line."""
    from rich.measure import Measurement

    table, console = _table(columns, rows), output()
    if Measurement.get(console, console.options.update(max_width=sys.maxsize), table).maximum <= console.width:
        _print_trimmed(table, console)
        return
    for index, row in enumerate(rows):
        if index:
            say("")
        print_fields(dict(zip(columns, row, strict=True)))


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for index, name in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_shown(value) for value in row))
    return table


def print_fields(values: Mapping[str, object], console: "Console | None" = None) -> None:
    """Names and values, one a line; on the output stream, or on another console."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(name, _shown(value))
    _print_trimmed(table, console or output())


def _print_trimmed(table: "Table", console: "Console") -> None:
    """Print a table without the blanks that fill its last column."""
    with console.capture() as printed:
        console.print(table)
    console.file.write("\n".join(line.rstrip() for line in printed.get().splitlines()) + "\n")


def solving() -> AbstractContextManager[object]:
    """What is shown while an optimal motion is looked for."""
    return progress().status("solving the optimal motion (IPOPT), once for this plan on this computer")


def output() -> "Console":
    """The console on the output stream; what is printed there is the command's result."""
    return _console(error=False)


def progress() -> "Console":
    """The console on the error stream, for progress and remarks; `rich.progress.Progress(console=progress())`."""
    return _console(error=True)


def _console(*, error: bool) -> "Console":
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False, markup=False)


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
