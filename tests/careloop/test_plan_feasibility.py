"""What a plan needs of its robot, against a closed form; and what is said where it is too much."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from careloop.build import MOMENTS as SAMPLES
from careloop.build import Exercise, load_exercise, shipped_plans
from careloop.proving.feasibility import Feasibility, check_feasible
from robot.body import shank_and_foot
from robot.description import shipped_robots
from robot.errors import PlanError

PLAN = shipped_plans()["knee-walking"].read_text()
GRAVITY = 9.80665


@pytest.fixture
def exercise(tmp_path: Path) -> Any:
    """Makes an exercise from the shipped plan with some of its text replaced."""

    def make(*changes: tuple[str, str]) -> Exercise:
        text = PLAN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return load_exercise(path)

    return make


FIXED_SPEED = ("  motion.speed: [0.2, 0.35]", "")


def at_speed(speed: float) -> tuple[tuple[str, str], tuple[str, str]]:
    """The changes that set the plan's speed, and leave nothing of it to adjust."""
    return ("speed: 0.3,", f"speed: {speed},"), FIXED_SPEED


def torques(exercise: Exercise, speed: float, height: float, mass: float) -> np.ndarray[Any, Any]:
    """The knee's torque over a cycle, written out by hand: bar, drive, friction, limb, passive knee."""
    curve, cycle_s = exercise.cycle.curve, exercise.cycle.lasts_s
    rate = speed / (cycle_s * exercise.plan.motion.speed)
    values = np.array([curve.at(index / SAMPLES) for index in range(SAMPLES)])[:, :, 0]
    q, dq, ddq = values[:, 0], values[:, 1] * rate, values[:, 2] * rate**2
    pitch = math.radians(exercise.plan.posture.thigh_pitch_deg)
    bar_mass, bar_length, radius = 1.8, 0.30, 0.015
    bar_inertia = bar_mass * ((3 * radius**2 + bar_length**2) / 12 + (bar_length / 2) ** 2)
    bar_weight = -bar_mass * GRAVITY * bar_length / 2 * np.cos(q - pitch)
    limb = shank_and_foot(height, mass)
    limb_inertia = limb.moment + limb.mass * (limb.centre[0] ** 2 + limb.centre[1] ** 2)
    limb_weight = -limb.mass * GRAVITY * (limb.centre[0] * np.cos(q - pitch) + limb.centre[1] * np.sin(q - pitch))
    knee, hip = np.degrees(q), exercise.plan.posture.hip_flexion_deg
    passive = (
        np.exp(1.8 - 0.0352 * knee + 0.0217 * hip)
        - np.exp(-3.971 + 0.0495 * knee - 0.0128 * hip)
        - 4.82
        + np.exp(2.22 - 0.15 * knee)
    )
    friction = 4.0 * np.tanh(dq / 0.02) + 1.2 * dq
    result: np.ndarray[Any, Any] = (
        (bar_inertia + 0.9 + limb_inertia) * ddq + bar_weight + limb_weight + friction - passive
    )
    return result


def peak_by_hand(exercise: Exercise, speeds: tuple[float, ...]) -> float:
    bounds = exercise.plan.patient
    corners = [(s, h, m) for s in speeds for h in bounds.height_m for m in bounds.mass_kg]
    return max(float(np.abs(torques(exercise, *corner)).max()) for corner in corners)


def refusal(exercise: Exercise) -> PlanError:
    with pytest.raises(PlanError) as caught:
        check_feasible(exercise)
    return caught.value


@pytest.mark.parametrize("changes", [(), (("thigh_pitch_deg: 0", "thigh_pitch_deg: 12"), *at_speed(0.25))])
def test_the_torque_needed_agrees_with_the_closed_form(changes: tuple[tuple[str, str], ...], exercise: Any) -> None:
    made = exercise(*changes)
    found = check_feasible(made)
    assert found.joints[0].peak_torque == pytest.approx(peak_by_hand(made, found.speeds), rel=1e-6)


