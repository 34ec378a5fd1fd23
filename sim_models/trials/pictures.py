"""The report's pictures: two figures of every trial against what is allowed, error and force."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robot.plan import Plan
from sim_models.trials.gates import Result
from sim_models.trials.matrix import Gates

# Okabe and Ito's palette; each condition has a shape of its own too, for readers and printers without colour.
_MARKS = (("o", "#0072B2"), ("s", "#E69F00"), ("^", "#009E73"), ("D", "#CC79A7"), ("v", "#56B4E9"), ("P", "#22272e"))
_GATE = "#D55E00"
_INK = "#22272e"

_LABEL_ROOM = 0.6
"""Lines left free above the first one, for what is said at the gate."""

_WIDTH_IN = 7.4
"""The width of an A4 page between its margins."""

_LINE_IN, _WORDS_IN = 0.36, 0.17
"""The height of a line of marks, and of each line of words before it, where these need more."""

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#8a9099",
    "axes.labelcolor": _INK,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "grid.color": "#e4e7eb",
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "svg.hashsalt": "careloop",
}
"""How every picture of trials is drawn."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot as the page holds it: `source` the inline picture, `caption` what it shows."""

    source: str
    caption: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of the trials: the field of `Result`, its title, what is allowed and what that is called."""

    field: str
    title: str
    allowed: float
    allowed_words: str


def panels_of(plan: Plan, gates: Gates) -> tuple[Panel, Panel]:
    """What is drawn of a plan's trials: of limbs and cuffs, or of a last link that nothing is strapped to."""
    cuff, contact = plan.limits.cuff, plan.stop.contact
    if cuff:
        gate, force = gates.limb_rms_deg, cuff.force
        return (
            Panel("limb_rms_deg", "Limb error during the exercise (° RMS)", gate, f"gate {gate:g}°"),
            Panel("peak_cuff_force_N", "Peak cuff force (N)", force, f"plan's limit {force:g} N"),
        )
    gate, force = gates.tool_rms_mm, contact.force if contact else 0.0
    return (
        Panel("tool_rms_mm", "Tool error during the task (mm RMS)", gate, f"gate {gate:g} mm"),
        Panel("peak_contact_N", "Peak contact force (N)", force, f"plan's stop {force:g} N"),
    )


Panels = tuple[Panel, Panel]


def matrix_picture(standard: Sequence[Result], panels: Panels) -> Picture:
    """Each patient a line, each condition a mark."""
    source = _two_panels([(one.patient, one.condition, one) for one in standard], panels)
    return Picture(source, "Every virtual patient in every condition; the dashed line is what is allowed.")


def corner_picture(corners: Sequence[Result], panels: Panels) -> Picture:
    """Each corner of the adjustable ranges a line, each patient a mark."""
    places = [
        ("\n".join(f"{name.rpartition('.')[2]} {value:g}" for name, value in one.changes.items()), one.patient, one)
        for one in corners
    ]
    source = _two_panels(places, panels)
    return Picture(source, "Every corner of the adjustable ranges, nothing going wrong.")


def sample_picture(results: Sequence[Result], panels: Panels) -> Picture:
    """How error and force are spread over the patients, from the best to the worst."""
    kept, broken = "kept every gate", "did not"
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(_WIDTH_IN, 2.6), layout="constrained")
        first, second = figure.subplots(1, 2, sharey=True)
        for axes, name in ((first, panels[0].field), (second, panels[1].field)):
            order = sorted(results, key=attrgetter(name))
            for mark, (passed, label) in zip(_MARKS, ((True, kept), (False, broken)), strict=False):
                its = [(rank, getattr(one, name)) for rank, one in enumerate(order, 1) if one.passed == passed]
                share = [100.0 * rank / len(results) for rank, _ in its]
                axes.plot([value for _, value in its], share, mark[0], color=mark[1], markersize=3, label=label)
        first.set_ylabel("patients with at most that (%)")
        first.set_ylim(0.0, 105.0)
        _dress(first, panels[0])
        _dress(second, panels[1])
        figure.legend(*first.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        source = _inline(figure)
    return Picture(source, "Each dot is a sampled patient; the dashed line is what is allowed.")


def _two_panels(places: Sequence[tuple[str, str, Result]], panels: Panels) -> str:
    """Error beside force: `places` gives each result its line and its mark."""
    lines = list(dict.fromkeys(line for line, _, _ in places))
    marks = list(dict.fromkeys(mark for _, mark, _ in places))
    with mpl.rc_context(STYLE):
        taken = sum(max(_LINE_IN, _WORDS_IN * (1 + line.count("\n"))) for line in lines)
        figure = Figure(figsize=(_WIDTH_IN, 1.2 + taken), layout="constrained")
        first, second = figure.subplots(1, 2, sharey=True)
        for index, mark in enumerate(marks):
            its = [(lines.index(line), result) for line, own, result in places if own == mark]
            # Marks of one line stand apart, so that equal figures do not hide each other.
            height = [line + 0.64 * ((index + 0.5) / len(marks) - 0.5) for line, _ in its]
            shape, colour = _MARKS[index % len(_MARKS)]
            look = {"marker": shape, "color": colour, "linestyle": "none", "markersize": 4.5, "label": mark}
            for axes, panel in ((first, panels[0]), (second, panels[1])):
                axes.plot([getattr(result, panel.field) for _, result in its], height, **look)
        first.set_yticks(range(len(lines)), lines)
        first.set_ylim(len(lines) - 0.5, -0.5 - _LABEL_ROOM)
        _dress(first, panels[0])
        _dress(second, panels[1])
        handles, labels = first.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 4))
        return _inline(figure)


def _dress(axes: Axes, panel: Panel) -> None:
    allowed = panel.allowed
    axes.set_title(panel.title)
    axes.axvline(allowed, color=_GATE, dashes=(4, 2), linewidth=1.4)
    ends = [float(np.nanmax(line.get_xdata(), initial=0.0)) for line in axes.get_lines()]
    axes.set_xlim(0.0, 1.08 * max(allowed, *(end for end in ends if np.isfinite(end))))
    axes.annotate(
        panel.allowed_words,
        (allowed, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-3, -2),
        textcoords="offset points",
        ha="right",
        va="top",
        color=_GATE,
        fontsize=7.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )
    axes.grid(axis="x", linewidth=0.6)
    for line in axes.get_yticks():
        axes.axhline(line - 0.5, color="#e4e7eb", linewidth=0.6)


def _inline(figure: Figure) -> str:
    """The figure as the address of an inline picture; equal figures give equal text."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
