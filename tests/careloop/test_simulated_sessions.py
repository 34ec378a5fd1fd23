"""Simulated sessions: what their records have, and that they need no privileges."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from careloop.build import load_exercise
from careloop.settings import Home
from tests.careloop.sessions import careloop, careloop_as_ordinary_user, one_line, proven_plan, rows


@dataclass(frozen=True)
class Simulating:
    """A home with a proof of a short plan, and the words of a simulated session of somebody who trembles."""

    home: Home
    plan: Path

    @property
    def words(self) -> tuple[str, ...]:
        return "run", str(self.plan), "--on", "sim", "--patient", "tremor", "--json"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Simulating:
    return Simulating(*proven_plan(tmp_path_factory.mktemp("site")))


@pytest.fixture(scope="module")
def simulated(site: Simulating) -> Path:
    """The folder of its session."""
    return _simulated(careloop(site.home, *site.words))


def _simulated(answer: "subprocess.CompletedProcess[str]") -> Path:
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert said["truth_limb_rms_deg"] > 0.0
    return Path(said["trace"]).parent


def test_its_columns_are_those_of_any_session(site: Simulating, simulated: Path) -> None:
    assert list(rows(simulated)) == list(load_exercise(site.plan).controller().layout.columns)


def test_a_sessions_figures_are_told_in_both_languages(site: Simulating, simulated: Path) -> None:
    english, chinese = (
        careloop(site.home, "--lang", language, "sessions", "show", simulated.name) for language in ("en", "zh")
    )
    assert "RMS from the reference; simulation's truth: limb" in english.stdout
    assert "均方根偏差" in chinese.stdout
    assert "RMS" not in chinese.stdout


def test_a_trace_opens_elsewhere_with_units_in_its_columns_names(simulated: Path) -> None:
    import duckdb

    names = {path.name for path in simulated.iterdir()}
    assert {"trace.parquet", "report.html", "events.json", "session.json", "truth.arrows"} <= names
    assert "ring" not in names
    lowest, highest = duckdb.sql(
        f"select min(degrees(knee_q_rad)), max(abs(knee_tau_command_Nm)) from '{simulated / 'trace.parquet'}'"
    ).fetchall()[0]
    assert 15.0 < lowest < 25.0  # the plan's motion reaches down to 20°
    assert 5.0 < highest <= 38.0


def test_a_home_that_an_ordinary_user_cannot_write_is_said_before_anything_starts(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    answer = careloop_as_ordinary_user(Home(closed / "home"), "run", "knee-walking", "--on", "sim")
    assert answer.returncode == 3
    assert str(closed) in one_line(answer.stderr)
    assert not list(closed.iterdir())


def test_without_privileges_a_simulation_runs_as_well_and_is_the_same_to_the_bit(
    site: Simulating, simulated: Path
) -> None:
    first, second = rows(simulated), rows(_simulated(careloop_as_ordinary_user(site.home, *site.words)))
    assert list(first) == list(second)
    for name in set(first) - {"lateness_s", "compute_s", "overruns"}:
        assert np.array_equal(first[name], second[name], equal_nan=True), name
