"""careloop track from end to end, on synthetic sources and on files that were made of them."""

import io
import json
import math
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Picture

from careloop.__main__ import main
from careloop.messages.language import Words
from careloop.tracking.following import follow
from careloop.tracking.overlay import drawn
from careloop.tracking.sheets import SHEETS
from careloop.tracking.sources import source_named
from patient_vision.boards import CHESSBOARD, SEGMENTS, plate_corners
from patient_vision.calibration import ViewFinder, read_calibration, write_calibration
from patient_vision.camera import Frame
from patient_vision.markers import MarkerTracker, found_tags
from patient_vision.observation import Observation
from patient_vision.render import FOCAL_PX, HEIGHT, PINHOLE, WIDTH, RenderedLeg

PLATE = {tag: plate_corners(tag) for tag in SEGMENTS["shank"]}


def run(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([str(one) for one in arguments])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    write_calibration(PINHOLE, tmp_path / "camera.yaml")
    return tmp_path / "camera.yaml"


def leg_video(path: Path, frames: int = 12) -> Path:
    """A leg whose knee bends by 5° a frame."""
    leg = RenderedLeg(lambda t: math.radians(150.0 * t))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, (WIDTH, HEIGHT))
    for index in range(frames):
        writer.write(cv2.cvtColor(leg.draw(index / 30.0), cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def test_a_calibration_and_then_a_limb(tmp_path: Path) -> None:
    status, printed, _ = run("track", "calibrate", "rendered-board", "--output", tmp_path / "c.yaml", "--json")
    assert status == 0
    told = json.loads(printed)
    assert told["file"] == str(tmp_path / "c.yaml")
    assert read_calibration(tmp_path / "c.yaml").focal_px == pytest.approx((FOCAL_PX, FOCAL_PX), rel=5e-3)
    video, plot = tmp_path / "seen.mp4", tmp_path / "seen.png"
    given = ("--markers", "--calibration", tmp_path / "c.yaml", "--zero", 0.5, "--seconds", 2)
    status, printed, _ = run("track", "rendered-leg", *given, "--show", video, "--plot", plot, "--json")
    assert status == 0
    told = json.loads(printed)
    (knee,) = told["summary"]["joints"]
    assert knee["least_deg"] == pytest.approx(0.0, abs=0.3)
    assert knee["largest_deg"] == pytest.approx(60.0, abs=0.3)
    samples = told["samples"]
    true = [30.0 * (1.0 - math.cos(math.pi * max(0.0, t - 1.0))) for t in samples["time_s"]]
    errors = [
        seen - angle for seen, angle, bad in zip(samples["knee_deg"], true, samples["degraded"], strict=True) if not bad
    ]
    assert np.abs(errors).max() < 0.5
    assert told["summary"]["degraded_share"] == pytest.approx(np.mean(samples["degraded"]))
    written = cv2.VideoCapture(str(video))
    assert written.get(cv2.CAP_PROP_FRAME_COUNT) == 61  # two seconds, the zero pose among them
    assert Picture.open(plot).size[0] > 800


def test_a_videos_angles_come_in_its_order(tmp_path: Path, camera: Path) -> None:
    status, printed, _ = run("track", leg_video(tmp_path / "a.avi"), "--markers", "--calibration", camera, "--json")
    assert status == 0
    assert json.loads(printed)["samples"]["knee_deg"] == pytest.approx([5.0 * index for index in range(12)], abs=0.3)


def test_a_video_that_is_cut_off_is_one_line(tmp_path: Path, camera: Path) -> None:
    whole = leg_video(tmp_path / "whole.avi", 60).read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 2])
    status, printed, told = run("track", tmp_path / "cut.avi", "--markers", "--calibration", camera)
    assert (status, printed) == (2, "")
    assert "of 60 frames" in told.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["rendered-leg"], 2, "--markers"),
        (["rendered-leg", "--markers"], 2, "--calibration"),
        (["rendered-leg", "--markers", "--calibration", "nowhere.yaml"], 2, "nowhere.yaml"),
        (["rendered-leg", "--markers", "--calibration", "camera.yaml", "--joint", "wrist"], 2, "wrist"),
        (["rendered-leg", "--markers", "--calibration", "camera.yaml", "--show", "a.txt"], 2, ".mp4"),
        (["rendered-leg", "--markers", "--calibration", "camera.yaml", "--plot", "a.txt"], 2, ".png"),
        (["rendered-leg", "--markers", "--calibration", "camera.yaml", "--zero", "2"], 1, "knee"),
        (["rendered-leg", "--markers", "--calibration", "camera.yaml", "--zero", "nan"], 2, "--zero"),
        (["rendered-leg", "--markers", "--calibration", "camera.yaml", "--seconds", "-1"], 2, "--seconds"),
        (["rendered-board", "--markers", "--calibration", "camera.yaml", "--seconds", "0.2"], 1, "no joint"),
        (["nowhere.mp4", "--markers", "--calibration", "camera.yaml"], 2, "nowhere.mp4"),
        (["97", "--markers", "--calibration", "camera.yaml"], 3, "97"),
        (["calibrate", "rendered-leg", "--seconds", "0.5"], 1, "views"),
        (["calibrate", "rendered-board", "--output", "no/such/folder.yaml"], 3, "folder.yaml"),
        (["print", "a.txt"], 2, ".pdf"),
        (["print", "a.png"], 2, "--only"),
        (["print", "a.pdf", "--only", "tail"], 2, "tail"),
        (["print", "no/such/a.pdf"], 3, "a.pdf"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], status: int, says: str, camera: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(camera.parent)
    got, printed, told = run("track", *arguments)
    assert (got, printed) == (status, "")
    last = told.strip().splitlines()[-1]
    assert says in last and "unexpectedly" not in last


