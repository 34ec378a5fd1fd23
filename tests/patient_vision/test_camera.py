"""Sources against what they were made of: files written here, and a camera that is a stream from this process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from patient_vision import camera
from patient_vision.camera import LARGEST_PIXELS, Camera, Image, Rendered, fitted, open_source
from robot.errors import CareloopError, DeviceError, InputError


def picture(index: int, height: int = 48, width: int = 64) -> Image:
    """A frame whose brightness tells its index."""
    return np.full((height, width, 3), 10 + 5 * index % 240, np.uint8)


def video(path: Path, frames: int = 20, rate_hz: float = 25.0, kind: str = "MJPG") -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*kind), rate_hz, (64, 48))
    for index in range(frames):
        writer.write(picture(index))
    writer.release()
    return path


def code_of(work: Callable[[], object], kind: type[CareloopError]) -> str:
    with pytest.raises(kind) as refused:
        work()
    return refused.value.code


@pytest.mark.parametrize("name", ["notes.txt", "notes.nfo", "notes.asc", "notes.mp4"])
def test_a_text_is_no_video_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("not one picture\n" * 100)
    assert code_of(lambda: list(open_source(str(path))), InputError) == "video-unreadable"


@pytest.mark.parametrize(("name", "kind"), [("a.avi", "MJPG"), ("a.mp4", "mp4v")])
@pytest.mark.parametrize("rate_hz", [1.0, 25.0, 60.0])
def test_a_video_gives_its_frames_at_its_own_times(tmp_path: Path, name: str, kind: str, rate_hz: float) -> None:
    source = open_source(str(video(tmp_path / name, 20, rate_hz, kind)))
    frames = list(source)
    assert not source.live and source.frames == 20 and source.rate_hz == pytest.approx(rate_hz)
    assert [frame.index for frame in frames] == list(range(20))
    assert [frame.captured_s for frame in frames] == pytest.approx([index / rate_hz for index in range(20)], abs=2e-3)
    means = [float(frame.image.mean()) for frame in frames]
    assert means == pytest.approx([10 + 5 * index for index in range(20)], abs=4.0)


def test_a_video_that_is_cut_off_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.avi", 100).read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) // 2])
    seen: list[int] = []
    with pytest.raises(InputError) as refused:
        seen.extend(frame.index for frame in open_source(str(cut)))
    assert refused.value.code == "video-cut-off"
    assert refused.value.values["frames"] == len(seen)
    assert 40 < len(seen) < 60


@pytest.mark.parametrize("content", [b"", b"not a video", b"\x00" * 5000])
def test_a_file_that_is_no_video_is_one_refusal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert code_of(lambda: list(open_source(str(path))), InputError) == "video-unreadable"


def test_an_mp4_without_its_index_is_one_refusal(tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.mp4", kind="mp4v").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    assert code_of(lambda: list(open_source(str(cut))), InputError) == "video-unreadable"


def test_a_folder_gives_its_images_in_order_and_names_the_one_that_it_cannot_read(tmp_path: Path) -> None:
    for index in (2, 0, 1):
        cv2.imwrite(str(tmp_path / f"{index}.png"), picture(index))
    (tmp_path / "notes.txt").write_text("no image")
    assert [int(frame.image[0, 0, 0]) for frame in open_source(str(tmp_path))] == [10, 15, 20]
    (tmp_path / "3.png").write_bytes(b"no image either")
    assert code_of(lambda: list(open_source(str(tmp_path))), InputError) == "image-unreadable"
    (tmp_path / "empty").mkdir()
    assert code_of(lambda: open_source(str(tmp_path / "empty")), InputError) == "folder-without-images"


def test_a_picture_of_twenty_megapixels_is_scaled_down_in_its_own_shape(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), picture(3, 3648, 5472))
    (frame,) = open_source(str(tmp_path))
    height, width = frame.image.shape[:2]
    assert height * width <= LARGEST_PIXELS
    assert width / height == pytest.approx(5472 / 3648, rel=1e-3)
    assert fitted(picture(0)).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        ("no-such-file.mp4", InputError, "source-unknown"),
        ("", InputError, "source-unknown"),
        ("99", DeviceError, "camera-missing"),
        ("/dev/null", DeviceError, "camera-missing"),
        ("http://127.0.0.1:9/stream", DeviceError, "camera-missing"),
    ],
)
def test_a_source_that_is_not_there_is_one_line_and_nothing_else(
    given: str, kind: type[CareloopError], code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert code_of(lambda: list(open_source(given)), kind) == code
    assert capfd.readouterr().err == ""


def test_a_rendered_source_is_stamped_with_the_time_that_it_draws() -> None:
    frames = list(Rendered(lambda t: np.full((2, 2), round(100 * t), np.uint8), 10.0, 4))
    assert [(frame.captured_s, int(frame.image[0, 0])) for frame in frames] == [
        (0.0, 0),
        (0.1, 10),
        (0.2, 20),
        (0.3, 30),
    ]


@contextmanager
def stream(pictures: Callable[[], Iterator[Image]]) -> Iterator[str]:
    """The address of a network camera that sends these pictures, and closes the line after the last."""

    class Sends(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for image in pictures():
                jpeg = cv2.imencode(".jpg", image)[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + jpeg + b"\r\n")
                except OSError:  # whoever watched has gone
                    return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name in the library)
            """Nothing: the tests' output is for failures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sends)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stream"
    finally:
        server.shutdown()
        server.server_close()


def noise(index: int) -> Image:
    return np.random.default_rng(index).integers(0, 255, (48, 64, 3), np.uint8)


def moving(frames: int) -> Iterator[Image]:
    for index in range(frames):
        time.sleep(0.02)
        yield noise(index)


def watched(address: str) -> tuple[list[float], str]:
    """The stamps of a live source's frames, and how it ended."""
    stamps: list[float] = []
    with pytest.raises(DeviceError) as ended:
        stamps.extend(frame.captured_s for frame in open_source(address))
    return stamps, ended.value.code


def test_a_live_source_is_stamped_on_the_monotonic_clock_and_its_end_is_a_lost_camera() -> None:
    begun = time.monotonic()
    with stream(lambda: moving(40)) as address:
        stamps: list[float] = []
        source = open_source(address)
        assert source.live and source.frames is None
        with pytest.raises(DeviceError) as ended:
            for frame in source:
                assert frame.captured_s <= time.monotonic()
                stamps.append(frame.captured_s)
    assert ended.value.code == "camera-lost"
    assert len(stamps) > 5
    assert begun < stamps[0] and all(one < other for one, other in pairwise(stamps))


def test_a_frozen_camera_gives_no_new_frame_and_then_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "SILENT_S", 0.5)

    def frozen() -> Iterator[Image]:
        yield from moving(20)
        for _ in range(200):
            time.sleep(0.02)
            yield noise(19)

    with stream(frozen) as address:
        stamps, code = watched(address)
    assert code == "camera-silent"
    assert 1 <= len(stamps) <= 20


def test_a_reader_that_is_slow_gets_the_newest_frame_and_not_the_next() -> None:
    with stream(lambda: moving(60)) as address:
        seen = []
        for frame in Camera(address):
            seen.append(frame.index)
            time.sleep(0.15)  # some seven frames of the stream
            if len(seen) == 5:
                break
    assert all(after - before > 1 for before, after in pairwise(seen))
