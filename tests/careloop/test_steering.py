"""A running session from another terminal: what is asked of it is acknowledged, done, and in its record."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from careloop.__main__ import main
from careloop.build import load_exercise
from careloop.session import steering
from careloop.session.files import MAILBOX, Order
from careloop.settings import Home
from robot.runtime.live import VALUES
from robot.runtime.mailbox import Mailbox
from robot.runtime.ring import Ring
from robot.runtime.session_state import Severity, State
from session_records.folder import CONTROL_PID, RING, SESSION
from session_records.store import Ended, Registry, Started
from tests.careloop.sessions import Site, one_line, rows, start, wait_for_rows

STARTED = Started(plan="p", robot="knee-exo", on="emulator", started_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


@pytest.mark.xdist_group("real-time")
def test_a_session_is_paused_changed_resumed_and_stopped_from_elsewhere(site: Site, capsys: Any) -> None:
    home = site.home

    def ask(*words: str) -> Any:
        assert main(["--home", str(home.root), "sessions", *words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    def wait_for(state: State) -> None:
        while (status := mailbox.status(3)) is None or status[2] != state:
            assert session.poll() is None
            time.sleep(0.005)

    session = start(home, *site.words)
    folder = wait_for_rows(home, 900, session)
    mailbox, ring = Mailbox.attach(folder / MAILBOX), Ring.attach(folder / RING)
    name = folder.name
    assert {**ask("pause"), "after_ms": 0} == {"session": name, "asked": "pause", "after_ms": 0}
    wait_for(State.PAUSED)
    assert ask("set", name, "joint-impedance.stiffness=119.5")["asked"] == "joint-impedance.stiffness=119.5"
    while 119.5 not in ring.latest:
        assert session.poll() is None
    assert ask("resume", name)["asked"] == "resume"
    wait_for(State.RUNNING)
    assert ask("stop")["asked"] == "stop (soft)"
    out, said = session.communicate(timeout=200)
    assert session.returncode == 130, said
    assert (json.loads(out)["end"], json.loads(out)["reason"]) == ("stopped", "asked")
    trace = rows(folder)
    state, stiffness = np.array(trace["session_state"]), np.array(trace["joint_impedance_stiffness_knee_Nm_rad"])
    assert sorted(set(state)) == [State.ARMED, State.RUNNING, State.PAUSED, State.STOPPED]
    assert (np.array(trace["knee_dq_ref_rad_s"])[state == State.PAUSED][1:] == 0.0).all()
    assert (stiffness[0], stiffness[-1]) == (120.0, 119.5)
    assert np.abs(np.diff(stiffness)).max() <= 20.0 * 0.002 * (1.0 + 1e-9)
    assert abs(trace["knee_tau_command_Nm"][-1]) < 1e-6
    assert main(["--home", str(home.root), "sessions", "show", name]) == 0
    shown = capsys.readouterr().out
    lines = ["a pause was asked for", "joint-impedance.stiffness was changed from 120 to 119.5", "going on was"]
    places = [shown.index(line) for line in lines]
    assert places == sorted(places)
    assert main(["--home", str(home.root), "sessions", "replay", name]) == 0


class Pretended:
    """A home in which this very process runs a session, as far as another terminal can see."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home").prepare()
        self.session = self.begin()

    def begin(self) -> str:
        with Registry.open(self.home.root) as registry:
            return registry.add("KNEE", STARTED).session

    @property
    def folder(self) -> Path:
        return self.home.sessions / self.session

    def prepare_control(self, pid: int | None = None) -> Mailbox:
        exercise = load_exercise("knee-walking")
        plan, robot = exercise.plan.content, exercise.robot.model_dump(mode="json")
        order = Order("f", plan, robot, {"height_m": 1.7, "mass_kg": 70.0}, {}, {"sim": "passive"}, None, None)
        self.folder.mkdir(parents=True)
        (self.folder / SESSION).write_text(json.dumps(order.facts))
        if pid is not None:
            (self.folder / CONTROL_PID).write_text(str(pid))
        return Mailbox.create(self.folder / MAILBOX)

    def ask(self, *words: str) -> int:
        return main(["--home", str(self.home.root), "sessions", *words])


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretended:
    """Whoever waits for an answer here does not wait for long."""
    monkeypatch.setattr(steering, "ANSWER_WITHIN_S", 0.05)
    return Pretended(tmp_path)


def test_without_a_session_there_is_nothing_to_ask(tmp_path: Path, capsys: Any) -> None:
    assert main(["--home", str(tmp_path / "home"), "sessions", "pause"]) == 2
    assert one_line(capsys.readouterr().err) == "no session runs now: careloop sessions list shows those that did"


