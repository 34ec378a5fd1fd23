"""Wishes in the mailbox: the latest counts, none is torn or undone by another writer, and none gets in a stop's way."""

import fcntl
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from robot.errors import DeviceError
from robot.runtime import mailbox as module
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity


def filled(value):
    """A change that makes a whole wish of one number."""

    def change(wish):
        wish[:] = value

    return change


class Interrupted:
    """A mailbox's slots: each time that one is read, others write first the number of times that comes next."""

    def __init__(self, slots, come):
        self.slots, self.come = slots, come

    def __getitem__(self, place):
        self.come()
        return self.slots[place]


def interrupt(mailbox, writes):
    """From now on, as many wishes come in during each read as `writes` says; their numbers are their values."""
    other, slots = Mailbox.attach(mailbox._path), mailbox._wishes._slots

    def come():
        for _ in range(next(writes)):
            other.ask(filled(other.wished + 1.0))

    mailbox._wishes._slots = Interrupted(slots, come)


@pytest.fixture
def box(tmp_path):
    return Mailbox.create(tmp_path / "box")


def test_nothing_is_wished_or_answered_at_first(box):
    assert box.wish() is None
    assert box.wished == box.acknowledged == box.refused == 0
    assert box.heeded_stop is Severity.NONE


def test_a_wish_is_the_whole_of_the_latest_with_what_was_changed(box, tmp_path):
    others = [Mailbox.attach(tmp_path / "box") for _ in range(2)]

    def set_fourth(wish):
        wish[4] = -1.0

    assert others[0].ask(filled(7.0)) == box.wished == 1
    assert others[1].ask(set_fourth) == box.wished == 2
    number, wish = box.wish()
    assert number == 2
    assert wish.tolist() == [7.0] * 4 + [-1.0] + [7.0] * 59


def test_the_first_wish_is_made_from_zeros(box):
    def keep(wish):
        assert not wish.any()

    assert box.ask(keep) == 1
    assert box.wish()[1].tolist() == [0.0] * 64


def test_a_change_that_breaks_leaves_the_latest_and_the_lock_alone(box):
    box.ask(filled(1.0))

    def breaks(wish):
        wish[:] = 9.0
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        box.ask(breaks)
    assert box.wish()[1].tolist() == [1.0] * 64
    assert box.ask(filled(2.0)) == 2


@pytest.mark.parametrize(("during", "read"), [([0], 1), ([1, 0], 2), ([2, 0], 3), ([3, 0], 4)])
def test_a_wish_that_changed_while_it_was_read_is_read_once_more(box, during, read):
    box.ask(filled(1.0))
    writes = iter(during)
    interrupt(box, writes)
    number, wish = box.wish()
    assert (number, wish.tolist()) == (read, [float(read)] * 64)
    assert next(writes, None) is None


def test_after_two_changes_in_a_row_the_last_good_wish_stands_and_its_age_is_known(box):
    box.ask(filled(1.0))
    first = box.wish()
    writes = iter([1, 1, 0])
    interrupt(box, writes)
    assert box.wish() is first
    assert box.wished - first[0] == 2
    number, wish = box.wish()
    assert (number, wish[0], next(writes, None)) == (3, 3.0, None)


def test_before_anything_was_read_whole_there_is_no_wish(box):
    box.ask(filled(1.0))
    interrupt(box, iter([1, 1]))
    assert box.wish() is None


def test_what_was_read_does_not_change_afterwards(box):
    box.ask(filled(1.0))
    _, wish = box.wish()
    for value in (2.0, 3.0):
        box.ask(filled(value))
    assert wish.tolist() == [1.0] * 64


def test_control_tells_which_wish_it_looked_at_and_which_it_did_not_take(box, tmp_path):
    other = Mailbox.attach(tmp_path / "box")
    for number, taken, refused in ((3, True, 0), (5, False, 5), (6, True, 5), (7, False, 7)):
        box.acknowledge(number, taken=taken)
        assert (other.acknowledged, other.refused) == (number, refused)


def test_control_tells_how_strongly_it_stops(box, tmp_path):
    other = Mailbox.attach(tmp_path / "box")
    for severity in Severity:
        box.heed(severity)
        assert other.heeded_stop is severity
    assert other.asked_stop() is Severity.NONE


def test_everything_has_a_place_of_its_own(box, tmp_path):
    other = Mailbox.attach(tmp_path / "box")
    for _ in range(2):  # both slots
        box.publish(np.full(64, np.nan))
        other.ask(filled(np.inf))
    box.acknowledge(2**63, taken=False)
    box.heed(Severity.OFF)
    assert box.asked_stop() is Severity.NONE
    other.stop(Severity.FINISH)
    assert np.isnan(other.status(64)).all()
    assert np.isinf(box.wish()[1]).all()
    assert (other.acknowledged, other.refused, other.heeded_stop) == (2**63, 2**63, Severity.OFF)
    assert box.asked_stop() is Severity.FINISH
    assert box.wished == 2


