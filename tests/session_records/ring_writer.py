"""A stand-in for control: pushes numbered rows as fast as the ring takes them, until its standard input ends."""

import os
import select
import sys
from pathlib import Path

import numpy as np

from robot.runtime.ring import Ring
from session_records.folder import RING, announce_control


def main(folder: Path) -> None:
    announce_control(folder)
    ring = Ring.attach(folder / RING)
    row = np.zeros(ring.width)
    tick = 0
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0.0)[0]:
        while ring.waiting == ring.capacity:
            os.sched_yield()
        for _ in range(min(100, ring.capacity - ring.waiting)):
            row[:] = tick
            ring.push(row)
            tick += 1
    ring.close_writing()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
