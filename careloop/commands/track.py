"""careloop track: a patient's joint angles from a camera, a video or images."""

from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from careloop.commands.output import Json, examples, print_fields, print_json, print_table, progress, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careloop.messages.language import Words
    from careloop.tracking.following import Followed, Watch
    from patient_vision.camera import Frame, Source
    from patient_vision.observation import Observation, Tracker

FOLLOW = "follow"

Given = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A camera's number, a URL, a video, a folder of images; rendered-leg or rendered-board to try it.",
    ),
]
Markers = Annotated[bool, typer.Option("--markers", help="By plates with tags on the limb (track print).")]
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
Seconds = Annotated[float | None, typer.Option("--seconds", metavar="S", min=0.1, help="End after so long.")]
Show = Annotated[Path | None, typer.Option("--show", metavar="MP4", help="Write a video of what was seen.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw the angles: .png or .svg.")]
Output = Annotated[Path, typer.Option("--output", metavar="FILE", help="The calibration to write.")]
Sheet = Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="One sheet; may be repeated.")]
Printed = Annotated[Path, typer.Argument(metavar="FILE", help="The file to print: .pdf, or .png for one sheet.")]


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
        ),
    )(follow_source)
    group.command("calibrate", epilog=examples("careloop track calibrate 0 --output camera.yaml"))(calibrate)
    group.command(
        "print",
        epilog=examples("careloop track print plates.pdf", "careloop track print board.png --only chessboard"),
    )(print_plates)
    app.add_typer(
        group,
        name="track",
        help="Joint angles from pictures: calibrate a camera, print plates, follow a limb.\n\n"
        "careloop track SOURCE is short for careloop track follow SOURCE.",
        epilog=examples(seen),
    )


def follow_source(
    context: typer.Context,
    source: Given,
    markers: Markers = False,
    calibration: Camera = None,
    joint: Joints = ["knee"],  # noqa: B006  (Typer reads it and never alters it)
    side: Side = "right",
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
    from careloop.tracking.sources import source_named
    from patient_vision.calibration import read_calibration
    from patient_vision.markers import MarkerTracker
    from robot.errors import InputError

    if not markers:
        raise InputError("tracker-unchosen", field="track")
    if calibration is None:
        raise InputError("camera-uncalibrated", field="--calibration")
    if plot is not None:
        check_format(plot)
    words, camera = context.obj.words, read_calibration(calibration)
    tracker = MarkerTracker(camera, joint, side)
    given = source_named(source)
    with watching(given, tracker, show, words) as watch:
        frames = frames_until(given, seconds)
        if zero is not None:
            tracker = MarkerTracker(camera, joint, side, zero_from(frames, tracker, zero, watch))
        seen = follow(frames, tracker, watch)
    found = summary(tracker.joints, seen)
    if plot is not None:
        save_plot(plot, tracker.joints, seen, words)
    if as_json:
        print_json({"source": source, "summary": found, "video": show, "plot": plot, "samples": samples(tracker, seen)})
        return
    _print(found, words)
    for written in (show, plot):
        if written is not None:
            say(str(written))


@contextmanager
def watching(source: "Source", tracker: "Tracker", show: Path | None, words: "Words") -> "Iterator[Watch]":
    """A bar that advances with every frame, and the video where one is asked for."""
    from rich.progress import Progress

    from careloop.tracking.overlay import Video, drawn

    video = None if show is None else Video(show, source.rate_hz)
    with Progress(console=progress()) as bar, video or nullcontext():
        task = bar.add_task(words("track-bar"), total=source.frames)

        def watch(frame: "Frame", seen: "Observation") -> None:
            bar.advance(task)
            if video is not None:
                video.write(drawn(frame, seen, tracker.joints, words, hidden=source.live))

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


def _print(found: "Followed", words: "Words") -> None:
    columns = ("track-joint", "track-least", "track-largest", "track-std")
    rows = [
        (words.joint(one.joint), f"{one.least_deg:.1f}", f"{one.largest_deg:.1f}", f"{one.std_deg:.2f}")
        for one in found.joints
    ]
    print_table([words(code) for code in columns], rows)
    say("")
    say(
        words(
            "track-frames",
            frames=found.frames,
            seconds=f"{found.seconds:.1f}",
            degraded=f"{100.0 * found.degraded_share:.1f}",
            reprojection=f"{found.reprojection_px:.2f}",
        )
    )


def calibrate(
    context: typer.Context,
    source: Given,
    output: Output = Path("camera.yaml"),
    seconds: Seconds = None,
    as_json: Json = False,
) -> None:
    """Calibrate a camera from the printed chessboard, moved and tilted before it for half a minute.

    A calibration that leaves something open is refused, with what to do about it. Zoom and focus must stay as they are
    from then on.
    """
    from rich.progress import Progress

    from careloop.tracking.following import frames_until
    from careloop.tracking.sources import source_named
    from patient_vision.calibration import ViewFinder, calibrated, judge, write_calibration
    from patient_vision.observation import grey
    from robot.errors import DeviceError

    words, given, finder = context.obj.words, source_named(source), ViewFinder()
    with Progress(console=progress()) as bar:
        task = bar.add_task(words("track-views", views=0), total=given.frames)
        for frame in frames_until(given, seconds):
            finder.look(grey(frame.image))
            bar.update(task, advance=1, description=words("track-views", views=len(finder.views)))
    found = calibrated(finder.views, finder.size_px)
    judge(found)
    try:
        write_calibration(found, output)
    except OSError as problem:
        raise DeviceError("calibration-not-written", file=output, reason=problem.strerror or str(problem)) from problem
    if as_json:
        print_json({"file": output, **found.model_dump()})
        return
    print_fields(
        {
            words("camera-file"): output,
            words("camera-reprojection"): f"{found.reprojection_px:.2f} px",
            words("camera-focal"): f"{found.focal_px[0]:.1f} px (± {100.0 * found.focal_share:.2f} %)",
            words("camera-views"): found.views,
            words("camera-coverage"): f"{100.0 * found.coverage:.0f} %",
        }
    )


def print_plates(context: typer.Context, file: Printed, only: Sheet = None) -> None:
    """Write the sheets to print on A4: the chessboard, and a plate with two tags for each segment of a limb.

    Print without scaling, check the ruler at the edge, and stick each sheet on something stiff and flat.
    """
    from careloop.tracking.sheets import SHEETS, print_sheets

    print_sheets(file, only or SHEETS, context.obj.words)
    say(str(file))
