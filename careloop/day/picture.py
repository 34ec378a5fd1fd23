"""A patient's progress as a picture: range, dose, help, effort, pain and exertion, session by session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes

from careloop.day.progress import Visit
from careloop.messages.font import readable
from careloop.messages.language import Words
from robot.errors import DeviceError, InputError
from session_records.done import NOTICED_EFFORT_NM
from session_records.people.afterwards import BORG, PAIN
from session_records.report.style import BLUE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, figure, legend_above, styled

FORMATS = (".png", ".svg")
DOTS_PER_INCH = 160
_ROW_IN = 1.75
_MOST_TICKS = 12
_APART = 0.16
_WIDTH = 0.5
_COLOURS = (BLUE, GREEN, ORANGE, SKY)

LABELS = ("picture-session", "visit-early", "picture-prescribed")
"""What stands in the picture besides titles, dates and joints: its font needs their letters."""


def save_progress(path: Path, patient: str, seen: Sequence[Visit], words: Words) -> None:
    """Draw the visits into a file, PNG or SVG by the end of its name; raises `InputError`, or `DeviceError`."""
    if path.suffix.lower() not in FORMATS:
        raise InputError("picture-format", field="--picture", known=", ".join(FORMATS))
    panels = _panels(seen)
    titles = [words(panel.title) for panel in panels]
    labels = (*(words(code) for code in LABELS), words("picture-title", patient=patient), *titles)
    joints = [_place(one.side, joint, words) for one in seen for joint in one.reached_deg]
    dates = [words.day(one.started_at.astimezone().date()) for one in seen]
    height = len(panels) * _ROW_IN
    with styled(), readable("".join([*labels, *dates, *joints])):
        made, axes = figure(tuple(panel.share for panel in panels), height)
        made.subplots_adjust(bottom=1.05 / height, hspace=0.24)
        axes[0].set_title(words("picture-title", patient=patient))
        for one, panel, title in zip(axes, panels, titles, strict=True):
            one.set_ylabel(title.replace(" (", "\n("))
            panel.draw(one, seen, words)
        _sessions(axes, dates, words("picture-session"))
        made.align_ylabels(axes)
        try:
            made.savefig(path, dpi=DOTS_PER_INCH, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
        except OSError as problem:
            raise DeviceError("picture-not-written", file=path, reason=problem.strerror or str(problem)) from problem


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the picture: its title's code, its share of the height, and what draws it."""

    title: str
    share: float
    draw: Callable[[Axes, Sequence[Visit], Words], None]


def _panels(seen: Sequence[Visit]) -> list[Panel]:
    """Those that have something to show, and pain and exertion in any case: what is missing there is to be asked."""
    helped = any(one.assistance is not None for one in seen)
    effort = any(one.effort_Nm for one in seen)
    counted = any(one.done is not None for one in seen)
    return [
        Panel("picture-range", 1.6, _ranges),
        Panel("picture-repetitions", 1.0, _repetitions) if counted else Panel("picture-dose", 1.0, _minutes),
        *([Panel("picture-assistance", 1.0, _assistance)] if helped else []),
        *([Panel("picture-effort", 1.0, _effort)] if effort else []),
        Panel("picture-pain", 1.0, lambda axes, some, _: _scale(axes, [one.pain for one in some], PAIN, VERMILION)),
        Panel("picture-borg", 1.0, lambda axes, some, _: _scale(axes, [one.borg for one in some], BORG, BLUE)),
    ]


def _ranges(axes: Axes, seen: Sequence[Visit], words: Words) -> None:
    """A line between the lowest and the highest angle of each session; each side and joint in its own colour."""
    series = sorted({(one.side, joint) for one in seen for joint in one.reached_deg}, key=str)
    for place, (side, joint) in enumerate(series):
        ranges = [
            (number + _APART * (place - (len(series) - 1) / 2.0), *one.reached_deg[joint])
            for number, one in enumerate(seen, 1)
            if one.side == side and joint in one.reached_deg
        ]
        numbers, lows, highs = zip(*ranges, strict=True)
        colour = _COLOURS[place % len(_COLOURS)]
        axes.vlines(numbers, lows, highs, colour, linewidth=5.0, alpha=0.35)
        axes.plot(numbers, lows, color=colour, marker="o", markersize=3.5)
        axes.plot(numbers, highs, color=colour, marker="o", markersize=3.5, label=_place(side, joint, words))
    if series:
        legend_above(axes)


