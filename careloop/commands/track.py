"""careloop track: a patient's joint angles from a camera, a video or images."""

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from careloop.commands.output import Json, examples, print_json, print_table, progress, say
from careloop.commands.track_camera import Given, Seconds, calibrate, fetch_models, measure_zero, print_plates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careloop.messages.language import Words
    from careloop.tracking.following import Followed, Watch
    from patient_vision.calibration import Calibration
    from patient_vision.camera import Frame, Source
    from patient_vision.observation import Observation, Tracker

FOLLOW = "follow"

Markers = Annotated[bool, typer.Option("--markers", help="By plates with tags on the limb (track print).")]
Pose = Annotated[bool, typer.Option("--pose", help="By a pose network: posture and presence, no control-grade angle.")]
Facing = Annotated[
    Literal["left", "right"] | None,
    typer.Option("--facing", help="With --pose: to which side of the picture the patient faces."),
]
Region = Annotated[
    tuple[float, float, float, float],
    typer.Option(
        "--region",
        metavar="L T R B",
        help="With --pose: where the patient's hips are; left, top, right, bottom as shares of the picture.",
    ),
]
Camera = Annotated[
    Path | None, typer.Option("--calibration", metavar="FILE", help="The camera's calibration (track calibrate).")
]
Joints = Annotated[
    list[str], typer.Option("--joint", metavar="NAME", help="Hip, knee, ankle, shoulder or elbow; may be repeated.")
]
Side = Annotated[Literal["left", "right"], typer.Option("--side", help="The patient's side that faces the camera.")]
Zero = Annotated[
    float | None,
    typer.Option("--zero", metavar="S", min=0.3, max=60.0, help="The limb is held at zero for the first S seconds."),
]
Show = Annotated[Path | None, typer.Option("--show", metavar="MP4", help="Write a video of what was seen.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw the angles: .png or .svg.")]


class _SourceFirst(TyperGroup):
    """A group in which a source stands where a subcommand would: following it is what the command is for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if known or not args else [FOLLOW, *args])


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(cls=_SourceFirst, rich_markup_mode=None)
    seen = "careloop track rendered-leg --markers --calibration camera.yaml"
    group.command(
        FOLLOW,
        epilog=examples(
            seen.replace("track", f"track {FOLLOW}"),
            "careloop track 0 --markers --calibration camera.yaml --zero 2 --show seen.mp4",
            "careloop track 0 --pose --side left --facing left",
        ),
    )(follow_source)
    group.command("calibrate", epilog=examples("careloop track calibrate 0 --output camera.yaml"))(calibrate)
    group.command(
        "print",
        epilog=examples("careloop track print plates.pdf", "careloop track print board.png --only chessboard"),
    )(print_plates)
    group.command("zero", epilog=examples("careloop track zero my-robot.yaml"))(measure_zero)
    group.command("models", epilog=examples("careloop track models"))(fetch_models)
    app.add_typer(
        group,
        name="track",
        help="Joint angles from pictures: calibrate a camera, print plates, follow a limb.\n\n"
        "careloop track SOURCE is short for careloop track follow SOURCE.",
        epilog=examples(
            "careloop track print plates.pdf",
            "careloop track calibrate rendered-board --output camera.yaml",
            seen,
            "careloop track zero my-robot.yaml",
            "careloop track models",
        ),
    )


def follow_source(
    context: typer.Context,
    source: Given,
    markers: Markers = False,
    pose: Pose = False,
    calibration: Camera = None,
    joint: Joints = ["knee"],  # noqa: B006  (Typer reads it and never alters it)
    side: Side = "right",
    facing: Facing = None,
    region: Region = (0.0, 0.0, 1.0, 1.0),
    zero: Zero = None,
    seconds: Seconds = None,
    show: Show = None,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Follow a limb's joints through a source's frames, until it ends or Ctrl-C.

    No frame is kept. A video of a live source shows lines and angles alone, without the patient's picture. Frames that
    are degraded count in no figure but their own share.
    """
    from careloop.tracking.following import follow, frames_until, summary, zero_from
    from careloop.tracking.plot import check_format, save_plot
    from careloop.tracking.posing import pose_tracker
    from careloop.tracking.sources import source_named
    from patient_vision.gate import JudgedTracker
    from patient_vision.markers import MarkerTracker
    from robot.errors import InputError
    from robot.vision import FrameLimits

    if markers is pose:
        raise InputError("tracker-unchosen", field="track")
    if pose and zero is not None:
        raise InputError("zero-without-plates", field="--zero")
    if plot is not None:
        check_format(plot)
    words = context.obj.words
    plates = MarkerTracker(_calibration(calibration), joint, side) if markers else None
    tracker = plates or pose_tracker(context.obj.home.root, joint, side, facing, region)
    given = source_named(source)
    with watching(given, tracker, show, words) as watch:
        frames = frames_until(given, seconds)
        if plates is not None and zero is not None:
            at_zero = zero_from(frames, plates, zero, watch)
            plates = MarkerTracker(_calibration(calibration), joint, side, at_zero)
        tracker = tracker if plates is None else JudgedTracker(plates, FrameLimits())
        seen = follow(frames, tracker, watch)
    found = summary(tracker.joints, seen)
    if plot is not None:
        save_plot(plot, tracker.joints, seen, words)
    if as_json:
        print_json({"source": source, "summary": found, "video": show, "plot": plot, "samples": samples(tracker, seen)})
        return
    _print(found, words, "track-frames" if markers else "track-frames-projected")
    for written in (show, plot):
        if written is not None:
            say(str(written))


