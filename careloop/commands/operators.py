"""careloop operators: who runs sessions at this site."""

from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.asking import By, ask, at_terminal, opened, operator
from careloop.commands.output import Json, examples, print_json, print_table, say

if TYPE_CHECKING:
    from careloop.messages.language import Words

Name = Annotated[str, typer.Argument(metavar="NAME", help="The operator's name, as the records shall have it.")]
Known = Annotated[str, typer.Argument(metavar="NAME", help="An operator's name (operators list).")]
Pin = Annotated[
    str | None, typer.Option("--pin", envvar="CARELOOP_PIN", metavar="PIN", help="4 to 12 digits; else asked for.")
]
OldPin = Annotated[
    str | None, typer.Option("--pin", envvar="CARELOOP_PIN", metavar="PIN", help="The old PIN, or that of --by.")
]
NewPin = Annotated[str | None, typer.Option("--new-pin", metavar="PIN", help="4 to 12 digits; else asked for.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("add", epilog=examples("careloop operators add Anna"))(add)
    group.command("list", epilog=examples("careloop operators list"))(list_operators)
    group.command("pin", epilog=examples("careloop operators pin Anna", "careloop operators pin Anna --by Li"))(pin)
    app.add_typer(
        group,
        name="operators",
        help="Operators: add one, list them, change a PIN.",
        epilog=examples("careloop operators add Anna", "careloop operators list"),
    )


def add(context: typer.Context, name: Name, pin: Pin = None, as_json: Json = False) -> None:
    """Add an operator, with a PIN that says later who did something.

    Three wrong PINs lock the name for five minutes. The PIN is asked for twice, and not shown.
    """
    from careloop.commands.values import now

    words = context.obj.words
    chosen = pin or _new_pin(words)
    with opened(context) as site:
        operator = site.operators.add(name, chosen, now())
    if as_json:
        print_json(operator)
    else:
        say(words("operator-added", operator=operator.name))


def pin(
    context: typer.Context,
    name: Known,
    by: By = None,
    old_pin: OldPin = None,
    new_pin: NewPin = None,
    as_json: Json = False,
) -> None:
    """Change a PIN. The old one is asked for; where it is forgotten, another operator enters a new one with --by.

    Who changed it, and when, is listed with the operator.
    """
    from careloop.commands.values import now

    words = context.obj.words
    with opened(context) as site:
        whose = site.operators.get(name).name
        who = operator(words, site, by or whose, old_pin)
        changed = site.operators.change_pin(whose, new_pin or _new_pin(words), who, now())
    if as_json:
        print_json(changed)
    else:
        say(words("pin-changed", operator=whose, by=who))


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
        columns = (words("column-operator"), words("column-since"), words("column-pin-changed"))
        rows = [
            (
                one.name,
                words.shown(one.added_at),
                words("at-by", at=one.pin_at, by=one.pin_by) if one.pin_at else words.shown(None),
            )
            for one in operators
        ]
        print_table(columns, rows)


def _new_pin(words: "Words") -> str:
    """A PIN as somebody chooses it; at a terminal they type it twice."""
    from robot.errors import InputError

    chosen = ask(words, "ask-new-pin", secret=True)
    if at_terminal() and ask(words, "ask-new-pin-again", secret=True) != chosen:
        raise InputError("pins-differ", field="--pin")
    return chosen