def test_the_ends_of_the_adjustable_speed_are_looked_at(exercise: Any) -> None:
    found: Feasibility = check_feasible(exercise())
    assert found.speeds == (0.2, 0.3, 0.35)
    assert found.joints[0].nearest.speed == 0.35


def test_the_peak_speed_is_that_of_the_fastest_corner(exercise: Any) -> None:
    slow, fast = (check_feasible(exercise(("[0.2, 0.35]", f"[0.2, {end}]"))).joints[0] for end in (0.35, 0.5))
    assert fast.peak_velocity_deg_s / slow.peak_velocity_deg_s == pytest.approx(0.5 / 0.35)


def test_a_speed_past_the_plans_limit_is_refused_with_the_largest_that_fits(exercise: Any) -> None:
    error = refusal(exercise(*at_speed(0.8)))
    assert (error.code, error.values["field"], error.values["given"]) == ("faster-than-limit", "motion.speed", 0.8)
    at_most = error.values["at_most"]
    check_feasible(exercise(*at_speed(at_most)))
    assert refusal(exercise(*at_speed(round(at_most + 0.01, 2)))).values["at_most"] == at_most


def test_a_torque_past_the_plans_limit_is_refused_with_the_largest_speed_that_fits(exercise: Any) -> None:
    weaker = ("torque: 38,", "torque: 23.8,")
    error = refusal(exercise(weaker, *at_speed(0.5)))
    assert (error.code, error.values["field"]) == ("too-fast", "motion.speed")
    assert error.values["torque"] > error.values["allowed"] == 23.8
    at_most = error.values["at_most"]
    check_feasible(exercise(weaker, *at_speed(at_most)))
    assert refusal(exercise(weaker, *at_speed(round(at_most + 0.01, 2)))).values["at_most"] == at_most


def test_an_adjustable_end_that_is_too_fast_is_named_as_such(exercise: Any) -> None:
    error = refusal(exercise(("[0.2, 0.35]", "[0.2, 0.9]")))
    assert (error.values["field"], error.values["given"]) == ("adjustable.motion.speed", 0.9)


def test_the_widest_adjustable_range_is_looked_at_and_its_slew_added(exercise: Any) -> None:
    adjustable = ("  motion.speed:", "  motion.range_deg.knee.high: [60, 80]\n  motion.speed:")
    found, wide = check_feasible(exercise(adjustable)), check_feasible(exercise(("[20, 65]", "[20, 80]")))
    (knee,), (widest,) = found.joints, wide.joints
    assert knee.peak_velocity_deg_s == pytest.approx(widest.peak_velocity_deg_s + 3.0)
    assert knee.peak_torque >= widest.peak_torque
    error = refusal(
        exercise(
            ("[20, 65]", "[30, 50]"),
            ("range_deg: [10, 95], velocity_deg_s: 140", "range_deg: [10, 95], velocity_deg_s: 70"),
            adjustable,
            ("[60, 80]", "[45, 90]"),
            ("[0.2, 0.35]", "[0.2, 0.5]"),
        )
    )
    assert error.code == "faster-than-limit"


def test_a_limb_too_heavy_at_any_speed_is_refused_naming_the_person(exercise: Any) -> None:
    error = refusal(exercise(("torque: 38,", "torque: 10,"), ("spasm: {torque: 20,", "spasm: {torque: 10,")))
    assert (error.code, error.values["field"]) == ("too-heavy", "limits.knee.torque")
    assert (error.values["height"], error.values["mass"]) == (1.95, 110)


def test_only_half_of_the_torque_speed_line_may_be_used(exercise: Any, tmp_path: Path) -> None:
    geared = tmp_path / "geared.yaml"
    geared.write_text(shipped_robots()["knee-exo"].read_text().replace("gear: 1.0", "gear: 1.1"))
    faster = ("velocity_deg_s: 140", "velocity_deg_s: 170"), ("[0.2, 0.35]", "[0.2, 0.64]")
    values = refusal(exercise(("robot: knee-exo", f"robot: {geared}"), *faster)).values
    # The line of a PH54-200 by its datasheet: 44.7 N·m at 29.0 rpm, nothing at 33.1 rpm.
    line = 1.1 * 44.7 * (33.1 - 1.1 * values["velocity_deg_s"] / 6.0) / (33.1 - 29.0)
    assert values["allowed"] == pytest.approx(0.5 * line)
    assert values["allowed"] < values["torque"] < 38.0


