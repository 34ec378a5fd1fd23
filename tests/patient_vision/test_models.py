"""A network is used only if it is the published one, and its absence is one line with the remedy."""

import zipfile
from pathlib import Path

import pytest

from patient_vision import models
from robot.errors import CheckFailed, DeviceError, InputError


def archive(folder: Path, contents: dict[str, bytes]) -> Path:
    path = folder / "some.whl"
    with zipfile.ZipFile(path, "w") as file:
        for place, data in contents.items():
            file.writestr(place, data)
    return path


def test_without_a_model_its_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        models.content(models.DETECTOR, tmp_path)
    assert refused.value.code == "model-missing"
    assert refused.value.values["file"] == str(tmp_path / "models" / "pose_detection.tflite")


def test_a_model_that_was_altered_is_never_used(tmp_path: Path) -> None:
    path = models.LANDMARKS.path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"something else")
    with pytest.raises(CheckFailed, match="model-altered"):
        models.content(models.LANDMARKS, tmp_path)


@pytest.mark.parametrize("contents", [{}, {model.place: b"something else" for model in models.MODELS}])
def test_an_archive_with_other_models_leaves_nothing_behind(tmp_path: Path, contents: dict[str, bytes]) -> None:
    with pytest.raises(CheckFailed, match="model-altered"):
        models.keep(archive(tmp_path, contents), tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_file_that_is_no_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "some.whl"
    path.write_bytes(b"cut off")
    with pytest.raises(CheckFailed, match="model-altered"):
        models.keep(path, tmp_path)


def test_a_registry_that_cannot_be_reached_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(DeviceError, match="models-not-fetched"):
        models.fetch(tmp_path)


@pytest.mark.sweep
def test_what_the_registry_sends_is_what_was_published(tmp_path: Path) -> None:
    try:
        paths = models.fetch(tmp_path)
    except DeviceError:
        pytest.skip("the registry cannot be reached from here")
    assert paths == tuple(model.path(tmp_path) for model in models.MODELS)
    assert all(models.content(model, tmp_path) for model in models.MODELS)
