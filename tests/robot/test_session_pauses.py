"""Pauses: held with torque, resumed without a jump, and never stronger than a stop."""

import math

import numpy as np
import pytest

from robot.runtime import session as rules
from robot.runtime.session_state import Severity, State
from tests.robot.ride import DT, STOPS, Ride


def test_a_pause_comes_to_rest_holds_with_torque_and_goes_on_without_a_jump():
    ride, references = Ride(repetitions=3).to_full_torque(), []
    for tick in range(1600):
        ride.session.pause_wished = 200 <= tick < 800 or 900 <= tick < 910
        ride.tick()
        references.append((ride.row.q_ref[0], ride.row.dq_ref[0], ride.row.ddq_ref[0], ride.session.state))
        assert ride.row.fade[0] == 1.0 or ride.motion.at_rest
    q, dq, ddq, states = map(np.array, zip(*references, strict=True))
    held = np.flatnonzero(states == State.PAUSED)
    assert held[0] > 200
    assert held[-1] == 799
    assert (q[held[1:]] == q[held[1]]).all()
    assert not dq[held[1:]].any()
    np.testing.assert_allclose(np.diff(q), 0.5 * DT * (dq[1:] + dq[:-1]), atol=2e-4)
    np.testing.assert_allclose(np.diff(dq), 0.5 * DT * (ddq[1:] + ddq[:-1]), atol=2e-2)
    assert ride.codes[2:] == ["state-paused", "state-running", "state-stopped"][: len(ride.codes) - 2]
    assert len(ride.codes) >= 4


def test_a_pause_that_is_taken_back_before_it_is_held_never_becomes_one():
    ride = Ride(repetitions=3).to_full_torque()
    ride.session.pause_wished = True
    for _ in range(20):
        ride.tick()
    ride.session.pause_wished = False
    ride.until(State.STOPPED)
    assert State.PAUSED not in ride.states
    assert ride.session.reason == "completed"


def test_a_pause_that_was_asked_for_while_arming_is_heeded_as_it_runs():
    ride = Ride()
    ride.session.pause_wished = True
    ride.until(State.PAUSED)
    assert ride.row.repetition[0] == 0
    ride.session.pause_wished = False
    assert ride.tick().session.state is State.RUNNING
    assert ride.until(State.STOPPED).session.reason == "completed"


@pytest.mark.parametrize(("at", "stopping"), [(601.0, Severity.NONE), (math.nextafter(601.0, 602.0), Severity.FINISH)])
def test_a_pause_that_is_too_long_finishes_past_its_limit_and_not_at_it(at, stopping):
    ride = Ride(repetitions=3).to_full_torque()
    ride.session.pause_wished = True
    while not ride.motion.held:
        ride.tick()
    ride.tick(1.0)
    assert ride.session.state is State.PAUSED
    ride.tick(at)
    assert ride.session.stopping is stopping
    if stopping:
        assert ride.session.reason == "paused-too-long"


def test_each_pause_is_timed_by_itself():
    ride = Ride(repetitions=3).to_full_torque().pause()
    ride.session.pause_wished = False
    ride.tick(rules.PAUSE_LIMIT_S)
    ride.session.pause_wished = True
    while ride.session.state is not State.PAUSED:
        ride.tick(rules.PAUSE_LIMIT_S)
    assert not ride.tick(2.0 * rules.PAUSE_LIMIT_S - 1.0).session.stopping


@pytest.mark.parametrize("severity", STOPS)
@pytest.mark.parametrize("moment", ["armed", "pausing", "paused", "resuming"])
def test_every_stop_works_in_every_moment_of_a_pause_and_is_not_late(severity, moment):
    ride = Ride(repetitions=9)
    if moment != "armed":
        ride.to_full_torque()
        ride.session.pause_wished = True
        ride.tick()
        if moment != "pausing":
            ride.until(State.PAUSED)
        if moment == "resuming":
            ride.session.pause_wished = False
            for _ in range(20):
                ride.tick()
    asked = ride.time
    ride.asked = (severity, "asked")
    while not ride.session.ended:
        ride.tick()
    assert ride.session.state is (State.FAULT if severity is Severity.OFF else State.STOPPED)
    assert ride.row.tau_command[0] == pytest.approx(0.0, abs=1e-6)
    within = {Severity.OFF: DT, Severity.SOFT: 0.1, Severity.FINISH: rules.FADE_OUT_S + 0.8 + 4 * DT}[severity]
    assert ride.time - asked <= within


@pytest.mark.parametrize("wished", [True, False])
def test_a_stop_cannot_be_paused_nor_resumed_away(wished):
    ride = Ride(repetitions=9).to_full_torque()
    if not wished:
        ride.pause()
    ride.session.stop(Severity.FINISH, "asked")
    before = ride.session.state
    ride.session.pause_wished = wished
    while not ride.session.ended:
        assert ride.session.state is before
        ride.tick()
    assert ride.session.state is State.STOPPED
