"""The emergency stop around whole sessions: tried at every start, heeded in it, and looked at again after a fault."""

import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest

from careloop.build import load_exercise
from careloop.session.prepare import Target, check_ports
from careloop.settings import Home
from robot.errors import CheckFailed
from robot.runtime.session_state import State
from session_records.process import lives
from session_records.store import Registry
from tests.careloop.sessions import (
    Bench,
    careloop,
    one_line,
    only_session,
    proven_plan,
    rows,
    start,
    wait_for_rows,
)

pytestmark = pytest.mark.xdist_group("real-time")


def asked(session: "subprocess.Popen[str]") -> str:
    """The next line of the error stream."""
    assert session.stderr is not None
    return session.stderr.readline().strip()


def begun(home: Home, plan: Path, on: Bench) -> "subprocess.Popen[str]":
    """A session whose stop was pressed and released as it asked."""
    session = start(home, "run", str(plan), *on.options, "--json")
    assert asked(session) == "press the emergency stop now"
    on.move(True)
    assert asked(session).startswith("release the emergency stop")
    on.move(False)
    assert asked(session) == "let the patient press the hand switch now"
    on.move(True, "hand")
    assert asked(session) == "let the patient release the hand switch"
    on.move(False, "hand")
    return session


def events(folder: Path) -> dict[str, dict[str, object]]:
    return {event["code"]: event["values"] for event in json.loads((folder / "events.json").read_text())}


def test_pressed_in_a_session_it_takes_the_torque_and_the_record_says_so(tmp_path: Path, on: Bench) -> None:
    home, plan = proven_plan(tmp_path)
    session = begun(home, plan, on)
    folder = wait_for_rows(home, 1000, session)
    on.move(True)
    out, said = session.communicate(timeout=200)
    assert session.returncode == 4, said
    assert json.loads(out)["reason"] == "emergency-stop"
    trace = rows(folder)
    assert trace["session_state"][-1] == State.FAULT
    assert trace["knee_tau_command_Nm"][-1] == 0.0
    assert events(folder)["stop-channels"] == {"digital": "pressed", "rail": "cut"}
    order = json.loads((folder / "session.json").read_text())["order"]
    test = order["stop_input"]["test"]
    assert [step["asked"] for step in test] == ["stop-press", "stop-release", "hand-press", "hand-release"]
    assert test[0]["volts"] == [None]
    assert test[1]["volts"][0] >= 18.0


def watcher_of(folder: Path) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"careloop.session.stop_watch" in words and str(folder).encode() in words:
            return int(process.name)
    raise AssertionError("no watcher")


def test_a_watcher_that_dies_ends_the_session(tmp_path: Path, on: Bench) -> None:
    home, plan = proven_plan(tmp_path)
    session = begun(home, plan, on)
    folder = wait_for_rows(home, 500, session)
    os.kill(watcher_of(folder), signal.SIGKILL)
    out, said = session.communicate(timeout=200)
    assert session.returncode == 3, said
    assert json.loads(out)["reason"] == "stop-input-silent"
    assert events(folder)["stop-channels"] == {"digital": "silent", "rail": "live"}
    assert rows(folder)["knee_tau_command_Nm"][-1] == 0.0


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        ("input", "the motors kept their power (24 V)"),
        pytest.param("rail", "stayed closed", marks=pytest.mark.sweep),
    ],
)
def test_a_start_is_refused_where_one_channel_does_not_react(
    tmp_path: Path, on: Bench, contact: str, words: str
) -> None:
    home, plan = proven_plan(tmp_path)
    session = start(home, "run", str(plan), *on.options, "--json")
    asked(session)
    pressed = careloop(on.home, "emulate", "knee-exo", "--press", "--only", contact)
    assert pressed.returncode == 0, pressed.stderr
    out, said = session.communicate(timeout=200)
    assert session.returncode == 1
    assert words in one_line(said)
    assert out == ""
    with Registry.open(home.root) as registry:
        (record,) = registry.list()
    assert record.ended is not None
    assert record.ended.end == "refused"
    assert not (only_session(home) / "ring").exists()


def test_only_an_emergency_stop_that_is_not_emulated_stands_for_no_person(tmp_path: Path, on: Bench) -> None:
    exercise = load_exercise(proven_plan(tmp_path)[1])
    masters, slaves = zip(*(pty.openpty() for _ in range(2)), strict=True)
    motors, stop = map(os.ttyname, slaves)
    for stop_input in (None, on.ready["stop_input"]):
        with pytest.raises(CheckFailed) as refusal:
            check_ports(exercise, Target(ports={"main": motors}, stop_input=stop_input), on.home, no_person=False)
        assert refusal.value.code == "person-not-excluded"
    assert check_ports(exercise, Target(ports={"main": motors}, stop_input=stop), on.home, no_person=False) is None
    ours = check_ports(exercise, Target(ports=on.ready["ports"], stop_input=on.ready["stop_input"]), on.home, False)
    assert ours is not None
    for descriptor in (*masters, *slaves):
        os.close(descriptor)


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("contact", "first", "seen"),
    [
        ("input", {"emergency-stop"}, {"digital": "pressed", "rail": "live"}),
        ("rail", {"emergency-stop", "bus-silent"}, {"digital": "released", "rail": "cut"}),
    ],
)
def test_a_channel_that_is_pressed_alone_stops_and_is_recorded_as_a_disagreement(
    tmp_path: Path, on: Bench, contact: str, first: set[str], seen: dict[str, str]
) -> None:
    home, plan = proven_plan(tmp_path)
    session = begun(home, plan, on)
    folder = wait_for_rows(home, 500, session)
    on.move(True, contact)
    out, said = session.communicate(timeout=200)
    assert session.returncode == 3, said
    assert json.loads(out)["reason"] == "stop-channels-disagree"
    assert first & set(events(folder))
    assert events(folder)["stop-channels"] == seen
    assert rows(folder)["knee_tau_command_Nm"][-1] == 0.0


@pytest.mark.sweep
def test_a_session_with_a_stop_that_nobody_needs_runs_to_its_end(tmp_path: Path, on: Bench) -> None:
    home, plan = proven_plan(tmp_path)
    session = begun(home, plan, on)
    out, said = session.communicate(timeout=200)
    assert session.returncode == 0, said
    assert json.loads(out)["reason"] == "completed"
    assert "stop-channels" not in events(only_session(home))


@pytest.mark.sweep
def test_given_up_at_the_start_nothing_runs(tmp_path: Path, on: Bench) -> None:
    home, plan = proven_plan(tmp_path)
    session = start(home, "run", str(plan), *on.options)
    asked(session)
    watcher = watcher_of(only_session(home))
    session.send_signal(signal.SIGINT)
    session.communicate(timeout=200)
    assert session.returncode == 130
    assert not lives(str(watcher))
    assert not (only_session(home) / "ring").exists()


@pytest.mark.sweep
def test_without_its_supervisor_the_input_is_read_until_control_has_stopped(tmp_path: Path, on: Bench) -> None:
    home, plan = proven_plan(tmp_path)
    session = begun(home, plan, on)
    folder = wait_for_rows(home, 1000, session)
    watcher = watcher_of(folder)
    session.kill()
    session.communicate()
    while lives(str(watcher)):
        time.sleep(0.01)
    end = json.loads((folder / "end.json").read_text())
    assert (end["state"], end["reason"]) == ("stopped", "supervisor-gone")
