"""Runs the named campaigns, or all of them, and shows what they counted."""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.campaigns import control, recorder, soak, supervisor
from tests.campaigns.kit import Campaign

CAMPAIGNS = ("recorder", "supervisor", "control", "soak")


def main(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Which campaigns; all four where none is named.")
    ] = None,
    kills: Annotated[
        int, typer.Option("--kills", min=1, help="How often recorder, supervisor or control is killed.")
    ] = 100,
    hours: Annotated[float, typer.Option("--hours", min=0.02, help="How long the soak's session is, simulated.")] = 2.0,
    seed: Annotated[int, typer.Option("--seed", help="Of the random moments at which it is killed.")] = 1,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep the sessions' folders here, and not only after a failure."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as a list of {name, held, figures, troubles}.")
    ] = False,
) -> None:
    """Disturb real sessions on an emulated drive many times, and count whether the promises hold.

    recorder: killed while control runs under load; no row may be lost.\n
    supervisor: killed; control must stop by itself, within 100 ms.\n
    control: killed; the drive's watchdog must take the torque away.\n
    soak: one session of hours at full speed; no memory may grow, and every tick must replay.

    Status 0 where all held, 1 where something did not: it is told, and the folders are kept. Let the machine do nothing
    else, or the times mean nothing.
    """
    asked = names or list(CAMPAIGNS)
    unknown = [name for name in asked if name not in CAMPAIGNS]
    if unknown:
        print(f"no campaign is named {', '.join(unknown)}; there are {', '.join(CAMPAIGNS)}", file=sys.stderr)
        raise typer.Exit(2)
    folder = Path(tempfile.mkdtemp(prefix="campaign-")) if keep is None else keep.absolute()
    done = [_timed(name, folder / name, kills, hours, seed) for name in asked]
    held = all(one.held for one in done)
    if held and keep is None:
        import shutil

        shutil.rmtree(folder)
    elif not held:
        print(f"the sessions' folders are kept in {folder}", file=sys.stderr)
    if as_json:
        told = [{"name": one.name, "held": one.held, "figures": one.figures, "troubles": one.troubles} for one in done]
        print(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        for one in done:
            Console().print(_table(one))
    raise typer.Exit(0 if held else 1)


def _timed(name: str, folder: Path, kills: int, hours: float, seed: int) -> Campaign:
    begun = time.monotonic()
    with Console(stderr=True).status(name) as status:

        def tell(words: str) -> None:
            status.update(f"{name}: {words}")

        if name == "soak":
            campaign = soak.campaign(folder, hours, tell)
        else:
            campaign = {"recorder": recorder, "supervisor": supervisor, "control": control}[name].campaign(
                folder, kills, seed, tell
            )
    campaign.figures["seconds that it took"] = round(time.monotonic() - begun)
    return campaign


def _table(campaign: Campaign) -> Table:
    table = Table(campaign.name, "", title=None)
    for what, figure in campaign.figures.items():
        table.add_row(what, f"{figure:,}" if isinstance(figure, int) else str(figure))
    for trouble in campaign.troubles:
        table.add_row("[red]not as it should be[/red]", trouble)
    return table


if __name__ == "__main__":
    typer.run(main)
