"""Control, killed again and again: the drive's watchdog takes the torque away, and the recorder enters the fault."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hardware.dynamixel.table import WATCHDOG_TRIPPED, WATCHDOG_UNIT_S
from session_records.ending import CONTROL_DIED, End
from session_records.events import read_events
from tests.campaigns.kit import CONTROL, Campaign, Running, Site, kill, percentiles, site
from tests.careloop.sessions import emulator, rows

LOOK_LATER_S = 0.04
"""After the watchdog's time the drive is looked at: two of its units later."""

LOOKS = 5
"""A look is an instruction, and the watchdog begins anew: on a stalled machine it may have come too early."""


def campaign(
    folder: Path, kills: int, seed: int, tell: Callable[[str], None], idle: bool = True, within_s: float = 4.0
) -> Campaign:
    """Kill control in `kills` sessions, each within `within_s` after torque began to rise."""
    seen, chance = Campaign("control"), random.Random(seed)
    tripped_ms: list[float] = []
    killed = taken = kept = faults = first_looks = 0
    with site(folder, emulator, patient=not idle) as where:
        for running in seen.sessions(where, kills, chance, within_s, tell):
            pid = running.pid(CONTROL)
            if pid is None:
                seen.check(False, running.folder.name, f"control ended before it was killed: {running.end()}")
                continue
            at_s, killed = kill(pid), killed + 1
            looks, ms = _hold_drive(seen, where, running, at_s)
            tripped_ms.append(ms)
            first_looks += looks == 1
            taken += running.ring.pushed
            held, in_record = _hold_record(seen, running)
            faults, kept = faults + held, kept + in_record
        with where.drive() as drive:
            limit_ms = 1000.0 * drive.watchdog * WATCHDOG_UNIT_S
    seen.figures = {
        "kills": killed,
        "the drive's watchdog is set to (ms)": limit_ms,
        "watchdog had tripped at the first look": first_looks,
        "records that end in a fault by the recorder": faults,
        "rows that the rings took": taken,
        "rows in the records": kept,
    } | {f"from the kill to that look, {which} (ms)": round(ms, 1) for which, ms in percentiles(tripped_ms).items()}
    return seen


def _hold_drive(seen: Campaign, where: Site, running: Running, at_s: float) -> tuple[int, float]:
    """Look at the drive until its watchdog has tripped: at which look it had, and how long after the kill."""
    name = running.folder.name
    for look in range(1, LOOKS + 1):
        time.sleep(where.robot.silence_s + LOOK_LATER_S)
        with where.drive() as drive:
            looked_s = time.monotonic()
            tripped = drive.read("bus_watchdog") == WATCHDOG_TRIPPED
            currents = drive.read("goal_current"), drive.read("present_current")
        if tripped:
            seen.check(currents == (0, 0), name, f"the watchdog tripped, but currents are {currents}")
            return look, 1000.0 * (looked_s - at_s)
    seen.check(False, name, f"the watchdog did not trip, currents {currents}")
    return LOOKS, 1000.0 * (looked_s - at_s)


def _hold_record(seen: Campaign, running: Running) -> tuple[bool, int]:
    """Whether the record ends in the recorder's fault, and how many rows it has: all that the ring took."""
    name, took = running.folder.name, running.ring.pushed
    status, said, errors = running.end()
    left, events = End.read(running.folder), [event.code for event in read_events(running.folder)]
    faulted = (said.get("end"), said.get("reason")) == ("fault", "control-died")
    begun, ended = ["state-armed", "state-running"], ["control-died", "state-fault"]
    by_recorder = left == CONTROL_DIED and events[:2] == begun and events[-2:] == ended
    seen.check(status == 3 and faulted, name, f"ended with status {status}: {said} {errors}")
    seen.check(by_recorder, name, f"the recorder left {left} and {events}")
    if not said:
        return False, 0
    ticks = np.array(rows(running.folder)["tick"])
    seen.check(len(ticks) == took, name, f"the ring took {took} rows, the record has {len(ticks)}")
    seen.check(np.array_equal(ticks, np.arange(len(ticks))), name, "ticks are not numbered without a gap")
    return faulted and by_recorder, len(ticks)
