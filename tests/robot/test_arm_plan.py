"""Plans for a robot that carries nobody: what belongs to straps is refused, what stands in for it is asked for."""

import pytest
import yaml

from careloop.build import load_exercise
from careloop.messages import explain
from robot.controller import Person
from robot.errors import PlanError
from robot.limits import limits_of
from tests.robot.bad_input import PLAN
from tests.sim_models.trials_kit import HANDOVER

POSTURE = {"thigh_pitch_deg": 0, "hip_flexion_deg": 30}


def loaded(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    return load_exercise(path)


def refused(tmp_path, content):
    with pytest.raises(PlanError) as caught:
        loaded(tmp_path, content)
    told = explain(caught.value)
    assert "mine.yaml" in told
    assert "\n" not in told
    return caught.value.code, caught.value.values.get("field")


def arm():
    return yaml.safe_load(HANDOVER.read_text())


@pytest.mark.parametrize(
    ("field", "given"),
    [("posture", POSTURE), ("limits.cuff", {"force": 100}), ("stop.spasm", {"torque": 20, "within_ms": 80})],
)
def test_what_belongs_to_straps_is_refused_for_an_arm_and_asked_of_a_knee(tmp_path, field, given):
    content, knee = arm(), yaml.safe_load(PLAN)
    *way, name = field.split(".")
    for_arm, of_knee = (content[way[0]], knee[way[0]]) if way else (content, knee)
    for_arm[name] = given
    of_knee.pop(name)
    assert refused(tmp_path, content) == ("carries-no-limbs", field)
    assert refused(tmp_path, knee) == ("field-missing", field)


def test_an_arm_stops_at_a_force_and_a_knee_does_not(tmp_path):
    content, knee = arm(), yaml.safe_load(PLAN)
    del content["stop"]["contact"]
    knee["stop"]["contact"] = {"force": 60}
    assert refused(tmp_path, content) == ("field-missing", "stop.contact")
    assert refused(tmp_path, knee) == ("carries-limbs", "stop.contact")


def test_the_guard_is_given_the_force_and_no_spasm(tmp_path):
    exercise = load_exercise(HANDOVER)
    controller = exercise.controller()
    names = [column.name for column in controller.layout.limits]
    assert controller.limits[names.index("limit_tool_force")] == 60.0
    assert not [name for name in names if "spasm" in name]
    assert limits_of(exercise.plan, exercise.robot) == controller.limits
    assert controller.row(person_of(exercise)).brake.tolist() == [1.0]


def person_of(exercise):
    return Person(exercise.plan.patient.height_m[0], exercise.plan.patient.mass_kg[0])


def pose(x=0.5):
    return {"at_m": [x, -0.15, 0.55], "turn_deg": [0, 95, 0]}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"tool_path": [pose(), pose(2.5)]}, "pose-not-reached", "motion.tool_path.1"),
        ({"tool_path": [pose(), pose()]}, "point-repeated", "motion.tool_path.1"),
        ({"tool_path": [pose()]}, "field-not-allowed", "motion.tool_path"),
        ({"near_deg": {"a1": 0}}, "joints-not-matched", "motion.near_deg"),
        ({"near_deg": {**arm()["motion"]["near_deg"], "a4": -119}}, "below-limit", "motion.near_deg.a4"),
        ({"pace": {"velocity_m_s": 0.0, "turn_deg_s": 20}}, "field-not-allowed", "motion.pace.velocity_m_s"),
        ({"pace": {"velocity_m_s": float("nan"), "turn_deg_s": 20}}, "field-not-allowed", "motion.pace.velocity_m_s"),
        ({"speed": 1.5}, "out-of-bounds", "motion.speed"),
    ],
)
def test_a_tool_path_that_cannot_be_is_refused_by_its_field(tmp_path, change, code, field):
    content = arm()
    content["motion"] |= change
    got = refused(tmp_path, content)
    assert got[1] == field, got
    assert got[0] == code
