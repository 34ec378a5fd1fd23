"""careloop track --pose: what it refuses in one line, and what it says of a walk."""

import json
from pathlib import Path

import pytest

from careloop.__main__ import main
from tests.patient_vision.material import SPORTS, material, models_home

LAWN = ["--side", "left", "--facing", "left", "--region", "0", "0.55", "0.9", "1"]


def track(home: Path, *options: str) -> int:
    return main(["--home", str(home), "track", *options])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "--facing: say to which side of the picture the patient faces"),
        (["--markers"], "track: choose how: --markers or --pose, one of them"),
        (["--facing", "left", "--zero", "2"], "--zero: a zero pose is for plates"),
        (["--facing", "left", "--region", "0.5", "0", "0.5", "1"], "--region: 0.5 0 0.5 1 is no part of the picture"),
        (["--facing", "left", "--region", "nan", "0", "1", "1"], "--region: nan 0 1 1 is no part of the picture"),
        (["--facing", "left"], "models/pose_detection.tflite: the pose network is not there yet: fetch it with"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert track(tmp_path, "rendered-leg", "--pose", *options) == 2
    errors = capsys.readouterr().err
    assert told in errors
    assert errors.count("\n") == 1


def test_a_joint_that_is_not_projected_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert track(models_home(), "rendered-leg", "--pose", "--facing", "left", "--joint", "elbow") == 2
    assert "the pose network gives no elbow: choose among hip, knee, ankle" in capsys.readouterr().err


def test_a_rendered_leg_is_no_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert track(models_home(), "rendered-leg", "--pose", "--facing", "left", "--seconds", "0.5") == 1


def test_a_walk_is_told_as_projected_with_the_share_of_what_was_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    video = str(material(*SPORTS))
    assert track(models_home(), video, "--pose", *LAWN, "--joint", "knee", "--seconds", "3", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    (knee,) = said["summary"]["joints"]
    assert knee["joint"] == "knee"
    assert 50.0 < knee["largest_deg"] < 100.0
    assert 0.0 < said["summary"]["degraded_share"] < 1.0
    assert len(said["samples"]["knee_deg"]) == said["summary"]["frames"]