def test_of_several_sessions_one_must_be_named(pretended: Pretended, capsys: Any) -> None:
    second = pretended.begin()
    assert pretended.ask("stop") == 2
    assert one_line(capsys.readouterr().err) == f"several sessions run: name one of {pretended.session}, {second}"


def test_a_session_that_ended_or_never_was_is_told(pretended: Pretended, capsys: Any) -> None:
    with Registry.open(pretended.home.root) as registry:
        registry.finish(pretended.session, Ended(end="stopped", reason="completed"))
    assert pretended.ask("resume", pretended.session) == 1
    assert "has ended already (stopped)" in one_line(capsys.readouterr().err)
    assert pretended.ask("resume", "KNEE-1") == 2
    assert "there is no session KNEE-1" in one_line(capsys.readouterr().err)


def test_before_the_mailbox_is_there_it_is_only_being_started(pretended: Pretended, capsys: Any) -> None:
    pretended.folder.mkdir(parents=True)
    (pretended.folder / SESSION).write_text("{}")
    assert pretended.ask("stop") == 1
    assert "is only being started" in one_line(capsys.readouterr().err)


def test_where_control_is_gone_that_is_said(pretended: Pretended, capsys: Any) -> None:
    pretended.prepare_control(pid=2**22 + 1)  # above the largest process id there can be
    for words in (["stop"], ["pause"], ["set", "motion.speed=0.3"]):
        assert pretended.ask(*words) == 1
        assert f"the control of session {pretended.session} is gone" in one_line(capsys.readouterr().err)


def test_a_control_that_does_not_answer_is_told_and_the_stop_still_stands(pretended: Pretended, capsys: Any) -> None:
    mailbox = pretended.prepare_control(pid=os.getpid())
    assert pretended.ask("stop", "--now") == 3
    assert "use the emergency stop" in one_line(capsys.readouterr().err)
    assert mailbox.asked_stop() is Severity.OFF
    assert pretended.ask("pause") == 3
    assert mailbox.wished == 1


def test_a_control_that_has_yet_to_begin_finds_the_stop(pretended: Pretended, capsys: Any) -> None:
    mailbox = pretended.prepare_control()
    assert pretended.ask("stop") == 3
    assert mailbox.asked_stop() is Severity.SOFT


def test_what_was_acknowledged_is_said_and_what_was_refused(pretended: Pretended, capsys: Any) -> None:
    mailbox = pretended.prepare_control(pid=os.getpid())
    mailbox.acknowledge(100, taken=True)
    assert pretended.ask("set", "motion.speed=0.25", "joint-impedance.stiffness=80") == 0
    said = one_line(capsys.readouterr().out)
    assert said.startswith(f"{pretended.session}: motion.speed=0.25, joint-impedance.stiffness=80, acknowledged after ")
    number, wish = mailbox.wish() or (0, np.zeros(0))
    names = list(load_exercise("knee-walking").plan.adjustable)
    assert wish[VALUES + names.index("motion.speed")] == 0.25
    assert wish[VALUES + names.index("joint-impedance.stiffness")] == 80.0
    mailbox.acknowledge(number + 1, taken=False)
    assert pretended.ask("pause") == 1
    assert "did not take over pause" in one_line(capsys.readouterr().err)
    mailbox.heed(Severity.FINISH)
    assert pretended.ask("stop") == 3  # it is stopping, but not as strongly
    mailbox.heed(Severity.OFF)
    assert pretended.ask("stop") == 0
    assert "stop (soft), acknowledged after" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["motion.speed=3"], "motion.speed: 3 is outside 0.2 to 0.35"),
        (["motion.speed=nan"], "motion.speed: nan is outside 0.2 to 0.35"),
        (["motion.speed=0.3", "motion.speed=-inf"], "motion.speed: -inf is outside"),
        (["speed=0.3"], "speed: it cannot be adjusted in this plan; adjustable are: "),
        (["motion.speed"], "NAME=VALUE: nothing is not a change"),
        (["motion.speed=fast"], "NAME=VALUE: motion.speed=fast is not a change"),
        (["=0.3"], "it cannot be adjusted in this plan"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_one_line_and_not_sent(
    pretended: Pretended, capsys: Any, words: list[str], said: str
) -> None:
    mailbox = pretended.prepare_control(pid=os.getpid())
    assert pretended.ask("set", *words) == 2
    assert said in one_line(capsys.readouterr().err)
    assert mailbox.wished == 0
