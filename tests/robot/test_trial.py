"""The trial repetition: run with its own values, held after it whatever is wished, and gone on from without a jump."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.adjustable import Adjustable
from robot.runtime import session as rules
from robot.runtime.live import MARKED, PAUSED, RESUMED, VALUES, Live, first_wish
from robot.runtime.mailbox import Mailbox
from robot.runtime.session_state import Severity, State, Trial
from robot.tick import Column, Row, TickLayout
from tests.robot.ride import DT, Ride

SPEED, ASSISTANCE, STIFFNESS = range(3)
PRESCRIBED = {SPEED: 1.0, ASSISTANCE: 0.9, STIFFNESS: 90.0}
STARTS_WITH = {SPEED: 0.6, ASSISTANCE: 0.5, STIFFNESS: 90.0}
LOWERED = ("motion.speed", "assistance")


def adjustables(values):
    return (
        Adjustable("motion.speed", low=0.6, high=1.2, value=values[SPEED], slew=0.1, unit="", columns=()),
        Adjustable("assistance", low=0.5, high=1.0, value=values[ASSISTANCE], slew=0.25, unit="", columns=(0,)),
        Adjustable("stiffness", low=20.0, high=120.0, value=values[STIFFNESS], slew=32.0, unit="", columns=(1,)),
    )


class Treated(Ride):
    """A ride of a trial and `repetitions`, which others may change."""

    def __init__(self, folder, repetitions=2, trial=LOWERED):
        super().__init__(repetitions=repetitions + 1)
        self.parameters = Row(TickLayout(("knee",), parameters=(Column("assistance"), Column("stiffness"))))
        self.parameters.parameters[:] = STARTS_WITH[ASSISTANCE], STARTS_WITH[STIFFNESS]
        self.mailbox = Mailbox.create(folder / "mailbox")
        first_wish(self.mailbox, adjustables(PRESCRIBED))
        row = self.parameters
        self.live = Live(self.mailbox, adjustables(STARTS_WITH), self.session, self.motion, row, trial)
        self.references = []

    def tick(self, at=None):
        super().tick(at)
        self.parameters.time[:], self.parameters.repetition[:] = self.row.time, self.row.repetition
        self.live.advance()
        self.references.append(float(self.row.q_ref[0]))
        return self

    def wish(self, place, value=None, more=0.0):
        def change(wish):
            wish[place] = wish[place] + more if value is None else value

        number = self.mailbox.ask(change)
        self.tick()
        assert self.mailbox.acknowledged == number
        return self

    def set(self, which, value):
        return self.wish(VALUES + which, value)

    def resume(self):
        return self.wish(RESUMED, more=1.0).wish(PAUSED, 0.0)

    @property
    def assistance(self):
        return float(self.parameters.parameters[0])

    @property
    def repetition(self):
        return int(self.row.repetition[0])


@pytest.fixture
def treated(tmp_path):
    return Treated(tmp_path)


def seconds(ride, count):
    for _ in range(round(count / DT)):
        ride.tick()
    return ride


def test_it_runs_with_its_own_values_and_is_held_after_one_repetition(treated):
    treated.until(State.RUNNING)
    while treated.session.state is State.RUNNING:
        assert (treated.motion.speed, treated.assistance) == (STARTS_WITH[SPEED], STARTS_WITH[ASSISTANCE])
        treated.tick()
    assert (treated.session.state, treated.live.trial, treated.repetition) == (State.PAUSED, Trial.DONE, 2)
    assert treated.codes == ["state-armed", "state-running", "trial-done", "state-paused"]
    held = treated.references[-1]
    assert set(seconds(treated, 20.0).references[-100:]) == {held}
    assert treated.row.fade[0] == 1.0


def test_gone_on_from_it_takes_what_is_prescribed_by_the_slews_and_does_the_whole_dose(treated):
    treated.until(State.PAUSED).resume()
    assert treated.live.trial is Trial.NONE
    assert treated.motion.speed == PRESCRIBED[SPEED]
    assert treated.assistance == pytest.approx(STARTS_WITH[ASSISTANCE] + 0.25 * 2 * DT, abs=0.25 * DT)
    told = [(event.values["name"], event.values["to"]) for event in treated.session.events if event.values]
    assert told == [("motion.speed", PRESCRIBED[SPEED]), ("assistance", PRESCRIBED[ASSISTANCE])]
    treated.until(State.STOPPED)
    assert (treated.repetition, treated.assistance) == (3, PRESCRIBED[ASSISTANCE])
    assert treated.session.reason == "completed"


def test_the_reference_never_jumps(treated):
    treated.until(State.PAUSED).resume().until(State.STOPPED)
    # Half of the range is 25°, a cycle at most 1.2 times the prescribed speed: bounds of a smooth curve's differences.
    rate = 2.0 * np.pi * 1.2 / 1.2
    way = np.radians(25.0)
    running = treated.references[30:]
    assert np.abs(np.diff(running)).max() <= way * rate * DT
    assert np.abs(np.diff(running, 2)).max() <= 4.0 * way * (rate * DT) ** 2


@pytest.mark.parametrize(
    "wish", [(VALUES + STIFFNESS, 40.0), (VALUES + SPEED, 1.1), (MARKED, 1.0), (PAUSED, 1.0), (PAUSED, 0.0)], ids=str
)
def test_nothing_but_going_on_lets_a_held_session_go(treated, wish):
    treated.until(State.PAUSED).wish(*wish)
    seconds(treated, 5.0)
    assert (treated.session.state, treated.live.trial) == (State.PAUSED, Trial.DONE)
    assert treated.motion.speed == STARTS_WITH[SPEED]
    assert treated.resume().until(State.RUNNING).live.trial is Trial.NONE


def test_a_pause_in_the_trial_is_gone_on_from_into_the_trial(treated):
    seconds(treated.until(State.RUNNING), 2.0).wish(PAUSED, 1.0).until(State.PAUSED)
    assert treated.live.trial is Trial.RUNNING
    treated.resume().until(State.RUNNING)
    assert (treated.motion.speed, treated.live.trial) == (STARTS_WITH[SPEED], Trial.RUNNING)
    treated.until(State.PAUSED)
    assert (treated.live.trial, treated.repetition) == (Trial.DONE, 2)


def test_what_is_set_in_the_trial_holds_from_after_it(treated):
    seconds(treated.until(State.RUNNING), 1.0).set(SPEED, 0.8).set(STIFFNESS, 80.0)
    assert treated.motion.speed == STARTS_WITH[SPEED]
    seconds(treated, 1.0)
    assert treated.parameters.parameters[1] == 80.0  # what the trial does not lower changes at once
    treated.until(State.PAUSED).resume()
    assert treated.motion.speed == 0.8


@given(severity=st.sampled_from([Severity.FINISH, Severity.SOFT, Severity.OFF]), after_s=st.floats(0.0, 12.0))
@settings(max_examples=30, deadline=None)
def test_a_stop_at_any_moment_is_a_stop(tmp_path_factory, severity, after_s):
    treated = seconds(Treated(tmp_path_factory.mktemp("box")), after_s)
    treated.session.stop(severity, "asked")
    treated.resume()
    while not treated.session.ended:
        treated.tick()
    assert treated.session.reason == "asked"
    assert treated.live.trial in (Trial.RUNNING, Trial.DONE)
    assert treated.tau == pytest.approx(0.0, abs=rules.ZERO_TORQUE) or severity is Severity.OFF


def test_held_for_longer_than_a_pause_may_be_it_ends(treated):
    treated.until(State.PAUSED)
    treated.tick(treated.time + rules.PAUSE_LIMIT_S + 1.0)
    assert treated.session.reason == "paused-too-long"


def test_without_anything_to_lower_it_is_held_all_the_same(tmp_path):
    treated = Treated(tmp_path, trial=()).until(State.RUNNING)
    treated.until(State.PAUSED)
    assert treated.live.trial is Trial.DONE
    assert treated.motion.speed == PRESCRIBED[SPEED]


def test_a_moment_is_marked_once_for_each_time_it_is_asked(treated):
    treated.until(State.RUNNING)
    for _ in range(3):
        treated.wish(MARKED, more=1.0)
        treated.set(STIFFNESS, 70.0)
    assert treated.codes.count("moment-marked") == 3


@pytest.mark.parametrize(("place", "name"), [(RESUMED, "resume"), (MARKED, "mark")])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0])
def test_a_count_that_cannot_be_refuses_the_wish_as_a_whole(treated, place, name, value):
    treated.until(State.RUNNING).wish(place, value)
    (event,) = (event for event in treated.session.events if event.code == "wish-refused")
    assert event.values == {"name": name}
    assert treated.mailbox.refused == treated.mailbox.acknowledged
