"""The two networks of the pose tracker: fetched by the registry's own client, checked by hash, kept in the data home.

They are taken out of an archive of the mediapipe package (Apache-2.0) that is never installed: it brings a second
OpenCV, and its newer versions report on their use.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from robot.errors import CheckFailed, DeviceError, InputError

PACKAGE = "mediapipe==0.10.21"

# Any system may fetch it: two files are read from it, and no code.
_ASK = ("--no-deps", "--only-binary=:all:", "--platform=manylinux_2_28_x86_64", "--python-version=3.11")


@dataclass(frozen=True, slots=True)
class Model:
    """One network: its file's name, where it stands in the archive, and its SHA-256."""

    name: str
    place: str
    sha256: str

    def path(self, home: Path) -> Path:
        """Where it is kept in the data home."""
        return home / "models" / self.name


DETECTOR = Model(
    "pose_detection.tflite",
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
LANDMARKS = Model(
    "pose_landmark_full.tflite",
    "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
)
MODELS = (DETECTOR, LANDMARKS)


def content(model: Model, home: Path) -> bytes:
    """A model's bytes; InputError where it was not fetched yet, CheckFailed where it is not what was published."""
    path = model.path(home)
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InputError("model-missing", file=str(path)) from problem
    _check(data, model, str(path))
    return data


def fetch(home: Path) -> tuple[Path, ...]:
    """Fetch the archive, some 36 MB, and keep its two models; returns where they are.

    Raises DeviceError where the registry cannot be reached, CheckFailed where a model is not what was published.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder, *_ASK, PACKAGE)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        archives = sorted(Path(folder).glob("*.whl"))
        if done.returncode or not archives:
            reason = (done.stderr.strip().splitlines() or ["no archive came"])[-1]
            raise DeviceError("models-not-fetched", package=PACKAGE, reason=reason)
        return keep(archives[0], home)


def keep(archive: Path, home: Path) -> tuple[Path, ...]:
    """Take the models out of an archive into the data home, once all of them were checked."""
    try:
        with zipfile.ZipFile(archive) as file:
            found = {model: file.read(model.place) for model in MODELS}
    except (KeyError, OSError, zipfile.BadZipFile) as problem:
        raise CheckFailed("model-altered", file=str(archive)) from problem
    for model, data in found.items():
        _check(data, model, str(archive))
    for model, data in found.items():
        path = model.path(home)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(data)
        partial.replace(path)
    return tuple(model.path(home) for model in MODELS)


def _check(data: bytes, model: Model, file: str) -> None:
    if hashlib.sha256(data).hexdigest() != model.sha256:
        raise CheckFailed("model-altered", file=file)
