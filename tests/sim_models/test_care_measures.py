"""What counts as done: each measure on courses made by hand, where the answer is known."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from robot.contact_limits import contact_limits
from robot.plan_task import Bathing, Meal, PlanTask, Reposition
from robot.runtime.session_state import State
from robot.tick import Array, TickLayout
from sim_models.faults import NOMINAL
from sim_models.tasks.course import Course, longest_s
from sim_models.tasks.criteria import criteria
from sim_models.tasks.judging import dropped, judged, pressed_too_hard, too_deep
from sim_models.trials.gates import Result
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.measures import aside_errors, tool_errors
from sim_models.trials.trial import Recording
from sim_models.trials.wording import end_words

DT = 0.01
MARK = (0.5, 0.0, 0.3)
MEAL = PlanTask(meal=Meal(mark_m=MARK, placed_within_mm=0.0, depth_mm=10.0, for_s=1.0))
BATHING = PlanTask(bathing=Bathing(mark_m=MARK, placed_within_mm=0.0, region="forearm", force=10.0, along_mm=100.0))
REPOSITION = PlanTask(
    reposition=Reposition(mark_m=MARK, placed_within_mm=0.0, lift_mm=50.0, move_m=(-0.1, 0.0), within_mm=30.0)
)


def course(seconds: float, columns: Mapping[str, Array | float], repetition: Array | float = 1.0) -> Course:
    count = round(seconds / DT)
    named = {
        **{f"target_{axis}_m": 0.0 for axis in "xyz"},
        **{f"tool_{way}_m": 0.0 for way in ("along", "aside", "ahead")},
        **{"tool_tilt_deg": 0.0, "face_contact_N": 0.0, "teeth_contact_N": 0.0, "forearm_contact_N": 0.0},
        **columns,
    }
    truth = np.stack([np.broadcast_to(values, count) for values in named.values()], axis=1)
    return Course(tuple(named), truth, np.broadcast_to(repetition, count), DT)


def time(seconds: float) -> Array:
    return DT * np.arange(round(seconds / DT))


def in_mouth(begins: float, ends: float) -> Array:
    """How far ahead of the lips a spoon is: 12 mm behind them for a while."""
    t = time(4.0)
    return np.where((t >= begins) & (t < ends), -0.012, 0.05)


def test_the_longest_run_is_found_wherever_it_is() -> None:
    mask = np.array([1, 1, 0, 1, 1, 1, 0, 1], dtype=bool)
    assert longest_s(mask, 0.5) == 1.5
    assert longest_s(~np.zeros(4, dtype=bool), 0.5) == 2.0
    assert longest_s(np.zeros(4, dtype=bool), 0.5) == 0.0


def test_a_meal_is_done_when_the_spoon_was_in_the_mouth_for_long_enough() -> None:
    outcome = judged(course(4.0, {"tool_ahead_m": in_mouth(1.0, 2.2)}), MEAL)
    assert outcome.missed == ()
    assert outcome.figures["in_mouth_s"] == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"tool_ahead_m": in_mouth(1.0, 1.9)}, "spoon 0.90 s in the mouth"),
        ({"tool_ahead_m": in_mouth(1.0, 2.5) + 0.003}, "spoon 0.00 s in the mouth"),
        ({"tool_ahead_m": in_mouth(1.0, 2.5), "tool_along_m": 0.016}, "spoon 0.00 s in the mouth"),
        ({"tool_ahead_m": in_mouth(1.0, 2.5), "tool_tilt_deg": 15.2}, "spoon leaned 15.2°"),
        ({"tool_ahead_m": in_mouth(1.0, 2.5), "teeth_contact_N": 0.01}, "teeth touched"),
    ],
)
def test_a_meal_is_not_done_when_anything_is_missing(columns: dict[str, Array | float], said: str) -> None:
    (missed,) = judged(course(4.0, columns), MEAL).missed
    assert missed.startswith(said)


@pytest.mark.parametrize(("ahead_m", "said"), [(-0.0449, []), (-0.0451, ["spoon 45 mm behind the lips, over 45 mm"])])
def test_a_spoon_never_comes_too_deep_and_beside_the_mouth_it_is_not_in_it(ahead_m: float, said: list[str]) -> None:
    assert list(too_deep(course(1.0, {"tool_ahead_m": ahead_m}), MEAL)) == said
    assert list(too_deep(course(1.0, {"tool_ahead_m": ahead_m, "tool_aside_m": 0.026}), MEAL)) == []
    assert list(too_deep(course(1.0, {"tool_ahead_m": ahead_m}), BATHING)) == []


def test_every_repetition_of_a_meal_counts() -> None:
    second = np.repeat([1.0, 2.0], 200)
    assert judged(course(4.0, {"tool_ahead_m": in_mouth(0.5, 1.8)}, second), MEAL).figures["in_mouth_s"] == 0.0


def stroke(force: Array | float, reach: float = 0.06) -> Course:
    """From one end to the other in 4 s."""
    along = np.linspace(-reach, reach, 400)
    return course(4.0, {"tool_along_m": along, "forearm_contact_N": force})


def test_a_stroke_with_the_force_kept_is_done() -> None:
    outcome = judged(stroke(12.0), BATHING)
    assert outcome.missed == ()
    assert outcome.figures == pytest.approx({"wiped_share": 1.0, "kept_share": 1.0, "mean_force_N": 12.0})


def test_a_stroke_half_way_is_half_wiped() -> None:
    outcome = judged(stroke(10.0, reach=0.0249), BATHING)
    assert outcome.figures["wiped_share"] == pytest.approx(0.5)
    assert len(outcome.missed) == 1


@pytest.mark.parametrize("force", [4.9, 15.1])
def test_a_force_beyond_its_band_wipes_nothing(force: float) -> None:
    assert judged(stroke(force), BATHING).figures["wiped_share"] == 0.0


def test_the_share_of_the_time_with_the_force_kept_is_that_of_the_stroke() -> None:
    pressed = np.where(np.arange(400) % 4 == 0, 2.0, 10.0)
    assert judged(stroke(pressed), BATHING).figures["kept_share"] == pytest.approx(0.75, abs=0.01)


def carried(height: float, x: float, held_until: float = 6.0) -> Course:
    """A forearm that is lifted and put down within 6 s of 10."""
    t = time(10.0)
    up = height * np.sin(np.pi * np.minimum(t / 6.0, 1.0))
    force = np.where((t > 1.0) & (t < held_until), 10.0, 0.0)
    return course(10.0, {"target_z_m": up, "target_x_m": x * np.minimum(t / 6.0, 1.0), "forearm_contact_N": force})


def test_a_forearm_that_lies_where_it_was_meant_to_is_done() -> None:
    outcome = judged(carried(0.06, -0.09), REPOSITION)
    assert outcome.missed == ()
    assert outcome.figures == pytest.approx({"lift_mm": 60.0, "off_mm": 10.0}, abs=0.1)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (carried(0.04, -0.1), "forearm lifted by 40 mm"),
        (carried(0.06, -0.06), "forearm lies 40 mm"),
        (carried(0.06, -0.1, held_until=9.9), "forearm not let go of"),
    ],
)
def test_a_forearm_that_is_too_low_elsewhere_or_still_held_is_not_done(of: Course, said: str) -> None:
    (missed,) = judged(of, REPOSITION).missed
    assert missed.startswith(said)


def test_a_limb_that_falls_too_far_is_told_from_the_moment_on_and_no_other_task_is_asked() -> None:
    falling = np.where(time(4.0) < 2.0, 0.1, 0.1 - 0.021)
    of = course(4.0, {"target_z_m": falling})
    assert list(dropped(of, REPOSITION, 1.0)) == ["forearm fell by 21 mm, over 20 mm"]
    assert list(dropped(of, REPOSITION, 2.5)) == []
    assert list(dropped(of, MEAL, 1.0)) == []


def test_each_region_is_held_to_its_own_limit_and_a_tooth_to_the_faces() -> None:
    limits = contact_limits()
    within = {"forearm_contact_N": limits.of("forearm"), "teeth_contact_N": limits.of("face")}
    assert list(pressed_too_hard(course(1.0, within))) == []
    over = {"forearm_contact_N": limits.of("forearm") + 1.0, "teeth_contact_N": limits.of("face") + 1.0}
    assert [one.split()[0] for one in pressed_too_hard(course(1.0, over))] == ["teeth", "forearm"]


def test_a_task_is_asked_to_succeed_in_conditions_that_there_are() -> None:
    assert set(criteria().succeeds_in) <= set(standard_matrix().conditions)


def test_of_a_tool_that_presses_what_lies_along_it_is_no_error() -> None:
    away, points = np.array([[0.03, -0.04, 0.5], [0.0, 0.3, 0.0]]), np.array([[0.0, 0.0, -1.0], [0.0, 0.6, 0.8]])
    one = Recording(
        layout=TickLayout(("a1",)),
        rows=np.zeros((2, 1)),
        truth_columns=("tool_x_m", "tool_y_m", "tool_z_m"),
        truth=away + 1.0,
        joint_q=np.zeros((2, 1)),
        motor_tau=np.zeros((2, 1)),
        state=State.STOPPED,
        reason="completed",
        condition=NOMINAL,
        dt=0.005,
        tool_reference=np.ones((2, 3)),
        tool_points=points,
    )
    assert tool_errors(one) == pytest.approx(away)
    assert np.linalg.norm(aside_errors(one), axis=1) == pytest.approx([0.05, 0.3 * 0.8])


@pytest.mark.parametrize(
    ("end", "words"), [("completes", "completed, task not done"), ("faults", "fault (power-lost)")]
)
def test_a_trial_that_completed_without_its_task_says_so(end: str, words: str) -> None:
    one = Result("passive", 1.7, 70.0, "weak-joint", {}, "completes", end, "power-lost", 0.1, 9.0, None, None)
    assert end_words(replace(one, undone=("34% of the stroke wiped",) if end == "completes" else ())) == words
    assert end_words(replace(one, undone=())) == words.replace(", task not done", "")
