"""Whether there is a terminal for the page, and whether it is still there."""

import select
import sys


def full_screen_possible() -> bool:
    """Whether the page can be shown: a person at a terminal. Scripts get a progress bar instead."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def terminal_gone(descriptor: int) -> bool:
    """Whether the terminal behind a descriptor was closed."""
    look = select.poll()
    look.register(descriptor, 0)  # a hang-up is told without being asked for
    return bool(look.poll(0))
