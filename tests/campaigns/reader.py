"""A status reader as a screen would be: `python -m tests.campaigns.reader FOLDER`, 60 looks a second until it is asked
to end. Prints a JSON line: how often it looked, how many new words it saw, and how often time went backwards."""

import json
import signal
import sys
import time
from pathlib import Path

from careloop.session.files import MAILBOX, STATUS
from robot.runtime.mailbox import Mailbox

RATE_HZ = 60.0


def main(folder: Path) -> None:
    ended = False

    def end(number: int, frame: object) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGTERM, end)
    mailbox = Mailbox.attach(folder / MAILBOX)
    looks = fresh = backwards = 0
    last = -1.0
    while not ended:
        status = mailbox.status(len(STATUS))
        looks += 1
        if status is not None:
            fresh += status[0] > last
            backwards += status[0] < last
            last = float(status[0])
        time.sleep(1.0 / RATE_HZ)
    print(json.dumps({"looks": looks, "fresh": int(fresh), "backwards": int(backwards)}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
