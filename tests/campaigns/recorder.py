"""The recorder, killed again and again while control runs: does the record have every row that the ring took?"""

import json
import math
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from careloop.session.files import MAILBOX
from careloop.session.status import STATUS
from robot.runtime.ring import SECONDS
from tests.campaigns.kit import RECORDER, Campaign, Running, busy_cores, kill, site
from tests.careloop.sessions import emulator, rows

LATEST_KILL_S = 1.0
"""A recorder that writes is killed at a random moment within this time."""

EARLY = 0.2
"""Share of the recorders that are killed while they still start."""

EARLY_ROOM = 0.2
"""But only while no more of the ring than this is full: ten seconds without any recorder lose rows, as they should."""

REPETITIONS = 12
"""About 45 s of session for each start of the emulator's limb."""


def campaign(
    folder: Path, kills: int, seed: int, tell: Callable[[str], None], busy: bool = True, repetitions: int = REPETITIONS
) -> Campaign:
    """Kill the recorder `kills` times over as many sessions as that takes, and hold each record against its ring."""
    seen, chance = Campaign("recorder"), random.Random(seed)
    done = sessions = taken = kept = dropped = looks = fresh = 0
    longest_s = 0.0
    with site(folder, emulator, repetitions) as where:
        while done < kills:
            running = seen.started(where)
            if running is None:
                continue
            reader = _reader(running)
            with busy_cores() if busy else nullcontext():
                killed, without_s = _kill_recorders(running, kills - done, chance)
                done, longest_s = done + killed, max(longest_s, without_s)
                tell(f"{done} of {kills} kills")
                status, said, errors = running.end()
                looked = _looked(reader)
            name = running.folder.name
            sessions, looks, fresh = sessions + 1, looks + looked["looks"], fresh + looked["fresh"]
            taken, dropped = taken + running.ring.pushed, dropped + running.ring.dropped
            ended = (status, said.get("reason"))
            seen.check(ended == (0, "completed"), name, f"control was disturbed: {ended} {errors}")
            seen.check(looked["backwards"] == 0, name, f"the status went backwards {looked['backwards']} times")
            seen.check(running.ring.dropped == 0, name, refused(running.ring.dropped, without_s))
            if said:
                kept += _hold_record(seen, running)
    seen.figures = {
        "kills": done,
        "sessions": sessions,
        "rows that the ring took": taken,
        "rows in the records": kept,
        "rows that the full ring refused": dropped,
        "the ring bears without a recorder (s)": SECONDS,
        "longest from a kill until rows were written again (s)": round(longest_s, 2),
        "looks at the status": looks,
        "of them new": fresh,
    }
    return seen


def refused(rows: int, without_s: float) -> str:
    """Why a ring refused rows: recorders that start too slowly here, or one that does not keep up."""
    told = f"the ring refused {rows} rows: it bears {SECONDS:.0f} s without a recorder, and "
    if without_s >= SECONDS:
        return told + f"none wrote for {without_s:.1f} s; this machine starts recorders too slowly to kill so many"
    return told + f"none was missed for more than {without_s:.1f} s; the recorder did not keep up"


def _kill_recorders(running: Running, at_most: int, chance: random.Random) -> tuple[int, float]:
    """Kill every recorder that this session gets, at random moments, until it ends.

    How many, and the longest time in s from a kill until rows were written again.
    """
    killed, last = 0, None
    since_s, longest_s = math.inf, 0.0
    while running.process.poll() is None and not running.ring.closed and killed < at_most:
        pid = running.pid(RECORDER)
        if pid is None or pid == last:
            time.sleep(0.005)
            continue
        early = chance.random() < EARLY and running.ring.waiting < EARLY_ROOM * running.ring.capacity
        wait_s = chance.uniform(0.0, LATEST_KILL_S)
        if not early:
            if not _writes(running):
                break
            longest_s, since_s = max(longest_s, time.monotonic() - since_s), math.inf
        time.sleep(wait_s)
        if running.ring.closed:
            break
        try:
            since_s = min(since_s, kill(pid))
        except ProcessLookupError:
            continue
        last, killed = pid, killed + 1
    return killed, longest_s


def _writes(running: Running) -> bool:
    """Wait until the recorder has moved the ring's tail; False where the session ends before."""
    before = running.ring.pushed - running.ring.waiting
    while running.process.poll() is None and not running.ring.closed:
        if running.ring.pushed - running.ring.waiting > before:
            return True
        time.sleep(0.005)
    return False


def _hold_record(seen: Campaign, running: Running) -> int:
    """Every row once and in order, as many as the ring took; how many there are."""
    ticks = np.array(rows(running.folder)["tick"])
    name, took = running.folder.name, running.ring.pushed
    seen.check(len(ticks) == took, name, f"the ring took {took} rows, the record has {len(ticks)}")
    seen.check(np.array_equal(ticks, np.arange(len(ticks))), name, "ticks are not numbered without a gap")
    return len(ticks)


def _reader(running: Running) -> "subprocess.Popen[str]":
    words = str(running.folder / MAILBOX), str(len(STATUS))
    reader = subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.reader", *words], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    return reader


def _looked(reader: "subprocess.Popen[str]") -> dict[str, int]:
    reader.send_signal(signal.SIGTERM)
    looked: dict[str, int] = json.loads(reader.communicate(timeout=30)[0])
    return looked
