import re
from dataclasses import fields
from itertools import product
from math import radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careloop.build import load_exercise
from robot.description import load_robot
from robot.plan import Plan
from robot.tick import Row
from sim_models.faults import NEVER, Condition
from sim_models.trials.cases import corner_cases, standard_cases
from sim_models.trials.matrix import FILE, Matrix, standard_matrix
from tests.sim_models.trials_kit import HANDOVER, SHIPPED, changed, exercise, matrix

STANDARD = standard_matrix()
PLAN = SHIPPED.plan
NEEDS = ("straps", "tool", "brakes")


def test_every_number_of_the_matrix_has_a_reason_beside_it() -> None:
    for line in FILE.read_text(encoding="utf-8").splitlines():
        said, _, reason = line.partition("#")
        if re.search(r"\d", said) and not said.startswith(("careloop:", "version:")):
            assert len(reason.split()) >= 3, line


def test_patients_stand_in_every_corner_of_the_bounds() -> None:
    sizes = {(size.height, size.mass) for size in STANDARD.patients.values()}
    assert set(product((0.0, 1.0), repeat=2)) <= sizes


def test_every_patient_meets_every_condition_that_is_not_for_some_alone() -> None:
    cases = standard_cases(PLAN, SHIPPED.robot, STANDARD)
    met = {(case.patient, case.condition) for case in cases}
    assert len(met) == len(cases)
    for name, row in STANDARD.conditions.items():
        if not row.suits(SHIPPED.robot):
            assert not any(condition == name for _, condition in met)
            continue
        assert {patient for patient, condition in met if condition == name} == set(row.patients or STANDARD.patients)
    assert all(not case.changes for case in cases)
    assert {case.repetitions for case in cases if not STANDARD.conditions[case.condition].patients} == {None}


def test_what_needs_straps_a_tool_or_brakes_is_tried_where_they_are() -> None:
    needing = {need: {name for name, row in STANDARD.conditions.items() if row.needs == need} for need in NEEDS}
    assert all(needing.values())
    assert suiting("knee-exo") == set(STANDARD.conditions) - needing["tool"] - needing["brakes"] - ELSEWHERE
    assert suiting("care-arm") == set(STANDARD.conditions) - needing["straps"]


ELSEWHERE = {f"spasm-{joint}" for joint in ("hip", "ankle", "shoulder", "elbow", "forearm")}


def suiting(robot: str) -> set[str]:
    """The conditions that a shipped robot is tried in."""
    return {name for name, row in STANDARD.conditions.items() if row.suits(load_robot(robot))}


def test_a_spasm_is_tried_at_each_joint_that_is_strapped() -> None:
    spasms = {
        robot: {name for name in suiting(robot) if STANDARD.conditions[name].spasm}
        for robot in ("knee-exo", "leg-exo", "arm-exo", "care-arm")
    }
    assert spasms == {
        "knee-exo": {"spasm", "spasm-flexors"},
        "leg-exo": {"spasm", "spasm-hip", "spasm-ankle", "spasm-flexors"},
        "arm-exo": {"spasm", "spasm-shoulder", "spasm-elbow", "spasm-forearm"},
        "care-arm": set(),
    }


def test_a_robot_that_meets_nobody_is_tried_once_in_each_condition() -> None:
    alone = load_exercise(HANDOVER)
    cases = standard_cases(alone.plan, alone.robot, STANDARD)
    assert len({case.condition for case in cases}) == len(cases)
    assert {case.condition for case in cases} == {
        name for name, row in STANDARD.conditions.items() if row.suits(alone.robot)
    }
    assert len(corner_cases(alone.plan, STANDARD)) == 2 ** len(alone.plan.adjustable)


def test_corners_are_every_combination_of_the_adjustable_ends() -> None:
    cases = corner_cases(PLAN, STANDARD)
    assert len(cases) == 2 ** len(PLAN.adjustable) * 2
    ends = set(product(*PLAN.adjustable.values()))
    for patient in ("passive", "severely-spastic"):
        assert {tuple(case.changes.values()) for case in cases if case.patient == patient} == ends
    assert all(tuple(case.changes) == tuple(PLAN.adjustable) for case in cases)
    assert {(case.condition, case.repetitions) for case in cases} == {("nominal", 1)}


def test_a_plan_without_adjustable_ranges_has_no_corners() -> None:
    assert corner_cases(exercise({"adjustable": {}}).plan, STANDARD) == ()


bounds = st.tuples(st.floats(0.5, 2.4), st.floats(0.05, 0.1)), st.tuples(st.floats(5.0, 250.0), st.floats(1.0, 50.0))


