"""careloop demo: the main job, from plan to record."""

import typer

from careloop.commands.output import Json, examples, output, print_json, progress


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("demo", epilog=examples("careloop demo", "careloop demo --json"))(demo)


def demo(context: typer.Context, as_json: Json = False) -> int:
    """Show the main job: prove a plan on virtual patients, run it on emulated motors, and keep the record.

    Takes under a minute. No motor is needed, and none is touched.
    """
    from careloop.demo import run_demo

    console = progress() if as_json else output()
    done, status = run_demo(
        context.obj.home.prepare(),
        context.obj.words,
        lambda name, text: console.print(f"{name:<12}{text}", soft_wrap=True),
    )
    if as_json:
        print_json(done)
    return status
