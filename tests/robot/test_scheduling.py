"""The description's scheduling: defaults that are written nowhere, and bad values refused by field and remedy."""

import json

import pytest

from careloop.messages import explain
from robot.description import RobotDescription, load_robot, shipped_robots
from robot.errors import RobotError
from robot.scheduling import Overruns, Scheduling

ROBOT = shipped_robots()["knee-exo"].read_text()


def load(tmp_path, scheduling, rate_hz=500):
    path = tmp_path / "mine.yaml"
    path.write_text(ROBOT.replace("rate_hz: 500", f"rate_hz: {rate_hz}") + f"\nscheduling: {scheduling}\n")
    return load_robot(path).scheduling


def test_a_description_without_it_has_the_defaults(tmp_path):
    assert load_robot("knee-exo").scheduling == Scheduling() == load(tmp_path, "{}")
    assert Scheduling().overruns == Overruns(policy="derate", lost_ms=100.0, within_s=1.0, share=0.5)


def test_it_survives_the_order_to_control(tmp_path):
    given = load(tmp_path, "{priority: 60, cores: [0, 1], spin_us: 200, overruns: {policy: stop, lost_ms: 50}}")
    robot = load_robot("knee-exo").model_copy(update={"scheduling": given})
    again = RobotDescription.model_validate_json(json.dumps(robot.model_dump(mode="json")))
    assert again.scheduling == given
    assert (given.cores, given.spin_us, given.overruns.policy) == ((0, 1), 200.0, "stop")


BAD = {
    "the kernel's own priority": ("{priority: 99}", "field-not-allowed", "priority"),
    "no priority": ("{priority: 0}", "field-not-allowed", "priority"),
    "half a priority": ("{priority: 50.5}", "field-not-allowed", "priority"),
    "no core": ("{cores: []}", "field-not-allowed", "cores"),
    "a negative core": ("{cores: [-1]}", "field-not-allowed", "cores.0"),
    "a core by name": ("{cores: [fast]}", "field-not-allowed", "cores.0"),
    "a core alone": ("{cores: 1}", "field-not-allowed", "cores"),
    "no slack, which the kernel takes for its default": ("{timer_slack_ns: 0}", "field-not-allowed", "timer_slack_ns"),
    "processors that wake before they sleep": ("{idle_exit_us: -1}", "field-not-allowed", "idle_exit_us"),
    "a spin of NaN": ("{spin_us: .nan}", "field-not-allowed", "spin_us"),
    "a negative spin": ("{spin_us: -1}", "field-not-allowed", "spin_us"),
    "more than half of the period": ("{spin_us: 1001}", "spin-too-long", "spin_us"),
    "an unknown field": ("{niceness: 5}", "field-unknown", "niceness"),
    "an unknown policy": ("{overruns: {policy: ignore}}", "field-not-allowed", "overruns.policy"),
    "nothing that may be lost": ("{overruns: {lost_ms: 0}}", "field-not-allowed", "overruns.lost_ms"),
    "an infinite loss": ("{overruns: {lost_ms: .inf}}", "field-not-allowed", "overruns.lost_ms"),
    "a loss that never comes": ("{overruns: {lost_ms: 1000}}", "overruns-never", "overruns.lost_ms"),
    "a window of nothing": ("{overruns: {within_s: 0}}", "field-not-allowed", "overruns.within_s"),
    "a window too short": ("{overruns: {within_s: 0.1}}", "overruns-never", "overruns.lost_ms"),
    "no torque left": ("{overruns: {share: 0}}", "field-not-allowed", "overruns.share"),
    "all of the torque": ("{overruns: {share: 1}}", "field-not-allowed", "overruns.share"),
    "an unknown field of the policy": ("{overruns: {ticks: 5}}", "field-unknown", "overruns.ticks"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_is_refused_by_field(tmp_path, what):
    given, code, field = BAD[what]
    with pytest.raises(RobotError) as caught:
        load(tmp_path, given)
    assert (caught.value.code, caught.value.values["field"]) == (code, f"scheduling.{field}")
    told = explain(caught.value)
    assert told.startswith("mine.yaml: scheduling.")
    assert "\n" not in told


@pytest.mark.parametrize(("rate_hz", "most"), [(250, 2000.0), (500, 1000.0)])
def test_half_of_the_period_may_be_spun(tmp_path, rate_hz, most):
    assert load(tmp_path, f"{{spin_us: {most}}}", rate_hz).spin_us == most
    with pytest.raises(RobotError) as caught:
        load(tmp_path, f"{{spin_us: {most + 1.0}}}", rate_hz)
    assert f"at most {most:g}" in explain(caught.value)
