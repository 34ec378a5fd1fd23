"""What a command asks a person: the operator and PIN, and what need not stand in a shell's history.

Questions go to the error stream; answers come from the input stream, so that a script can give them, one a line.
"""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from careloop.commands.output import progress
from robot.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from careloop.day.desk import Desk
    from careloop.messages.language import Words

By = Annotated[
    str | None, typer.Option("--by", envvar="CARELOOP_OPERATOR", metavar="NAME", help="The operator; else asked for.")
]
Pin = Annotated[
    str | None, typer.Option("--pin", envvar="CARELOOP_PIN", metavar="PIN", help="Their PIN; else asked for.")
]
Names = Annotated[bool, typer.Option("--names", help="Show who the patients are, too.")]
"""Identity is shown where it is asked for, and nowhere else."""

Answer = TypeVar("Answer")


@contextmanager
def opened(context: typer.Context) -> "Iterator[Desk]":
    """The site's desk; sessions whose processes died are closed first, from what they left."""
    from careloop.day.desk import desk

    with desk(context.obj.home) as site:
        unfinished = site.registry.unfinished()
        if unfinished:
            from careloop.session.recovery import recover_all

            recover_all(site.registry, unfinished, lambda line: progress().print(line))
        yield site


def at_terminal() -> bool:
    """Whether somebody sits there who can be asked again."""
    return sys.stdin.isatty()


def ask(words: "Words", code: str, *, secret: bool = False) -> str:
    """The answer to the question `code`; raises `InputError` where the input has ended."""
    question = words(code) + " "
    if secret and at_terminal():
        return getpass.getpass(question)
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not at_terminal():
        print(file=sys.stderr)
    if not line:
        raise InputError("answer-missing", question=words(code))
    return line.strip()


def asked(words: "Words", code: str, read: Callable[[str], Answer]) -> Answer:
    """The answer as `read` takes it. At a terminal, one that it refuses is told and asked for again."""
    from careloop.messages import explain

    while True:
        try:
            return read(ask(words, code))
        except InputError as problem:
            if not at_terminal() or problem.code == "answer-missing":
                raise
            print(explain(problem, words.language), file=sys.stderr)


def read_number(line: str, scale: tuple[int, int]) -> int:
    """A whole number within its scale; raises `InputError` for anything else."""
    low, high = scale
    if not line.isdecimal() or not low <= int(line) <= high:
        raise InputError("number-off-scale", given=line[:20], low=low, high=high)
    return int(line)


def operator(words: "Words", site: "Desk", by: str | None, pin: str | None) -> str:
    """Who does this, by name and PIN; at a terminal a wrong PIN is told and asked for again.

    Raises `InputError`, or `CheckFailed` for a wrong PIN and a locked name.
    """
    from careloop.messages import explain

    if not site.operators.list():
        raise InputError("operators-none")
    name = by or ask(words, "ask-operator")
    while True:
        try:
            return site.operators.authenticated(name, pin or ask(words, "ask-pin", secret=True)).name
        except CheckFailed as problem:
            if pin or not at_terminal() or problem.code != "pin-wrong":
                raise
            print(explain(problem, words.language), file=sys.stderr)
