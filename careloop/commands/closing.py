"""What is asked once a treatment has ended: why, pain, exertion, an adverse event, a note. Enter skips each."""

from collections.abc import Callable
from typing import TypeVar

from careloop.commands.asking import ask, asked, read_number
from careloop.commands.output import progress
from careloop.commands.preflight import TAKEN
from careloop.commands.values import now
from careloop.day.desk import Desk
from careloop.messages.language import Words
from robot.errors import InputError
from session_records.people.afterwards import BORG, PAIN, REASONS, SEVERITIES, Remark

Answer = TypeVar("Answer")


def ask_afterwards(words: Words, site: Desk, session: str, operator: str) -> Remark | None:
    """Enter what is said after a session; None where everything was skipped."""
    console = progress()
    console.print()
    console.rule(words("screen-afterwards"), align="left")
    for number, reason in enumerate(REASONS, 1):
        console.print(f"{number} {words(f'because-{reason}')}")
    because = asked(words, "ask-because", _skippable(lambda line: REASONS[read_number(line, (1, len(REASONS))) - 1]))
    pain = asked(words, "ask-pain", _skippable(lambda line: read_number(line, PAIN)))
    borg = asked(words, "ask-borg", _skippable(lambda line: read_number(line, BORG)))
    adverse = asked(
        words, "ask-adverse", _skippable(lambda line: SEVERITIES[read_number(line, (1, len(SEVERITIES))) - 1])
    )
    said = asked(words, "ask-event", _needed) if adverse else ask(words, "ask-remark")
    if not (because or adverse or said) and pain is None and borg is None:
        return None
    remark = site.afterwards.note(session, Remark(now(), operator, pain, borg, adverse, said or None, because))
    console.print(f"{TAKEN} {words('noted', session=session)}")
    return remark


def _skippable(read: Callable[[str], Answer]) -> Callable[[str], Answer | None]:
    return lambda line: read(line) if line else None


def _needed(line: str) -> str:
    if not line:
        raise InputError("adverse-without-words")
    return line
