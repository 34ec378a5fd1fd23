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
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=f"Of {', '.join(CAMPAIGNS)}.")] = None,
    kills: Annotated[int, typer.Option("--kills", min=1, help="How often the process is killed.")] = 100,
    hours: Annotated[float, typer.Option("--hours", min=0.02, help="The soak's simulated time.")] = 2.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same waits.")] = 1,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep every session's folder here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was counted as JSON.")] = False,
) -> None:
    """Kill recorder, supervisor and control at random moments, and run one session for hours.

    The supervisor's stops are held against 100 ms: let the machine do nothing else. Status 1 where anything was not as
    it should be; the folders are kept then.
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