def test_there_is_room_for_as_many_numbers_as_said_and_no_more(box):
    assert module.NUMBERS == 64
    box.publish(np.arange(64.0))
    with pytest.raises(ValueError, match="broadcast"):
        box.publish(np.zeros(65))


def test_a_writer_that_does_not_let_go_is_told_of_and_a_stop_needs_no_lock(box, tmp_path, monkeypatch):
    assert module.LOCK_PATIENCE_S == 1.0
    monkeypatch.setattr(module, "LOCK_PATIENCE_S", 0.02)
    with (tmp_path / "box").open("rb") as halted:
        fcntl.flock(halted, fcntl.LOCK_EX)
        with pytest.raises(DeviceError, match="wishes-locked") as refused:
            box.ask(filled(1.0))
        box.stop(Severity.SOFT)
        assert box.wished == 0
    assert refused.value.values == {"file": str(tmp_path / "box")}
    assert box.asked_stop() is Severity.SOFT
    assert box.ask(filled(1.0)) == 1


def test_writers_wait_for_each_other(box, tmp_path, monkeypatch):
    """The first lets go once the second has waited, which looks again every 10 ms at least."""
    inside, go_on, sleep = threading.Event(), threading.Event(), time.sleep

    def waiting(seconds):
        assert seconds <= 0.01
        go_on.set()
        sleep(seconds)

    def slowly(wish):
        inside.set()
        assert go_on.wait(10.0)
        wish[0] += 1.0

    def quickly(wish):
        wish[1] = wish[0] + 10.0

    first = threading.Thread(target=lambda: Mailbox.attach(tmp_path / "box").ask(slowly))
    second = threading.Thread(target=lambda: Mailbox.attach(tmp_path / "box").ask(quickly))
    first.start()
    assert inside.wait(10.0)
    monkeypatch.setattr(module.time, "sleep", waiting)
    second.start()
    second.join()
    waited = go_on.is_set()
    go_on.set()
    first.join()
    assert waited
    assert box.wish()[1][:2].tolist() == [1.0, 11.0]


WISHER = """
import sys
from pathlib import Path
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity

folder, count, place = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

def change(wish):
    wish[place] += 1.0
    wish[3:] = wish[1] + wish[2]

for index in range(count):
    mailbox, own = Mailbox.attach(folder / str(index)), 0
    while mailbox.asked_stop() < Severity.SOFT:
        mailbox.ask(change)
        own += 1
        if place == 1 and own == 2:
            mailbox.stop(Severity.FINISH)
        if own > 1_000_000:
            sys.exit("a stop was lost")
    (folder / f"{index}.{place}").write_text(str(own))
"""


def race(folder, count, reads):
    """In each mailbox two processes leave wishes as fast as they can until they see our stop, which each must.

    Every wish counts its writers' changes and carries their sum; in the end none of their changes may be missing.
    """
    boxes = [Mailbox.create(folder / str(index)) for index in range(count)]
    rng, read = np.random.default_rng(5), 0
    words = [sys.executable, "-c", WISHER, str(folder), str(count)]
    wishers = [subprocess.Popen([*words, str(place)]) for place in (1, 2)]
    for box in boxes:
        last = 0
        for _ in range(int(rng.integers(1, reads))):
            while (latest := box.wish()) is None or latest[0] == last:
                assert all(wisher.poll() in (None, 0) for wisher in wishers)
            number, wish = latest
            assert number == wish[1] + wish[2], "a change was lost"
            assert (wish[3:] == number).all(), "a torn wish"
            assert number > last, "an older wish after a newer one"
            last = number
            read += 1
            box.acknowledge(number, taken=True)
        box.stop(Severity.SOFT)
    assert [wisher.wait(timeout=200) for wisher in wishers] == [0, 0]
    for index, box in enumerate(boxes):
        assert box.asked_stop() is Severity.SOFT
        changes = [int((folder / f"{index}.{place}").read_text()) for place in (1, 2)]
        latest = box.wish()
        assert (latest[1][1:3].tolist() if latest else [0, 0]) == changes
        assert box.wished == sum(changes)
    assert read >= count


def test_no_stop_is_lost_among_wishes_of_two_processes_and_no_wish_is_torn(tmp_path):
    race(tmp_path, 40, reads=10)


@pytest.mark.sweep
@pytest.mark.timeout(1200)
def test_no_stop_is_lost_in_ten_thousand_races_with_wishes(tmp_path):
    race(tmp_path, 10_000, reads=4)