def test_the_printed_sheets_are_what_a_camera_looks_for_in_their_true_size(tmp_path: Path) -> None:
    """300 dots an inch, looked at as 100."""
    for name in ("shank", "chessboard"):
        assert run("track", "print", tmp_path / "sheet.png", "--only", name)[0] == 0
        printed = np.asarray(Picture.open(tmp_path / "sheet.png").convert("L"))
        assert printed.shape == pytest.approx((0.210 * 300 / 0.0254, 0.297 * 300 / 0.0254), abs=1.0)
        page = np.asarray(cv2.resize(printed, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA), np.uint8)
        if name == "shank":
            tags = found_tags(page)
            assert set(tags) == set(SEGMENTS["shank"])
            seen, true = (np.vstack([corners[tag] for tag in tags]) for corners in (tags, PLATE))
        else:
            finder = ViewFinder()
            assert finder.look(page)
            seen, true = finder.views[0].seen, finder.views[0].board
            assert len(seen) == np.prod(np.array(CHESSBOARD.getChessboardSize()) - 1)
        spans = [np.linalg.norm(points - points.mean(axis=0), axis=1) for points in (seen, true)]
        assert spans[0] == pytest.approx(spans[1] * 100 / 0.0254, rel=2e-3, abs=0.3)  # a printer does no better


def test_the_printed_file_has_a_page_for_each_sheet_in_chinese_too(tmp_path: Path) -> None:
    path = tmp_path / "plates.pdf"
    assert run("--lang", "zh", "track", "print", path)[0] == 0
    assert path.read_bytes().count(b"/Type /Page ") == len(SHEETS)


def test_a_live_sources_video_does_not_show_the_patient() -> None:
    first = next(iter(source_named("rendered-leg")))
    tracker = MarkerTracker(PINHOLE)
    seen = tracker.observe(first)
    hidden = drawn(first, seen, ("knee",), Words(), hidden=True)
    shown = drawn(first, seen, ("knee",), Words(), hidden=False)
    other = Frame(np.full((HEIGHT, WIDTH), 7, np.uint8), 0.0, 0)
    assert np.array_equal(hidden, drawn(other, seen, ("knee",), Words(), hidden=True))
    assert not np.array_equal(shown, hidden)
    assert np.count_nonzero(hidden) > 100  # the lines and the words


def test_an_interruption_ends_the_frames_and_leaves_what_was_seen_until_then() -> None:
    tracker, shown = MarkerTracker(PINHOLE), []

    def watch(frame: Frame, seen: Observation) -> None:
        if frame.index == 3:
            raise KeyboardInterrupt
        shown.append(seen)

    assert follow(source_named("rendered-leg"), tracker, watch) == shown
    assert len(shown) == 3


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_black_pictures_and_a_text_are_one_line_on_the_error_stream(
    tmp_path: Path, camera: Path, more: tuple[str, ...]
) -> None:
    (tmp_path / "notes.txt").write_text("not one picture\n" * 100)
    black = tmp_path / "black"
    black.mkdir()
    for name in ("0.png", "1.png"):
        cv2.imwrite(str(black / name), np.zeros((HEIGHT, WIDTH), np.uint8))
    for source, status, says in ((tmp_path / "notes.txt", 2, "cannot be read as a video"), (black, 1, "no plate")):
        ended, printed, told = run("track", source, "--markers", "--calibration", camera, *more)
        assert (ended, printed) == (status, "")
        assert says in told.splitlines()[-1]


def test_help_has_an_example_of_every_subcommand() -> None:
    _, printed, _ = run("track", "--help")
    examples = printed.partition("Examples:")[2]
    for name in ("print", "calibrate", "rendered-leg", "zero", "models"):
        assert f"careloop track {name}" in examples
        _, printed, _ = run("track", name.replace("rendered-leg", "follow"), "--help")
        assert "careloop track" in printed.partition("Example")[2]


def test_help_reads_no_opencv() -> None:
    code = "import sys; from careloop.__main__ import main; main(['track', '--help']); sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=200, check=False).returncode == 0


def test_the_words_are_the_therapists_own(camera: Path) -> None:
    given: Any = ("rendered-leg", "--markers", "--calibration", camera, "--seconds", "0.3")
    _, printed, _ = run("--lang", "zh", "track", *given)
    assert "膝" in printed and "knee" not in printed
