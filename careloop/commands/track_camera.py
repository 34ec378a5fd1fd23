"""careloop track calibrate, zero, print, models: what a camera needs before it can follow a limb."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, print_fields, print_json, progress, say

if TYPE_CHECKING:
    from careloop.messages.language import Words
    from patient_vision.calibration import Calibration
    from patient_vision.camera import Frame

Given = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A camera's number, a URL, a video, a folder of images; rendered-leg or rendered-board to try it.",
    ),
]
Seconds = Annotated[float | None, typer.Option("--seconds", metavar="S", min=0.1, help="End after so long.")]
Output = Annotated[Path, typer.Option("--output", metavar="FILE", help="The calibration to write.")]
Robot = Annotated[str, typer.Argument(metavar="ROBOT", help="A robot's name (robot list), or its file.")]
Held = Annotated[float, typer.Option("--seconds", metavar="S", min=0.3, max=60.0, help="For how long it is held.")]
Sheet = Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="One sheet; may be repeated.")]
Printed = Annotated[Path, typer.Argument(metavar="FILE", help="The file to print: .pdf, or .png for one sheet.")]


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
    import errno
    import os

    from patient_vision.calibration import judge, write_calibration
    from robot.errors import DeviceError

    if not output.parent.is_dir():  # before half a minute of work
        raise DeviceError("calibration-not-written", file=output, reason=os.strerror(errno.ENOENT))
    found = _calibrated(source, seconds, context.obj.words)
    judge(found)
    try:
        write_calibration(found, output)
    except OSError as problem:
        raise DeviceError("calibration-not-written", file=output, reason=problem.strerror or str(problem)) from problem
    if as_json:
        print_json({"file": output, **found.model_dump()})
    else:
        _print(found, output, context.obj.words)


def _calibrated(source: str, seconds: float | None, words: "Words") -> "Calibration":
    """What the source's views of the chessboard determine, good enough or not."""
    from rich.progress import Progress

    from careloop.tracking.following import frames_until, until_interrupted
    from careloop.tracking.sources import source_named
    from patient_vision.calibration import ViewFinder, calibrated
    from patient_vision.observation import grey

    given, finder = source_named(source), ViewFinder()
    with Progress(console=progress()) as bar:
        task = bar.add_task(words("track-views", views=0), total=given.frames)

        def look(frame: "Frame") -> None:
            finder.look(grey(frame.image))
            bar.update(task, advance=1, description=words("track-views", views=len(finder.views)))

        until_interrupted(frames_until(given, seconds), look)
    return calibrated(finder.views, finder.size_px)


def _print(found: "Calibration", output: Path, words: "Words") -> None:
    print_fields(
        {
            words("camera-file"): output,
            words("camera-reprojection"): f"{found.reprojection_px:.2f} px",
            words("camera-focal"): f"{found.focal_px[0]:.1f} px (± {100.0 * found.focal_share:.2f} %)",
            words("camera-views"): found.views,
            words("camera-coverage"): f"{100.0 * found.coverage:.0f} %",
        }
    )


def measure_zero(context: typer.Context, robot: Robot, seconds: Held = 2.0, as_json: Json = False) -> None:
    """Measure where the plates on a patient have their zero, for the robot's next session.

    The limb is held at zero before the robot's own camera: straight, the foot square. It is kept for an hour; whoever
    moves a plate measures it again.
    """
    from math import degrees

    from rich.progress import Progress

    from careloop.tracking.zeroing import zero_of
    from robot.description import load_robot

    words = context.obj.words
    with Progress(console=progress()) as bar:
        task = bar.add_task(words("zero-bar"), total=None)
        path, zero, askew = zero_of(load_robot(robot), context.obj.home.prepare(), seconds, lambda: bar.advance(task))
    told = {joint: degrees(angle) for joint, angle in askew.items()}
    if as_json:
        print_json({"file": path, **zero.model_dump(mode="json"), "askew_deg": told})
        return
    print_fields({words.joint(joint): f"{angle:.1f}°" for joint, angle in told.items()})
    say(words("zero-holds"))
    say(str(path))


def print_plates(context: typer.Context, file: Printed, only: Sheet = None) -> None:
    """Write the sheets to print on A4: the chessboard, and a plate with two tags for each segment of a limb.

    Print without scaling, check the ruler at the edge, and stick each sheet on something stiff and flat.
    """
    from careloop.tracking.sheets import SHEETS, print_sheets

    print_sheets(file, only or SHEETS, context.obj.words)
    say(str(file))


def fetch_models(context: typer.Context) -> None:
    """Fetch the pose networks, some 36 MB, through the package registry's client, and keep them in the data home."""
    from patient_vision.models import fetch

    with progress().status(context.obj.words("track-fetching")):
        paths = fetch(context.obj.home.prepare().root)
    for path in paths:
        say(str(path))
