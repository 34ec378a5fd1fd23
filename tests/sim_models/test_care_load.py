"""An arm beside a person: who lies or sits where the task has them, at rest, and the same bits on every run."""

from functools import cache

import numpy as np
import pytest

from robot.description import RobotDescription, load_robot
from robot.errors import InputError, PlanError
from robot.plan_task import Bathing, Meal, PlanTask, Reposition
from robot.tool import fitted
from sim_models.care_load import CareLoad
from sim_models.virtual_patient.patient import STANDARD

MARK = (0.7, 0.05, 0.25)
AWAY_MM = 8.0
WIPED = Bathing(mark_m=MARK, placed_within_mm=AWAY_MM, region="forearm", force=10.0, along_mm=100.0)
TASKS = {
    "meal": PlanTask(meal=Meal(mark_m=MARK, placed_within_mm=AWAY_MM, depth_mm=10.0, for_s=1.0)),
    "bathing": PlanTask(bathing=WIPED),
    "reposition": PlanTask(
        reposition=Reposition(mark_m=MARK, placed_within_mm=AWAY_MM, lift_mm=50.0, move_m=(-0.1, 0.0), within_mm=30.0)
    ),
}
UPRIGHT = [0.0] * 7


@cache
def arm(task: str) -> RobotDescription:
    return fitted(load_robot("care-arm"), TASKS[task].tool)


def load(task: str, height_m: float = 1.75, mass_kg: float = 75.0, seed: int = 1) -> CareLoad:
    return CareLoad(arm(task), TASKS[task], STANDARD["passive"].sized(height_m, mass_kg), UPRIGHT, seed)


def target(of: CareLoad) -> np.ndarray:
    truth = dict(zip(of.truth_columns, of.truth, strict=True))
    return np.array([truth[f"target_{axis}_m"] for axis in "xyz"])


@pytest.mark.parametrize("task", TASKS)
def test_the_target_rests_as_far_from_the_mark_as_the_task_allows_whatever_the_body(task: str) -> None:
    for height_m, mass_kg, seed in ((1.45, 110.0, 1), (1.95, 40.0, 2)):
        with load(task, height_m, mass_kg, seed) as one:
            begun = target(one)
            one.advance([0.0] * 7, 50)
            assert np.linalg.norm(begun - MARK) == pytest.approx(AWAY_MM / 1000.0, abs=1e-9)
            assert np.linalg.norm(target(one) - begun) < 1e-4
            assert all(value == 0.0 for name, value in zip(one.truth_columns, one.truth, strict=True) if "_N" in name)


def test_two_loads_give_the_same_bits_and_another_seed_another_place() -> None:
    places = []
    for seed in (3, 3, 4):
        with load("meal", seed=seed) as one:
            one.advance([0.5] * 7, 20)
            places.append([*one.q, *one.truth])
    assert places[0] == places[1]
    assert places[0] != places[2]


def test_a_start_outside_of_the_ranges_is_refused() -> None:
    with pytest.raises(InputError, match=r"q0\.a2"):
        CareLoad(arm("meal"), TASKS["meal"], STANDARD["passive"], [0.0, 2.2, 0.0, 0.0, 0.0, 0.0, 0.0])


def test_a_start_in_which_the_tool_is_in_the_person_is_refused_by_its_region() -> None:
    with load("bathing") as away:
        tip = dict(zip(away.truth_columns, away.truth, strict=True))
    mark_m = (tip["tool_x_m"], tip["tool_y_m"], tip["tool_z_m"])
    there = PlanTask(bathing=WIPED.model_copy(update={"mark_m": mark_m}))
    with pytest.raises(PlanError, match=r"starts-in-contact: .*region=forearm"):
        CareLoad(arm("bathing"), there, STANDARD["passive"], UPRIGHT)
