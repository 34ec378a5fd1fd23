"""The page on laws: every law's example runs in a plan, and so does a law of one's own."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import casadi
import numpy as np
import pytest
import yaml

from careloop.proving.feasibility import check_feasible
from careloop.proving.law_needs import law_needs
from careloop.proving.passivity import passivity_margins
from controllers import LAWS
from robot.controller import Person, compile_law
from robot.description import load_robot
from robot.runtime.session_state import State
from robot.symbolic import SymbolicRobot
from sim_models.trials.cases import standard_cases
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.trial import run_trial
from tests.careloop.test_documents import PARTS, of, python_of, run, with_part

LAW_PARTS = [yaml.safe_load(block.text)["law"] for block in PARTS if block.page == "laws.md"]


@pytest.mark.parametrize("entry", LAW_PARTS[0], ids=lambda entry: next(iter(entry)))
def test_every_law_of_the_page_on_laws_runs_in_a_plan(entry: dict[str, Any], tmp_path: Path) -> None:
    exercise = with_part({"law": [entry]}, tmp_path)
    controller = exercise.controller()
    row = controller.row(Person(1.75, 75.0))
    law, _ = controller.stages(row)
    for phase in (0.0, 0.25, 0.5):
        row.q[:], row.dq[:], row.phase[0] = 0.8, 0.5, phase
        row.q_ref[:], row.dq_ref[:] = 0.82, 0.4
        law()
        assert np.isfinite(row.tau_law).all()
        assert np.isfinite(row.law_memory_next).all()


@pytest.mark.sweep
@pytest.mark.parametrize("entry", LAW_PARTS[0], ids=lambda entry: next(iter(entry)))
def test_every_law_of_the_page_ends_a_session_as_it_should(entry: dict[str, Any], tmp_path: Path) -> None:
    exercise, matrix = with_part({"law": [entry]}, tmp_path), standard_matrix()
    case = next(one for one in standard_cases(exercise.plan, exercise.robot, matrix) if one.patient == "weak")
    trial = run_trial(exercise.controller({}, 1), case, matrix)
    assert trial.state is State.STOPPED
    assert np.isfinite(trial.field("tau_command")).all()
    assert np.abs(trial.field("tau_command")).max() <= exercise.plan.limits.joints["knee"].torque


def test_the_page_on_laws_has_an_example_of_every_law() -> None:
    assert {name for entry in LAW_PARTS[0] for name in entry} == set(LAWS)


def test_the_law_of_ones_own_is_a_file_a_line_and_a_plan_that_runs(tmp_path: Path, monkeypatch: Any) -> None:
    (block,) = (one for one in of("python", "laws.md") if "class EndCushion(Law)" in one.text)
    assert len([line for line in block.text.splitlines() if line.strip()]) <= 22
    (tmp_path / "end_cushion.py").write_text(block.text)
    monkeypatch.syspath_prepend(str(tmp_path))
    written = importlib.import_module("end_cushion").EndCushion
    monkeypatch.setitem(LAWS, written.name, written)  # the line in controllers/__init__.py
    assert "end-cushion" in run("careloop law list")[1]
    exercise = with_part({"law": LAW_PARTS[1]}, tmp_path)
    check_feasible(exercise)
    (knee,) = law_needs(exercise).joints
    assert 0.0 < knee.nearest.share < 1.0
    (margin,) = passivity_margins(exercise)
    assert (margin.stiffness, margin.damping) == (pytest.approx(100.0 + 40.0), pytest.approx(8.0 + 2.0))
    matrix = standard_matrix()
    case = replace(standard_cases(exercise.plan, exercise.robot, matrix)[0], repetitions=1)
    trial = run_trial(exercise.controller(case.changes, case.repetitions), case, matrix)
    assert (trial.state, trial.reason) == (State.STOPPED, "completed")
    assert trial.field("q").max() > 1.0  # past the cushion's edge


def test_the_law_of_ones_own_is_its_closed_form() -> None:
    law = python_of("laws.md")["EndCushion"](edge=1.0, stiffness=40.0, damping=2.0)
    compiled = compile_law(law, SymbolicRobot.of(load_robot("knee-exo")), 0.002).compiled
    for q, dq, expected in ((0.9, 1.0, 0.0), (1.1, -1.0, -4.0), (1.1, 0.5, -5.0), (1.025, 1.0, -2.0)):
        person_and_parameters = casadi.DM([1.75, 75.0, 1.0, 1.0, 40.0, 2.0])
        torque, _ = compiled.function(q, dq, 0, 0, 0, 0, 0, person_and_parameters, casadi.DM(0, 1))
        assert float(torque) == pytest.approx(expected)