@contextmanager
def watching(source: "Source", tracker: "Tracker", show: Path | None, words: "Words") -> "Iterator[Watch]":
    """A bar that advances with every frame, and the video where one is asked for: the angles in it are calmed."""
    from rich.progress import Progress

    from careloop.tracking.overlay import Video, drawn
    from patient_vision.filter import OneEuro

    video = None if show is None else Video(show, source.rate_hz)
    calm = [OneEuro() for _ in tracker.joints]
    with Progress(console=progress()) as bar, video or nullcontext():
        task = bar.add_task(words("track-bar"), total=source.frames)

        def watch(frame: "Frame", seen: "Observation") -> None:
            bar.advance(task)
            if video is not None:
                told = tuple(one(seen.captured_s, angle) for one, angle in zip(calm, seen.angles_rad, strict=True))
                shown = replace(seen, angles_rad=told)
                video.write(drawn(frame, shown, tracker.joints, words, hidden=source.live))

        yield watch


def samples(tracker: "Tracker", seen: "list[Observation]") -> dict[str, list[Any]]:
    """Every frame in columns: time in s, whether it is degraded, and each joint's angle and deviation in degrees."""
    from math import degrees

    columns: dict[str, list[Any]] = {
        "time_s": [one.captured_s for one in seen],
        "degraded": [one.degraded for one in seen],
    }
    for place, joint in enumerate(tracker.joints):
        columns[f"{joint}_deg"] = [degrees(one.angles_rad[place]) for one in seen]
        columns[f"{joint}_std_deg"] = [degrees(one.std_rad[place]) for one in seen]
    return columns


def _calibration(file: Path | None) -> "Calibration":
    from patient_vision.calibration import read_calibration
    from robot.errors import InputError

    if file is None:
        raise InputError("camera-uncalibrated", field="--calibration")
    return read_calibration(file)


def _print(found: "Followed", words: "Words", sentence: str) -> None:
    columns = ("track-joint", "track-least", "track-largest", "track-std")
    rows = [
        (words.joint(one.joint), f"{one.least_deg:.1f}", f"{one.largest_deg:.1f}", f"{one.std_deg:.2f}")
        for one in found.joints
    ]
    print_table([words(code) for code in columns], rows)
    say("")
    say(
        words(
            sentence,
            frames=found.frames,
            seconds=f"{found.seconds:.1f}",
            degraded=f"{100.0 * found.degraded_share:.1f}",
            reprojection=f"{found.reprojection_px:.2f}",
        )
    )
