"""The start test of an emergency stop, and the look again after a fault: a person, a button and a clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from careloop.session.emergency import FOLLOW_S, PRESS_S, Look, look_again, start_test
from robot.errors import CareloopError
from robot.runtime.stop_input import Said, volts_said

PRESSED, RELEASED, SILENT = Said.PRESSED, Said.RELEASED, Said.SILENT
PLACE = {"port": "/dev/here", "unit": 1, "input": 0, "baud": 9600}


@dataclass
class Desk:
    """A person, a button and a clock: `course` says from when on (s) what the channels say."""

    course: Sequence[tuple[float, Said, Said]]
    now: float = 0.0
    asked: list[tuple[str, float]] = field(default_factory=list)
    given_up_at: float = 1e9

    def look(self) -> Look:
        _, digital, rail = [one for one in self.course if one[0] <= self.now][-1]
        volts = {PRESSED: (None,), RELEASED: (24.0,), SILENT: (24.0, None)}[rail]
        assert volts_said(volts, 18.0) is rail
        return Look(digital, rail, volts)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def test(self) -> list[str]:
        steps = start_test(
            self.look,
            lambda code: self.asked.append((code, self.now)),
            lambda: self.now >= self.given_up_at,
            PLACE,
            lambda: self.now,
            self.sleep,
        )
        return [step.asked for step in steps]

    def refusal(self) -> tuple[str, float]:
        """Code and moment of the refusal."""
        with pytest.raises(CareloopError) as refused:
            self.test()
        return refused.value.code, self.now


IDLE, DOWN = (0.0, RELEASED, RELEASED), (4.0, PRESSED, PRESSED)


def test_a_stop_that_follows_is_pressed_and_released_once() -> None:
    desk = Desk([IDLE, DOWN, (9.0, RELEASED, RELEASED)])
    assert desk.test() == ["stop-press", "stop-release"]
    assert [code for code, _ in desk.asked] == ["stop-press", "stop-release"]
    assert 9.0 <= desk.now < 9.1


def test_one_that_was_left_pressed_must_be_released_first() -> None:
    desk = Desk([(0.0, PRESSED, PRESSED), (2.0, RELEASED, RELEASED), DOWN, (9.0, RELEASED, RELEASED)])
    assert desk.test() == ["stop-release", "stop-press", "stop-release"]


def test_channels_may_follow_one_after_the_other() -> None:
    course = [IDLE, (4.0, PRESSED, RELEASED), (4.0 + 0.9 * FOLLOW_S, PRESSED, PRESSED)]
    assert Desk([*course, (8.0, RELEASED, PRESSED), (20.0, RELEASED, RELEASED)]).test()


@pytest.mark.parametrize(
    ("course", "code", "after"),
    [
        ([IDLE], "stop-not-pressed", PRESS_S),
        ([IDLE, (4.0, PRESSED, RELEASED)], "stop-rail-live", 4.0 + FOLLOW_S),
        ([IDLE, (4.0, PRESSED, SILENT)], "stop-rail-live", 4.0 + FOLLOW_S),  # cut for one drive only
        ([IDLE, (4.0, RELEASED, PRESSED)], "stop-input-closed", 4.0 + FOLLOW_S),
        ([IDLE, (4.0, SILENT, PRESSED)], "stop-input-unread", 4.0 + FOLLOW_S),
        ([IDLE, DOWN], "stop-input-open", 4.0 + PRESS_S),
        ([IDLE, DOWN, (9.0, RELEASED, PRESSED)], "stop-rail-cut", 4.0 + PRESS_S),
        ([IDLE, DOWN, (9.0, RELEASED, SILENT)], "stop-rail-cut", 4.0 + PRESS_S),
        ([IDLE, DOWN, (9.0, PRESSED, RELEASED)], "stop-input-open", 4.0 + PRESS_S),
        ([(0.0, PRESSED, RELEASED)], "stop-input-open", PRESS_S),
        ([(0.0, RELEASED, PRESSED)], "stop-rail-cut", PRESS_S),
        ([(0.0, SILENT, RELEASED)], "stop-input-unread", PRESS_S),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_channel_that_does_not_follow_is_named(
    course: list[tuple[float, Said, Said]], code: str, after: float
) -> None:
    said, at = Desk(course).refusal()
    assert said == code
    assert after <= at < after + 0.2


def test_a_person_may_give_up() -> None:
    with pytest.raises(KeyboardInterrupt):
        Desk([IDLE], given_up_at=3.0).test()


@pytest.mark.parametrize(
    ("course", "seen", "code", "after"),
    [
        ([(0.0, PRESSED, PRESSED)], (PRESSED, PRESSED), "emergency-stop", 0.0),
        ([(0.0, PRESSED, RELEASED), (0.15, PRESSED, PRESSED)], (PRESSED, PRESSED), "emergency-stop", 0.15),
        ([(0.0, PRESSED, RELEASED)], (PRESSED, RELEASED), "stop-channels-disagree", 0.2),
        ([(0.0, RELEASED, PRESSED)], (RELEASED, PRESSED), "stop-channels-disagree", 0.2),
        ([IDLE], (RELEASED, RELEASED), "", 0.0),
        ([(0.0, SILENT, PRESSED)], (SILENT, PRESSED), "", 0.0),
        ([(0.0, PRESSED, RELEASED), (0.1, SILENT, RELEASED)], (SILENT, RELEASED), "", 0.1),
    ],
)
def test_after_a_fault_the_channels_agree_disagree_or_say_nothing(
    course: list[tuple[float, Said, Said]], seen: tuple[Said, Said], code: str, after: float
) -> None:
    desk = Desk(course)
    found, told = look_again(desk.look, 0.2, lambda: desk.now, desk.sleep)
    assert ((found.digital, found.rail), told) == (seen, code)
    assert after <= desk.now < after + 0.11
