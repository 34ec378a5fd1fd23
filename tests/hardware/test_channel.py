"""Whether an answer is fresh, told by the drive's own clock."""

import pytest

from hardware.dynamixel.channel import FEEDBACK, Channel
from robot.description import load_robot

DRIVE = load_robot("knee-exo").drives[0]
PERIOD = 0.002


class Line:
    """A drive whose clock runs with ours and whose answers come `late` s after they were measured."""

    def __init__(self) -> None:
        self.channel = Channel.of(DRIVE, 40.0)
        self.channel.start(0.0)
        self.now = 1.0

    def cycle(self, late: float = 0.0) -> bool:
        """One cycle; whether the channel took the answer for fresh."""
        self.now += PERIOD
        measured = self.now + 0.0002 - late
        answer = FEEDBACK.pack(int(measured * 1000.0) % 32768, 0, 0, 0, 0, 0, 0)
        return self.channel.take(answer, self.now, self.now + 0.0004)


def test_a_punctual_line_is_fresh_for_ever() -> None:
    line = Line()
    assert all(line.cycle() for _ in range(40_000))  # more than the tick's 32.768 s


@pytest.mark.parametrize("cycles", [1, 4, 12, 60])
def test_after_answers_that_were_ever_later_a_punctual_one_is_taken_again(cycles: int) -> None:
    line = Line()
    assert all(line.cycle() for _ in range(50))
    for count in range(1, cycles + 1):
        line.cycle(late=0.0015 * count)  # each is near enough to the last to pass for fresh
    assert all(line.cycle() for _ in range(50))


def test_an_answer_much_older_than_the_last_is_refused() -> None:
    line = Line()
    assert all(line.cycle() for _ in range(50))
    assert not line.cycle(late=0.010)
    assert line.cycle()


def test_a_drive_that_was_started_again_is_refused_from_then_on() -> None:
    line = Line()
    assert all(line.cycle() for _ in range(50))
    assert not any(line.cycle(late=0.9) for _ in range(50))
