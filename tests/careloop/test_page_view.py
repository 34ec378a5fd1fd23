"""What the page makes of a status, by itself: phases, numbers, effort, and the picture's characters."""

import math
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from careloop.page.course import COLUMN_S, Course, Effort
from careloop.page.figures import GLYPHS, ROWS, solid
from careloop.page.look import AREA, HINTS, LINE, SIGNS
from careloop.page.plot import ends, plot
from careloop.page.view import MEANINGS, camera_news, minutes, phase, tiles
from careloop.session.status import Camera, Status
from robot.guard import Flag
from robot.runtime.session_state import Severity, State, Trial
from tests.careloop.page_kit import CHINESE, ENGLISH, RUNNING


@pytest.mark.parametrize(
    ("status", "pausing", "code"),
    [
        (None, False, "page-preparing"),
        (replace(RUNNING, state=State.ARMED), False, "page-armed"),
        (replace(RUNNING, repetition=0), False, "page-approach"),
        (replace(RUNNING, trial=Trial.RUNNING), False, "page-trial"),
        (replace(RUNNING, trial=Trial.DONE), False, "page-pausing"),
        (replace(RUNNING, trial=Trial.DONE, state=State.PAUSED), False, "page-held"),
        (RUNNING, False, "page-running"),
        (RUNNING, True, "page-pausing"),
        (replace(RUNNING, state=State.PAUSED), True, "page-paused"),
        (replace(RUNNING, state=State.PAUSED, stopping=Severity.FINISH), True, "page-finishing"),
        (replace(RUNNING, stopping=Severity.SOFT), False, "page-stopping"),
        (replace(RUNNING, stopping=Severity.OFF), False, "page-off"),
        (replace(RUNNING, state=State.STOPPED, stopping=Severity.SOFT), False, "page-ending"),
        (replace(RUNNING, state=State.FAULT, stopping=Severity.OFF), False, "page-ending"),
    ],
)
def test_the_phase_says_what_the_session_does(status: Status | None, pausing: bool, code: str) -> None:
    assert phase(status, pausing) == code
    assert code in SIGNS


def test_whatever_can_be_done_in_a_phase_is_said_in_both_languages() -> None:
    for code in HINTS.values():
        assert ENGLISH(code) != CHINESE(code)


def test_every_flag_of_the_guard_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Flag)


@pytest.mark.parametrize(
    ("seconds", "said"), [(400.0, "6:40"), (59.2, "1:00"), (0.0, "0:00"), (-3.0, "0:00"), (math.nan, "–")]
)
def test_minutes_left(seconds: float, said: str) -> None:
    assert minutes(seconds) == said


def test_what_is_not_measured_is_a_dash_and_a_value_on_its_way_says_where_to() -> None:
    shown = tiles(replace(RUNNING, q=math.nan), -2.04, {"assistance": 0.95, "motion.speed": 0.3}, ENGLISH, "knee")
    assert shown["angle"].number == "–"
    assert shown["assistance"].label == "assistance %, going to 95"
    assert shown["speed"].label == "speed %"
    assert (shown["effort"].label, shown["effort"].number) == ("effort N·m: resists", "2")
    assert {tile.number for tile in tiles(None, 0.0, {}, CHINESE, "").values()} == {"–"}
    assert tiles(None, 0.0, {}, ENGLISH, "")["angle"].label == ""
    assert tiles(None, 0.0, {}, ENGLISH, "knee")["angle"].label == "knee °, reference –"


@pytest.mark.parametrize("seen", Camera)
def test_what_is_set_is_not_on_its_way_while_the_camera_lowers_the_assistance(seen: Camera) -> None:
    label = tiles(replace(RUNNING, camera=seen), 0.0, {"assistance": 1.0}, ENGLISH, "knee")["assistance"].label
    lowered = seen in {Camera.DEGRADED, Camera.READY}
    assert label == f"assistance %, {'100 is set' if lowered else 'going to 100'}"
    assert len(label) <= 26  # a tile on a small screen


def test_where_there_is_no_page_a_line_tells_each_change_of_the_camera_and_of_no_key() -> None:
    course = (Camera.TRACKING, Camera.DEGRADED, Camera.DEGRADED, Camera.READY, Camera.TRACKING, Camera.LOST)
    before = (Camera.NONE, *course)
    told = [camera_news(one, now, ENGLISH) for one, now in zip(before, course, strict=False)]
    assert told[0] == told[2] == camera_news(Camera.NONE, Camera.NONE, ENGLISH) == ""
    assert ["badly" in told[1], "sessions resume" in told[3], "sees the patient" in told[4], "lost" in told[5]] == [
        True
    ] * 4
    assert not any("Enter" in line for line in told)


def test_the_effort_of_a_constant_share_is_that_share_in_both_directions_and_weight_cancels() -> None:
    helps, carried = Effort(), Effort()
    for tick in range(4000):
        at = tick * 0.02
        speed = math.cos(at)
        helps.advance(at, -math.copysign(3.0, speed), speed)  # the robot gives less: the person pulls along
        carried.advance(at, 5.0, speed)
    assert helps.value == pytest.approx(3.0, rel=1e-6)
    assert abs(carried.value) < 2.0
    carried.advance(81.0, math.nan, 1.0)
    assert math.isfinite(carried.value)


def test_a_course_keeps_a_column_for_each_eighth_of_a_second() -> None:
    course = Course()
    for tick in range(100):
        course.add(tick * COLUMN_S / 2.0, float(tick), 0.0)
    course.add(math.nan, 1.0, 1.0)
    assert course.last(3) == [(95.0, 0.0), (97.0, 0.0), (99.0, 0.0)]
    assert Course().last(2) == [None, None]


ANGLES = st.floats(-200.0, 200.0)
COLUMNS = st.lists(st.none() | st.tuples(ANGLES, ANGLES), min_size=1, max_size=60)


@given(COLUMNS, st.integers(1, 20))
@example([(0.0, -5e-324)], 1)
@example([(29.999999999999996, 89.99999999999999)], 1)
def test_a_picture_has_one_sign_for_each_column_in_each_row_and_one_line_in_each_column(
    columns: list[tuple[float, float] | None], height: int
) -> None:
    low, high = ends(columns, (20.0, 65.0))
    assert all(low <= value <= high for column in columns if column for value in column)
    rows = [row.plain for row in plot(columns, (low, high), height, AREA, LINE)]
    assert [len(row) for row in rows] == [len(columns)] * height
    for place, column in enumerate(columns):
        marks = [row[place] for row in rows if row[place] in "━▔" or (row[place] == "▁" and column)]
        assert bool(marks) or column is None


def test_the_area_reaches_as_high_as_the_reference_and_the_line_lies_at_the_angle() -> None:
    rows = [row.plain for row in plot([(50.0, 0.0), (25.0, 99.9), (100.0, 50.0)], (0.0, 100.0), 4, AREA, LINE)]
    assert [row[0] for row in rows] == [" ", " ", "█", "▁"]
    assert [row[1] for row in rows] == ["▔", "┃", "┃", "█"]
    assert [row[2] for row in rows] == ["█", "▁", "█", "█"]


def test_solid_figures_have_five_rows_of_one_width() -> None:
    lines = solid("".join(GLYPHS))
    assert lines is not None
    assert len(lines) == ROWS
    assert len({len(line) for line in lines}) == 1
    assert solid("5/6") is None
