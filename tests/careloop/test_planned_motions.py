"""Motions that a plan names: what they become, what is refused of them, and that an optimal one is what was proven."""

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from careloop.build import Exercise, load_exercise, shipped_plans
from careloop.messages import explain
from careloop.proving.energy import drawn_over
from careloop.proving.parts import proof_parts
from careloop.session.control import check_proven
from careloop.session.files import Order
from careloop.trajectories import trajectory_of, trajectory_sha256
from robot.errors import CheckFailed, PlanError
from robot.plan import Plan
from robot.tick import Row
from sim_models.trials.matrix import standard_matrix

WALKING = yaml.safe_load(shipped_plans()["knee-walking"].read_text())
OPTIMAL = yaml.safe_load(shipped_plans()["knee-optimal"].read_text())["motion"]
PACE = {"pace": {"knee": {"velocity_deg_s": 60, "acceleration_deg_s2": 120, "jerk_deg_s3": 600}}}
OFTEN = {**PACE, "speed": 0.8, "repetitions": 2}
VIA: dict[str, Any] = {"via_deg": [{"knee": 20}, {"knee": 45}, {"knee": 70}], **OFTEN}
REACHING: dict[str, Any] = {
    "reaching": [{"at_deg": {"knee": 25}, "hold_s": 1.0}, {"at_deg": {"knee": 65}, "hold_s": 2.0}],
    **OFTEN,
}


def written(folder: Path, motion: dict[str, Any], **changes: Any) -> Path:
    """The shipped plan with another motion, nothing adjustable but its speed."""
    path = folder / "mine.yaml"
    path.write_text(
        yaml.safe_dump({**WALKING, "adjustable": {"motion.speed": [0.2, 0.8]}, **changes, "motion": motion})
    )
    return path


