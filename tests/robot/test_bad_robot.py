"""Whatever is wrong with a robot's file, one error names the file, the field and what is allowed."""

import json

import pytest
import yaml

from robot.description import RobotDescription, load_robot
from robot.errors import RobotError
from tests.robot.bad_input import ROBOT, changed, refused

DRIVE = "model: ph54-200-s500-r"
POSE = 'vision: {camera: "0", side: left, tracker: pose, facing: left, '
"""A camera's section but for its end."""

ROBOTS = {
    "an unknown region": (
        "careloop: 1",
        "careloop: 1\nforce_sensors: {cuff: {region: shin}}",
        "region-unknown",
        "force_sensors.cuff.region",
    ),
    "plates without a calibration": (
        "careloop: 1",
        "careloop: 1\n" + POSE.replace("pose", "markers") + "joints: {knee: knee}}",
        "vision-uncalibrated",
        "vision.calibration",
    ),
    "a patient who faces nowhere": (
        "careloop: 1",
        "careloop: 1\n" + POSE.replace("facing: left, ", "") + "joints: {knee: knee}}",
        "facing-unchosen",
        "vision.facing",
    ),
    "a region that is none": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "region: [0.5, 0, 0.5, 1], joints: {knee: knee}}",
        "region-empty",
        "vision.region",
    ),
    "a watched joint that there is not": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {hip: hip}}",
        "vision-joint-unknown",
        "vision.joints",
    ),
    "no watched joint": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {}}",
        "field-not-allowed",
        "vision.joints",
    ),
    "one joint of a patient for two": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {knee: knee, hip: knee}}",
        "vision-joint-repeated",
        "vision.joints",
    ),
    "a posture of a joint that nobody watches": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {knee: knee}, frame: {posture_deg: {hip: [0, 9]}}}",
        "vision-joint-unknown",
        "vision.frame.posture_deg.hip",
    ),
    "a posture that is none": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {knee: knee}, frame: {posture_deg: {knee: [9, 0]}}}",
        "range-empty",
        "vision.frame.posture_deg.knee",
    ),
    "a posture that the robot cannot reach": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {knee: knee}, frame: {posture_deg: {knee: [0, 170]}}}",
        "vision-posture-loose",
        "vision.frame.posture_deg.knee",
    ),
    "a posture that is no number": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {knee: knee}, frame: {posture_deg: {knee: [0, .nan]}}}",
        "field-not-allowed",
        "vision.frame.posture_deg.knee.1",
    ),
    "a gate that is looser": (
        "careloop: 1",
        "careloop: 1\n" + POSE + "joints: {knee: knee}, gate: {trip_ms: 151}}",
        "field-not-allowed",
        "vision.gate.trip_ms",
    ),
    "a sensor without a region": (
        "careloop: 1",
        "careloop: 1\nforce_sensors: {cuff: {}}",
        "field-missing",
        "force_sensors.cuff.region",
    ),
    "a motor that warms in no time": (
        "gear: 1.0",
        "gear: 1.0\n      thermal_time_s: 0",
        "field-not-allowed",
        "joints.knee.drive.thermal_time_s",
    ),
    "an unknown field": ("rate_hz: 500", "rate_hz: 500\nweight: 3", "field-unknown", "weight"),
    "an unknown field of a drive": (
        "direction: 1",
        "direction: 1\n      reversed: true",
        "field-unknown",
        "joints.knee.drive.reversed",
    ),
    "a repeated joint": ("bus: {main", "joints: {}\nbus: {main", "file-not-yaml", None),
    "a wrong unit suffix": ("velocity_deg_s: 170", "velocity_rpm: 28", "field-unknown", "joints.knee.velocity_rpm"),
    "a rate that no bus has": ("rate_hz: 500", "rate_hz: 50000", "field-not-allowed", "rate_hz"),
    "true for a rate": ("rate_hz: 500", "rate_hz: true", "field-not-allowed", "rate_hz"),
    "an empty range": ("range_deg: [-5, 120]", "range_deg: [120, -5]", "range-empty", "joints.knee.range_deg"),
    "no range at all": ("range_deg: [-5, 120]", "range_deg: [5, 5]", "range-empty", "joints.knee.range_deg"),
    "a range of a drive's turn": ("gear: 1.0", "gear: 2.88", "encoder-turn", "joints.knee.range_deg"),
    "a wide range": ("range_deg: [-5, 120]", "range_deg: [-180, 180]", "encoder-turn", "joints.knee.range_deg"),
    "more torque than the drive's": ("torque: 40", "torque: 400", "drive-too-weak", "joints.knee.torque"),
    "an unknown drive": (DRIVE, "model: xm540", "drive-unknown", "joints.knee.drive.model"),
    "an unknown family": ("family: dynamixel", "family: magnetic", "field-not-allowed", "joints.knee.drive.family"),
    "an unknown bus": ("bus: main", "bus: left", "bus-unknown", "joints.knee.drive.bus"),
    "the broadcast address": ("id: 1", "id: 254", "field-not-allowed", "joints.knee.drive.id"),
    "a direction of nothing": ("direction: 1", "direction: 0", "field-not-allowed", "joints.knee.drive.direction"),
    "negative friction": ("coulomb: 4.0", "coulomb: -4.0", "field-not-allowed", "joints.knee.drive.friction.coulomb"),
    "an infinite inertia": ("inertia: 0.9", "inertia: .inf", "field-not-allowed", "joints.knee.drive.inertia"),
    "an unknown safe end": ("safe_end: limp", "safe_end: floating", "field-not-allowed", "safe_end"),
    "body weight that nothing holds": (
        "carries: [shank, foot]",
        "carries: [shank, foot]\n    carries_body_weight: true",
        "brake-missing",
        "joints.knee.carries_body_weight",
    ),
    "body weight that is only let down": (
        "safe_end: limp\njoints:\n  knee:",
        "safe_end: damped\njoints:\n  knee:\n    carries_body_weight: true",
        "brake-missing",
        "joints.knee.carries_body_weight",
    ),
    "a damped end without damping": (
        "safe_end: limp\njoints:\n  knee:",
        "safe_end: damped\njoints:\n  knee:\n    settle_damping: 0.0",
        "field-not-allowed",
        "joints.knee.settle_damping",
    ),
    "a damped end that swings": (
        "safe_end: limp\njoints:\n  knee:",
        "safe_end: damped\njoints:\n  knee:\n    settle_damping: 22.6",
        "settling-unstable",
        "joints.knee.settle_damping",
    ),
    "a segment that no knee carries": (
        "carries: [shank, foot]",
        "carries: [arm]",
        "field-not-allowed",
        "joints.knee.carries.0",
    ),
    "a bar of less than nothing": (
        "bar_mass_kg: 1.8",
        "bar_mass_kg: -1.8",
        "field-not-allowed",
        "parameters.bar_mass_kg",
    ),
    "a bar without a length": ("shank_bar_m: 0.30", "shank_bar_m: 0", "field-not-allowed", "parameters.shank_bar_m"),
    "an impossible symbol rate": ("baud: 4000000", "baud: 12345", "field-not-allowed", "bus.main.baud"),
    "silence that is never noticed": ("silence_ms: 90", "silence_ms: .inf", "field-not-allowed", "bus.main.silence_ms"),
    "a model outside its folder": ("model: knee_exo", "model: ../../evil", "field-not-allowed", "model"),
}


