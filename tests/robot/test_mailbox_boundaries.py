"""How the mailbox lies in its file: every process writes lines of its own, and nothing is left over."""

import gc
import itertools
from pathlib import Path

import numpy as np

from robot.runtime.mailbox import NUMBERS, Mailbox

LINE = 64
"""Bytes that a processor moves at once."""


def test_what_different_processes_write_shares_no_line_and_lies_where_stores_are_whole(tmp_path):
    box = Mailbox.create(tmp_path / "box")
    stops = np.frombuffer(box._memory, np.uint8, 4)
    places = [stops, box._answers]
    for latest in (box._status, box._wishes):
        places += [latest._sequence, latest._slots]
    start = stops.ctypes.data
    first = [place.ctypes.data - start for place in places]
    last = [begin + place.nbytes - 1 for begin, place in zip(first, places, strict=True)]
    assert all(begin % LINE == 0 for begin in first)
    lines = [set(range(begin // LINE, end // LINE + 1)) for begin, end in zip(first, last, strict=True)]
    assert all(one.isdisjoint(other) for one, other in itertools.combinations(lines, 2))
    assert [place.size for place in places] == [4, 3, 1, 2 * NUMBERS, 1, 2 * NUMBERS]
    assert set().union(*lines) == set(range((tmp_path / "box").stat().st_size // LINE))
    assert (tmp_path / "box").stat().st_size % LINE == 0


def test_a_mailbox_that_is_gone_keeps_no_file_open(tmp_path):
    def opened():
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    before = opened()
    for make in (Mailbox.create, Mailbox.attach):
        box = make(tmp_path / "box")
        box.ask(lambda wish: None)
        del box
        assert opened() == before
