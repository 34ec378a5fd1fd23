"""careloop law: the laws that plans can name, and a plan's law and guard as C for firmware."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from careloop.commands.output import Json, examples, print_fields, print_json, print_table, progress, say, solving

if TYPE_CHECKING:
    from robot.law import Law

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name (plan list), or its file.")]
To = Annotated[str, typer.Option("--to", metavar="FORMAT", help="The format: c.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="DIR", help="Folder to write; by default the plan's name and -c here."),
]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("list", epilog=examples("careloop law list"))(list_laws)
    group.command(
        "export",
        epilog=examples(
            "careloop law export knee-walking --to c", "careloop law export my-plan.yaml --to c --output firmware"
        ),
    )(export)
    app.add_typer(group, name="law", help="Laws: list them, export one as C.", epilog=examples("careloop law list"))


def list_laws(as_json: Json = False) -> None:
    """List the laws that a plan can name, with parameters, units and bounds."""
    from controllers import LAWS

    if as_json:
        print_json([{"law": name, "parameters": _parameters(law)} for name, law in LAWS.items()])
        return
    print_table(
        ("law", "parameter", "unit", "at least", "at most", "a number for"),
        [
            (name, one["name"], one["unit"], one["at_least"], one["at_most"], _whose(one))
            for name, law in LAWS.items()
            for one in _parameters(law)
        ],
    )


def _parameters(law: "type[Law]") -> list[dict[str, Any]]:
    return [
        {name: getattr(one, name) for name in ("name", "unit", "at_least", "at_most", "per_joint")}
        for one in law.parameters().values()
    ]


def _whose(parameter: dict[str, Any]) -> str:
    return "each joint" if parameter["per_joint"] else "the robot"


def export(plan: Plan, to: To, output: Output = None, as_json: Json = False) -> None:
    """Write a plan's law and guard as C99 that needs libm alone, with header and self-test.

    The C is what careloop itself compiles and proves. An earlier export in the folder is replaced, anything else in it
    is a reason to refuse. Never tried on firmware.
    """
    from careloop.build import load_exercise
    from careloop.export.c99 import BUILD, FORMATS
    from robot.errors import InputError

    if to not in FORMATS:
        raise InputError("format-unknown", field="--to", given=to, known=", ".join(FORMATS))
    exercise = load_exercise(plan, solving)
    folder = output or Path(f"{Path(exercise.file).stem}-{to}")
    with progress().status("a simulated trial for the self-test"):
        done = FORMATS[to](exercise, folder)
    if done.replaced:
        progress().print(f"replaced the earlier export in {folder}", soft_wrap=True)
    if as_json:
        print_json(done)
        return
    say(f"{folder}: {', '.join(done.files)}")
    print_fields({"law": done.law_sha256, "guard": done.guard_sha256, "self-test": f"{done.ticks} ticks"})
    say(f"try it: cd {folder} && {BUILD} && ./self_test")