@pytest.mark.parametrize("what", ROBOTS)
def test_a_robot_that_is_wrong_is_refused_by_field(tmp_path, what):
    old, new, code, field = ROBOTS[what]
    error = refused(tmp_path, changed(ROBOT, old, new), load_robot)
    assert isinstance(error, RobotError)
    assert (error.code, error.values.get("field")) == (code, field)


def test_a_damped_end_takes_its_damping_from_the_description_or_from_the_drive():
    content = load_robot("knee-exo").model_dump(mode="json")
    knee = content["joints"]["knee"]
    assert RobotDescription.model_validate_json(json.dumps(content)).settle_damping == (0.0,)
    content["safe_end"] = "damped"
    for given, damping in ((None, 0.9 / 0.1), (4.0, 4.0), (0.9 / 0.04, 0.9 / 0.04)):
        knee["settle_damping"] = given
        assert RobotDescription.model_validate_json(json.dumps(content)).settle_damping == (damping,)
    knee["settle_damping"], knee["drive"]["inertia"] = None, 0.0
    with pytest.raises(ValueError, match="settling-unstable"):
        RobotDescription.model_validate_json(json.dumps(content))


def test_a_joint_that_carries_body_weight_may_be_held_by_a_brake():
    content = load_robot("knee-exo").model_dump(mode="json")
    content["safe_end"], content["joints"]["knee"]["carries_body_weight"] = "held-by-brake", True
    content["brakes"], content["joints"]["knee"]["brake_torque"] = {"closes_ms": 20, "opens_ms": 60}, 40
    assert RobotDescription.model_validate_json(json.dumps(content)).settle_damping == (0.0,)


