"""careloop plan: the plans that there are, and whether a robot can do what one asks."""

from typing import Annotated

import typer

from careloop.commands.output import examples, print_json, print_table

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("list", epilog=examples("careloop plan list"))(list_plans)
    app.add_typer(group, name="plan", help="Plans: list, check.", epilog=examples("careloop plan list"))


def list_plans(as_json: Json = False) -> None:
    """List the plans that come with careloop."""
    from careloop.build import shipped_plans
    from robot.plan import load_plan

    plans = {name: load_plan(path) for name, path in shipped_plans().items()}
    if as_json:
        print_json({name: {"name": plan.name, "robot": plan.robot} for name, plan in plans.items()})
    else:
        print_table(("plan", "robot", "exercise"), [(name, plan.robot, plan.name) for name, plan in plans.items()])
