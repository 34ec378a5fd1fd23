"""A patient's progress as a picture: range reached, minutes, pain and exertion, session by session."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from careloop.day.progress import Visit
from careloop.messages.font import readable
from careloop.messages.language import Words
from robot.errors import DeviceError, InputError
from session_records.people.afterwards import BORG, PAIN
from session_records.report.style import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION, figure, legend_above, styled

FORMATS = (".png", ".svg")
DOTS_PER_INCH = 160
_ROW_IN = 1.75
_MOST_TICKS = 12
_APART = 0.16
_COLOURS = (BLUE, GREEN, ORANGE, SKY)


def save_progress(path: Path, patient: str, seen: Sequence[Visit], words: Words) -> None:
    """Draw the visits into a file, PNG or SVG by the end of its name; raises `InputError`, or `DeviceError`."""
    if path.suffix.lower() not in FORMATS:
        raise InputError("picture-format", field="--picture", known=", ".join(FORMATS))
    titles = (words("picture-range"), words("picture-dose"), words("picture-pain"), words("picture-borg"))
    labels = (words("picture-title", patient=patient), words("picture-session"), words("visit-early"), *titles)
    joints = [_place(one.side, joint, words) for one in seen for joint in one.reached_deg]
    dates = [words.day(one.started_at.astimezone().date()) for one in seen]
    with styled(), readable("".join([*labels, *dates, *joints])):
        made, axes = figure((1.6, 1.0, 1.0, 1.0), 4 * _ROW_IN)
        made.subplots_adjust(bottom=1.05 / (4 * _ROW_IN), hspace=0.24)
        axes[0].set_title(labels[0])
        for one, title in zip(axes, titles, strict=True):
            one.set_ylabel(title.replace(" (", "\n("))
        _ranges(axes[0], seen, words)
        _dose(axes[1], seen, words)
        _scale(axes[2], [one.pain for one in seen], PAIN, VERMILION)
        _scale(axes[3], [one.borg for one in seen], BORG, BLUE)
        _sessions(axes, dates, labels[1])
        made.align_ylabels(axes)
        try:
            made.savefig(path, dpi=DOTS_PER_INCH, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
        except OSError as problem:
            raise DeviceError("picture-not-written", file=path, reason=problem.strerror or str(problem)) from problem


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


def _dose(axes: Axes, seen: Sequence[Visit], words: Words) -> None:
    """Bars of minutes; those of sessions that ended early are grey."""
    numbers, minutes = range(1, len(seen) + 1), [one.minutes or 0.0 for one in seen]
    axes.bar(numbers, minutes, width=0.5, color=[GREEN if one.completed else GREY for one in seen])
    if not all(one.completed for one in seen):
        axes.bar([1], [0.0], color=GREY, label=words("visit-early"))
        legend_above(axes)
    axes.set_ylim(bottom=0.0)


def _scale(axes: Axes, values: Sequence[int | None], scale: tuple[int, int], colour: str) -> None:
    """Points on a fixed scale, so that two pictures can be held side by side."""
    known = [(number, value) for number, value in enumerate(values, 1) if value is not None]
    axes.plot([number for number, _ in known], [value for _, value in known], color=colour, marker="o", markersize=4)
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
