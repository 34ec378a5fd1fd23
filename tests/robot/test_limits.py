"""Every limit of the guard is there, whether the plan gives it or not, and none is looser than what it comes from."""

from math import isfinite, pi, radians

import pytest
import yaml

from careloop.build import shipped_plans
from robot.contact_limits import TABLE, contact_limits
from robot.description import RobotDescription, load_robot, shipped_robots
from robot.guard import limit_columns, parts
from robot.limits import BUDGET_S, POWER_SHARE, REFILL_SHARE, limits_of
from robot.plan import Plan, load_plan
from robot.plan_limits import SpasmRule, StopRules

QUASI_STATIC = {
    "skull": 130,
    "face": 65,
    "neck": 150,
    "back-and-shoulder": 210,
    "chest": 140,
    "abdomen": 110,
    "pelvis": 180,
    "upper-arm": 150,
    "forearm": 160,
    "hand": 140,
    "thigh-and-knee": 220,
    "lower-leg": 130,
}
"""ISO/TS 15066 in N, recalled."""


@pytest.fixture(scope="module")
def shipped():
    return load_plan(shipped_plans()["knee-walking"])


def robot_with(**changes):
    content = yaml.safe_load(shipped_robots()["knee-exo"].read_text())
    content["joints"]["knee"]["drive"] |= changes.pop("drive", {})
    return RobotDescription.model_validate(tuples({**content, **changes}))


def tuples(content):
    if isinstance(content, dict):
        return {name: tuples(value) for name, value in content.items()}
    return tuple(tuples(value) for value in content) if isinstance(content, list) else content


def plan_with(shipped, **limits):
    content = shipped.model_dump()
    content["limits"] = {**content["limits"], **limits}
    return Plan.model_validate(content)


def values_of(plan, robot):
    """The limits by kind; one number each for one joint and at most one sensor."""
    limits = limits_of(plan, robot)
    places = parts(limit_columns(robot.joint_names, robot.sensor_names))
    return {kind: limits[place] for kind, place in places.items()}


def test_they_stand_in_si_units_where_the_guard_reads_them(shipped):
    assert values_of(shipped, robot_with()) == {
        "limit_q_min": (radians(10.0),),
        "limit_q_max": (radians(95.0),),
        "limit_velocity": (radians(140.0),),
        "limit_tau": (38.0,),
        "limit_tau_rate": (800.0,),
        "limit_power": (70.0,),
        "limit_tau_continuous": (44.7,),
        "thermal_time": (60.0,),
        "spasm_tau": (20.0,),
        "settle_damping": (0.0,),
        "spasm_within": (0.080,),
        "limit_energy": (22.0,),
        "energy_refill": (5.0,),
    }


def test_each_joint_has_the_spasm_threshold_that_is_its_own():
    plan, robot = load_plan(shipped_plans()["leg-walking"]), load_robot("leg-exo")
    torques = {name: 1.0 + place for place, name in enumerate(robot.joint_names)}
    backwards = dict(reversed(torques.items()))
    changed = plan.model_copy(update={"stop": StopRules(spasm=SpasmRule(torque=backwards, within_ms=80))})
    place = parts(limit_columns(robot.joint_names, robot.sensor_names))["spasm_tau"]
    assert limits_of(changed, robot)[place] == tuple(torques.values())


def test_a_plan_that_gives_no_power_and_no_energy_has_both(shipped):
    knee = shipped.limits.joints["knee"].model_copy(update={"power": None})
    values = values_of(plan_with(shipped, knee=knee.model_dump(), energy=None), robot_with())
    power = 0.5 * 38.0 * 140.0 * pi / 180.0
    assert values["limit_power"] == pytest.approx((power,))
    assert values["limit_energy"] == pytest.approx((0.5 * power,))
    assert values["energy_refill"] == pytest.approx((0.1 * power,))
    assert (POWER_SHARE, BUDGET_S, REFILL_SHARE) == (0.5, 0.5, 0.1)
    assert all(isfinite(number) for numbers in values.values() for number in numbers)


def test_a_geared_drive_gives_more_for_ever_and_warms_as_its_file_says(shipped):
    values = values_of(shipped, robot_with(drive={"gear": 1.5, "thermal_time_s": 90.0}))
    assert values["limit_tau_continuous"] == pytest.approx((1.5 * 44.7,))
    assert values["thermal_time"] == (90.0,)


@pytest.mark.parametrize(
    ("sensor", "region", "limits", "expected"),
    [
        ("seat", "thigh-and-knee", {}, 110.0),
        ("seat", "face", {}, 32.5),
        ("seat", "lower-leg", {"contact": {"seat": 40.0}}, 40.0),
        ("cuff", "thigh-and-knee", {}, 110.0),
        ("cuff", "thigh-and-knee", {"cuff": {"force": 90.0}}, 90.0),
        ("seat", "thigh-and-knee", {"cuff": {"force": 90.0}}, 110.0),
    ],
)
def test_a_sensors_limit_is_its_regions_or_less_where_the_plan_says_so(shipped, sensor, region, limits, expected):
    robot = robot_with(force_sensors={sensor: {"region": region}})
    assert values_of(plan_with(shipped, **limits), robot)["limit_contact"] == (expected,)


def test_the_table_is_what_is_recalled_of_its_source_with_half_for_patients():
    table = contact_limits()
    assert table.regions == QUASI_STATIC
    assert (table.version, table.reduction) == (1, 0.5)
    assert "ISO/TS 15066" in TABLE.read_text()
    assert "No compliance is claimed" in TABLE.read_text()


def test_the_limits_of_what_is_shipped_are_never_looser_than_the_robots(shipped):
    robot = robot_with()
    shipped.check_against(robot)
    assert values_of(shipped, robot)["limit_power"][0] <= robot.joints["knee"].largest_power == 40.0 * radians(170.0)
