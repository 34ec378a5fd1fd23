"""Whatever is wrong with a plan or a robot's file, one error names the file, the field and what is allowed."""

import json

import pytest
import yaml

from careloop.build import load_exercise, shipped_plans
from careloop.messages import explain
from robot.description import RobotDescription, load_robot, shipped_robots
from robot.errors import InputError, PlanError, RobotError

PLAN = shipped_plans()["knee-walking"].read_text()
ROBOT = shipped_robots()["knee-exo"].read_text()


def refused(tmp_path, content, load):
    """The error that a file with this content gives; it is one line, and names the file."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        load(path)
    error = caught.value
    assert "mine.yaml" in str(error.values["file"])
    told = explain(error)
    assert "mine.yaml" in told
    assert "\n" not in told
    assert len(told) < 400
    return error


def changed(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


def whatever_loads(kind):
    return load_exercise if kind is PlanError else load_robot


NOT_FILES = {
    "empty": (b"", "file-not-yaml"),
    "only a comment": (b"# nothing\n", "file-not-yaml"),
    "a list at top level": (b"- careloop: 1\n", "file-not-yaml"),
    "a text at top level": (b"knee\n", "file-not-yaml"),
    "not UTF-8": (b"name: \xff\xfe\n", "file-not-text"),
    "binary": (bytes(range(256)), "file-not-text"),
    "control characters": (b"name: a\x00b\n", "file-not-yaml"),
    "10 MB": (b"# " + b"x" * 10_000_000, "file-too-large"),
    "10 MB of list": (b"a: [" + b"1," * 5_000_000 + b"]", "file-too-large"),
    "an alias": (b"a: &one [1]\nb: *one\n", "file-not-yaml"),
    "a bomb of aliases": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("k"))),
        "file-not-yaml",
    ),
    "an alias of itself": (b"a: &a [*a]\n", "file-not-yaml"),
    "a merge key": (b"base: &base {a: 1}\nb: {<<: *base}\n", "file-not-yaml"),
    "deep lists": (b"a: " + b"[" * 50_000, "file-not-yaml"),
    "deep closed lists": (b"a: " + b"[" * 5_000 + b"]" * 5_000, "file-not-yaml"),
    "deep fields": (b"".join(b" " * depth + b"a:\n" for depth in range(700)), "file-not-yaml"),
    "a Python object": (b"name: !!python/object/apply:os.system ['true']\n", "file-not-yaml"),
    "a Python name": (b"name: !!python/name:os.system\n", "file-not-yaml"),
    "an unknown tag": (b"name: !secret x\n", "file-not-yaml"),
    "two documents": (b"careloop: 1\n---\ncareloop: 1\n", "file-not-yaml"),
    "a field that is no name": (b"1: one\n", "file-not-yaml"),
    "a field that is a list": (b"[a, b]: one\n", "file-not-yaml"),
    "an unclosed list": (b"a: [1, 2\n", "file-not-yaml"),
    "a number of ten thousand digits": (b"careloop: " + b"9" * 10_000, "file-not-yaml"),
    "an impossible date": (b"a: 2026-13-45\n", "file-not-yaml"),
}


@pytest.mark.parametrize("kind", [PlanError, RobotError], ids=["plan", "robot"])
@pytest.mark.parametrize("what", NOT_FILES)
def test_a_file_that_is_no_document_is_refused(tmp_path, what, kind):
    content, code = NOT_FILES[what]
    error = refused(tmp_path, content, whatever_loads(kind))
    assert (type(error), error.code) == (kind, code)


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path):
    for path in (tmp_path / "missing.yaml", tmp_path):
        for load in (load_exercise, load_robot):
            with pytest.raises(InputError) as caught:
                load(path.with_suffix(".yaml"))
            assert caught.value.code == "file-unreadable"


def test_a_name_that_is_not_shipped_lists_what_is():
    with pytest.raises(PlanError) as caught:
        load_exercise("knee-wlaking")
    assert "knee-walking" in caught.value.values["known"]
    with pytest.raises(RobotError) as caught:
        load_robot("kne-exo")
    assert "knee-exo" in caught.value.values["known"]


NUMBER = "stiffness: 120"
PLANS = {
    "an unknown field": ("careloop: 1", "careloop: 1\ncolour: red", "field-unknown", "colour"),
    "a repeated field": ("careloop: 1", "careloop: 1\nname: twice", "file-not-yaml", None),
    "a repeated field inside": ("repetitions: 3", "repetitions: 4, repetitions: 5", "file-not-yaml", None),
    "a wrong unit suffix": (
        "velocity_deg_s: 140",
        "velocity_rad_s: 2.4",
        "field-unknown",
        "limits.knee.velocity_rad_s",
    ),
    "a missing field": ("speed: 0.3, ", "", "field-missing", "motion.speed"),
    "another version": ("careloop: 1", "careloop: 2", "field-not-allowed", "careloop"),
    "a range outside the robot's": (
        "range_deg: [10, 95]",
        "range_deg: [10, 140]",
        "above-limit",
        "limits.knee.range_deg",
    ),
    "a range below the robot's": (
        "range_deg: [10, 95]",
        "range_deg: [-10, 95]",
        "below-limit",
        "limits.knee.range_deg",
    ),
    "a motion outside its limits": ("{knee: [20, 65]}", "{knee: [20, 96]}", "above-limit", "motion.range_deg.knee"),
    "an empty range": ("{knee: [20, 65]}", "{knee: [65, 20]}", "range-empty", "motion.range_deg.knee"),
    "a range of one number": ("{knee: [20, 65]}", "{knee: [20]}", "field-missing", "motion.range_deg.knee.1"),
    "more torque than the robot's": ("torque: 38,", "torque: 41,", "above-limit", "limits.knee.torque"),
    "more speed than the robot's": (
        "velocity_deg_s: 140",
        "velocity_deg_s: 171",
        "above-limit",
        "limits.knee.velocity_deg_s",
    ),
    "more power than the robot's": ("power: 70", "power: 119", "above-limit", "limits.knee.power"),
    "a power of nothing": ("power: 70", "power: 0", "field-not-allowed", "limits.knee.power"),
    "a budget of nothing": ("budget: 22", "budget: 0", "field-not-allowed", "limits.energy.budget"),
    "no refill": (", refill: 5", "", "field-missing", "limits.energy.refill"),
    "an infinite budget": ("budget: 22", "budget: .inf", "field-not-allowed", "limits.energy.budget"),
    "a contact limit without its sensor": (
        "  cuff: {force: 150}",
        "  cuff: {force: 150}\n  contact: {seat: 50}",
        "field-unknown",
        "limits.contact.seat",
    ),
    "a negative torque": ("torque: 38,", "torque: -38,", "field-not-allowed", "limits.knee.torque"),
    "a negative stiffness": (NUMBER, "stiffness: -1", "out-of-bounds", "law.joint-impedance.stiffness"),
    "not a number": (NUMBER, "stiffness: .nan", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "infinity": (NUMBER, "stiffness: .inf", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "minus infinity": (NUMBER, "stiffness: -.inf", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "1e309": (NUMBER, "stiffness: 1e309", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "1.0e309": (NUMBER, "stiffness: 1.0e309", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "1.0e+309": (NUMBER, "stiffness: 1.0e+309", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "a whole number beyond floats": (
        NUMBER,
        "stiffness: 1" + "0" * 400,
        "field-not-allowed",
        "law.0.joint-impedance.stiffness",
    ),
    "true for a number": (NUMBER, "stiffness: true", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "a text for a number": (NUMBER, "stiffness: stiff", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "nothing for a number": (NUMBER, "stiffness:", "field-not-allowed", "law.0.joint-impedance.stiffness"),
    "not a number in a limit": ("torque: 38,", "torque: .nan,", "field-not-allowed", "limits.knee.torque"),
    "infinity in a limit": ("torque: 38,", "torque: .inf,", "field-not-allowed", "limits.knee.torque"),
    "true in a limit": ("torque: 38,", "torque: true,", "field-not-allowed", "limits.knee.torque"),
    "half a repetition": ("repetitions: 3", "repetitions: 3.5", "field-not-allowed", "motion.repetitions"),
    "true repetitions": ("repetitions: 3", "repetitions: true", "field-not-allowed", "motion.repetitions"),
    "no speed": ("speed: 0.3", "speed: 0", "field-not-allowed", "motion.speed"),
    "a stiffness for another joint": (
        NUMBER,
        "stiffness: {hip: 10}",
        "joints-not-matched",
        "law.joint-impedance.stiffness",
    ),
    "a motion of another joint": ("{knee: [20, 65]}", "{hip: [20, 65]}", "joints-not-matched", "motion.range_deg"),
    "a limit of another joint": ("\n  knee:", "\n  hip:", "joints-not-matched", "limits"),
    "an unknown law": ("joint-impedance: {", "spring: {", "law-unknown", "law.0"),
    "an unknown parameter": ("damping: 8", "dampng: 8", "field-unknown", "joint-impedance.dampng"),
    "a law without its parameter": (", damping: 8", "", "field-missing", "joint-impedance.damping"),
    "an unknown recording": ("walking-2d", "running", "recording-unknown", "motion.recorded"),
    "an unknown adjustable": (
        "joint-impedance.stiffness:",
        "joint-impedance.stifness:",
        "field-unknown",
        "adjustable.joint-impedance.stifness",
    ),
    "an empty adjustable range": ("[60, 160]", "[160, 60]", "range-empty", "adjustable.joint-impedance.stiffness"),
    "an adjustable range outside the law's bounds": (
        "[60, 160]",
        "[60, 401]",
        "out-of-bounds",
        "adjustable.joint-impedance.stiffness",
    ),
    "an adjustable range without its own value": (
        "[60, 160]",
        "[60, 100]",
        "outside-adjustable",
        "adjustable.joint-impedance.stiffness",
    ),
    "an adjustable speed that no motion has": ("[0.2, 0.35]", "[0.2, 2.5]", "out-of-bounds", "adjustable.motion.speed"),
    "an adjustable speed of nothing": ("[0.2, 0.35]", "[0.0, 0.35]", "out-of-bounds", "adjustable.motion.speed"),
    "an adjustable range of NaN": (
        "[60, 160]",
        "[60, .nan]",
        "field-not-allowed",
        "adjustable.joint-impedance.stiffness.1",
    ),
    "patients of no height": ("[1.45, 1.95]", "[0, 1.95]", "field-not-allowed", "patient.height_m.0"),
    "patients from tall to small": ("[1.45, 1.95]", "[1.95, 1.45]", "range-empty", "patient.height_m"),
}


@pytest.mark.parametrize("what", PLANS)
def test_a_plan_that_is_wrong_is_refused_by_field(tmp_path, what):
    old, new, code, field = PLANS[what]
    error = refused(tmp_path, changed(PLAN, old, new), load_exercise)
    assert isinstance(error, PlanError)
    assert (error.code, error.values.get("field")) == (code, field)


DRIVE = "model: ph54-200-s500-r"
ROBOTS = {
    "an unknown region": (
        "careloop: 1",
        "careloop: 1\nforce_sensors: {cuff: {region: shin}}",
        "region-unknown",
        "force_sensors.cuff.region",
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
    assert RobotDescription.model_validate_json(json.dumps(content)).settle_damping == (0.0,)


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
        ("bar_mass_kg: 1.8", "bar_mass_kg: -1.8", "inertia-invalid"),
        ("bar_mass_kg: 1.8", "bar_mass_kg: 0.0", "inertia-invalid"),
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


def test_what_is_right_is_read(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(PLAN)
    assert load_exercise(path).plan == load_exercise("knee-walking").plan
    path.write_text(ROBOT)
    assert load_robot(path) == load_robot("knee-exo")


def test_comments_and_layout_do_not_change_what_a_plan_says(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("# mine\n" + yaml.dump(yaml.safe_load(PLAN), sort_keys=True))
    assert load_exercise(path).plan.content == load_exercise("knee-walking").plan.content