def _place(side: str | None, joint: str, words: Words) -> str:
    return words("joint-of-side", joint=words.joint(joint), side=words(f"side-{side}")) if side else words.joint(joint)


def _minutes(axes: Axes, seen: Sequence[Visit], words: Words) -> None:
    """Bars of minutes; those of sessions that ended early are grey."""
    _bars(axes, [one.minutes or 0.0 for one in seen], seen, words)


def _repetitions(axes: Axes, seen: Sequence[Visit], words: Words) -> None:
    """Bars of repetitions done, what an interrupted session of the day did before included; a frame is the dose."""
    _bars(axes, [float(one.done or 0) for one in seen], seen, words)
    doses = [(number, one.share.of) for number, one in enumerate(seen, 1) if one.share is not None]
    if doses:
        numbers, heights = zip(*doses, strict=True)
        axes.bar(numbers, heights, _WIDTH, fill=False, edgecolor=INK, label=words("picture-prescribed"))
        legend_above(axes)


def _bars(axes: Axes, heights: Sequence[float], seen: Sequence[Visit], words: Words) -> None:
    colours = [GREEN if one.completed else GREY for one in seen]
    axes.bar(range(1, len(seen) + 1), heights, _WIDTH, color=colours)
    if not all(one.completed for one in seen):
        axes.bar([1], [0.0], color=GREY, label=words("visit-early"))
        legend_above(axes)
    axes.set_ylim(bottom=0.0)


def _assistance(axes: Axes, seen: Sequence[Visit], words: Words) -> None:
    """The mean of each session on its whole scale."""
    _points(axes, [None if one.assistance is None else 100.0 * one.assistance for one in seen], SKY)
    axes.set_ylim(-6.0, 106.0)
    axes.set_yticks(range(0, 101, 25))


def _effort(axes: Axes, seen: Sequence[Visit], words: Words) -> None:
    """The person's own mean torque along the motion: above zero they help, below they hold against it."""
    series = sorted({(one.side, joint) for one in seen for joint in one.effort_Nm}, key=str)
    for place, (side, joint) in enumerate(series):
        values = [one.effort_Nm.get(joint) if one.side == side else None for one in seen]
        _points(axes, values, _COLOURS[place % len(_COLOURS)], _place(side, joint, words))
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    low, high = axes.get_ylim()
    # What the estimate may be wrong must not look like progress.
    axes.set_ylim(min(low, -NOTICED_EFFORT_NM), max(high, NOTICED_EFFORT_NM))
    if len(series) > 1:
        legend_above(axes)


def _points(axes: Axes, values: Sequence[float | None], colour: str, label: str | None = None) -> None:
    """A point for each session of which the value is known, joined."""
    known = [(number, value) for number, value in enumerate(values, 1) if value is not None]
    numbers, heights = [number for number, _ in known], [value for _, value in known]
    axes.plot(numbers, heights, color=colour, marker="o", markersize=4, label=label)


def _scale(axes: Axes, values: Sequence[int | None], scale: tuple[int, int], colour: str) -> None:
    """Points on a fixed scale, so that two pictures can be held side by side."""
    _points(axes, values, colour)
    margin = 0.06 * (scale[1] - scale[0])
    axes.set_ylim(scale[0] - margin, scale[1] + margin)
    axes.set_yticks(range(scale[0], scale[1] + 1, 2))


def _sessions(axes: Sequence[Axes], dates: Sequence[str], label: str) -> None:
    step = -(-len(dates) // _MOST_TICKS) or 1
    numbers = range(1, len(dates) + 1, step)
    last = axes[-1]
    last.set_xlim(0.4, len(dates) + 0.6)
    last.set_xticks(list(numbers), [dates[number - 1] for number in numbers], rotation=30, ha="right")
    last.set_xlabel(label)
