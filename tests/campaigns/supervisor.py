"""The supervisor, killed again and again: control stops by itself, in a controlled way, and how fast."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from robot.runtime.session_state import State
from session_records.folder import read_session
from tests.campaigns.kit import CONTROL, RECORDER, Campaign, Running, Site, kill, percentiles, site
from tests.careloop.sessions import emulator, rows, start

LIMIT_MS = 100.0
"""Within this control has to have stopped, on a machine that does nothing else."""


@dataclass(frozen=True)
class Kill:
    """A supervisor that was killed at `at_s` on the monotonic clock."""

    folder: Path
    at_s: float


def campaign(
    folder: Path, kills: int, seed: int, tell: Callable[[str], None], idle: bool = True, within_s: float = 4.0
) -> Campaign:
    """Kill the supervisor of `kills` sessions, each within `within_s` after torque began to rise.

    On an `idle` machine every stop is held against `LIMIT_MS`.
    """
    seen, chance = Campaign("supervisor"), random.Random(seed)
    killed: list[Kill] = []
    with site(folder, emulator, patient=not idle) as where:
        for running in seen.sessions(where, kills, chance, within_s, tell):
            killed.append(Kill(running.folder, kill(running.process.pid)))
            _hold_processes(seen, where, running)
        tell("the next look closes the records")
        ends = _next_look(where, kills)
    slowness = [_hold_record(seen, one, ends.get(one.folder.name)) for one in killed]
    stopped_ms = [ms for ms in slowness if ms is not None]
    for one, ms in zip(killed, slowness, strict=True):
        seen.check(not idle or (ms or 0.0) <= LIMIT_MS, one.folder.name, f"stopped only after {ms} ms")
    seen.figures = {"kills": len(killed), "stopped": len(stopped_ms)} | {
        f"from the kill to stopped, {which} (ms)": round(ms, 1) for which, ms in percentiles(stopped_ms).items()
    }
    return seen


def _hold_processes(seen: Campaign, where: Site, running: Running) -> None:
    """Control and recorder end by themselves, and the drive has no torque then."""
    name = running.folder.name
    running.process.communicate()
    seen.check(running.gone(CONTROL), name, "control went on without its supervisor")
    seen.check(running.gone(RECORDER), name, "the recorder outlived the session")
    with where.drive() as drive:
        seen.check(drive.read("torque_enable") == 0, name, "the drive still has its torque on")


def _next_look(where: Site, kills: int) -> dict[str, tuple[str, str]]:
    """How every session ended, as the list says that closes their records: about a second for each."""
    listed = start(where.home, "sessions", "list", "--json", "--most", str(kills)).communicate(timeout=3600)[0]
    told = {one["session"]: one["ended"] for one in json.loads(listed or "[]")}
    return {session: (ended["end"], ended["reason"]) for session, ended in told.items() if ended is not None}


def _hold_record(seen: Campaign, one: Kill, ended: tuple[str, str] | None) -> float | None:
    """The record's end, and the milliseconds from the kill to it; None without a record."""
    name = one.folder.name
    seen.check(ended == ("stopped", "supervisor-gone"), name, f"the record ended {ended}")
    if not (one.folder / "trace.parquet").exists():
        return None
    trace = rows(one.folder)
    tau = np.array(trace["knee_tau_command_Nm"])
    seen.check(trace["session_state"][-1] == State.STOPPED and abs(tau[-1]) < 1e-6, name, "control did not stop")
    step = trace["knee_limit_tau_rate_Nm_s"][0] * np.diff(trace["time_s"])
    seen.check(bool((np.abs(np.diff(tau)) <= step + 1e-9).all()), name, "the torque fell faster than its rate allows")
    start_s = read_session(one.folder).monotonic_start_s
    end_s = start_s + trace["time_s"][-1] + trace["lateness_s"][-1] + trace["compute_s"][-1]
    return 1000.0 * (end_s - one.at_s)
