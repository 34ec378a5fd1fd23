"""The overrun policy on rows made by hand: thresholds from both sides, in time, at any rate."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careloop.messages import UNKNOWN, sentence
from robot.description import RobotDescription, load_robot
from robot.runtime.overruns import FALL_PER_S, OVER_BELOW, RISE_PER_S, OverrunPolicy
from robot.runtime.session_state import Severity, State
from robot.tick import Column, Row, TickLayout

NOTHING = (Severity.NONE, "")
WHOLE = (30.0, 12.0)
RATES = [100, 500, 1000]


class Watched:
    """A policy, the row that it watches, and a clock that skips what a test says."""

    def __init__(self, rate_hz=500, state=State.RUNNING, silence_ms=60.0, **overruns):
        content = load_robot("knee-exo").model_dump()
        content |= {"rate_hz": rate_hz, "scheduling": {"overruns": overruns}}
        content["bus"]["main"]["silence_ms"] = silence_ms
        robot = RobotDescription.model_validate(content)
        torques = tuple(Column(f"{joint}.limit_tau", "N·m") for joint in ("hip", "knee"))
        others = (Column("hip.limit_tau_rate", "N·m/s"), Column("spasm_within", "s"))
        self.row = Row(TickLayout(("hip", "knee"), limits=(others[0], *torques, others[1])))
        self.row.limits[:] = 200.0, *WHOLE, 0.1
        self.row.state[0] = state
        self.dt, self.events = robot.dt, []
        self.policy = OverrunPolicy(robot, self.row, self.events.append)

    def tick(self, missed=0, lateness=0.0):
        """One tick after `missed` periods were left out; the stop that was asked for."""
        self.policy.lower()
        self.row.lateness[0] = lateness
        self.row.overruns[0] += missed
        asked = self.policy(self.row)
        self.row.time[0] += self.dt
        return asked

    def lose(self, missed, **how):
        self.row.time[0] += missed * self.dt
        return self.tick(missed, **how)

    def quiet(self, seconds):
        return [self.tick() for _ in range(round(seconds / self.dt))]

    @property
    def share(self):
        """What is left of the torque limits in the row; the other limits never move."""
        assert self.row.limits[[0, 3]].tolist() == [200.0, 0.1]
        shares = self.row.limits[1:3] / WHOLE
        assert shares[0] == pytest.approx(shares[1])
        return float(shares[0])

    @property
    def codes(self):
        return [event.code for event in self.events]


@pytest.mark.parametrize("rate_hz", RATES)
def test_as_much_as_is_allowed_may_be_lost_and_no_period_more(rate_hz):
    watched = Watched(rate_hz, policy="stop", lost_ms=100.0, within_s=1.0)
    allowed = round(0.1 * rate_hz)
    for _ in range(allowed):
        assert watched.lose(1) == NOTHING
    assert watched.lose(1) == (Severity.SOFT, "overruns")


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(("apart_s", "stops"), [(0.98, True), (1.02, False)])
def test_only_what_was_lost_within_the_window_counts(rate_hz, apart_s, stops):
    watched = Watched(rate_hz, policy="stop", lost_ms=60.0, within_s=1.0, silence_ms=500.0)
    missed = round(0.04 * rate_hz)
    assert watched.lose(missed) == NOTHING
    watched.quiet(apart_s - (missed + 1) * watched.dt)
    assert (watched.lose(missed) != NOTHING) is stops


@pytest.mark.parametrize("policy", ["tolerate", "derate", "stop"])
@pytest.mark.parametrize(("gap_ms", "asked"), [(59.0, NOTHING), (61.0, (Severity.SOFT, "control-gap"))])
@pytest.mark.parametrize("where", ["skipped", "late"])
def test_whatever_the_policy_one_gap_longer_than_the_silence_is_a_soft_stop(policy, gap_ms, asked, where):
    watched = Watched(1000, policy=policy, lost_ms=900.0, silence_ms=60.0)
    watched.quiet(0.1)
    if where == "late":  # the wake-up itself came late: it is seen in the same tick
        assert watched.tick(lateness=gap_ms / 1e3 - watched.dt) == asked
    else:
        assert watched.lose(round(gap_ms) - 1) == asked


@pytest.mark.parametrize("state", [State.IDLE, State.ARMED, State.STOPPED, State.FAULT])
def test_without_torque_nothing_is_judged(state):
    watched = Watched(state=state, policy="stop")
    assert {watched.lose(200) for _ in range(5)} == {NOTHING}
    assert watched.codes == []
    assert watched.policy.notices() == []


def test_what_was_lost_while_it_was_armed_does_not_count_once_it_runs():
    watched = Watched(state=State.ARMED, policy="stop")
    watched.lose(200)
    watched.row.state[0] = State.RUNNING
    assert set(watched.quiet(2.0)) == {NOTHING}


def test_a_paused_session_is_judged_too():
    watched = Watched(state=State.PAUSED, policy="stop", lost_ms=10.0)
    assert watched.lose(6) == (Severity.SOFT, "overruns")


@pytest.mark.parametrize("rate_hz", RATES)
def test_the_torque_limit_falls_to_its_share_rises_slowly_and_says_so(rate_hz):
    watched = Watched(rate_hz, policy="derate", lost_ms=100.0, within_s=1.0, share=0.4, silence_ms=500.0)
    watched.lose(round(0.12 * rate_hz))
    began = watched.row.time[0]
    assert watched.codes == ["torque-lowered"]
    assert watched.events[0].values == {
        "lost_ms": pytest.approx(120.0),
        "within_s": 1.0,
        "percent": pytest.approx(40.0),
    }
    while watched.share > 0.4:
        watched.tick()
    # The gap's own time counts: the first step covers it.
    assert watched.row.time[0] - began == pytest.approx(0.6 / FALL_PER_S - 0.12, abs=4.0 * watched.dt)
    while watched.codes == ["torque-lowered"]:
        watched.tick()
    rises = watched.row.time[0]
    assert rises - began == pytest.approx(1.0, abs=3.0 * watched.dt)
    while "torque-restored" not in watched.codes:
        watched.tick()
    assert watched.row.time[0] - rises == pytest.approx(0.6 / RISE_PER_S, abs=4.0 * watched.dt)
    watched.tick()
    assert watched.row.limits[1:3].tolist() == list(WHOLE)
    assert watched.codes == ["torque-lowered", "torque-rises", "torque-restored"]


@pytest.mark.parametrize(("lost_ms", "lowered"), [(OVER_BELOW * 100.0 + 2.0, True), (OVER_BELOW * 100.0, False)])
def test_trouble_ends_only_when_half_as_much_is_lost(lost_ms, lowered):
    watched = Watched(policy="derate", lost_ms=100.0, within_s=1.0)
    watched.lose(25)
    watched.quiet(0.3)
    watched.lose(round(lost_ms / 2.0))
    assert watched.codes == (["torque-lowered"] if 50.0 + lost_ms > 100.0 else [])
    watched.quiet(0.8)  # the first loss has left the window
    assert (watched.codes[-1:] == ["torque-lowered"]) is lowered


def test_tolerated_overruns_are_told_and_change_nothing():
    watched = Watched(policy="tolerate", lost_ms=20.0)
    assert {watched.lose(12) for _ in range(5)} == {NOTHING}
    assert watched.share == 1.0
    assert watched.codes == ["overruns-tolerated"]


@pytest.mark.parametrize(
    ("policy", "answer"), [("tolerate", "tolerates it"), ("derate", "fell to 50 %"), ("stop", "was stopped")]
)
def test_at_the_end_it_is_told_how_much_was_lost_and_what_followed(policy, answer):
    watched = Watched(policy=policy, lost_ms=20.0)
    for _ in range(5):
        watched.lose(12)
    (notice,) = watched.policy.notices()
    for language in ("en", "zh"):
        assert UNKNOWN not in sentence(notice.code, notice.values, language)
    said = sentence(notice.code, notice.values)
    assert "up to 120 ms of control were lost within 1 s, more than 20: " in said
    assert answer in said


def test_a_session_without_trouble_has_nothing_to_tell():
    watched = Watched()
    watched.lose(50)
    watched.quiet(3.0)
    assert (watched.codes, watched.policy.notices(), watched.share) == ([], [], 1.0)


def test_a_limit_that_another_lowered_is_left_alone_while_nothing_is_wrong():
    watched = Watched()
    watched.row.limits[1] = 7.0
    watched.quiet(0.1)
    assert watched.row.limits[1] == 7.0


@settings(max_examples=60, deadline=None)
@given(
    missed=st.lists(st.integers(0, 40), min_size=1, max_size=120),
    lost_ms=st.floats(1.0, 900.0),
    share=st.floats(0.1, 0.9),
)
def test_whatever_is_lost_the_limit_stays_between_its_share_and_the_whole(missed, lost_ms, share):
    watched = Watched(100, policy="derate", lost_ms=lost_ms, share=share, silence_ms=500.0)
    before = 1.0
    for count in missed:
        assert watched.lose(count) == NOTHING
        watched.tick()
        now = watched.share
        assert share - 1e-12 <= now <= 1.0
        elapsed = (count + 2) * watched.dt
        assert before - FALL_PER_S * elapsed - 1e-9 <= now <= before + RISE_PER_S * elapsed + 1e-9
        before = now
    watched.quiet(1.1 + 0.9 / RISE_PER_S)
    watched.tick()
    assert watched.share == 1.0
    course = "-".join(code.removeprefix("torque-") for code in watched.codes)
    assert re.fullmatch(r"((lowered-rises-?)+restored-?)*", course)


def test_the_default_derates_and_never_looks_at_ticks():
    asked = load_robot("knee-exo").scheduling.overruns
    assert (asked.policy, math.isclose(asked.lost_ms, 100.0), asked.within_s) == ("derate", True, 1.0)
    times = []
    for rate_hz in RATES:
        watched = Watched(rate_hz)
        while not watched.codes:
            watched.lose(round(0.01 * rate_hz))
        times.append(watched.events[0].time_s)
    assert np.ptp(times) <= 11 / min(RATES)
