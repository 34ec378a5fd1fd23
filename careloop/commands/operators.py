"""careloop operators: who runs sessions at this site."""

from typing import Annotated

import typer

from careloop.commands.asking import ask, at_terminal, opened
from careloop.commands.output import Json, examples, print_json, print_table, say

Name = Annotated[str, typer.Argument(metavar="NAME", help="The operator's name, as the records shall have it.")]
Pin = Annotated[
    str | None, typer.Option("--pin", envvar="CARELOOP_PIN", metavar="PIN", help="4 to 12 digits; else asked for.")
]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("add", epilog=examples("careloop operators add Anna"))(add)
    group.command("list", epilog=examples("careloop operators list"))(list_operators)
    app.add_typer(
        group,
        name="operators",
        help="Operators: add one, list them.",
        epilog=examples("careloop operators add Anna", "careloop operators list"),
    )


def add(context: typer.Context, name: Name, pin: Pin = None, as_json: Json = False) -> None:
    """Add an operator, with a PIN that says later who did something.

    Three wrong PINs lock the name for five minutes. The PIN is asked for twice, and not shown.
    """
    from datetime import datetime

    from robot.errors import InputError

    words = context.obj.words
    chosen = pin or ask(words, "ask-new-pin", secret=True)
    if pin is None and at_terminal() and ask(words, "ask-new-pin-again", secret=True) != chosen:
        raise InputError("pins-differ", field="--pin")
    with opened(context) as site:
        operator = site.operators.add(name, chosen, datetime.now().astimezone())
    if as_json:
        print_json(operator)
    else:
        say(words("operator-added", operator=operator.name))


def list_operators(context: typer.Context, as_json: Json = False) -> None:
    """List the operators of this site."""

    words = context.obj.words
    with opened(context) as site:
        operators = site.operators.list()
    if as_json:
        print_json(operators)
    elif not operators:
        say(words("operators-none"))
    else:
        columns = (words("column-operator"), words("column-since"))
        print_table(columns, [(one.name, words.shown(one.added_at)) for one in operators])
