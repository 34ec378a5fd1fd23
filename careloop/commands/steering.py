"""careloop sessions pause, resume, stop, set: a running session from another terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, print_json, say
from careloop.commands.values import named_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from careloop.session.steering import Answer, Running

Session = Annotated[str | None, typer.Argument(metavar="[ID]", help="A session's id; by default the one that runs.")]
Now = Annotated[bool, typer.Option("--now", help="Torque off at once, instead of within 100 ms.")]
Words = Annotated[list[str], typer.Argument(metavar="[ID] NAME=VALUE...", help="Adjustable values, in their ranges.")]


def add_to(group: typer.Typer) -> None:
    """Add these to the commands of sessions."""
    group.command("pause", epilog=examples("careloop sessions pause"))(pause)
    group.command("resume", epilog=examples("careloop sessions resume"))(resume)
    group.command("stop", epilog=examples("careloop sessions stop", "careloop sessions stop --now"))(stop)
    group.command(
        "set",
        epilog=examples(
            "careloop sessions set motion.speed=0.25",
            "careloop sessions set KNEE-20261121-0001 motion.speed=0.25 assistance=0.8",
        ),
    )(set_values)


def pause(context: typer.Context, session: Session = None, as_json: Json = False) -> None:
    """Bring a running session's motion to rest and hold it there, for at most ten minutes."""
    _ask(context, session, lambda running: running.pause(), as_json)


def resume(context: typer.Context, session: Session = None, as_json: Json = False) -> None:
    """Go on with a paused session, and with full assistance where the camera sees the patient well again."""
    _ask(context, session, lambda running: running.resume(), as_json)


def stop(context: typer.Context, session: Session = None, now: Now = False, as_json: Json = False) -> None:
    """Stop a running session: torque away within 100 ms, or as the robot's safe end is. Not an emergency stop."""
    from robot.runtime.session_state import Severity

    _ask(context, session, lambda running: running.stop(Severity.OFF if now else Severity.SOFT), as_json)


def set_values(context: typer.Context, words: Words, as_json: Json = False) -> None:
    """Change adjustable values of a running session; each moves there by its own rate, and the record tells it."""
    from robot.errors import InputError

    session = words[0] if "=" not in words[0] else None
    changes = named_numbers(words[session is not None :], field="NAME=VALUE")
    if not changes:
        raise InputError("change-not-a-number", field="NAME=VALUE", given="nothing")
    _ask(context, session, lambda running: running.set(changes), as_json)


def _ask(context: typer.Context, session: str | None, ask: "Callable[[Running], Answer]", as_json: bool) -> None:
    from careloop.session.steering import running_session
    from session_records.store import Registry

    with Registry.open(context.obj.home.prepare().root) as registry:
        answer = ask(running_session(registry, session))
    if as_json:
        print_json(answer)
    else:
        say(f"{answer.session}: {answer.asked}, acknowledged after {answer.after_ms:.0f} ms")
