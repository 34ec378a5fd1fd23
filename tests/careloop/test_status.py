"""What control tells of a session, as others read it; and a full ring that nobody will empty any more."""

import math
from pathlib import Path

import numpy as np
import pytest

from careloop.build import load_exercise
from careloop.session.control import RingWithRoom
from careloop.session.dose import Dose
from careloop.session.status import PUBLISH_EVERY, STATUS, Status, publisher
from robot.controller import Person
from robot.guard import Flag
from robot.runtime.live import Live, first_wish
from robot.runtime.mailbox import NUMBERS, Mailbox
from robot.runtime.ring import Ring
from robot.runtime.session_state import Severity, State, Trial


def test_a_status_is_read_as_it_was_told(tmp_path: Path) -> None:
    controller = load_exercise("knee-walking").controller({"motion.speed": 0.25, "assistance": 0.9}, 4)
    mailbox = Mailbox.create(tmp_path / "mailbox")
    assert Status.read(mailbox) is None
    first_wish(mailbox, controller.adjustables)
    motion, row = controller.motion(), controller.row(Person(1.7, 70.0))
    session = controller.session(motion)
    live = Live(mailbox, controller.adjustables, session, motion, row, ["motion.speed"])
    publish = publisher(mailbox, controller, session, live, motion, Dose(3, trial=True))
    row.time[0], row.state[0], row.repetition[0] = 7.5, State.PAUSED, 1.0
    row.bus_misses[0], row.overruns[0] = 3.0, 2.0
    row.q[:], row.q_ref[:], row.dq_ref[:], row.tau_interaction[:], row.tau_command[:] = math.nan, 0.5, -0.25, 6.0, 7.0
    for tick, flags in enumerate((Flag.RATE, Flag(0), Flag.POWER, *[Flag(0)] * PUBLISH_EVERY)):
        row.tick[0], row.flags[0] = tick + 1.0, flags
        publish(row)
    told = Status.read(mailbox)
    assert told is not None
    assert (told.time_s, told.duration_s, told.paused) == (7.5, motion.duration_s, True)
    assert (told.state, told.stopping, told.trial) == (State.PAUSED, Severity.NONE, Trial.RUNNING)
    assert (told.repetition, told.repetitions, told.assistance, told.speed) == (0, 3, 0.9, 0.25)
    assert told.flags == Flag.RATE | Flag.POWER  # whatever rose since the last word
    assert (told.bus_misses, told.overruns) == (3, 2)
    assert math.isnan(told.q)
    assert (told.q_ref, told.dq_ref, told.tau_interaction, told.tau_command) == (0.5, -0.25, 6.0, 7.0)
    assert len(STATUS) <= NUMBERS


@pytest.mark.parametrize(("row_repetition", "told"), [(0.0, 0), (2.0, 1), (4.0, 3)])
def test_repetitions_are_counted_as_people_do(tmp_path: Path, row_repetition: float, told: int) -> None:
    controller = load_exercise("knee-walking").controller()
    mailbox = Mailbox.create(tmp_path / "mailbox")
    first_wish(mailbox, controller.adjustables)
    motion, row = controller.motion(), controller.row(Person(1.7, 70.0))
    session = controller.session(motion)
    live = Live(mailbox, controller.adjustables, session, motion, row, [])
    live.trial = Trial.NONE  # gone on from
    row.repetition[0] = row_repetition
    publisher(mailbox, controller, session, live, motion, Dose(3, trial=True))(row)
    said = Status.read(mailbox)
    assert said is not None
    assert said.repetition == told


def test_a_full_ring_is_waited_for_only_as_long_as_somebody_mends_its_recorder(tmp_path: Path) -> None:
    ring = Ring.create(tmp_path / "ring", 3, 500)
    alive = [True] * 5
    with ring:
        recorder = RingWithRoom(ring, lambda: bool(alive) and alive.pop())
        while ring.waiting < ring.capacity:
            assert recorder.push(np.zeros(3))
        assert not recorder.push(np.zeros(3))
    assert (alive, ring.dropped) == ([], 1)
