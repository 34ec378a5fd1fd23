"""A stop that nothing can erase, and a status that is never half of one and half of another."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity


def test_nothing_is_asked_and_nothing_published_at_first(tmp_path):
    mailbox = Mailbox.create(tmp_path / "mailbox")
    assert mailbox.asked_stop() is Severity.NONE
    assert mailbox.status(3) is None


@given(stops=st.lists(st.sampled_from([Severity.FINISH, Severity.SOFT, Severity.OFF]), min_size=1, max_size=8))
def test_the_strongest_stop_stands_whatever_the_order_and_whatever_else_is_sent(tmp_path_factory, stops):
    path = tmp_path_factory.mktemp("box") / "mailbox"
    control, senders = Mailbox.create(path), itertools.cycle([Mailbox.attach(path), Mailbox.attach(path)])
    for index, severity in enumerate(stops):
        next(senders).stop(severity)
        control.publish(np.full(5, float(index)))
        assert control.asked_stop() is max(stops[: index + 1])


def test_the_latest_status_is_read(tmp_path):
    control, screen = Mailbox.create(tmp_path / "mailbox"), None
    screen = Mailbox.attach(tmp_path / "mailbox")
    for number in range(1, 6):
        control.publish(np.arange(4.0) * number)
        np.testing.assert_array_equal(screen.status(4), np.arange(4.0) * number)
        np.testing.assert_array_equal(screen.status(2), np.arange(2.0) * number)


def test_a_status_that_was_read_does_not_change_afterwards(tmp_path):
    mailbox = Mailbox.create(tmp_path / "mailbox")
    mailbox.publish(np.ones(4))
    read = mailbox.status(4)
    mailbox.publish(np.zeros(4))
    mailbox.publish(np.zeros(4))
    np.testing.assert_array_equal(read, 1.0)


def test_a_mailbox_is_its_owners_alone_and_never_made_over_another_file(tmp_path):
    Mailbox.create(tmp_path / "mailbox")
    assert (tmp_path / "mailbox").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        Mailbox.create(tmp_path / "mailbox")


PUBLISHER = """
import sys
from pathlib import Path
import numpy as np
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity

folder, count = Path(sys.argv[1]), int(sys.argv[2])
values = np.zeros(64)
for index in range(count):
    mailbox = Mailbox.attach(folder / str(index))
    number = 0
    while mailbox.asked_stop() < Severity.SOFT:
        number += 1
        values[:-1] = number
        values[-1] = values[:-1].sum()
        mailbox.publish(values)
        if number == 3:
            mailbox.stop(Severity.FINISH)
        if number > 10_000_000:
            sys.exit("a stop was lost")
"""


def race_stops(tmp_path, count, reads):
    """In each mailbox another process publishes at full speed and asks to finish, until it sees our stronger stop.

    The statuses read on the way carry their own sum.
    """
    boxes = [Mailbox.create(tmp_path / str(index)) for index in range(count)]
    rng = np.random.default_rng(4)
    read = 0
    with subprocess.Popen([sys.executable, "-c", PUBLISHER, str(tmp_path), str(count)]) as publisher:
        for mailbox in boxes:
            last = 0.0
            for _ in range(int(rng.integers(1, reads))):
                while (status := mailbox.status(64)) is None:
                    assert publisher.poll() is None
                assert status[-1] == status[:-1].sum() == 63 * status[0], "a torn status"
                assert status[0] >= last, "an older status after a newer one"
                last = status[0]
                read += 1
            mailbox.stop(Severity.SOFT)
        assert publisher.wait(timeout=200) == 0
    assert all(mailbox.asked_stop() is Severity.SOFT for mailbox in boxes)
    assert read >= count


def test_no_stop_is_lost_and_no_status_torn_in_a_race_with_another_process(tmp_path):
    race_stops(tmp_path, 300, reads=20)


@pytest.mark.sweep
def test_no_stop_is_lost_in_ten_thousand_races(tmp_path):
    race_stops(tmp_path, 10_000, reads=4)


TIRELESS = PUBLISHER.replace("if number == 3:", "if False:")


def test_a_status_is_never_torn_while_its_writer_runs_at_full_speed(tmp_path):
    mailbox = Mailbox.create(tmp_path / "0")
    seen = set()
    with subprocess.Popen([sys.executable, "-c", TIRELESS, str(tmp_path), "1"]) as publisher:
        while len(seen) < 2000:
            assert publisher.poll() is None
            status = mailbox.status(64)
            if status is not None:
                assert status[-1] == status[:-1].sum() == 63 * status[0]
                seen.add(status[0])
        mailbox.stop(Severity.OFF)
        assert publisher.wait(timeout=200) == 0
