"""Trials with sampled patients, and one trial once more."""

from dataclasses import replace
from pathlib import Path

import pytest

from robot.errors import InputError, PlanError
from sim_models.trials.cases import case_of, corner_cases, sampled_cases, standard_cases
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.sample import causes, sample_verdict, shares, write_sample_report
from sim_models.trials.trace_picture import draw_trial
from sim_models.virtual_patient.population import patient_named
from sim_models.virtual_patient.profile import FOLDER
from tests.sim_models.test_trials_report import Page, failing, made_up
from tests.sim_models.trials_kit import SHIPPED, exercise, shipped_trial

MATRIX, PLAN = standard_matrix(), SHIPPED.plan


def test_whoever_is_sampled_is_admitted_by_the_plan_and_named_so_that_it_can_be_made_again() -> None:
    narrow = exercise({"patient": {"height_m": (1.6, 1.7), "mass_kg": (60.0, 80.0)}}).plan
    cases = sampled_cases(narrow, ["stroke-left-moderate"], 10, 7)
    assert len({case.patient for case in cases}) == 10
    for case in cases:
        body = patient_named(case.patient).body
        assert (body.height_m, body.mass_kg) == (case.person.height_m, case.person.mass_kg)
        assert 1.6 <= body.height_m <= 1.7
        assert 60.0 <= body.mass_kg <= 80.0


def test_more_patients_of_a_seed_begin_with_the_same() -> None:
    few, many = (sampled_cases(PLAN, ["frail-elderly"], count, 3) for count in (3, 8))
    assert many[:3] == few


def test_several_profiles_are_drawn_from_in_turn_each_as_if_alone() -> None:
    profiles = ["frail-elderly", "parkinson-tremor", "stroke-right-severe"]
    cases = sampled_cases(PLAN, profiles, 8, 3)
    assert [case.patient.partition(".")[0] for case in cases] == [profiles[place % 3] for place in range(8)]
    for place, profile in enumerate(profiles):
        mine = cases[place::3]
        assert mine == sampled_cases(PLAN, [profile], len(mine), 3)


def test_a_file_is_a_profile_as_well_and_its_patients_are_made_again_by_its_name(tmp_path: Path) -> None:
    file = str(tmp_path / "mine.yaml")
    Path(file).write_text((FOLDER / "frail-elderly.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    shipped = sampled_cases(PLAN, ["frail-elderly"], 2, 3)
    for case, same in zip(sampled_cases(PLAN, [file], 2, 3), shipped, strict=True):
        assert case == replace(same, patient=same.patient.replace("frail-elderly", file))
        assert patient_named(case.patient) == patient_named(same.patient)
    assert patient_named(file) == patient_named("frail-elderly")


def test_a_plan_that_admits_nobody_of_a_profile_is_told() -> None:
    giants = exercise({"patient": {"height_m": (2.3, 2.4), "mass_kg": (200.0, 220.0)}}).plan
    with pytest.raises(PlanError, match="population-not-admitted: profile=frail-elderly, admitted=0, sampled=60"):
        sampled_cases(giants, ["frail-elderly"], 3, 1)


def test_every_trial_of_a_validation_can_be_named_alone() -> None:
    for case in standard_cases(PLAN, SHIPPED.robot, MATRIX) + corner_cases(PLAN, MATRIX):
        assert case_of(PLAN, MATRIX, case.patient, case.condition, case.changes) == case
    for case in sampled_cases(PLAN, ["parkinson-tremor"], 3, 5):
        assert case_of(PLAN, MATRIX, case.patient, case.condition, {}) == case


@pytest.mark.parametrize(
    ("patient", "condition", "told"),
    [("nobody", "nominal", "patient-unknown"), ("passive", "earthquake", "condition-unknown")],
)
def test_who_or_what_is_not_known_is_told(patient: str, condition: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        case_of(PLAN, MATRIX, patient, condition, {})


def test_the_report_counts_causes_and_names_the_worst_with_their_commands(tmp_path: Path) -> None:
    failures = {0: "cuff 170 N over 150 N", 1: "cuff 155 N over 150 N", 2: "limb error 7.1° over 6°"}
    results = failing(made_up()[:20], failures)
    file = write_sample_report(tmp_path / "sample.html", PLAN, results, MATRIX.gates, 9, "knee-walking")
    page = Page(file.read_text(encoding="utf-8"))
    assert page.open == []
    assert sample_verdict(results) in page.words
    assert causes(results) == {"cuff over 150 N": 2, "limb error over 6°": 1}
    assert [row for row in page.rows if row[0] == " cuff over 150 N"] == [[" cuff over 150 N", " 2"]]
    assert "careloop trial knee-walking --patient passive" in page.words


def test_the_report_tells_each_profile_apart(tmp_path: Path) -> None:
    kinds = ("frail-elderly", "parkinson-tremor")
    results = [replace(one, patient=f"{kinds[place % 2]}.1.{place}") for place, one in enumerate(made_up()[:6])]
    results = failing(results, {0: "cuff 170 N over 150 N", 2: "limb error 7.1° over 6°"})
    assert shares(results) == {"frail-elderly": (1, 3), "parkinson-tremor": (3, 3)}
    file = write_sample_report(tmp_path / "sample.html", PLAN, results, MATRIX.gates, 9, "knee-walking")
    assert [" parkinson-tremor", " 3 of 3"] in Page(file.read_text(encoding="utf-8")).rows


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        ("limb error 7.1° over 6°", "limb error over 6°"),
        ("interaction torque 21.4 N·m over 20 N·m", "interaction torque over 20 N·m"),
        ("limb 6.0° beyond its motion, over 5°", "limb beyond its motion, over 5°"),
        ("stopped after 120 ms, over 100 ms", "stopped over 100 ms"),
        ("knee speed over 140°/s", "knee speed over 140°/s"),
        ("ended as stops-safely (spasm)", "ended as stops-safely (spasm)"),
    ],
)
def test_a_cause_is_a_failure_without_the_trials_own_figure(failure: str, cause: str) -> None:
    assert causes(failing(made_up()[:1], {0: failure})) == {cause: 1}


def test_a_trial_is_drawn_whole_and_a_picture_of_another_kind_refused(tmp_path: Path) -> None:
    recording, result = shipped_trial("passive", "bus-silence")
    draw_trial(tmp_path / "trial.svg", recording, result, PLAN)
    drawn = (tmp_path / "trial.svg").read_text(encoding="utf-8")
    assert drawn.count("axes_") >= 3
    with pytest.raises(InputError, match="picture-format"):
        draw_trial(tmp_path / "trial.gif", recording, result, PLAN)
