"""A care task that cannot be done, or must not be, is refused with a line that says why."""

import re
from pathlib import Path

import pytest

from careloop.build import load_exercise, shipped_plans
from robot.description import RobotDescription, load_robot, shipped_robots
from robot.errors import PlanError
from robot.files import read_document
from robot.plan_task import PlanTask, Reposition
from tests.robot.bad_input import changed, refused

BATHING, MEAL, REPOSITION = (shipped_plans()[f"care-{name}"].read_text() for name in ("bathing", "meal", "reposition"))
TASK = re.compile(r"bathing: {.*}")
PLANS = {
    "a force that the region must not bear": (
        changed(BATHING, "contact: {force: 40}", "contact: {force: 400}"),
        ("force: 10,", "force: 60,"),
        "above-limit",
        "task.bathing.force",
    ),
    "a force that would stop the session": (BATHING, ("force: 10,", "force: 30,"), "above-limit", "task.bathing.force"),
    "a stop after more than the face may bear": (
        MEAL,
        ("contact: {force: 30}", "contact: {force: 33}"),
        "above-limit",
        "stop.contact.force",
    ),
    "a stop after more than a forearm may bear": (
        REPOSITION,
        ("contact: {force: 60}", "contact: {force: 81}"),
        "above-limit",
        "stop.contact.force",
    ),
    "a force that is none": (BATHING, ("force: 10,", "force: .nan,"), "out-of-bounds", "task.bathing.force"),
    "a region that is not wiped": (
        BATHING,
        ("region: forearm", "region: face"),
        "field-not-allowed",
        "task.bathing.region",
    ),
    "a spoon that leans further": (
        MEAL,
        ("for_s: 1.0}", "for_s: 1.0, tilt_deg: 16}"),
        "out-of-bounds",
        "task.meal.tilt_deg",
    ),
    "a person placed anywhere": (
        MEAL,
        ("placed_within_mm: 3", "placed_within_mm: 31"),
        "out-of-bounds",
        "task.meal.placed_within_mm",
    ),
    "a limb that may fall further": (
        REPOSITION,
        ("drop_mm: 20", "drop_mm: 21"),
        "out-of-bounds",
        "task.reposition.drop_mm",
    ),
    "a limb that lies elsewhere the second time": (
        REPOSITION,
        ("repetitions: 1", "repetitions: 2"),
        "task-not-repeatable",
        "motion.repetitions",
    ),
    "a task that there is not": (MEAL, ("  meal:", "  shaving:"), "field-unknown", "task.shaving"),
    "two tasks": (MEAL, ("  meal: ", f"  {TASK.findall(BATHING)[0]}\n  meal: "), "task-not-one", "task"),
}


@pytest.mark.parametrize("case", PLANS)
def test_it_is_refused_by_its_field(case: str, tmp_path: Path) -> None:
    text, (old, new), code, field = PLANS[case]
    error = refused(tmp_path, changed(text, old, new), load_exercise)
    assert (error.code, error.values["field"]) == (code, field)


def slow_brakes(closes_ms: float) -> RobotDescription:
    text = shipped_robots()["care-arm"].read_text()
    return read_document(
        changed(text, "closes_ms: 20", f"closes_ms: {closes_ms}"), "slow.yaml", RobotDescription, PlanError
    )


def reposition(drop_mm: float) -> PlanTask:
    values = {"mark_m": (0.5, 0.0, 0.0), "placed_within_mm": 5.0, "lift_mm": 50.0}
    return PlanTask(reposition=Reposition(**values, move_m=(-0.1, 0.0), within_mm=30.0, drop_mm=drop_mm))


def test_brakes_that_let_a_limb_fall_too_far_are_refused_by_the_law_of_falling_bodies() -> None:
    # 20 mm are fallen through in 63.9 ms.
    reposition(20.0).check(slow_brakes(63), 1, None)
    with pytest.raises(PlanError, match="falls-too-far") as caught:
        reposition(20.0).check(slow_brakes(64), 1, None)
    assert caught.value.values["within_ms"] == 63
    with pytest.raises(PlanError, match="falls-without-brakes"):
        reposition(20.0).check(load_robot("arm-exo"), 1, None)
