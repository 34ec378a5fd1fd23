"""The command `careloop`.

Every command's module gives `add_to(app)`; at its top it imports nothing heavy, so that help and mistakes in typing are
answered at once. Errors become one line and an exit status here and nowhere else.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import typer

from careloop.commands import (
    day,
    demo,
    emulate,
    law,
    operators,
    patients,
    plan,
    prescriptions,
    profiles,
    robot,
    run,
    sessions,
    track,
    treat,
    trial,
    validate,
)
from careloop.commands.output import examples
from careloop.messages.language import LANGUAGES, Words, words_for
from careloop.settings import Home
from robot.errors import CareloopError

COMMANDS = (
    *(demo, robot, plan, profiles, validate, trial, run, emulate, sessions, law, track),
    *(day, treat, patients, prescriptions, operators),
)
"""The modules of the commands, in the order of the help."""

UNEXPECTED = 3
"""Exit status where careloop itself is at fault: neither a verdict (1) nor the input (2)."""

INTERRUPTED = 130

LANGUAGE = "CARELOOP_LANG"

Language = Literal["en", "zh"]
"""The languages of `careloop.messages`, as the command line names them."""

app = typer.Typer(
    name="careloop",
    help="Run rehabilitation robots by plans that were proven in simulation first.\n\n"
    "Start with: careloop demo. Exit status: 0 done; 1 a check said no; 2 bad input; 3 device or environment; "
    "4 the guard or an emergency stop ended the session; 130 interrupted.",
    epilog=examples("careloop demo", "careloop plan check knee-walking", "careloop --home ./trial-data sessions list"),
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@dataclass(frozen=True, slots=True)
class Options:
    """What was given before the command's name."""

    home: Home
    words: Words


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"careloop {version('careloop')}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            envvar="CARELOOP_HOME", metavar="DIR", help="Folder of all data.", show_default="your data folder"
        ),
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option("--lang", envvar=LANGUAGE, help="Language.", show_default="the locale's"),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    context.obj = Options(Home.resolve(home), words_for(language, os.environ))


for module in COMMANDS:
    module.add_to(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command in `arguments` (by default the process's own); returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    debug = "--debug" in given
    try:
        return _run(given, debug)
    except Exception as problem:  # noqa: BLE001  (the last place: told in one line, or in full)
        from careloop.messages import sentence

        _tell(sentence("unexpected", {"kind": type(problem).__name__, "reason": str(problem)}, _read(given)), debug)
        return UNEXPECTED


def _run(given: list[str], debug: bool) -> int:
    """The exit status of a command: what it returned or raised."""
    try:
        status = typer.main.get_command(app).main(given, prog_name="careloop", standalone_mode=False)
    except CareloopError as error:
        from careloop.messages import explain

        _tell(explain(error, _read(given)), debug)
        return error.status
    except typer.TyperException as problem:
        _tell(_mistyped(problem, _read(given)), debug=False)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def _read(given: Sequence[str]) -> str:
    """The language in which mistakes are told, also those that were made before the options were understood."""
    named = [after for word, after in pairwise(given) if word == "--lang"]
    named += [word.partition("=")[2] for word in given if word.startswith("--lang=")]
    asked = [*named, os.environ.get(LANGUAGE, "")][0]
    return words_for(asked if asked in LANGUAGES else None, os.environ).language


def _mistyped(problem: typer.TyperException, language: str) -> str:
    """One line for a command line that cannot be: what is wrong, and where the help is."""
    from careloop.messages import sentence

    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "careloop"
    option = getattr(problem, "option_name", None)
    if option in {"--home", "--debug", "--lang"}:
        right = command.replace("careloop", f"careloop {option} ...", 1)
        return sentence("option-before-command", {"option": option, "right": right}, language)
    said, parameter = problem.format_message(), getattr(problem, "param", None)
    where = option or (parameter.get_error_hint() if parameter else command)
    return sentence("mistyped", {"said": said, "where": where, "command": command}, language)


def _tell(line: str, debug: bool) -> None:
    """One line on the error stream; the traceback of the error in hand before it where it is asked for."""
    if debug:
        traceback.print_exc()
    print("".join(letter if letter.isprintable() else "?" for letter in " ".join(line.split())), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
