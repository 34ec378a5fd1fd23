"""Whatever is wrong with a plan, one error names the file, the field and what is allowed."""

import pytest

from careloop.build import load_exercise
from robot.errors import PlanError
from tests.robot.bad_input import PLAN, changed, refused

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
    "a spasm beyond the joint's own torque": (
        "spasm: {torque: 20,",
        "spasm: {torque: 39,",
        "above-limit",
        "stop.spasm.torque",
    ),
    "a spasm of another joint": (
        "spasm: {torque: 20,",
        "spasm: {torque: {hip: 20},",
        "joints-not-matched",
        "stop.spasm.torque",
    ),
    "a spasm of one joint that is no number": (
        "spasm: {torque: 20,",
        "spasm: {torque: {knee: .nan},",
        "field-not-allowed",
        "stop.spasm.torque.knee",
    ),
    "a stiffness of one joint that is a text": (
        NUMBER,
        "stiffness: {knee: stiff}",
        "field-not-allowed",
        "law.0.joint-impedance.stiffness.knee",
    ),
    "a spasm that is no number": (
        "spasm: {torque: 20,",
        "spasm: {torque: .nan,",
        "field-not-allowed",
        "stop.spasm.torque",
    ),
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
    "not a number": (NUMBER, "stiffness: .nan", "out-of-bounds", "law.joint-impedance.stiffness"),
    "infinity": (NUMBER, "stiffness: .inf", "out-of-bounds", "law.joint-impedance.stiffness"),
    "minus infinity": (NUMBER, "stiffness: -.inf", "out-of-bounds", "law.joint-impedance.stiffness"),
    "1e309": (NUMBER, "stiffness: 1e309", "out-of-bounds", "law.joint-impedance.stiffness"),
    "1.0e309": (NUMBER, "stiffness: 1.0e309", "out-of-bounds", "law.joint-impedance.stiffness"),
    "1.0e+309": (NUMBER, "stiffness: 1.0e+309", "out-of-bounds", "law.joint-impedance.stiffness"),
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
    "no speed": ("speed: 0.3", "speed: 0", "out-of-bounds", "motion.speed"),
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
