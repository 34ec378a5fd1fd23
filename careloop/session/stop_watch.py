"""The watcher: reads the digital inputs of the stops and leaves the latest in a mailbox of its own.

`python -m careloop.session.stop_watch FOLDER SUPERVISOR MAILBOX PORT BAUD EMERGENCY-STOP [HAND-SWITCH]`, started by the
process of that id. A process of its own, because control must never wait for a line: one that hangs or dies shows there
as an old answer.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hardware.stop_input.digital_input import DigitalInputs
from robot.emergency_stop import Contact
from robot.runtime.clock import WallClock
from robot.runtime.mailbox import Mailbox
from robot.runtime.realtime import enter_real_time
from robot.runtime.stop_input import EMERGENCY, HAND, STATUS
from robot.scheduling import Scheduling

PERIOD_S = 0.02
"""Each input is asked 50 times a second: five times within the silence that is borne by default."""

PRIORITY = 45
"""Below control, which must not wait for it, and above an emulator."""

ORPHAN_S = 2.0
"""It goes on for so long without its supervisor: control, which stops softly then, still listens to it."""


def watch(mailbox: Mailbox, inputs: DigitalInputs, contacts: Mapping[int, Contact], supervisor: int) -> None:
    """Ask on a grid of `PERIOD_S`, and publish each valid answer with the time of its question.

    `contacts` by their place in `STATUS`. Ends `ORPHAN_S` after its supervisor. What spoils the answers is said on the
    error stream when it changes.
    """
    latest, said, orphan_since = np.full(len(STATUS), np.nan), dict.fromkeys(contacts, ""), None
    for _ in WallClock(PERIOD_S).ticks():
        for place, contact in contacts.items():
            asked = time.monotonic()
            closed = inputs.read(contact)
            if closed is not None:
                latest[place : place + 2] = asked, float(closed)
                mailbox.publish(latest)
            if inputs.problem != said[place]:
                said[place] = inputs.problem
                print(f"input {contact.input}: {inputs.problem or 'answers again'}", file=sys.stderr, flush=True)
        if os.getppid() != supervisor:
            orphan_since = orphan_since or asked
            if asked - orphan_since > ORPHAN_S:
                return


def main(folder: str, supervisor: str, mailbox: str, port: str, baud: str, *contacts: str) -> None:
    """Watch until the supervisor ends it."""
    logging.disable()  # pymodbus would repeat every failure
    described = map(Contact.model_validate_json, contacts)
    with DigitalInputs(port, int(baud)) as inputs:
        enter_real_time(Scheduling(priority=PRIORITY))
        places = dict(zip((EMERGENCY, HAND), described, strict=False))
        watch(Mailbox.attach(Path(folder) / mailbox), inputs, places, int(supervisor))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(*sys.argv[1:])
