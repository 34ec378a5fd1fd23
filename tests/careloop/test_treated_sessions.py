"""Sessions that treat somebody, against the emulator: dose and trial, the hand switch, a terminal that is closed."""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from careloop.build import load_exercise
from careloop.session.dose import Dose, trial_changes
from careloop.session.prepare import Target, Treatment
from careloop.session.replay import recorded_session, replay
from careloop.session.run import Outcome, run_session
from careloop.session.status import Status
from careloop.session.steering import Running, running_session
from careloop.settings import Home
from robot.adjustable import adjustable_corners
from robot.controller import Person
from robot.errors import CheckFailed, InputError
from robot.runtime.session_state import Severity, State, Trial
from session_records.store import Registry
from tests.careloop.sessions import Bench, Site, command, proven_plan, rows, start, wait_for_rows
from tests.careloop.terminal import Terminal, terminal
from tests.careloop.test_emergency_stop import begun, events

pytestmark = pytest.mark.xdist_group("real-time")


class Treated:
    """A session of a treatment in this process, as a page runs it: in a thread, while others look and ask."""

    def __init__(self, site: Site, dose: Dose) -> None:
        self.site = site
        self.seen: list[Status] = []
        self.entered: list[str] = []
        self.outcome: Outcome | None = None
        enter = lambda registry, session: self.entered.append(session)  # noqa: E731
        self.treatment = Treatment("P-7F3K9Q", "left", "anna", "P-7F3K9Q-1", dose, enter)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.outcome = run_session(
            load_exercise(self.site.plan),
            Target(ports={"main": self.site.port}),
            Person(1.75, 75.0),
            {},
            self.site.home,
            no_person=False,
            tell=self.seen.append,
            ask=lambda code: None,
            interrupts=[],
            treatment=self.treatment,
        )

    def until(self, reached: Callable[[Status], bool]) -> Status:
        while self._thread.is_alive():
            if self.seen and reached(self.seen[-1]):
                return self.seen[-1]
            time.sleep(0.01)
        raise AssertionError(f"the session ended first: {self.outcome}")

    def running(self) -> Running:
        with Registry.open(self.site.home.root) as registry:
            return running_session(registry, self.entered[0])

    def end(self) -> Outcome:
        self._thread.join()
        assert self.outcome is not None
        return self.outcome


def test_a_dose_of_two_after_a_trial(site: Site) -> None:
    treated = Treated(site, Dose(repetitions=2, trial=True))
    trial = treated.until(lambda said: said.trial is Trial.RUNNING and said.state is State.RUNNING)
    assert (trial.repetition, trial.repetitions, trial.speed, trial.assistance) == (0, 2, 0.2, 0.8)
    held = treated.until(lambda said: said.paused)
    assert (held.trial, held.repetition, held.speed, held.assistance) == (Trial.DONE, 0, 0.2, 0.8)
    running = treated.running()
    running.set({"joint-impedance.stiffness": 100.0})
    running.mark()
    assert treated.until(lambda said: said.time_s > held.time_s + 0.5).paused
    running.resume()
    after = treated.until(lambda said: said.repetition == 2)
    assert (after.trial, after.speed, after.assistance) == (Trial.NONE, 0.35, 1.0)
    outcome = treated.end()
    assert (outcome.status, outcome.end.reason) == (0, "completed")
    assert treated.entered == [outcome.record.session]
    started, ended = outcome.record.started, outcome.record.ended
    assert (started.patient, started.side, started.operator) == ("P-7F3K9Q", "left", "anna")
    assert ended is not None and ended.metrics is not None
    assert ended.metrics["repetitions"] == 2
    assert 0.9 < ended.metrics["assistance"] <= 1.0
    assert ended.metrics["joints"]["knee"]["effort_Nm"] is not None
    codes = [event["code"] for event in json.loads((outcome.folder / "events.json").read_text())]
    told = ["trial-done", "state-paused", "moment-marked", "resume-asked", "state-running", "state-stopped"]
    assert [code for code in codes if code in told][1:] == told  # the first is running itself
    trace = rows(outcome.folder)
    assert max(trace["repetition"]) == 3.0
    in_trial = np.array(trace["repetition"]) == 1.0
    assert set(np.array(trace["assistance"])[in_trial]) == {0.8}
    with Registry.open(site.home.root) as registry:
        recorded = recorded_session(registry, outcome.record.session)
    assert replay(recorded).difference is None


