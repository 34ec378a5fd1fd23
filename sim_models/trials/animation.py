"""An animated picture of one trial: robot and person as they moved, in real time, with the clock and what they felt."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from scipy.spatial import ConvexHull

from robot.controller import Controller
from robot.errors import DeviceError, InputError
from robot.runtime.session_state import State
from robot.tick import Array
from sim_models.trials.gates import Result
from sim_models.trials.measures import stop_cause_s
from sim_models.trials.pictures import STYLE
from sim_models.trials.stage import Stage, stage_of
from sim_models.trials.trial import Recording
from sim_models.virtual_patient.body import Body

FORMAT = ".gif"
WIDE, HIGH, DPI = 640, 560, 80
"""Pixels of a frame, and of an inch in it."""

SCENE, STRIP = (0.0, 0.15, 1.0, 0.74), (0.02, 0.015, 0.96, 0.08)
"""Where the scene and the strip of force are: left, lower, width, height as shares of the frame."""

SHORTEST_S, MOST_FRAMES, GRID_S = 0.05, 240, 0.01
"""A frame is shown for at least so long, and a trial has at most so many of them; a GIF counts in hundredths. The
frames of a longer trial are further apart, so that a file stays below some megabytes. Our choice."""

HELD_S = 1.5
"""How much longer the last frame stays before the picture begins again."""

ELEVATION_DEG = 12.0
"""How far from above the camera looks."""

MARGIN_M = 0.15
"""What is seen beyond the robot and what it is about."""

COLOURS = {"furniture": "#dfe3e8", "person": "#ecdac4", "limb": "#5fbf9f", "mouth": "#8c2f39", "robot": "#0072B2"}
ROBOT_OPACITY = 0.65
"""A limb is to be seen inside of its robot."""

LAYERS = {"furniture": 0, "person": 1, "mouth": 2, "limb": 2, "robot": 2}
"""What is drawn behind what; in a layer by distance."""

CALM, WARNING, ENDED = "#1f2933", "#D55E00", "#b00020"


def check_animated(file: Path) -> None:
    """Refuse a file whose name does not end as an animated picture's; raises `InputError`."""
    if file.suffix.lower() != FORMAT:
        raise InputError("picture-format", field="--animation", known=FORMAT)


@dataclass(frozen=True, slots=True)
class Frames:
    """When a trial is drawn: the measurements `at`, one for each frame, `step_s` apart in the trial and in the film."""

    at: tuple[int, ...]
    step_s: float

    @classmethod
    def of(cls, measurements: int, dt: float) -> "Frames":
        """Of so many measurements, `dt` s apart; the last frame is the last measurement."""
        whole = (measurements - 1) * dt
        step_s = GRID_S * np.ceil(max(SHORTEST_S, whole / (MOST_FRAMES - 1)) / GRID_S - 1e-9)
        times = [*np.arange(0.0, whole - 1e-9, step_s), whole]
        return cls(tuple(round(time / dt) for time in times), float(step_s))

    @property
    def shown_ms(self) -> list[int]:
        """For how long each frame is shown."""
        each = round(1000.0 * self.step_s)
        return [*[each] * (len(self.at) - 1), each + round(1000.0 * HELD_S)]


def animate_trial(
    file: Path,
    recording: Recording,
    stands: Array,
    result: Result,
    controller: Controller,
    body: Body,
    drawn: Callable[[int, int], None],
) -> None:
    """Save the picture; `stands` is what a `Film` kept, and `drawn` is told each frame's number and how many there are.

    Raises `InputError` where the file is no GIF, `DeviceError` where it cannot be written.
    """
    check_animated(file)
    frames = Frames.of(len(recording.truth), recording.dt)
    stage = stage_of(recording, stands, controller, body, frames.at)
    pictures = _pictures(stage, frames, recording, result, controller, drawn)
    try:
        with file.open("wb") as opened:
            first = next(pictures)
            palette = _palette(first)
            few = (one.quantize(palette=palette, dither=Image.Dither.NONE) for one in chain([first], pictures))
            next(few).save(opened, "GIF", save_all=True, append_images=few, duration=frames.shown_ms, loop=0)
    except OSError as problem:
        raise DeviceError("picture-not-written", file=file, reason=problem.strerror or str(problem)) from problem


def _palette(first: Image.Image) -> Image.Image:
    """The colours of all frames: the first one's and those of the words. A palette for each frame would flicker."""
    sample = first.copy()
    for place, colour in enumerate((CALM, WARNING, ENDED)):
        sample.paste(colour, (60 * place, 0, 60 * place + 60, 60))
    return sample.quantize(colors=128)


def _pictures(
    stage: Stage,
    frames: Frames,
    recording: Recording,
    result: Result,
    controller: Controller,
    drawn: Callable[[int, int], None],
) -> Iterator[Image.Image]:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDE / DPI, HIGH / DPI), dpi=DPI)
        canvas: Any = FigureCanvasAgg(figure)
        scene, said = _Scene(figure, stage), _Said(figure, recording, result, controller)
        canvas.draw()
        empty = canvas.copy_from_bbox(figure.bbox)
        before = 0
        for number, at in enumerate(frames.at):
            canvas.restore_region(empty)
            scene.draw(number)
            said.draw(before, at)
            yield Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
            before = at + 1
            drawn(number + 1, len(frames.at))


