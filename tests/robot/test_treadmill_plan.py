"""A plan's treadmill: bounded, upright, for a robot with soles, and never without a limit of what the feet bear."""

from typing import Any

import pytest

from careloop.build import shipped_plans
from robot.description import load_robot
from robot.errors import PlanError
from robot.files import read_document
from robot.plan import Plan

TEXT = shipped_plans()["leg-walking"].read_text(encoding="utf-8")
LEG_EXO = load_robot("leg-exo")
POSTURE = "posture: {thigh_pitch_deg: 0, hip_flexion_deg: 0}"
BELT = "{speed_m_s: 0.25, unloading: 0.9}"


def plan(belt: str = BELT, *, pitch: float = 0, ground: str | None = "{force: 300}") -> Plan:
    posture = f"posture: {{thigh_pitch_deg: {pitch}, hip_flexion_deg: 0, treadmill: {belt}}}"
    assert POSTURE in TEXT
    text = TEXT.replace(POSTURE, posture)
    if ground is not None:
        text = text.replace("limits:\n", f"limits:\n  ground: {ground}\n")
    return read_document(text, "treadmill.yaml", Plan, PlanError)


def test_a_treadmill_is_read() -> None:
    read = plan()
    read.check_against(LEG_EXO)
    assert read.posture is not None
    assert read.posture.treadmill is not None
    assert (read.posture.treadmill.speed_m_s, read.posture.treadmill.unloading) == (0.25, 0.9)
    assert read.limits.ground is not None
    assert read.limits.ground.force == 300.0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"belt": "{speed_m_s: -0.1, unloading: 0.9}"}, "posture.treadmill.speed_m_s"),
        ({"belt": "{speed_m_s: 2.1, unloading: 0.9}"}, "posture.treadmill.speed_m_s"),
        ({"belt": "{speed_m_s: .nan, unloading: 0.9}"}, "posture.treadmill.speed_m_s"),
        ({"belt": "{speed_m_s: 0.25, unloading: 1.01}"}, "posture.treadmill.unloading"),
        ({"belt": "{speed_m_s: 0.25, unloading: -0.01}"}, "posture.treadmill.unloading"),
        ({"belt": "{speed_m_s: 0.25}"}, "posture.treadmill.unloading"),
        ({"belt": "{speed_m_s: 0.25, unloading: 0.9, slope: 1}"}, "posture.treadmill.slope"),
        ({"belt": "0.25"}, "posture.treadmill"),
        ({"ground": "{force: 0}"}, "limits.ground.force"),
        ({"ground": "{force: .inf}"}, "limits.ground.force"),
        ({"pitch": 10}, "posture.thigh_pitch_deg"),
        ({"ground": None}, "limits.ground"),
    ],
)
def test_what_no_treadmill_is_is_refused_by_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan(**given).check_against(LEG_EXO)
    assert refused.value.values["field"] == field


def test_a_limit_of_the_ground_without_any_is_refused() -> None:
    text = TEXT.replace("limits:\n", "limits:\n  ground: {force: 300}\n")
    with pytest.raises(PlanError) as refused:
        read_document(text, "air.yaml", Plan, PlanError).check_against(LEG_EXO)
    assert (refused.value.code, refused.value.values["field"]) == ("ground-without-treadmill", "limits.ground")


def test_a_robot_whose_feet_cannot_stand_is_refused() -> None:
    barefoot = LEG_EXO.model_copy(deep=True)
    barefoot.__dict__["urdf"] = LEG_EXO.urdf.replace("left_heel", "left_hook")
    with pytest.raises(PlanError) as refused:
        plan().check_against(barefoot)
    assert (refused.value.code, refused.value.values["field"]) == ("soles-missing", "posture.treadmill")


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ("thigh_pitch_deg: 15", "thigh-not-level", "posture.thigh_pitch_deg"),
        ("treadmill: {speed_m_s: 0.2, unloading: 0.5}, thigh_pitch_deg: 0", "soles-missing", "posture.treadmill"),
    ],
)
def test_whoever_has_an_arm_carried_sits_level_and_walks_on_nothing(given: str, code: str, field: str) -> None:
    text = shipped_plans()["arm-drinking"].read_text(encoding="utf-8")
    assert "thigh_pitch_deg: 0" in text
    with pytest.raises(PlanError) as refused:
        read_document(text.replace("thigh_pitch_deg: 0", given), "arm.yaml", Plan, PlanError).check_against(
            load_robot("arm-exo")
        )
    assert (refused.value.code, refused.value.values["field"]) == (code, field)