@given(*bounds)
def test_everybody_is_within_the_plans_bounds_and_the_ends_are_reached(
    height: tuple[float, float], mass: tuple[float, float]
) -> None:
    heights, masses = (height[0], height[0] + height[1]), (mass[0], mass[0] + mass[1])
    content = changed(PLAN.model_dump(), {"patient": {"height_m": heights, "mass_kg": masses}})
    people = [case.person for case in standard_cases(Plan.model_validate(content), SHIPPED.robot, STANDARD)]
    for given_, (low, high) in (
        ([one.height_m for one in people], heights),
        ([one.mass_kg for one in people], masses),
    ):
        assert min(given_) == low
        assert max(given_) == pytest.approx(high, rel=1e-15)
        assert max(given_) <= high


def test_only_the_severely_spastic_may_stop_undisturbed_and_nobody_may_survive_a_torn_bus() -> None:
    cases = standard_cases(PLAN, SHIPPED.robot, STANDARD)
    lenient = {case.patient for case in cases if case.condition != "spasm-flexors" and "-or-" in case.expected}
    assert lenient == {"severely-spastic"}
    fatal = {"encoder-wrap", "emergency-stop", "bus-silence"}
    assert {case.condition for case in cases if "faults" in case.expected.split("-or-")} == fatal
    assert not any("completes" in case.expected.split("-or-") for case in cases if case.condition in fatal)


def test_who_may_stop_safely_may_do_so_before_a_fault_too() -> None:
    torn = {
        case.patient: case.expected
        for case in standard_cases(PLAN, SHIPPED.robot, STANDARD)
        if case.condition == "bus-silence"
    }
    assert torn.pop("severely-spastic") == "faults-or-stops-safely"
    assert set(torn.values()) == {"faults"}


@pytest.mark.parametrize("condition", ["nan-measurement", "bus-silence"])
def test_faults_fall_while_the_shipped_plans_joint_moves_fast(condition: str) -> None:
    controller = SHIPPED.controller()
    low, high = PLAN.limits.joints["knee"].range_deg
    motion, row = controller.motion(), Row(controller.layout)
    motion.begin([radians(low + STANDARD.start * (high - low))])
    fault = STANDARD.conditions[condition]
    at = (fault.nonsense or fault.silence).at * motion.duration_s
    for _ in range(round(at / SHIPPED.robot.dt)):
        motion.sample(row)
    assert abs(row.dq_ref[0]) > radians(30.0)


def test_a_torn_bus_is_silent_for_longer_than_the_robot_may_be() -> None:
    assert STANDARD.conditions["bus-silence"].silence.for_ms > 1000.0 * SHIPPED.robot.silence_s


def test_a_condition_says_what_goes_wrong_and_nothing_else() -> None:
    quarter = matrix({"conditions.nan-measurement.nonsense.at": 0.25, "conditions.bus-silence.silence.at": 0.25})
    conditions = {name: row.condition(name, 20.0, seed=1) for name, row in quarter.conditions.items()}
    nominal, nonsense, late, torn = (
        conditions[name] for name in ("nominal", "nan-measurement", "more-delay", "bus-silence")
    )
    assert (nominal.delay_s, nominal.nonsense, nominal.silence) == (0.0, NEVER, NEVER)
    assert (nonsense.delay_s, nonsense.silence) == (0.0, NEVER)
    assert (nonsense.nonsense.start, nonsense.nonsense.duration) == (5.0, 0.01)
    assert (late.delay_s, late.nonsense, late.silence) == (0.02, NEVER, NEVER)
    assert (torn.delay_s, torn.nonsense) == (0.0, NEVER)
    assert (torn.silence.start, torn.silence.duration) == (5.0, 0.1)


def test_a_wish_for_one_kind_of_fault_gives_no_other() -> None:
    plain = Condition("x", seed=1)
    for name, row in STANDARD.conditions.items():
        wished = set(row.model_fields_set) - {"expected", "needs", "patients", "repetitions"}
        condition = row.condition("x", 20.0, seed=1)
        suffered = {
            field.name for field in fields(condition) if getattr(condition, field.name) != getattr(plain, field.name)
        }
        assert len(suffered) == len(wished), name


@given(st.integers(0, 10_000))
def test_the_emergency_stop_is_pressed_between_the_two_moments(seed: int) -> None:
    row = STANDARD.conditions["emergency-stop"]
    assert row.emergency_between is not None
    low, high = row.emergency_between
    assert 20.0 * low <= row.condition("emergency-stop", 20.0, seed).emergency_s <= 20.0 * high


@pytest.mark.parametrize("field", ["may_stop_safely", "corners.patients", "conditions.backlash.patients"])
def test_a_patient_that_nobody_knows_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=rf"patient-unknown: field={field}, given=tired, known=passive, weak"):
        matrix({field: ("passive", "tired")})


def test_a_corner_is_tried_by_none_but_the_matrixs_own_patients() -> None:
    patients = {"passive": STANDARD.patients["passive"].model_dump()}
    with pytest.raises(ValueError, match=r"field=corners.patients, given=severely-spastic, known=passive "):
        matrix({"patients": patients, "may_stop_safely": ()})


def test_a_size_outside_of_the_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="less than or equal to 1"):
        Matrix.model_validate(changed(STANDARD.model_dump(), {"patients.passive.mass": 1.01}))
