"""careloop trial repeats a trial of `validate`; validate --patients tries people who were sampled."""

import json

import pytest
from PIL import Image

from careloop.__main__ import main
from careloop.build import shipped_plans
from sim_models.trials.cases import case_of
from sim_models.trials.gates import judge
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.trial import run_trial
from tests.sim_models.trials_kit import SHIPPED


def test_a_trial_alone_gives_the_figures_that_it_has_among_all(capsys):
    matrix = standard_matrix()
    case = case_of(SHIPPED.plan, matrix, "weak", "sensor-noise", {})
    wanted = judge(run_trial(SHIPPED.controller({}, case.repetitions), case, matrix), case, SHIPPED.plan, matrix.gates)
    assert main(["trial", "knee-walking", "--patient", "weak", "--condition", "sensor-noise", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(wanted.figures))


def test_a_trial_that_breaks_a_gate_is_told_and_drawn_with_status_1(tmp_path, capsys):
    text = (
        shipped_plans()["knee-walking"].read_text(encoding="utf-8").replace("cuff: {force: 150}", "cuff: {force: 10}")
    )
    (tmp_path / "tight.yaml").write_text(text, encoding="utf-8")
    asked = ["trial", str(tmp_path / "tight.yaml"), "--set", "motion.speed=0.35", "--picture", str(tmp_path / "t.png")]
    assert main(asked) == 1
    printed = capsys.readouterr().out
    assert "over 10 N" in printed
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--patient", "nobody"], "there is no virtual patient named nobody"),
        (["--condition", "earthquake"], "there is no condition named earthquake"),
        (["--set", "motion.speed=9"], "motion.speed"),
        (["--set", "motion.speed"], "--set"),
        (["--picture", "trial.gif"], "--picture"),
        (["--animation", "trial.mp4"], "--animation: a picture's name ends with one of .gif"),
    ],
)
def test_bad_input_is_one_line_and_status_2(given, told, capsys):
    assert main(["trial", "knee-walking", *given]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert told in line


def test_a_trial_that_stops_in_its_first_tick_is_told_like_any_other(tmp_path, capsys):
    text = shipped_plans()["knee-walking"].read_text(encoding="utf-8")
    (tmp_path / "wary.yaml").write_text(text.replace("spasm: {torque: 20", "spasm: {torque: 0.5"), encoding="utf-8")
    assert main(["trial", str(tmp_path / "wary.yaml")]) == 1
    assert "stopped safely (spasm)" in capsys.readouterr().out


def test_a_trial_is_drawn_as_it_moved_or_told_in_one_line_where_it_cannot_be_written(tmp_path, capsys):
    text = (
        shipped_plans()["knee-walking"].read_text(encoding="utf-8").replace("spasm: {torque: 20", "spasm: {torque: 2")
    )
    (tmp_path / "touchy.yaml").write_text(text, encoding="utf-8")
    asked = ["trial", str(tmp_path / "touchy.yaml"), "--animation"]
    assert main([*asked, str(tmp_path / "trial.gif")]) == 1
    assert "stopped safely (spasm)" in capsys.readouterr().out
    with Image.open(tmp_path / "trial.gif") as picture:
        assert picture.n_frames > 2
    assert main([*asked, str(tmp_path / "no" / "trial.gif")]) == 3
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "cannot be written" in line


def test_sampled_patients_are_tried_told_and_nothing_is_signed(tmp_path, capsys):
    asked = ["--home", str(tmp_path), "validate", "knee-walking", "--patients", "2", "--seed", "7", "--jobs", "1"]
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["patient"] for one in told["trials"]] == ["frail-elderly.7.1", "multiple-sclerosis-fatigue.7.1"]
    assert told["profiles"] == {one["patient"][:-4]: {"served": 1, "tried": 1} for one in told["trials"]}
    assert [file.suffix for file in (tmp_path / "proofs").iterdir()] == [".html"]
    capsys.readouterr()
    assert main([*asked, "--profile", "nobody"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("there is no profile nobody")