def at(motion: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """The motion with one value replaced."""
    changed = json.loads(json.dumps(motion))
    *way, field = [int(one) if one.isdigit() else one for one in place.split(".")]
    part: Any = changed
    for step in way:
        part = part[step]
    part[field] = value
    return dict(changed)


NAN, INF = float("nan"), float("inf")
REFUSED: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "no kind": (
        {"speed": 1, "repetitions": 1},
        "field-not-allowed",
        "motion",
        "exactly one of recorded, via_deg, reaching",
    ),
    "two kinds": ({**VIA, "recorded": "walking-2d"}, "field-not-allowed", "motion", "exactly one of recorded"),
    "an unknown field": ({**VIA, "sped": 1}, "field-unknown", "motion.sped", "pace, speed, repetitions, via_deg"),
    "an unknown field of a target": (
        at(REACHING, "reaching.1.hold", 1),
        "field-unknown",
        "motion.reaching.1.hold",
        "at_deg, hold_s",
    ),
    "no pace": ({**VIA, "pace": {}}, "joints-not-matched", "motion.pace", "knee"),
    "another joint": (at(VIA, "via_deg.1", {"hip": 3}), "joints-not-matched", "motion.via_deg.1", "needs exactly knee"),
    "a joint of which nothing is said": (
        at(REACHING, "reaching.0.at_deg", {}),
        "field-not-allowed",
        "motion.reaching.0.at_deg",
        "1",
    ),
    "one point": ({**VIA, "via_deg": [{"knee": 20}]}, "field-not-allowed", "motion.via_deg", "at least 2"),
    "too many points": (
        {**VIA, "via_deg": [{"knee": 20 + k % 2} for k in range(51)]},
        "field-not-allowed",
        "motion.via_deg",
        "at most 50",
    ),
    "the same point twice": (at(VIA, "via_deg.1", {"knee": 20}), "point-repeated", "motion.via_deg.1", "differ"),
    "its own way back": (
        at(VIA, "via_deg.2", {"knee": 20}),
        "way-back-given",
        "motion.via_deg.2",
        "leave this one out",
    ),
    "no way": (at(OPTIMAL, "target_deg", {"knee": 25}), "point-repeated", "motion.target_deg", "differ"),
    "a point past the limits": (at(VIA, "via_deg.2.knee", 96), "above-limit", "motion.via_deg.2.knee", "at most 95"),
    "a target below them": (
        at(REACHING, "reaching.0.at_deg.knee", 9),
        "below-limit",
        "motion.reaching.0.at_deg.knee",
        "at least 10",
    ),
    "an angle that is no number": (
        at(VIA, "via_deg.1.knee", NAN),
        "field-not-allowed",
        "motion.via_deg.1.knee",
        "finite",
    ),
    "an infinite angle": (at(OPTIMAL, "start_deg.knee", -INF), "field-not-allowed", "motion.start_deg.knee", "finite"),
    "a pace past the joint's": (
        at(VIA, "pace.knee.velocity_deg_s", 141),
        "above-limit",
        "motion.pace.knee.velocity_deg_s",
        "limits.knee.velocity_deg_s's 140",
    ),
    "no pace at all": (
        at(VIA, "pace.knee.jerk_deg_s3", 0),
        "field-not-allowed",
        "motion.pace.knee.jerk_deg_s3",
        "greater than 0",
    ),
    "a pace of NaN": (
        at(VIA, "pace.knee.acceleration_deg_s2", NAN),
        "field-not-allowed",
        "motion.pace.knee.acceleration_deg_s2",
        "finite",
    ),
    "more than its pace": (at(VIA, "speed", 1.01), "out-of-bounds", "motion.speed", "0.01 to 1 of its own pace"),
    "backward": (at(VIA, "speed", -0.5), "out-of-bounds", "motion.speed", "the pace is the fastest"),
    "a speed of NaN": (at(REACHING, "speed", NAN), "out-of-bounds", "motion.speed", "0.01 to 1"),
    "never": (at(VIA, "repetitions", 0), "out-of-bounds", "motion.repetitions", "1 to 1000 times"),
    "for ever": (at(VIA, "repetitions", 1001), "out-of-bounds", "motion.repetitions", "what one session can be"),
    "a negative hold": (
        at(REACHING, "reaching.0.hold_s", -1),
        "out-of-bounds",
        "motion.reaching.0.hold_s",
        "0 to 60 s",
    ),
    "a hold of NaN": (
        at(REACHING, "reaching.0.hold_s", NAN),
        "out-of-bounds",
        "motion.reaching.0.hold_s",
        "more repetitions",
    ),
    "an endless way": (at(OPTIMAL, "lasts_s", INF), "out-of-bounds", "motion.lasts_s", "0.1 to 60 s"),
    "a way in no time": (at(OPTIMAL, "lasts_s", 0.5), "motion-too-short", "motion", "at least"),
    "the best of nothing": (
        at(OPTIMAL, "optimal", "time"),
        "field-not-allowed",
        "motion.optimal",
        "'effort' or 'jerk'",
    ),
    "a curve that bulges out": (
        {**VIA, "via_deg": [{"knee": 92}, {"knee": 95}, {"knee": 94}, {"knee": 30}]},
        "motion-leaves-range",
        "motion",
        "outside 10 to 95°",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_motion_that_cannot_be_is_refused_with_the_bound_and_why(what: str, tmp_path: Path) -> None:
    motion, code, field, said = REFUSED[what]
    with pytest.raises(PlanError) as refused:
        load_exercise(written(tmp_path, motion))
    assert (refused.value.code, refused.value.values["field"]) == (code, field)
    for language in ("en", "zh"):
        line = explain(refused.value, language)
        assert line.startswith(f"mine.yaml: {field}: ")
        assert "\n" not in line
    assert said in explain(refused.value)


@pytest.mark.parametrize(
    ("adjustable", "code"),
    [
        ({"motion.range_deg.knee.low": [10, 30]}, "field-unknown"),
        ({"motion.speed": [0.5, 1.5]}, "out-of-bounds"),
        ({"motion.speed": [0.1, 0.5]}, "outside-adjustable"),
    ],
)
def test_only_the_speed_of_such_a_motion_may_be_adjusted_and_up_to_its_pace(
    adjustable: dict[str, Any], code: str, tmp_path: Path
) -> None:
    with pytest.raises(PlanError) as refused:
        load_exercise(written(tmp_path, VIA, adjustable=adjustable))
    assert refused.value.code == code


def sampled(exercise: Exercise, q: float) -> np.ndarray[Any, Any]:
    """The reference from a start at `q` rad to the end: angle and velocity of every tick."""
    row, motion = Row(exercise.controller().layout), exercise.motion()
    motion.begin([q])
    rows = []
    while not motion.at_rest:
        motion.sample(row)
        rows.append([row.q_ref[0], row.dq_ref[0], row.phase[0], row.repetition[0]])
    assert len(rows) * exercise.robot.dt == pytest.approx(motion.duration_s, abs=0.01)
    return np.array(rows)


@pytest.mark.parametrize("motion", [VIA, REACHING], ids=["via", "reaching"])
def test_a_motion_runs_as_its_course_says_inside_of_its_range_and_pace(motion: dict[str, Any], tmp_path: Path) -> None:
    exercise = load_exercise(written(tmp_path, motion))
    rows = sampled(exercise, np.radians(40.0))
    (low, high), turning = exercise.range_deg["knee"], rows[:, 3] > 0
    angles = np.degrees(rows[turning, 0])
    assert (angles.min(), angles.max()) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
    assert np.degrees(np.abs(rows[turning, 1])).max() <= 0.8 * 60.0 * (1.0 + 1e-9)
    assert turning.sum() * exercise.robot.dt == pytest.approx(2 * exercise.cycle.lasts_s, abs=0.01)
    for q, _, phase, _ in rows[turning][:-2:50]:
        assert exercise.cycle.curve.at(phase)[0][0] == pytest.approx(q, abs=1e-9)


def test_a_reaching_motion_holds_its_targets_for_as_long_as_it_says(tmp_path: Path) -> None:
    exercise = load_exercise(written(tmp_path, REACHING))
    q, dq, _, repetition = sampled(exercise, np.radians(40.0)).T
    for angle, hold_s in ((25.0, 1.0), (65.0, 2.0)):
        held = (np.abs(np.degrees(q) - angle) < 1e-6) & (dq == 0.0) & (repetition == 1)
        assert held.sum() * exercise.robot.dt == pytest.approx(hold_s / 0.8, abs=0.01)


@given(
    st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=12).map(np.array),
    st.integers(1, 9),
)
def test_what_is_drawn_over_many_cycles_is_what_it_is_cycle_by_cycle(spent: Any, repetitions: int) -> None:
    total = np.concatenate([[0.0], np.cumsum(np.tile(spent, repetitions))])
    expected = max(total[j] - total[i] for j in range(len(total)) for i in range(j + 1))
    assert drawn_over(spent, repetitions) == pytest.approx(expected, abs=1e-9)


def test_every_kind_of_motion_comes_back_from_its_own_content(tmp_path: Path) -> None:
    for motion in (WALKING["motion"], VIA, REACHING, OPTIMAL):
        plan = load_exercise(written(tmp_path, motion, adjustable={})).plan
        assert Plan.model_validate_json(json.dumps(plan.content)) == plan


@pytest.fixture
def solved(tmp_path: Path, monkeypatch: Any) -> Any:
    """Loads the optimal plan with a cache of its own; tells how often it was solved."""
    monkeypatch.setenv("CARELOOP_CACHE", str(tmp_path / "cache"))
    times = []

    @contextmanager
    def told() -> Any:
        times.append(1)
        yield

    def load(motion: dict[str, Any] = OPTIMAL) -> tuple[Exercise, int]:
        return load_exercise(written(tmp_path, motion), told), len(times)

    return load


def test_an_optimal_motion_is_solved_once_and_is_the_same_to_the_last_bit(solved: Any, tmp_path: Path) -> None:
    (first, once), (second, still_once) = solved(), solved(at(OPTIMAL, "speed", 0.5))
    assert (once, still_once) == (1, 1)
    assert second.trajectory == first.trajectory == trajectory_of(first.plan, first.robot)
    assert first.adjusted({"motion.speed": 0.3}).trajectory == first.trajectory
    (kept,) = (tmp_path / "cache" / "compiled").glob("*.motion.json")
    kept.write_text(kept.read_text().replace("0.4363", "0.4364"))  # what was kept is damaged
    again, twice = solved()
    assert twice == 2
    assert again.trajectory == first.trajectory  # the solver is deterministic


def test_an_optimal_motion_keeps_to_the_limits_that_decide_it() -> None:
    exercise = load_exercise("knee-optimal")
    path = exercise.trajectory
    assert path.closed
    assert path.duration_s == pytest.approx(2 * (2.0 + 0.5))
    low, high = exercise.range_deg["knee"]
    assert 10.0 <= low <= 25.0
    assert 65.0 <= high <= 95.0
    for order, most in ((1, 60.0), (2, 120.0), (3, 600.0)):
        assert np.degrees(path.peak(order)[0]) <= most * (1.0 + 1e-6)


def test_the_proof_names_what_was_solved_and_control_runs_nothing_else() -> None:
    exercise = load_exercise("knee-optimal")
    controller = exercise.controller()
    parts = proof_parts(exercise, controller, standard_matrix())
    assert parts["motion"] == trajectory_sha256(exercise.trajectory)
    assert "recording" not in parts
    order = Order(
        file=exercise.file,
        plan=exercise.plan.content,
        robot=exercise.robot.model_dump(mode="json"),
        person={"height_m": 1.7, "mass_kg": 75.0},
        changes={},
        plant={"serial": {}},
        law=parts["law"],
        guard=parts["guard"],
        trajectory=parts["motion"],
    )
    check_proven(order, controller, controller.motion())
    for other in ("knee-reaching", "knee-walking"):
        with pytest.raises(CheckFailed) as refused:
            check_proven(order, controller, load_exercise(other).motion())
        assert (refused.value.code, refused.value.values) == ("not-the-proven-code", {"part": "motion"})
