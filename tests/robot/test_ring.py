"""The ring of rows: in order, nothing lost unsaid, nothing doubled, and no other file taken for one."""

import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from robot.runtime.ring import SECONDS, Ring

WIDTH = 3
CAPACITY = int(SECONDS)


class RingAgainstAQueue(RuleBasedStateMachine):
    """Whatever is done to the ring, and whoever attaches anew, it is a queue of limited length."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "ring"
        self.writer = Ring.create(self.path, WIDTH, 1)
        self.reader = Ring.attach(self.path)
        self.queue, self.number, self.lost = deque(), 0, 0

    def teardown(self):
        self.folder.cleanup()

    @rule(count=st.integers(1, 2 * CAPACITY))
    def push(self, count):
        for _ in range(count):
            self.number += 1
            taken = self.writer.push(np.full(WIDTH, float(self.number)))
            assert taken == (len(self.queue) < CAPACITY)
            if taken:
                self.queue.append(float(self.number))
            else:
                self.lost += 1

    @rule(count=st.integers(0, 2 * CAPACITY), share=st.floats(0.0, 1.0))
    def take(self, count, share):
        rows = self.reader.peek(count)
        np.testing.assert_array_equal(rows, np.repeat([list(self.queue)[:count]], WIDTH, axis=0).T.reshape(-1, WIDTH))
        safe = int(share * len(rows))
        self.reader.take(safe)
        for _ in range(safe):
            self.queue.popleft()

    @rule()
    def attach_a_new_reader(self):
        self.reader = Ring.attach(self.path)

    @rule()
    def attach_a_new_writer(self):
        self.writer = Ring.attach(self.path)

    @invariant()
    def counts_agree(self):
        assert self.reader.waiting == len(self.queue)
        assert self.reader.pushed == self.number - self.lost
        assert self.reader.dropped == self.lost


TestRingAgainstAQueue = RingAgainstAQueue.TestCase
TestRingAgainstAQueue.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_what_was_peeked_stays_when_the_writer_goes_on(tmp_path):
    ring = Ring.create(tmp_path / "ring", WIDTH, 1)
    ring.push(np.ones(WIDTH))
    rows = ring.peek(1)
    ring.take(1)
    for _ in range(CAPACITY):
        ring.push(np.zeros(WIDTH))
    np.testing.assert_array_equal(rows, 1.0)


def test_a_reader_that_died_before_it_took_sees_the_rows_again(tmp_path):
    ring = Ring.create(tmp_path / "ring", WIDTH, 1)
    for number in range(5):
        ring.push(np.full(WIDTH, float(number)))
    Ring.attach(tmp_path / "ring").peek(5)
    np.testing.assert_array_equal(Ring.attach(tmp_path / "ring").peek(5)[:, 0], range(5))


def test_the_end_of_writing_is_seen_by_the_reader_even_after_an_error(tmp_path):
    reader = None
    with pytest.raises(RuntimeError), Ring.create(tmp_path / "ring", WIDTH, 1):
        reader = Ring.attach(tmp_path / "ring")
        assert not reader.closed
        raise RuntimeError
    assert reader.closed


def test_a_ring_is_never_made_over_another_file(tmp_path):
    path = tmp_path / "ring"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        Ring.create(path, WIDTH, 1)
    assert path.read_text() == "mine"


def test_a_ring_is_its_owners_alone(tmp_path):
    Ring.create(tmp_path / "ring", WIDTH, 1)
    assert (tmp_path / "ring").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 4095, b"\0" * 8192, b"careloop" * 4096])
def test_a_file_that_is_no_ring_is_refused(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ValueError, match="ring"):
        Ring.attach(tmp_path / "other")


def test_a_ring_that_was_cut_short_is_refused(tmp_path):
    Ring.create(tmp_path / "ring", WIDTH, 100)
    whole = (tmp_path / "ring").read_bytes()
    (tmp_path / "short").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="ring"):
        Ring.attach(tmp_path / "short")


WRITER = """
import sys
from pathlib import Path
import numpy as np
from robot.runtime.ring import Ring
path, count, patient = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "patient"
row = np.zeros(40)
with Ring.attach(path) as ring:
    for number in range(1, count + 1):
        row[:] = number
        while not ring.push(row) and patient:
            pass
"""


def from_another_process(tmp_path, count, patience):
    """The first number of every row that a writer at full speed got through, and the ring."""
    ring = Ring.create(tmp_path / "ring", 40, 10)
    command = [sys.executable, "-c", WRITER, str(tmp_path / "ring"), str(count), patience]
    received = []
    with subprocess.Popen(command) as writer:
        while not (ring.closed and not ring.waiting):
            assert writer.poll() in (None, 0)
            rows = ring.peek(37)
            assert (rows == rows[:, :1]).all(), "a torn row"
            ring.take(len(rows))
            received += rows[:, 0].tolist()
    assert writer.returncode == 0
    return received, ring


def test_between_two_processes_at_full_speed_nothing_is_lost_doubled_or_torn(tmp_path):
    count = 30_000
    received, ring = from_another_process(tmp_path, count, "patient")
    assert received == list(range(1, count + 1))
    assert ring.pushed == count


def test_what_a_full_ring_dropped_is_counted_to_the_last_row(tmp_path):
    count = 100_000
    received, ring = from_another_process(tmp_path, count, "impatient")
    assert (np.diff(received) > 0).all()
    assert len(received) == ring.pushed
    assert ring.pushed + ring.dropped == count
