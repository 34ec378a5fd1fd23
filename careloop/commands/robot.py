"""careloop robot: the robots that there are, one in full, and whether a description can be."""

from typing import Annotated

import typer

from careloop.commands.output import examples, print_json, print_table

Robot = Annotated[str, typer.Argument(metavar="ROBOT", help="A robot's name, or a description's file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("list", epilog=examples("careloop robot list"))(list_robots)
    app.add_typer(group, name="robot", help="Robots: list, show, check.", epilog=examples("careloop robot list"))


def list_robots(as_json: Json = False) -> None:
    """List the robots that come with careloop."""
    from robot.description import load_robot, shipped_robots

    robots = [load_robot(name) for name in shipped_robots()]
    if as_json:
        print_json([{"name": one.name, "joints": one.joint_names} for one in robots])
    else:
        print_table(("robot", "joints"), [(one.name, ", ".join(one.joint_names)) for one in robots])
