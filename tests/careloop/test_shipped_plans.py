"""Every shipped plan is one that its robot can do, and the trials prove it."""

from pathlib import Path

import pytest

from careloop.build import load_exercise, shipped_plans
from careloop.proving.feasibility import check_feasible
from careloop.proving.validation import validate
from careloop.settings import Home


@pytest.mark.parametrize("name", shipped_plans())
def test_a_shipped_plan_can_be_done_and_its_limits_leave_room(name: str) -> None:
    found = check_feasible(load_exercise(name))
    assert all(one.peak_power < 0.8 * one.power_limit for one in found.joints)
    assert found.energy.drawn < 0.8 * found.energy.budget


@pytest.mark.sweep
@pytest.mark.parametrize("name", shipped_plans())
def test_a_shipped_plan_passes_every_trial(name: str, tmp_path: Path) -> None:
    done = validate(load_exercise(name), Home(tmp_path / "home").prepare(), None, lambda result: None)
    assert [one.figures for one in done.results if one.failures] == []
    assert done.passed
    assert done.proof is not None
