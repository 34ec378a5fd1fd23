"""A stand-in for control: pushes numbered rows as fast as the ring takes them, until its standard input ends."""

import select
import sys
import time
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
        room = ring.capacity - ring.waiting
        if not room:
            time.sleep(0.0005)
        for _ in range(min(100, room)):
            row[:] = tick
            ring.push(row)
            tick += 1
    ring.close_writing()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
