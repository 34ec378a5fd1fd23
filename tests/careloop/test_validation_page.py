"""The page on sampled patients: what it tells of trials; the committed one is made of the committed figures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from rich.progress import Progress

from careloop.build import load_exercise, shipped_plans
from docs.validation import FOLDER, PATIENTS, figures_of, interval, kept, main, measure, text_of, write
from robot.proof import sha256_of
from sim_models.virtual_patient.population import patient_named
from tests.sim_models.test_trials_report import failing, made_up


@pytest.mark.parametrize(("served", "tried"), [(0, 1), (1, 1), (17, 17), (90, 100), (97, 100), (100, 100)])
def test_the_interval_is_wilsons(served: int, tried: int) -> None:
    from scipy.stats import binomtest  # here alone: it takes a second, and every worker reads this file

    told = binomtest(served, tried).proportion_ci(0.95, method="wilson")
    assert interval(served, tried) == pytest.approx((told.low, told.high), abs=1e-4)


def test_figures_name_each_patient_beside_the_cause_and_the_worst_of_all() -> None:
    kinds = ("frail-elderly", "parkinson-tremor")
    tried = [replace(one, patient=f"{kinds[place % 2]}.1.{place}") for place, one in enumerate(made_up()[:6])]
    tried = failing(tried, {0: "cuff 170 N over 150 N", 2: "cuff 155 N over 150 N", 3: "limb error 7.1° over 6°"})
    tried[1] = replace(tried[1], peak_cuff_force_N=149.0, limb_rms_deg=float("nan"))
    figures = figures_of(load_exercise("knee-walking"), tried)
    assert figures["profiles"] == {"frail-elderly": (1, 3), "parkinson-tremor": (2, 3)}
    assert figures["causes"] == {
        "cuff over 150 N": ["frail-elderly.1.0", "frail-elderly.1.2"],
        "limb error over 6°": ["parkinson-tremor.1.3"],
    }
    assert figures["worst"]["cuff"] == "149 of 150 N"
    page = text_of({"knee-walking": figures})
    assert "| `knee-walking` | 3 of 6 | 19 to 81 % | 6 tried only |" in page
    assert "| `knee-walking` | cuff over 150 N | 2 | `frail-elderly.1.0`, `frail-elderly.1.2` |" in page
    assert "Not measured: `arm-drinking`" in page


def test_whole_and_short_of_ninety_is_told_as_missed(tmp_path: Path) -> None:
    def served(count: int) -> dict[str, object]:
        return {"profiles": {"frail-elderly": (count, PATIENTS)}, "causes": {}, "worst": {}}

    write({"knee-walking": served(89), "care-meal": served(90)}, tmp_path)
    page = (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert "| `care-meal` | 90 of 100 | 83 to 94 % | met |" in page
    assert "| `knee-walking` | 89 of 100 | 81 to 94 % | **missed** |" in page
    assert list(json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))) == ["care-meal", "knee-walking"]


def test_the_committed_page_is_made_of_the_committed_figures() -> None:
    committed, made = (FOLDER / "validation.md").read_text(encoding="utf-8"), text_of(kept())
    assert _measured(committed) == _measured(made)


def _measured(page: str) -> list[str]:
    """A page's lines, but for the one that names plans that were shipped and not measured yet."""
    return [line for line in page.splitlines() if line and not line.startswith("Not measured")]


def test_who_was_not_served_failed_for_a_cause_and_can_be_made_again() -> None:
    for plan, figures in kept().items():
        assert plan in shipped_plans()
        named = {patient for patients in figures["causes"].values() for patient in patients}
        assert len(named) == sum(tried - served for served, tried in figures["profiles"].values())
        assert {patient_named(name).name for name in named} == named


@pytest.mark.sweep
def test_every_shipped_plan_is_measured_as_it_is_now() -> None:
    shipped = {name: sha256_of(load_exercise(name).plan.content) for name in shipped_plans()}
    assert {name: figures["plan_sha256"] for name, figures in kept().items()} == shipped


@pytest.mark.sweep
@pytest.mark.timeout(1800)
def test_a_plan_measured_anew_gives_the_committed_figures(tmp_path: Path) -> None:
    with Progress(disable=True) as bar:
        measure("knee-walking", None, bar, tmp_path)
    assert kept(tmp_path)["knee-walking"] == kept()["knee-walking"]


def test_a_plan_that_nobody_ships_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        main(["nothing"])
    assert ended.value.exit_code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("no plan is named nothing; there are arm-drinking, ")