class _Scene:
    """The solids as a camera far away sees them: what is nearer covers what is farther, furniture is behind all."""

    def __init__(self, figure: Figure, stage: Stage) -> None:
        self._solids, self._view = stage.solids, view(stage.azimuth_deg)
        self._axis: Axes = figure.add_axes(SCENE)
        self._axis.axis("off")
        points = np.concatenate([(one.corners @ self._view.T).reshape(-1, 3) for one in stage.solids if one.in_focus])
        low, high = points[:, :2].min(axis=0) - MARGIN_M, points[:, :2].max(axis=0) + MARGIN_M
        size = np.array([SCENE[2] * WIDE, SCENE[3] * HIGH])
        half = 0.5 * size * ((high - low) / size).max()
        (left, lower), (right, upper) = 0.5 * (low + high) - half, 0.5 * (low + high) + half
        self._axis.set(xlim=(left, right), ylim=(lower, upper))
        self._polygons = PolyCollection([], linewidths=0.8, animated=True)
        self._axis.add_collection(self._polygons, autolim=False)

    def draw(self, number: int) -> None:
        """Draw the frame of this number."""
        seen = [(one.kind, one.corners[number] @ self._view.T) for one in self._solids]
        seen.sort(key=lambda one: (LAYERS[one[0]], one[1][:, 2].mean()))
        self._polygons.set_verts([points[ConvexHull(points[:, :2]).vertices, :2] for _, points in seen])
        self._polygons.set_facecolor([_filled(kind) for kind, _ in seen])
        self._polygons.set_edgecolor([_darker(COLOURS[kind]) for kind, _ in seen])
        self._axis.draw_artist(self._polygons)


def view(azimuth_deg: float) -> Array:
    """The rows are what a camera in that direction sees as right, up and nearer, in the world's axes."""
    around, above = radians(azimuth_deg), radians(ELEVATION_DEG)
    right = (-sin(around), cos(around), 0.0)
    nearer = (cos(above) * cos(around), cos(above) * sin(around), sin(above))
    return np.array([right, np.cross(nearer, right), nearer])


def _filled(kind: str) -> tuple[float, float, float, float]:
    return mpl.colors.to_rgba(COLOURS[kind], ROBOT_OPACITY if kind == "robot" else 1.0)


def _darker(colour: str) -> tuple[float, float, float]:
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.6 * red, 0.6 * green, 0.6 * blue


class _Said:
    """What stands in every frame: who, the clock, the state, and the largest force since the frame before."""

    def __init__(self, figure: Figure, recording: Recording, result: Result, controller: Controller) -> None:
        self._figure, self._recording, self._result = figure, recording, result
        cuff, contact = controller.plan.limits.cuff, controller.plan.stop.contact
        self._named = "cuff" if cuff else "contact"
        self._allowed = cuff.force if cuff else contact.force if contact else None
        self._force = recording.every("cuff_force_N" if cuff else "contact_N").max(axis=1, initial=0.0)
        who = f"{controller.plan.robot}: {result.patient} (synthetic), {result.condition}"
        figure.text(0.02, 0.965, who, va="top", fontsize=11)
        self._state = self._text(0.02, 0.915, "left")
        self._clock = self._text(0.98, 0.915, "right")
        self._felt = self._text(0.02, 0.135, "left")
        self._strip(figure)

    def _text(self, x: float, y: float, side: str) -> Text:
        return self._figure.text(x, y, "", va="top", ha=side, fontsize=11, animated=True)

    def _strip(self, figure: Figure) -> None:
        """The force over the whole trial at the lower edge, with a mark that goes along."""
        time = np.arange(len(self._force)) * self._recording.dt
        axis: Axes = figure.add_axes(STRIP)
        axis.plot(time, self._force, color=COLOURS["limb"], linewidth=1.0)
        if self._allowed:
            axis.axhline(self._allowed, color=WARNING, linewidth=0.8, dashes=(4, 2))
        axis.set(xlim=(0.0, time[-1]), ylim=(0.0, None), xticks=[], yticks=[])
        (self._mark,) = axis.plot(
            [0.0, 0.0], [0.0, 1.0], color=CALM, transform=axis.get_xaxis_transform(), animated=True
        )
        self._below = axis

    def draw(self, before: int, at: int) -> None:
        """Draw what is said at a measurement; of the force the largest since the one `before`."""
        time = at * self._recording.dt
        state, colour = state_words(self._recording, self._result, at)
        now, most = self._force[before : at + 1].max(initial=0.0), self._force[: at + 1].max()
        allowed = f", allowed {self._allowed:.0f} N" if self._allowed else ""
        self._state.set(text=state, color=colour)
        self._clock.set_text(f"{time:.2f} s, real time")
        self._felt.set_text(f"largest {self._named} force {now:.0f} N (so far {most:.0f} N{allowed})")
        self._mark.set_xdata([time, time])
        for text in (self._state, self._clock, self._felt):
            self._figure.draw_artist(text)
        self._below.draw_artist(self._mark)


def state_words(recording: Recording, result: Result, at: int) -> tuple[str, str]:
    """What a session does at a measurement, and in which colour that is written."""
    rows = recording.field("state")[:, 0]
    state = State(int(rows[at])) if at < len(rows) else recording.state
    is_stopping = result.stop_ms is not None and at * recording.dt >= stop_cause_s(recording)
    if state is State.FAULT:
        return f"fault: {recording.reason}", ENDED
    if state is State.STOPPED:
        return (f"stopped: {recording.reason}", ENDED) if is_stopping else ("completed", CALM)
    return (f"stopping: {recording.reason}", WARNING) if is_stopping else (state.name.lower(), CALM)
