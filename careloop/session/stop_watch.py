"""The watcher: reads the emergency stop's digital input and leaves the latest in a mailbox of its own.

`python -m careloop.session.stop_watch FOLDER SUPERVISOR MAILBOX PORT DESCRIPTION`, started by the process of that id. A
process of its own, because control must never wait for a line: one that hangs or dies shows there as an old answer.
"""

import logging
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from hardware.stop_input.digital_input import DigitalInput
from robot.emergency_stop import EmergencyStop
from robot.runtime.clock import WallClock
from robot.runtime.mailbox import Mailbox
from robot.runtime.realtime import enter_real_time
from robot.scheduling import Scheduling

PERIOD_S = 0.02
"""The input is asked 50 times a second: five times within the silence that is borne by default."""

PRIORITY = 45
"""Below control, which must not wait for it, and above an emulator."""

ORPHAN_S = 2.0
"""It goes on for so long without its supervisor: control, which stops softly then, still listens to it."""


def watch(mailbox: Mailbox, digital: DigitalInput, supervisor: int) -> None:
    """Ask on a grid of `PERIOD_S`, and publish each valid answer with the time of its question.

    Ends `ORPHAN_S` after its supervisor. What spoils the answers is said on the error stream when it changes.
    """
    said, orphan_since = "", None
    for _ in WallClock(PERIOD_S).ticks():
        asked = time.monotonic()
        closed = digital.read()
        if closed is not None:
            mailbox.publish(np.array([asked, float(closed)]))
        if digital.problem != said:
            said = digital.problem
            print(f"stop input: {said or 'answers again'}", file=sys.stderr, flush=True)
        if os.getppid() != supervisor:
            orphan_since = orphan_since or asked
            if asked - orphan_since > ORPHAN_S:
                return


def main(folder: str, supervisor: str, mailbox: str, port: str, description: str) -> None:
    """Watch until the supervisor ends it."""
    logging.disable()  # pymodbus would repeat every failure
    with DigitalInput(port, EmergencyStop.model_validate_json(description)) as digital:
        enter_real_time(Scheduling(priority=PRIORITY))
        watch(Mailbox.attach(Path(folder) / mailbox), digital, int(supervisor))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(*sys.argv[1:])
