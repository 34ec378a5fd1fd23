"""careloop profiles: what it prints, draws and refuses."""

import json
import re
from pathlib import Path

import pytest
from matplotlib.image import imread

from careloop.__main__ import main
from sim_models.virtual_patient.population import patient_named, population
from sim_models.virtual_patient.profile import (
    AdaptationSpread,
    BodySpread,
    JointSpread,
    MusclesSpread,
    ReflexSpread,
    TremorSpread,
    shipped_profiles,
)


def test_every_profile_is_listed_and_called_synthetic(capsys):
    assert main(["profiles", "list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in shipped_profiles())
    assert printed.splitlines()[-1].startswith("synthetic: ")
    assert main(["--lang", "zh", "profiles", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("合成数据")


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_profile_shows_every_joint_of_both_sides(name, capsys):
    assert main(["profiles", "show", name]) == 0
    printed = capsys.readouterr().out
    assert sum(line.startswith(("left ", "right ")) for line in printed.splitlines()) == 16
    assert main(["profiles", "show", name, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["synthetic"] is True
    assert told["typical"]["left"]["knee"]["effort"] == patient_named(name).left.knee.effort


def test_the_same_seed_gives_the_same_people(capsys):
    asked = ["profiles", "sample", "frail-elderly", "--patients", "3", "--seed", "7", "--json"]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told] == [f"frail-elderly.7.{number}" for number in (1, 2, 3)]
    people = population("frail-elderly", 3, 7)
    assert [one["body"]["mass_kg"] for one in told] == [one.body.mass_kg for one in people]
    assert main(asked[:-1]) == 0
    assert "frail-elderly.7.3" in capsys.readouterr().out


def test_the_picture_shows_a_person_whose_sides_differ(tmp_path, capsys):
    file = tmp_path / "patient.png"
    assert main(["profiles", "show", "stroke-right-severe", "--picture", str(file)]) == 0
    pixels = imread(file)[..., :3]
    blue, yellow = (pixels[..., 2] - pixels[..., 0], pixels[..., 0] - pixels[..., 2])
    assert (yellow > 0.3).mean() > 0.01
    assert (blue > 0.1).mean() > 0.01
    assert main(["profiles", "show", "stroke-right-severe", "--picture", str(tmp_path / "patient.txt")]) == 2
    assert main(["profiles", "show", "stroke-right-severe", "--picture", str(tmp_path / "none" / "it.png")]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_profile_that_cannot_be_is_told_in_one_line_of_the_readers_language(tmp_path, capsys):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "careloop: 1\nname: mine\nabout: nobody\nbody: {height_m: 2, mass_kg: 9, sex: male, age_years: 30}\n"
    )
    for language, words in (("en", "choose 32 to 600 kg"), ("zh", "请选择 32 至 600 kg")):
        assert main(["--lang", language, "profiles", "show", str(file)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("mine.yaml: body.mass_kg: ")
        assert line.endswith(words)
    for asked in ("nobody", "nowhere/mine.yaml"):
        assert main(["profiles", "show", asked]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_page_on_patients_names_every_field_and_every_impairment():
    page = (Path(__file__).parents[2] / "docs" / "patients.md").read_text()
    models = (MusclesSpread, AdaptationSpread, TremorSpread, JointSpread, BodySpread)
    named = {name for model in (*models, ReflexSpread) for name in model.model_fields}
    assert {name for name in named if not re.search(rf"`([a-z]+\.)?{name}(\.[a-z_]+)?`", page)} == set()
