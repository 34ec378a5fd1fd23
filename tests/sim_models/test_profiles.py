"""Profiles: the shipped ones, what a file may not say, and the population sampled from one."""

from dataclasses import astuple, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.errors import InputError
from sim_models.virtual_patient import STANDARD
from sim_models.virtual_patient.population import patient_named, population, sampled
from sim_models.virtual_patient.profile import FOLDER, Profile, load_profile, shipped_profiles

STROKE = (FOLDER / "stroke-left-moderate.yaml").read_text()


def flat(value: object) -> list[object]:
    return [one for part in value for one in flat(part)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_shipped_profile_is_named_as_its_file_says_it_is_synthetic_and_has_a_typical_patient(name):
    profile = load_profile(name)
    assert profile.name == name
    assert (FOLDER / f"{name}.yaml").read_text().startswith("# Synthetic: ")
    assert profile.typical.name == name
    assert patient_named(name) == profile.typical
    assert name not in STANDARD


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_hundred_patients_are_within_the_profiles_ranges_and_differ(name):
    profile = load_profile(name)
    people = population(name, 100, 7)
    assert len({patient.name for patient in people}) == len(set(people)) == 100
    corners = [flat(astuple(profile.drawn("", lambda pair, end=end: pair[end]))) for end in (0, 1)]
    for patient in people:
        # Names and sexes are no numbers; a range of angles is the same in all.
        for value, low, high in zip(flat(astuple(replace(patient, name=""))), *corners, strict=True):
            assert not isinstance(value, float) or low <= value <= high
    assert {patient.body.sex for patient in people} == {"female", "male"}
    for side in ("left", "right"):
        spread = getattr(profile, side).knee or getattr(profile, side).every
        efforts = [patient.state("knee", side).effort for patient in people]
        assert max(efforts) - min(efforts) >= 0.8 * (spread.effort[1] - spread.effort[0]) > 0.0


@given(seed=st.integers(0, 10**6), number=st.integers(1, 10**6))
def test_a_sampled_patient_can_be_made_again_by_name(seed, number):
    patient = sampled(load_profile("frail-elderly"), seed, number)
    assert patient_named(patient.name) == patient


def test_a_seed_gives_the_same_people_and_more_of_them_begin_with_the_same():
    ten, twenty = population("stroke-right-severe", 10, 3), population("stroke-right-severe", 20, 3)
    assert twenty[:10] == ten
    assert not set(ten) & set(population("stroke-right-severe", 10, 4))


def test_altering_one_range_alters_only_what_it_says(tmp_path):
    (tmp_path / "mine.yaml").write_text(STROKE.replace("gain: [3, 8]", "gain: 5"))
    before, after = population("stroke-left-moderate", 5, 1), population(str(tmp_path / "mine.yaml"), 5, 1)
    for one, other in zip(before, after, strict=True):
        knee = one.left.knee
        steady = replace(knee.extensors.spasticity, gain=5.0)
        assert other == replace(
            one, left=replace(one.left, knee=replace(knee, extensors=replace(knee.extensors, spasticity=steady)))
        )


def refused(tmp_path: Path, text: str) -> InputError:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError) as problem:
        load_profile(str(tmp_path / "mine.yaml"))
    assert problem.value.values["file"] == "mine.yaml"
    return problem.value


@pytest.mark.parametrize(
    ("written", "instead", "code", "field"),
    [
        ("height_m: [1.55, 1.85]", "height_m: 17.5", "field-not-allowed", "body.height_m"),
        ("mass_kg: [55, 100]", "mass_kg: [10, 100]", "body-impossible", "body.mass_kg"),
        ("age_years: [50, 80]", "age_years: 12", "field-not-allowed", "body.age_years"),
        ("sex: either", "sex: robot", "field-not-allowed", "body.sex"),
        ("gain: [3, 8]", "gain: [8, 3]", "range-empty", "left.knee.extensors.spasticity.gain"),
        ("gain: [3, 8]", "gain: 800", "field-not-allowed", "left.knee.extensors.spasticity.gain"),
        ("gain: [3, 8]", "gain: .nan", "field-not-allowed", "left.knee.extensors.spasticity.gain"),
        ("gain: [3, 8], ", "", "field-missing", "left.knee.extensors.spasticity.gain"),
        ("effort: [0.2, 0.5]", "dystonia: 0.2", "field-unknown", "left.shoulder_flexion.dystonia"),
        ("  knee:", "  jaw:", "field-unknown", "left.jaw"),
        ("range_deg: [-50, 20]", "range_deg: [-60, 20]", "out-of-bounds", "left.ankle.range_deg"),
        ("range_deg: [-50, 20]", "range_deg: [20, 20]", "range-empty", "left.ankle.range_deg"),
        ("neck: {effort: [0.55, 0.75]}", "neck: {range_deg: [-90, 3]}", "out-of-bounds", "neck.range_deg"),
        ("strength: [0.25, 0.5]}", "strength: 0.5, fatigue: 1}", "fatigue-unknown", "left.knee.flexors.fatigue"),
        ("name: stroke-left-moderate", "name: Stroke, left", "field-not-allowed", "name"),
    ],
)
def test_what_no_patient_is_gets_one_line_that_names_it(tmp_path, written, instead, code, field):
    assert written in STROKE
    problem = refused(tmp_path, STROKE.replace(written, instead, 1))
    assert (problem.code, problem.values["field"]) == (code, field)


def test_a_profile_or_patient_that_is_not_there_is_told_with_those_that_are():
    for asked, code in ((load_profile, "profile-unknown"), (patient_named, "patient-unknown")):
        with pytest.raises(InputError) as problem:
            asked("stroke")
        assert problem.value.code == code
        assert "stroke-left-moderate" in problem.value.values["known"]
    with pytest.raises(InputError) as problem:
        load_profile("nowhere/mine.yaml")
    assert problem.value.code == "file-unreadable"
    with pytest.raises(InputError):
        patient_named("passive.7.12")


def test_a_profile_cannot_be_altered_once_read():
    profile = load_profile("frail-elderly")
    assert isinstance(profile, Profile)
    with pytest.raises(ValueError, match="frozen"):
        profile.name = "other"
