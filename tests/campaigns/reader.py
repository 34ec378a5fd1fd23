"""A status reader as a screen would be: `python -m tests.campaigns.reader MAILBOX COUNT`, 60 looks a second until it is
asked to end. Says that it is ready; at the end a JSON line: how often it looked, how many new words it saw, and how
often time went backwards."""

import json
import signal
import sys
import time
from pathlib import Path

from robot.runtime.mailbox import Mailbox

RATE_HZ = 60.0


def main(path: Path, count: int) -> None:
    ended = False

    def end(number: int, frame: object) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGTERM, end)
    mailbox = Mailbox.attach(path)
    print("ready", flush=True)
    looks = fresh = backwards = 0
    last = -1.0
    while not ended:
        status = mailbox.status(count)
        looks += 1
        if status is not None:
            fresh += status[0] > last
            backwards += status[0] < last
            last = float(status[0])
        time.sleep(1.0 / RATE_HZ)
    print(json.dumps({"looks": looks, "fresh": int(fresh), "backwards": int(backwards)}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
