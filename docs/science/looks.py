"""How the pages' pictures look: the same on every page, fit for a paper, legible without colour."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

INK = "#22272e"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette."""

MARKS = ("o", "s", "^", "D", "v", "P")
"""A shape beside each colour."""

WIDTH_IN = 7.2
"""Two columns of a paper."""

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#8a9099",
    "axes.labelcolor": INK,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "careloop",
}


@contextmanager
def paper() -> Iterator[None]:
    """Everything drawn inside of it looks alike."""
    with mpl.rc_context(_STYLE):
        yield


def save(figure: Figure, file: Path) -> None:
    """As SVG; equal pictures are equal files."""
    figure.savefig(file, format="svg", metadata={"Date": None})
