"""Reference and angle as characters: the reference fills an area from below, the angle is a line above it.

Told apart by shape, not by colour alone: a full area is seen from afar, and a thick line on it too.
"""

import math
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from rich.style import Style
from rich.text import Text

AREA = " ▁▂▃▄▅▆▇█"
LINE = "▁━▔"
JUMP = "┃"
"""Between two columns whose lines are rows apart."""

ROUND_DEG = 10
"""The ends of the picture's range are whole tens of degrees."""

Column = tuple[float, float] | None
"""Reference and angle in degrees; None where there is nothing."""


def ends(columns: Sequence[Column], around: tuple[float, float]) -> tuple[float, float]:
    """The range in degrees that holds every column and what the exercise moves through, at whole tens.

    Whole degrees first: a quotient is rounded, and may leave out the value that it was made of.
    """
    values = [value for column in columns if column for value in column]
    low, high = min((*values, around[0])), max((*values, around[1]))
    return ROUND_DEG * (math.floor(low) // ROUND_DEG), ROUND_DEG * (math.floor(high) // ROUND_DEG + 1)


def plot(columns: Sequence[Column], between: tuple[float, float], height: int, area: Style, line: Style) -> list[Text]:
    """Lines of text from top to bottom, one character for each column; `between` are the range's ends in degrees."""
    low, high = between

    def share(value: float) -> float:
        return min(max((value - low) / (high - low), 0.0), 1.0)

    rows: list[list[tuple[str, Style]]] = [[] for _ in range(height)]
    before: int | None = None
    for column in columns:
        if column is None:
            _put_column(rows, 0, None, None, area, line)
            before = None
            continue
        thirds = min(int(share(column[1]) * 3 * height), 3 * height - 1)
        _put_column(rows, round(share(column[0]) * 8 * height), thirds, before, area, line)
        before = thirds // 3
    return [_in_runs(row) for row in rows]


def _in_runs(row: list[tuple[str, Style]]) -> Text:
    """A row of signs as text, with one span for all that look alike beside each other: the terminal gets less."""
    runs = groupby(row, key=itemgetter(1))
    return Text.assemble(*(("".join(sign for sign, _ in run), style) for style, run in runs))


def _put_column(
    rows: list[list[tuple[str, Style]]], eighths: int, thirds: int | None, before: int | None, area: Style, line: Style
) -> None:
    """Add one column to every row: the area up to `eighths` of a row, the line at `thirds` of a row."""
    at = None if thirds is None else thirds // 3
    on_area = line + Style(bgcolor=area.color)
    for place, row in enumerate(reversed(rows)):
        filled = min(max(eighths - 8 * place, 0), 8)
        mark = _mark(place, at, thirds, before)
        if mark is None:
            row.append((AREA[filled], area))
        else:
            row.append((mark, on_area if filled > 4 else line))


def _mark(place: int, at: int | None, thirds: int | None, before: int | None) -> str | None:
    """The line's character in the row `place` from below, None where it does not pass."""
    if at is None or thirds is None:
        return None
    if place == at:
        return LINE[thirds % 3]
    return JUMP if before is not None and min(before, at) < place < max(before, at) else None
