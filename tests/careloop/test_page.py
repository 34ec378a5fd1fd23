"""The session page on a real mailbox: what it says of what control says, and what its keys leave in the mailbox."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.events import Key
from textual.pilot import Pilot

from careloop.messages.language import Words
from careloop.page.watched import Watched
from careloop.page.wishes import Note
from careloop.session import steering
from careloop.session.status import Camera
from robot.guard import Flag
from robot.runtime.live import MARKED, PAUSED, RESUMED, VALUES
from robot.runtime.mailbox import NUMBERS
from robot.runtime.session_state import Severity, State, Trial
from tests.careloop.page_kit import CHINESE, ENGLISH, RUNNING, Stage, lines, on_page, page, reads, stage, until
from tests.pictures import SCENES

ASSISTANCE, SPEED = VALUES, VALUES + 2
"""Places in the wish of the shipped plan's adjustable values."""

CAMERA_SAID = {
    Camera.TRACKING: "camera: sees the patient",
    Camera.DEGRADED: "the assistance is lowered",
    Camera.LOST: "camera: lost sight of the patient",
    Camera.UNSAFE_POSE: "the patient is in an unsafe posture",
}

HELD = replace(RUNNING, state=State.PAUSED, trial=Trial.DONE, repetition=0)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A session that runs, and a control that has yet to answer; a machine that stalls is not taken for its silence."""
    monkeypatch.setattr(steering, "ANSWER_WITHIN_S", 20.0)
    made = stage(tmp_path / "KNEE-1")
    made.tell(RUNNING)
    return made


def press(shown: Stage, *keys: str, then: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    """Press keys on the page of a session, and look at what follows."""

    async def go(pilot: Pilot[None]) -> None:
        for key in keys:  # the pilot knows no full-width signs
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await then(pilot)

    on_page(page(shown, ENGLISH), go)


def wish(shown: Stage) -> list[float]:
    """What is wished now."""
    latest = shown.mailbox.wish()
    assert latest is not None
    assert len(latest[1]) == NUMBERS
    return latest[1].tolist()


@pytest.mark.parametrize(
    ("key", "said", "place", "value"),
    [
        ("-", "assistance 95 %", ASSISTANCE, 0.95),
        ("－", "assistance 95 %", ASSISTANCE, 0.95),
        (">", "speed 32 %", SPEED, 0.32),
        (".", "speed 32 %", SPEED, 0.32),
        ("<", "speed 28 %", SPEED, 0.28),
        ("，", "speed 28 %", SPEED, 0.28),
        ("p", "pause", PAUSED, 1.0),
        ("m", "mark this moment", MARKED, 1.0),
    ],
)
def test_a_key_says_what_it_asks_and_then_that_control_has_acknowledged_it(
    shown: Stage, key: str, said: str, place: int, value: float
) -> None:
    async def then(pilot: Pilot[None]) -> None:
        assert f"{said}: asked…" in lines(pilot.app)[-2]
        await until(pilot, lambda: wish(shown)[place] == value)
        shown.mailbox.acknowledge(100, taken=True)
        await reads(pilot, f"{said}: acknowledged after ")

    press(shown, key, then=then)


@pytest.mark.parametrize("key", ["+", "="])
def test_at_the_end_of_a_range_nothing_is_asked_and_the_limit_is_said(shown: Stage, key: str) -> None:
    before = shown.mailbox.wished

    async def then(pilot: Pilot[None]) -> None:
        await reads(pilot, "assistance 100 %: already at the most that the plan allows")
        assert shown.mailbox.wished == before

    press(shown, key, then=then)


def test_the_last_step_goes_to_the_end_of_the_range_and_no_further(shown: Stage) -> None:
    shown.mailbox.acknowledge(100, taken=True)

    async def then(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: wish(shown)[SPEED] == 0.35)
        await pilot.press(">")
        await reads(pilot, "speed 35 %: already at the most")

    press(shown, ">", ">", ">", then=then)


def test_a_plan_that_does_not_let_a_value_be_changed_says_so(shown: Stage) -> None:
    shown.watched.look()
    assert shown.watched.running is not None
    shown.watched.running = replace(shown.watched.running, ranges={})
    press(shown, "+", then=lambda pilot: reads(pilot, "the plan does not let the assistance be changed"))


def test_keys_that_come_while_control_is_silent_leave_one_wish_more_and_that_is_the_last(shown: Stage) -> None:
    before = shown.mailbox.wished

    async def then(pilot: Pilot[None]) -> None:
        await reads(pilot, "speed 22 %: asked…")
        assert (wish(shown)[SPEED], shown.mailbox.wished) == (0.28, before + 1)
        shown.mailbox.acknowledge(100, taken=True)
        await reads(pilot, "speed 22 %: acknowledged")
        assert (wish(shown)[SPEED], shown.mailbox.wished) == (0.22, before + 2)

    press(shown, "<", "<", "<", "<", then=then)


def test_space_stops_at_once_whatever_else_is_on_its_way(shown: Stage) -> None:
    async def then(pilot: Pilot[None]) -> None:
        assert shown.mailbox.asked_stop() is Severity.SOFT
        await reads(pilot, "stop: asked…")
        shown.mailbox.heed(Severity.SOFT)
        await reads(pilot, "stop: acknowledged after ")
        shown.mailbox.acknowledge(100, taken=True)

    press(shown, "m", "<", " ", then=then)


def test_a_chinese_keyboards_space_stops_too(shown: Stage) -> None:
    shown.mailbox.heed(Severity.SOFT)
    press(shown, "\u3000", then=lambda pilot: reads(pilot, "stop: acknowledged"))
    assert shown.mailbox.asked_stop() is Severity.SOFT


def test_a_silent_control_is_told_with_what_to_do(shown: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "ANSWER_WITHIN_S", 0.05)
    press(shown, " ", then=lambda pilot: reads(pilot, "stop: not done: "))
    press(shown, " ", then=lambda pilot: reads(pilot, "emergency stop"))


def test_a_wish_that_control_refuses_is_told(shown: Stage) -> None:
    shown.mailbox.acknowledge(100, taken=False)
    press(shown, "p", then=lambda pilot: reads(pilot, "pause: not done: "))


def test_p_goes_on_where_it_pauses(shown: Stage) -> None:
    shown.mailbox.acknowledge(100, taken=True)

    async def then(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: wish(shown)[PAUSED] == 1.0)
        await reads(pilot, "coming to rest")
        await pilot.press("p")
        await until(pilot, lambda: (wish(shown)[PAUSED], wish(shown)[RESUMED]) == (0.0, 1.0))

    press(shown, "p", then=then)


def test_enter_goes_on_after_the_trial_and_at_no_other_time(shown: Stage) -> None:
    before = shown.mailbox.wished

    async def then(pilot: Pilot[None]) -> None:
        await reads(pilot, "Enter goes on after the trial or bad sight")
        assert shown.mailbox.wished == before
        shown.tell(replace(HELD, time_s=RUNNING.time_s + 0.02))
        await reads(pilot, "trial done, held")
        await pilot.press("enter")
        await until(pilot, lambda: wish(shown)[RESUMED] == 1.0)
        shown.mailbox.acknowledge(100, taken=True)

    press(shown, "enter", then=then)


def test_what_was_set_is_on_its_way_until_the_session_ends(shown: Stage) -> None:
    async def then(pilot: Pilot[None]) -> None:
        await reads(pilot, "assistance %, going to 100")
        shown.tell(replace(RUNNING, stopping=Severity.SOFT, time_s=RUNNING.time_s + 0.02))
        await reads(pilot, "stopping: torque goes")
        assert not any("going to" in line for line in lines(pilot.app))

    press(shown, then=then)


def test_the_camera_is_told_where_there_is_one_and_enter_restores_the_assistance(shown: Stage) -> None:
    async def then(pilot: Pilot[None]) -> None:
        assert not any("camera" in line for line in lines(pilot.app))
        for place, camera in enumerate((Camera.TRACKING, Camera.DEGRADED, Camera.LOST, Camera.UNSAFE_POSE)):
            shown.tell(replace(RUNNING, camera=camera, time_s=RUNNING.time_s + 0.02 * (place + 1)))
            await reads(pilot, CAMERA_SAID[camera])
            await pilot.press("enter")
            await reads(pilot, "Enter goes on after the trial or bad sight")
        assert wish(shown)[RESUMED] == 0.0
        shown.tell(replace(RUNNING, camera=Camera.READY, time_s=RUNNING.time_s + 0.2))
        await reads(pilot, "Enter restores the assistance")
        await pilot.press("enter")
        await until(pilot, lambda: wish(shown)[RESUMED] == 1.0)
        shown.mailbox.acknowledge(100, taken=True)

    press(shown, then=then)


def test_keys_that_stand_for_nothing_do_nothing(shown: Stage) -> None:
    before = shown.mailbox.wished

    async def then(pilot: Pilot[None]) -> None:
        assert pilot.app.is_running
        assert shown.mailbox.wished == before
        assert shown.mailbox.asked_stop() is Severity.NONE
        assert lines(pilot.app)[-2].strip() == ""

    press(shown, "q", "escape", "ctrl+q", "ctrl+z", "ctrl+p", "tab", "x", "f1", then=then)


def test_ctrl_c_interrupts_and_says_so(shown: Stage) -> None:
    asked = []

    def interrupt() -> Note:
        asked.append(1)
        return Note("page-key-interrupt", {"count": len(asked)})

    async def then(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+c", "ctrl+c")
        await reads(pilot, "Ctrl-C, 2 of 3")

    on_page(page(shown, ENGLISH, interrupt), then)
    assert len(asked) == 2


def test_before_there_is_a_session_space_gives_up_and_the_stops_are_asked_for() -> None:
    given_up = []
    waiting = Stage(Path(), None, Watched("P-1", prompt="stop-press"))  # type: ignore[arg-type]

    async def then(pilot: Pilot[None]) -> None:
        await reads(pilot, "press the emergency stop now")
        await pilot.press("p", "+", "enter", "m")
        assert given_up == []
        await pilot.press("space")
        assert given_up == [1]

    def interrupt() -> Note:
        given_up.append(1)
        return Note("page-key-interrupt", {"count": 1})

    on_page(page(waiting, ENGLISH, interrupt), then)


def test_the_end_is_told_and_waits_for_enter(shown: Stage) -> None:
    shown.watched.end = "hand-switch"

    async def then(pilot: Pilot[None]) -> None:
        await reads(pilot, "the patient pressed the hand switch – Enter leaves this page")
        await pilot.press("space", "p", "q")
        assert pilot.app.is_running
        await pilot.press("enter")
        await until(pilot, lambda: not pilot.app.is_running)

    on_page(page(shown, ENGLISH), then)
    assert shown.mailbox.asked_stop() is Severity.NONE


def test_a_session_that_never_began_leaves_the_page(shown: Stage) -> None:
    shown.watched.leave = True

    async def then(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: not pilot.app.is_running)

    on_page(page(shown, ENGLISH), then)


def test_a_limit_that_acted_for_one_moment_can_still_be_read(shown: Stage) -> None:
    async def then(pilot: Pilot[None]) -> None:
        await reads(pilot, "√ guard: no limit acts")
        shown.tell(replace(RUNNING, time_s=101.0, flags=Flag.TORQUE | Flag.POWER))
        shown.tell(replace(RUNNING, time_s=101.9))
        await reads(pilot, "! guard: at the limit of torque, at the limit of power")
        shown.tell(replace(RUNNING, time_s=102.1))
        await reads(pilot, "√ guard: no limit acts")

    on_page(page(shown, ENGLISH), then)


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=lambda words: words.language)
@pytest.mark.parametrize(
    ("scene", "size"),
    [
        ("held", (80, 24)),
        ("guard", (80, 24)),
        ("guard", (120, 40)),
        ("prompt", (44, 20)),
        ("completed", (44, 20)),
    ],
    ids=str,
)
def test_every_line_fills_the_terminal_exactly_and_what_matters_is_on_it(
    tmp_path: Path, scene: str, size: tuple[int, int], words: Words
) -> None:
    made = stage(tmp_path / "KNEE-1")
    SCENES[scene][0](made)
    code = {"prompt": "stop-press", "held": "page-held", "guard": "page-running", "completed": "completed"}[scene]

    async def then(pilot: Pilot[None]) -> None:
        await pilot.pause()
        rows = lines(pilot.app)
        assert [cell_len(row) for row in rows] == [size[0]] * size[1]
        assert words(code) in "\n".join(rows)
        if scene == "guard":
            assert words("now-torque") in "\n".join(rows)
        if size[0] >= 80 and scene != "completed":
            assert words("page-keys") in rows[-1]

    on_page(page(made, words), then, size)
