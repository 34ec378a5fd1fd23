"""The joints' angles over time as a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from careloop.messages.font import readable
from careloop.messages.language import Words
from patient_vision.observation import Observation
from robot.errors import DeviceError, InputError
from robot.tick import Array
from session_records.done import Mask
from session_records.report.style import BLUE, GREY, SKY, figure, legend_above, styled

FORMATS = (".png", ".svg")
DOTS_PER_INCH = 160
ROW_IN, BAND_STDS = 2.2, 2.0


def check_format(path: Path) -> None:
    """InputError where the file's name ends with no format that there is."""
    if path.suffix.lower() not in FORMATS:
        raise InputError("picture-format", field="--plot", known=", ".join(FORMATS))


def save_plot(path: Path, joints: Sequence[str], seen: Sequence[Observation], words: Words) -> None:
    """Draw every joint below the other, PNG or SVG by the name's end; raises `InputError`, or `DeviceError`."""
    check_format(path)
    time = np.array([one.captured_s for one in seen]) - seen[0].captured_s
    bad = np.array([one.degraded for one in seen])
    angles, stds = (np.degrees([getattr(one, name) for one in seen]) for name in ("angles_rad", "std_rad"))
    labels = [words(code) for code in ("track-flexion", "track-band", "track-degraded", "track-time")]
    flexion, band, degraded, seconds = labels
    titles = [words.joint(joint) for joint in joints]
    with styled(), readable("".join([*labels, *titles])):
        made, axes = figure((1.0,) * len(joints), ROW_IN * len(joints) + 0.3)
        for place, (one, title) in enumerate(zip(axes, titles, strict=True)):
            good = np.where(bad, np.nan, angles[:, place])
            width = BAND_STDS * stds[:, place]
            one.set_title(title)
            one.fill_between(time, good - width, good + width, color=SKY, alpha=0.5, linewidth=0, label=band)
            one.plot(time, good, color=BLUE, label=flexion)
            _shade(one, time, bad, degraded)
            one.set_ylabel("°")
            one.margins(x=0.0)
        axes[-1].set_xlabel(seconds)
        legend_above(axes[0])
        try:
            made.savefig(path, dpi=DOTS_PER_INCH, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
        except OSError as problem:
            raise DeviceError("picture-not-written", file=path, reason=problem.strerror or str(problem)) from problem


def _shade(axes: Axes, time: Array, bad: Mask, label: str) -> None:
    """Grey where frames are degraded: from half a frame before the first of a run to half a frame after its last."""
    half = float(np.median(np.diff(time))) / 2.0 if len(time) > 1 else 0.5
    edges = np.flatnonzero(np.diff(np.concatenate(([0], bad.astype(np.int8), [0]))))
    for index, (start, end) in enumerate(edges.reshape(-1, 2)):
        span = time[start] - half, time[end - 1] + half
        axes.axvspan(*span, color=GREY, alpha=0.5, linewidth=0, label=None if index else label)
