"""One loop with an empty body, timed: `python loops.py NAME TICKS` prints when each tick began, as JSON.

Each loop runs in a process of its own, that of a peer in its own environment: nothing but the standard library is
imported before the loop is chosen.
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

PERIOD_S = 0.001

OURS: dict[str, dict[str, Any] | None] = {
    "ordinary scheduling": None,
    "as shipped": {},
    "processors may sleep": {"idle_exit_us": None},
    "bound to one core": {"cores": [0]},
    "200 µs of spin": {"spin_us": 200.0},
}
"""Ours by name, with what the robot's description says of scheduling; None asks for nothing at all."""

PEERS: dict[str, dict[str, Any]] = {"default": {}, "original phase": {"maintain_original_phase": True}}
"""opensourceleg's loop by name, with its settings."""

PLAIN = "plain sleep"


def ours(scheduling: dict[str, Any] | None) -> tuple[Iterator[int], list[Any]]:
    """Our clock's ticks by their place on the grid, and what real time was not granted."""
    from robot.runtime.clock import WallClock
    from robot.runtime.realtime import enter_real_time
    from robot.scheduling import Scheduling

    asked = Scheduling.model_validate_json(json.dumps(scheduling or {}))
    missing = [] if scheduling is None else enter_real_time(asked)
    clock = WallClock(PERIOD_S, asked.spin_us / 1e6)
    return (clock.grid_index for _ in clock.ticks()), [(notice.code, notice.values) for notice in missing]


def plain() -> Iterator[int]:
    """The loop that everyone writes first: sleep for what is left of the period since the tick began."""
    index = 0
    while True:
        begun = time.monotonic()
        yield index
        index += 1
        time.sleep(max(0.0, PERIOD_S - (time.monotonic() - begun)))


def peer(settings: dict[str, Any]) -> Iterator[int]:
    """opensourceleg's loop."""
    from opensourceleg.utilities import SoftRealtimeLoop

    return (index for index, _ in enumerate(SoftRealtimeLoop(dt=PERIOD_S, report=False, **settings)))


def main(name: str, count: int) -> None:
    """Run the named loop for so many ticks; the beginnings are told in s after the first, which is at tick 0."""
    missing: list[Any] = []
    if name in OURS:
        ticks, missing = ours(OURS[name])
    else:
        ticks = plain() if name == PLAIN else peer(PEERS[name])
    begun = [0.0] * count
    indices = [0] * count
    for place, index in enumerate(islice(ticks, count)):
        begun[place], indices[place] = time.monotonic(), index
    print(json.dumps({"begun": [one - begun[0] for one in begun], "indices": indices, "missing": missing}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
