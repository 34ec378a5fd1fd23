"""Whole sessions with their page: every key on a real control, and a page or a terminal that goes away."""

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from careloop.build import load_exercise
from careloop.page.app import Page
from careloop.page.watched import Watched
from careloop.page.wishes import Note
from careloop.session.dose import Dose
from careloop.session.prepare import Target, Treatment
from careloop.session.run import Outcome, run_session
from careloop.settings import Home
from robot.controller import Person
from robot.runtime.session_state import State, Trial
from session_records.events import read_events
from session_records.store import Registry
from tests.careloop.page_kit import CHINESE, on_page, reads, until
from tests.careloop.sessions import only_session, write_plan

TREATED = Treatment("P-1", "left", "op", None, Dose(1000, trial=True), lambda registry, session: None)


def session(home: Home, plan: Path, watched: Watched, interrupts: list[int]) -> Outcome:
    """A simulated session of a thousand repetitions after a trial, which its page sees begin."""

    def enter(registry: Registry, name: str) -> None:
        watched.begin(registry.folder(name))

    outcome = run_session(
        load_exercise(plan),
        Target(patient="passive"),
        Person(1.75, 75.0),
        {},
        home,
        no_person=False,
        tell=lambda status: None,
        ask=watched.ask,
        interrupts=interrupts,
        treatment=replace(TREATED, enter=enter),
    )
    watched.end = outcome.end.reason
    return outcome


def test_every_key_reaches_control_and_is_in_the_record(tmp_path: Path) -> None:
    home, plan, watched = Home(tmp_path / "home"), write_plan(tmp_path / "plan.yaml"), Watched("P-1")

    async def then(pilot: Pilot[None]) -> None:
        def status_is(state: State, trial: Trial) -> bool:
            return watched.status is not None and (watched.status.state, watched.status.trial) == (state, trial)

        await until(pilot, lambda: status_is(State.PAUSED, Trial.DONE))
        await reads(pilot, CHINESE("page-held"))
        await pilot.press("enter")
        await until(pilot, lambda: status_is(State.RUNNING, Trial.NONE))
        for key, code, percent in (("-", "assistance", 95), ("<", "speed", 33), ("m", "mark", None)):
            await pilot.press(key)
            what = CHINESE(f"page-key-{code}", percent=percent)
            await reads(pilot, CHINESE("page-acknowledged", what=what, ms="|").partition("|")[0])
        await pilot.press("p")
        await until(pilot, lambda: status_is(State.PAUSED, Trial.NONE))
        await pilot.press("p")
        await until(pilot, lambda: status_is(State.RUNNING, Trial.NONE))
        await pilot.press("space")
        await reads(pilot, CHINESE("asked"))
        await pilot.press("enter")
        await until(pilot, lambda: not pilot.app.is_running)

    interrupts: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(session, home, plan, watched, interrupts)
        try:
            on_page(Page(watched, CHINESE, lambda: Note("page-key-interrupt")), then)
        finally:
            interrupts.append(signal.SIGTERM)  # where the page went wrong the session must not go on
        outcome = future.result()
    assert (outcome.end.state, outcome.end.reason) == ("stopped", "asked")
    told = [(one.code, one.values.get("name"), one.values.get("to")) for one in read_events(outcome.folder)]
    wanted = [
        ("trial-done", None, None),
        ("resume-asked", None, None),
        ("value-changed", "assistance", 0.95),
        ("value-changed", "motion.speed", 0.33),
        ("moment-marked", None, None),
        ("pause-asked", None, None),
        ("state-paused", None, None),
        ("resume-asked", None, None),
        ("asked", None, None),
    ]
    following = iter(told)
    assert all(one in following for one in wanted), told


@contextmanager
def at_a_terminal(home: Home, plan: Path, more: str = "") -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A simulated session with its page on a terminal of its own, and that terminal's other end."""
    near, far = pty.openpty()
    termios.tcsetwinsize(far, (24, 80))
    words = [sys.executable, "-m", "tests.careloop.paged", str(home.root), str(plan), "sim", more]
    take = [
        sys.executable,
        "-c",
        "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])",
    ]
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [*take, *words], stdin=far, stdout=far, stderr=far, start_new_session=True, env=environment
    )
    os.close(far)
    try:
        yield process, near
    finally:
        process.kill()
        process.wait()


def read_until(near: int, text: bytes) -> bytes:
    """What a terminal was sent, up to a text."""
    sent, patience = b"", time.monotonic() + 200.0
    while text not in sent:
        assert time.monotonic() < patience, sent[-2000:]
        sent += os.read(near, 65536)
    return sent


def test_a_page_that_fails_stops_the_session_and_gives_the_terminal_back(tmp_path: Path) -> None:
    home, plan = Home(tmp_path / "home"), write_plan(tmp_path / "plan.yaml")
    with at_a_terminal(home, plan, "fails") as (process, near):
        before = termios.tcgetattr(near)
        said = read_until(near, b"asked\r\n")
        assert process.wait(200) == 0
        assert termios.tcgetattr(near) == before
    assert b"\x1b[?1049l" in said
    assert b"the page failed (ZeroDivisionError('of this test')), and the session was stopped softly" in said
    assert b"Traceback" not in said
    assert "ZeroDivisionError" in (only_session(home) / "page.log").read_text()
    assert [one.code for one in read_events(only_session(home))][-2:] == ["asked", "state-stopped"]


def test_a_terminal_that_takes_nothing_and_is_closed_stops_the_session_and_the_process_ends(tmp_path: Path) -> None:
    home, plan = Home(tmp_path / "home"), write_plan(tmp_path / "plan.yaml")
    with at_a_terminal(home, plan) as (process, near):
        read_until(near, "°, reference ".encode())
        read_until(near, b"running")
        time.sleep(1.0)  # nobody reads meanwhile, as behind a connection that is lost: the terminal is full soon
        os.close(near)
        process.wait(200)
    assert [one.code for one in read_events(only_session(home))][-2:] == ["asked", "state-stopped"]
    with Registry.open(home.root) as registry:
        ended = registry.get(only_session(home).name).ended
    assert ended is not None
    assert (ended.end, ended.reason) == ("stopped", "asked")