def test_what_enters_the_checks_may_refuse_the_session(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)

    def refuse(registry: Registry, session: str) -> None:
        raise CheckFailed("pin-wrong", operator="anna", left=2)

    treatment = Treatment("P-7F3K9Q", "left", "anna", None, Dose(1, trial=False), refuse)
    with pytest.raises(CheckFailed):
        run_session(
            load_exercise(plan),
            Target(patient="passive"),
            Person(1.75, 75.0),
            {},
            home,
            no_person=False,
            tell=lambda status: None,
            ask=lambda code: None,
            interrupts=[],
            treatment=treatment,
        )
    with Registry.open(home.root) as registry:
        (record,) = registry.list()
    assert record.ended is not None
    assert (record.ended.end, record.ended.reason, record.started.patient) == ("refused", "pin-wrong", "P-7F3K9Q")


@pytest.mark.parametrize("repetitions", [0, -1, 1001])
def test_a_dose_has_bounds(repetitions: int) -> None:
    with pytest.raises(InputError) as refused:
        Dose(repetitions, trial=True)
    assert refused.value.code == "off-scale"


def test_a_trial_is_at_a_corner_that_the_proof_spans() -> None:
    plan = load_exercise("knee-walking").plan
    lowered = trial_changes(plan)
    assert lowered == {"assistance": 0.8, "motion.speed": 0.2}
    assert any(lowered.items() <= corner.items() for corner in adjustable_corners(plan))


def test_the_hand_switch_stops_softly_and_the_record_says_so(tmp_path: Path, on: Bench) -> None:
    home, plan = proven_plan(tmp_path)
    session = begun(home, plan, on)
    folder = wait_for_rows(home, 1200, session)
    on.move(True, "hand")
    out, said = session.communicate(timeout=200)
    assert session.returncode == 4, said
    assert (json.loads(out)["end"], json.loads(out)["reason"]) == ("stopped", "hand-switch")
    trace = rows(folder)
    tau = np.array(trace["knee_tau_command_Nm"])
    assert abs(tau[-1]) < 1e-6
    assert np.abs(np.diff(tau)).max() <= trace["knee_limit_tau_rate_Nm_s"][0] * 0.002 + 1e-9
    assert "stop-channels" not in events(folder)


@contextmanager
def read_on(at: Terminal) -> Iterator[None]:
    """What is written is read meanwhile, as a terminal does."""
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            at.read(0.05)

    thread = threading.Thread(target=read)
    thread.start()
    yield
    done.set()
    thread.join()


def test_a_terminal_that_is_closed_stops_softly_and_the_record_is_made(site: Site) -> None:
    with terminal(command(site.home, *site.words[:-1])) as at:
        with read_on(at):
            folder = wait_for_rows(site.home, 1200, at.process)  # type: ignore[arg-type]
        at.close()  # the system tells the command
        assert at.wait() == 130
    assert_stopped_softly(site.home, folder)


@pytest.mark.sweep
def test_a_command_that_is_asked_to_end_stops_softly_and_the_record_is_made(site: Site) -> None:
    session = start(site.home, *site.words)
    folder = wait_for_rows(site.home, 1200, session)
    session.send_signal(signal.SIGTERM)
    out, said = session.communicate(timeout=200)
    assert session.returncode == 130, said
    assert json.loads(out)["reason"] == "asked"
    assert_stopped_softly(site.home, folder)


def assert_stopped_softly(home: Home, folder: Path) -> None:
    with Registry.open(home.root) as registry:
        record = registry.get(folder.name)
    assert record.ended is not None
    assert (record.ended.end, record.ended.reason) == ("stopped", "asked")
    assert (folder / "report.html").exists()
    trace = rows(folder)
    assert abs(trace["knee_tau_command_Nm"][-1]) < 1e-6
    falling = np.flatnonzero(np.diff(trace["fade"]) < 0.0)
    assert 0 < len(falling) <= 31  # the soft fade of 60 ms


def test_signals_ask_for_a_stop_each_by_its_kind() -> None:
    from careloop.session.supervision import asked_by

    key, closed, ended = signal.SIGINT, signal.SIGHUP, signal.SIGTERM
    expected = {
        (): Severity.NONE,
        (key,): Severity.FINISH,
        (key, key): Severity.SOFT,
        (key, key, key, key): Severity.OFF,
        (closed,): Severity.SOFT,
        (closed, closed, ended, ended): Severity.SOFT,  # a closed terminal tells it more than once
        (key, ended): Severity.SOFT,
        (key, key, key, closed): Severity.OFF,
    }
    assert {signals: asked_by(signals) for signals in expected} == expected