@pytest.mark.parametrize(
    ("safe_end", "brakes", "torque", "code", "field"),
    [
        ("held-by-brake", None, 40, "field-missing", "brakes"),
        ("held-by-brake", (20, 60), None, "field-missing", "joints.knee.brake_torque"),
        ("held-by-brake", (20, 60), 39.9, "below-limit", "joints.knee.brake_torque"),
        ("limp", (20, 60), None, "brake-not-used", "brakes"),
        ("damped", None, 40, "brake-not-used", "joints.knee.brake_torque"),
    ],
)
def test_brakes_are_described_where_they_hold_the_robot_and_nowhere_else(safe_end, brakes, torque, code, field):
    content = load_robot("knee-exo").model_dump(mode="json")
    content["safe_end"], content["joints"]["knee"]["brake_torque"] = safe_end, torque
    content["brakes"] = brakes and dict(zip(("closes_ms", "opens_ms"), brakes, strict=True))
    with pytest.raises(ValueError, match=rf"{code}: field={field}"):
        RobotDescription.model_validate_json(json.dumps(content))


def test_two_drives_of_one_bus_have_two_addresses(tmp_path):
    content = yaml.safe_load(ROBOT)
    content["joints"]["other-knee"] = content["joints"]["knee"]
    dumped = yaml.dump(content, Dumper=type("Plain", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True}))
    error = refused(tmp_path, dumped, load_robot)
    assert (error.code, error.values["other"]) == ("drive-id-repeated", "knee")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("model: knee_exo", "model: hip_exo", "model-unknown"),
        ("shank_bar_m: 0.30", "shank_bar: 0.30", "model-parameters"),
        (", cuff_height_m: 0.22", "", "model-parameters"),
    ],
)
def test_a_model_that_cannot_be_made_is_refused(tmp_path, old, new, code):
    path = tmp_path / "mine.yaml"
    path.write_text(changed(ROBOT, old, new))
    with pytest.raises(RobotError) as caught:
        load_robot(path).urdf  # noqa: B018
    assert caught.value.code == code
    assert caught.value.values["file"]


@pytest.mark.parametrize(("gear", "range_deg", "allowed"), [(2.87, [-5, 120], True), (2.88, [-5, 120], False)])
def test_a_range_may_not_turn_the_drive_all_the_way_round(tmp_path, gear, range_deg, allowed):
    """125° times 2.88 is 360°: then a position after power-up could be told for another."""
    path = tmp_path / "mine.yaml"
    path.write_text(changed(ROBOT, "gear: 1.0", f"gear: {gear}"))
    if allowed:
        assert load_robot(path).drives[0].gear == gear
    else:
        with pytest.raises(RobotError):
            load_robot(path)