def test_power_and_energy_are_those_of_the_same_torques(exercise: Any) -> None:
    """The tank by its own definition: it never holds more than its budget."""
    made = exercise()
    found = check_feasible(made)
    power, mean, drawn = 0.0, 0.0, 0.0
    for speed in found.speeds:
        curve, cycle_s = made.cycle.curve, made.cycle.lasts_s
        rate = speed / (cycle_s * made.plan.motion.speed)
        dq = rate * np.array([curve.at(index / SAMPLES) for index in range(SAMPLES)])[:, 1, 0]
        for height in made.plan.patient.height_m:
            for mass in made.plan.patient.mass_kg:
                flow = torques(made, speed, height, mass) * dq
                power, mean = max(power, flow.max()), max(mean, flow.mean())
                spent = 0.0
                for watts in np.tile(flow, made.plan.motion.repetitions):
                    spent = max(0.0, spent + (watts - 5.0) / (SAMPLES * rate))
                    drawn = max(drawn, spent)
    (knee,) = found.joints
    assert (knee.peak_power, knee.power_limit) == (pytest.approx(power, rel=1e-6), 70.0)
    assert found.energy.drawn == pytest.approx(drawn, rel=1e-6)
    assert found.energy.mean_power == pytest.approx(mean, rel=1e-6)
    assert (found.energy.budget, found.energy.refill) == (22.0, 5.0)


def test_the_shipped_plans_power_and_energy_are_about_twice_what_is_needed(exercise: Any) -> None:
    found = check_feasible(exercise())
    (knee,) = found.joints
    assert knee.power_limit / knee.peak_power == pytest.approx(2.0, rel=0.1)
    assert found.energy.budget / found.energy.drawn == pytest.approx(2.0, rel=0.1)
    assert found.energy.refill / found.energy.mean_power == pytest.approx(2.0, rel=0.1)


def test_a_power_past_the_plans_limit_is_refused_with_the_largest_speed_that_fits(exercise: Any) -> None:
    error = refusal(exercise(("power: 70", "power: 20")))
    assert (error.code, error.values["field"]) == ("too-fast", "motion.speed")
    radians_s = math.radians(error.values["velocity_deg_s"])
    assert error.values["allowed"] * radians_s == pytest.approx(20.0)
    assert error.values["torque"] > error.values["allowed"]
    check_feasible(exercise(("power: 70", "power: 20"), *at_speed(error.values["at_most"])))


@pytest.mark.parametrize("repetitions", [1, 100])
def test_a_tank_that_would_come_near_its_end_is_refused_with_what_would_do(exercise: Any, repetitions: int) -> None:
    cycles = ("repetitions: 3", f"repetitions: {repetitions}")
    error = refusal(exercise(("budget: 22, refill: 5", "budget: 5, refill: 2"), cycles))
    assert (error.code, error.values["field"]) == ("energy-too-little", "limits.energy")
    assert error.values["drawn"] > 0.9 * 5.0
    enough = 1.001 * float(error.values["at_least"])
    check_feasible(exercise(("budget: 22, refill: 5", f"budget: {enough}, refill: 2"), cycles))


def test_a_force_sensor_at_the_cuff_makes_its_limit_enforceable(exercise: Any, tmp_path: Path) -> None:
    robot = tmp_path / "felt.yaml"
    robot.write_text(shipped_robots()["knee-exo"].read_text() + "force_sensors: {cuff: {region: thigh-and-knee}}\n")
    assert check_feasible(exercise(("robot: knee-exo", f"robot: {robot}"))).not_enforceable == ()
    too_much = ("  cuff: {force: 150}", "  cuff: {force: 150}\n  contact: {cuff: 111}")
    with pytest.raises(PlanError) as refused:
        exercise(("robot: knee-exo", f"robot: {robot}"), too_much)
    assert (refused.value.code, refused.value.values["at_most"]) == ("above-limit", 110.0)
