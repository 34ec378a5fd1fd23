"""Whether an answer is fresh, told by the drive's own clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.dynamixel.channel import FEEDBACK, Channel
from robot.description import load_robot

DRIVE = load_robot("knee-exo").drives[0]
PERIOD = 0.002


class Line:
    """A drive whose clock runs `ppm` fast and whose answers come `late` s after they were measured."""

    def __init__(self, ppm: float = 0.0) -> None:
        self.channel = Channel.of(DRIVE, 40.0)
        self.channel.start(0.0)
        self.now = 1.0
        self.rate = 1.0 + ppm * 1e-6
        self.restarted = 0.0

    def cycle(self, late: float = 0.0) -> bool:
        """One cycle; whether the channel took the answer for fresh."""
        self.now += PERIOD
        measured = (self.now + 0.0002 - late) * self.rate - self.restarted
        answer = FEEDBACK.pack(int(measured * 1000.0) % 32768, 0, 0, 0, 0, 0, 0)
        return self.channel.take(answer, self.now, self.now + 0.0004)


def test_a_punctual_line_is_fresh_for_ever() -> None:
    line = Line()
    assert all(line.cycle() for _ in range(40_000))  # more than the tick's 32.768 s


@pytest.mark.parametrize("ppm", [-90.0, 90.0])
def test_a_clock_of_another_rate_stays_fresh_for_minutes(ppm: float) -> None:
    line = Line(ppm)
    assert all(line.cycle() for _ in range(60_000))  # 120 s: 10.8 ms apart, more than an answer may be late


@pytest.mark.parametrize("step", [0.0001, 0.0015, 0.0029])
def test_answers_that_come_ever_later_are_refused_once_they_are_stale(step: float) -> None:
    line = Line()
    assert all(line.cycle() for _ in range(50))
    for count in range(1, 200):
        late = step * count
        assert line.cycle(late) == (late < 0.0035) or 0.003 < late < 0.0045  # between the two the ms count decides
    assert all(line.cycle() for _ in range(50))


@given(st.lists(st.floats(0.0, 0.1), max_size=100))
def test_whatever_was_late_before_a_punctual_answer_is_fresh(late: list[float]) -> None:
    line = Line()
    for seconds in late:
        line.cycle(seconds)
    assert all(line.cycle() for _ in range(5))


def test_an_answer_much_older_than_the_last_is_refused() -> None:
    line = Line()
    assert all(line.cycle() for _ in range(50))
    assert not line.cycle(late=0.010)
    assert line.cycle()


def test_a_drive_that_was_started_again_is_refused_from_then_on() -> None:
    line = Line()
    assert all(line.cycle() for _ in range(500))
    line.restarted = line.now
    assert not any(line.cycle() for _ in range(500))
