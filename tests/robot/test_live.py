"""Changes of a running session: taken over whole, slewed in the row, told in its record, refused where they must be."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.motions.periodic import PeriodicMotion
from controllers.motions.recorded import FourierCurve
from robot.adjustable import Adjustable
from robot.plan import MOST_ADJUSTABLE
from robot.runtime.live import MARKED, PAUSED, RESUMED, VALUES, Live, first_wish
from robot.runtime.mailbox import NUMBERS, Mailbox
from robot.runtime.session import Session
from robot.runtime.session_state import Severity, State
from robot.tick import Column, Row, TickLayout

DT = 1.0 / 128.0
ADJUSTABLES = (
    Adjustable("stiffness", low=20.0, high=120.0, value=60.0, slew=32.0, unit="N·m/rad", columns=(3, 1)),
    Adjustable("motion.speed", low=0.2, high=1.0, value=0.6, slew=0.1, unit="", columns=()),
    Adjustable("assistance", low=0.0, high=1.0, value=1.0, slew=0.25, unit="", columns=(2,)),
)
AT_FIRST = [70.0, 61.0, 1.0, 60.0, 8.0]
"""The row's parameters: the joints' stiffness may differ, and the adjustable's value is then the first one's."""


class Terminal:
    """A session that others may change: mailbox, session, row and what takes changes over."""

    def __init__(self, folder, adjustables=ADJUSTABLES):
        self.mailbox = Mailbox.create(folder / "mailbox")
        first_wish(self.mailbox, adjustables)
        shape = FourierCurve(((0.5 + 0j, -0.5 + 0j),))
        self.motion = PeriodicMotion(shape, {"knee": (10.0, 60.0)}, 1.2, 0.6, 3, DT)
        self.session = Session(self.motion, DT, 0.06)
        self.session.arm()
        self.session.state = State.RUNNING
        self.row = Row(TickLayout(("knee",), parameters=tuple(Column(f"p{index}") for index in range(5))))
        self.row.parameters[:] = AT_FIRST
        self.live = Live(self.mailbox, adjustables, self.session, self.motion, self.row)
        self.live.advance()

    def wish(self, **changes):
        """Ask for values by their place among the adjustables, and for a pause."""

        def change(wish):
            for name, value in changes.items():
                wish[PAUSED if name == "pause" else VALUES + int(name[1:])] = value

        number = self.mailbox.ask(change)
        self.live.advance()
        return number

    @property
    def told(self):
        return [(event.code, event.values) for event in self.session.events if not event.code.startswith("state-")]

    @property
    def parameters(self):
        return self.row.parameters.tolist()


@pytest.fixture
def terminal(tmp_path):
    return Terminal(tmp_path)


def test_a_wish_holds_a_pause_and_then_the_values():
    assert (PAUSED, RESUMED, MARKED, VALUES) == (0, 1, 2, 3)
    assert VALUES + MOST_ADJUSTABLE == NUMBERS


def test_what_holds_from_the_start_changes_nothing_and_is_acknowledged(terminal):
    number, wish = terminal.mailbox.wish()
    assert (number, wish[:6].tolist(), wish[6:].any()) == (1, [0.0, 0.0, 0.0, 60.0, 0.6, 1.0], False)
    assert (terminal.mailbox.acknowledged, terminal.mailbox.refused) == (1, 0)
    for _ in range(5):
        terminal.live.advance()
    assert terminal.parameters == AT_FIRST
    assert terminal.told == []
    assert not terminal.session.pause_wished


def test_a_value_goes_to_all_of_its_columns_by_its_slew_and_no_further(terminal):
    number = terminal.wish(v0=61.0)
    assert terminal.mailbox.acknowledged == number == 2
    assert terminal.parameters == [70.0, 61.0, 1.0, 60.25, 8.0]
    for tick in range(2, 5):
        terminal.live.advance()
        assert terminal.parameters == [70.0, 61.0, 1.0, 60.0 + tick * 0.25, 8.0]
    terminal.live.advance()
    assert terminal.parameters == [70.0, 61.0, 1.0, 61.0, 8.0]
    assert terminal.told == [("value-changed", {"name": "stiffness", "from": 60.0, "to": 61.0})]


def test_it_goes_down_as_it_goes_up_and_turns_where_it_is(terminal):
    terminal.wish(v2=0.0)
    seen = [terminal.row.parameters[2]]
    for _ in range(99):
        terminal.live.advance()
        seen.append(terminal.row.parameters[2])
    step = 0.25 * DT
    np.testing.assert_allclose(np.diff([1.0, *seen]), -step, rtol=1e-9)
    turned = seen[-1]
    terminal.wish(v2=1.0)
    assert terminal.row.parameters[2] == pytest.approx(turned + step)
    for _ in range(200):
        terminal.live.advance()
    assert terminal.row.parameters[2] == 1.0


def test_the_row_is_left_alone_where_nothing_is_on_its_way(terminal):
    terminal.wish(v0=60.5)
    for _ in range(10):
        terminal.live.advance()
    terminal.row.parameters[3] = 99.0
    terminal.live.advance()
    assert terminal.row.parameters[3] == 99.0


def test_a_motion_takes_its_own(terminal):
    terminal.wish(v1=0.9)
    assert terminal.parameters == AT_FIRST
    assert terminal.motion._wanted["motion.speed"] == 0.9
    assert terminal.told == [("value-changed", {"name": "motion.speed", "from": 0.6, "to": 0.9})]


def test_of_several_wishes_between_two_ticks_the_latest_counts(terminal):
    def change(value):
        def one(wish):
            wish[VALUES] = value

        return one

    for value in (100.0, 30.0, 60.25):
        number = terminal.mailbox.ask(change(value))
    terminal.live.advance()
    assert terminal.mailbox.acknowledged == number
    assert terminal.told == [("value-changed", {"name": "stiffness", "from": 60.0, "to": 60.25})]


def test_a_pause_is_a_level_and_told_when_it_changes(terminal):
    for wished, asked in ((1.0, True), (1.0, True), (0.0, False), (0.0, False)):
        terminal.wish(pause=wished)
        assert terminal.session.pause_wished is asked
    assert terminal.told == [("pause-asked", {}), ("resume-asked", {})]


def test_an_event_has_the_time_of_the_tick_before_the_change_is_seen(terminal):
    terminal.row.time[0] = 3.25
    terminal.wish(v0=70.0)
    assert terminal.session.events[-1].time_s == 3.25


NONSENSE = st.sampled_from([math.nan, math.inf, -math.inf])
BEYOND = {
    "v0": st.floats(-1e9, 20.0, exclude_max=True) | st.floats(120.0, 1e9, exclude_min=True) | NONSENSE,
    "v1": st.floats(-1e9, 0.2, exclude_max=True) | st.floats(1.0, 1e9, exclude_min=True) | NONSENSE,
    "v2": st.floats(-1e9, 0.0, exclude_max=True) | st.floats(1.0, 1e9, exclude_min=True) | NONSENSE,
    "pause": st.floats().filter(lambda value: value not in (0.0, 1.0)),
}
NAMES = {"v0": "stiffness", "v1": "motion.speed", "v2": "assistance", "pause": "pause"}


@given(data=st.data(), wrong=st.sampled_from(list(BEYOND)))
def test_a_wish_with_one_value_that_cannot_be_is_refused_as_a_whole(tmp_path_factory, data, wrong):
    terminal = Terminal(tmp_path_factory.mktemp("box"))
    good = {"v0": 100.0, "v1": 0.8, "v2": 0.5, "pause": 1.0}
    number = terminal.wish(**{**good, wrong: data.draw(BEYOND[wrong])})
    for _ in range(3):
        terminal.live.advance()
    assert (terminal.mailbox.acknowledged, terminal.mailbox.refused) == (number, number)
    assert terminal.parameters == AT_FIRST
    assert terminal.motion._wanted["motion.speed"] == 0.6
    assert not terminal.session.pause_wished
    assert terminal.told == [("wish-refused", {"name": NAMES[wrong]})]
    json.dumps(terminal.told, allow_nan=False)
    # The next one that can be is taken.
    number = terminal.wish(**good)
    assert (terminal.mailbox.acknowledged, terminal.mailbox.refused) == (number, number - 1)
    assert terminal.session.pause_wished


@pytest.mark.parametrize("values", [(20.0, 0.2, 0.0), (120.0, 1.0, 1.0)])
def test_the_ends_of_the_ranges_are_in_them(terminal, values):
    number = terminal.wish(v0=values[0], v1=values[1], v2=values[2])
    assert (terminal.mailbox.acknowledged, terminal.mailbox.refused) == (number, 0)


@pytest.mark.parametrize("severity", [Severity.FINISH, Severity.SOFT])
def test_once_a_stop_was_asked_for_nothing_changes_any_more(terminal, severity):
    terminal.wish(v0=100.0)
    on_the_way = terminal.parameters
    terminal.session.stop(severity, "asked")
    number = terminal.wish(v2=0.5, pause=1.0)
    for _ in range(5):
        terminal.live.advance()
    assert terminal.parameters == on_the_way
    assert not terminal.session.pause_wished
    assert (terminal.mailbox.acknowledged, terminal.mailbox.refused) == (number, number)
    assert terminal.mailbox.heeded_stop is severity
    assert [code for code, _ in terminal.told] == ["value-changed", "asked"]


def test_it_tells_which_stop_is_being_made(terminal):
    for severity in (Severity.NONE, Severity.FINISH, Severity.SOFT, Severity.OFF):
        terminal.session.stop(severity, "asked")
        terminal.live.advance()
        assert terminal.mailbox.heeded_stop is severity


def test_a_plan_with_nothing_to_adjust_can_still_be_paused(tmp_path):
    terminal = Terminal(tmp_path, ())
    terminal.wish(pause=1.0)
    assert terminal.session.pause_wished
    assert terminal.parameters == AT_FIRST


def test_a_wish_that_could_not_be_read_whole_is_looked_at_again(terminal):
    read = terminal.mailbox._wishes
    good, read.read = read.read, lambda: read._good
    number = terminal.wish(v0=61.0)
    assert terminal.mailbox.acknowledged == number - 1
    read.read = lambda: None
    terminal.live.advance()
    assert terminal.told == []
    read.read = good
    terminal.live.advance()
    assert terminal.mailbox.acknowledged == number
    assert len(terminal.told) == 1


def assistance(terminal):
    return terminal.parameters[2]


def test_lowered_assistance_is_a_share_of_what_is_wished_and_moves_by_its_slew(terminal):
    terminal.live.lower(0.5)
    before = assistance(terminal)
    for _ in range(64):
        terminal.live.advance()
        terminal.live.lower(0.5)
        assert before - 0.25 * DT - 1e-12 <= assistance(terminal) <= before
        before = assistance(terminal)
    terminal.wish(_2=0.6)
    for _ in range(1000):
        terminal.live.advance()
    assert assistance(terminal) == pytest.approx(0.3)
    assert terminal.parameters[3] == 60.0
    terminal.live.lower(1.0)
    for _ in range(1000):
        terminal.live.advance()
    assert assistance(terminal) == pytest.approx(0.6)
    assert [code for code, _ in terminal.told] == ["assistance-lowered", "value-changed", "assistance-restored"]


@pytest.mark.parametrize("low", [0.51, None])
def test_where_so_little_assistance_was_not_proven_it_is_a_soft_stop(tmp_path, low):
    others = tuple(one for one in ADJUSTABLES if one.name != "assistance")
    least = () if low is None else (Adjustable("assistance", low, 1.0, 1.0, 0.25, "", (2,)),)
    terminal = Terminal(tmp_path, (*others, *least))
    terminal.live.lower(1.0)
    assert terminal.session.stopping is Severity.NONE
    terminal.live.lower(0.5)
    assert terminal.session.stopping is Severity.SOFT
    assert terminal.session.reason == "vision-degraded"


def test_a_share_does_not_disturb_a_stop(terminal):
    terminal.session.stop(Severity.SOFT, "asked")
    terminal.live.lower(0.0)
    assert terminal.session.reason == "asked"
    assert assistance(terminal) == 1.0


@settings(max_examples=30, deadline=None)
@given(shares=st.lists(st.floats(0.0, 1.0), max_size=12), wished=st.floats(0.0, 1.0))
def test_no_share_gives_more_assistance_than_is_wished(tmp_path_factory, shares, wished):
    terminal = Terminal(tmp_path_factory.mktemp("live"))
    terminal.wish(_2=wished)
    for _ in range(1000):
        terminal.live.advance()
    for share in shares:
        terminal.live.lower(share)
        for _ in range(20):
            terminal.live.advance()
            assert assistance(terminal) <= wished
