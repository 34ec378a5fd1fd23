"""How every plot of a report looks: colours that a colour-blind reader can tell apart, sizes that fit A4."""

import base64
import io
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robot.tick import Array

# Okabe and Ito's palette.
BLUE, SKY, GREEN, ORANGE, VERMILION = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00"
GREY, INK = "#b9bec5", "#22272e"

WIDTH_IN = 7.4
"""The width of an A4 page between its margins."""

LARGEST_POINTS = 1500
"""Bins of a line in a picture: more than a printed page can show."""

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#8a9099",
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.1,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "white",
    "svg.hashsalt": "careloop",
}


def figure(rows: tuple[float, ...], height_in: float) -> tuple[Figure, list[Axes]]:
    """A figure of stacked axes with these relative heights, sharing their x axis; made under `STYLE`."""
    made = Figure(figsize=(WIDTH_IN, height_in))
    axes = made.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=rows)[:, 0]
    # The same margins in every figure, so that the time axes of a page stand below each other.
    made.subplots_adjust(
        left=0.72 / WIDTH_IN,
        right=1.0 - 0.15 / WIDTH_IN,
        bottom=0.45 / height_in,
        top=1.0 - 0.3 / height_in,
        hspace=0.16,
    )
    made.align_ylabels(axes)
    return made, list(axes)


def line(axes: Axes, x: Array, y: Array, **how: Any) -> None:
    """Draw a line that keeps every peak, with few points: each bin's least and largest value."""
    per_bin = -(-len(x) // LARGEST_POINTS)
    if per_bin > 2:
        whole = len(x) // per_bin * per_bin
        bins = y[:whole].reshape(-1, per_bin)
        y = np.column_stack([np.fmin.reduce(bins, axis=1), np.fmax.reduce(bins, axis=1)]).ravel()
        x = x[:whole].reshape(-1, per_bin)[:, [0, per_bin // 2]].ravel()
    axes.plot(x, y, **how)


def legend_above(axes: Axes) -> None:
    """The legend in one row above the axes, where it can hide no line."""
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles, labels, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(labels), borderaxespad=0.2)


def svg(made: Figure) -> str:
    """The figure as the address of an inline picture; equal figures give equal text."""
    buffer = io.BytesIO()
    made.savefig(buffer, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def styled() -> AbstractContextManager[None]:
    """A context in which figures are made and saved."""
    return mpl.rc_context(STYLE)
