"""The emergency stop around a session: tried at every start, heeded in it, and looked at again after a fault."""

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from careloop.__main__ import main
from careloop.build import load_exercise
from careloop.emulation.running import move_button
from careloop.session.emergency import FOLLOW_S, PRESS_S, Look, look_again, start_test
from careloop.session.run import Target, check_ports
from careloop.settings import Home
from robot.description import shipped_robots
from robot.errors import CareloopError, CheckFailed
from robot.runtime.session_state import State
from robot.runtime.stop_input import Said, volts_said
from session_records.process import lives
from session_records.store import Registry
from tests.careloop.sessions import (
    careloop,
    one_line,
    only_session,
    proven_plan,
    rows,
    start,
    wait_for_rows,
    write_plan,
)

PRESSED, RELEASED, SILENT = Said.PRESSED, Said.RELEASED, Said.SILENT
PLACE = {"port": "/dev/here", "unit": 1, "input": 0, "baud": 9600}


@dataclass
class Desk:
    """A person, a button and a clock: `course` says from when on (s) what the channels say."""

    course: Sequence[tuple[float, Said, Said]]
    now: float = 0.0
    asked: list[tuple[str, float]] = field(default_factory=list)
    given_up_at: float = 1e9

    def look(self) -> Look:
        _, digital, rail = [one for one in self.course if one[0] <= self.now][-1]
        volts = {PRESSED: (None,), RELEASED: (24.0,), SILENT: (24.0, None)}[rail]
        assert volts_said(volts, 18.0) is rail
        return Look(digital, rail, volts)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def test(self) -> list[str]:
        steps = start_test(
            self.look,
            lambda code: self.asked.append((code, self.now)),
            lambda: self.now >= self.given_up_at,
            PLACE,
            lambda: self.now,
            self.sleep,
        )
        return [step.asked for step in steps]

    def refusal(self) -> tuple[str, float]:
        """Code and moment of the refusal."""
        with pytest.raises(CareloopError) as refused:
            self.test()
        return refused.value.code, self.now


IDLE, DOWN = (0.0, RELEASED, RELEASED), (4.0, PRESSED, PRESSED)


def test_a_stop_that_follows_is_pressed_and_released_once() -> None:
    desk = Desk([IDLE, DOWN, (9.0, RELEASED, RELEASED)])
    assert desk.test() == ["stop-press", "stop-release"]
    assert [code for code, _ in desk.asked] == ["stop-press", "stop-release"]
    assert 9.0 <= desk.now < 9.1


def test_one_that_was_left_pressed_must_be_released_first() -> None:
    desk = Desk([(0.0, PRESSED, PRESSED), (2.0, RELEASED, RELEASED), DOWN, (9.0, RELEASED, RELEASED)])
    assert desk.test() == ["stop-release", "stop-press", "stop-release"]


def test_channels_may_follow_one_after_the_other() -> None:
    course = [IDLE, (4.0, PRESSED, RELEASED), (4.0 + 0.9 * FOLLOW_S, PRESSED, PRESSED)]
    assert Desk([*course, (8.0, RELEASED, PRESSED), (20.0, RELEASED, RELEASED)]).test()


@pytest.mark.parametrize(
    ("course", "code", "after"),
    [
        ([IDLE], "stop-not-pressed", PRESS_S),
        ([IDLE, (4.0, PRESSED, RELEASED)], "stop-rail-live", 4.0 + FOLLOW_S),
        ([IDLE, (4.0, PRESSED, SILENT)], "stop-rail-live", 4.0 + FOLLOW_S),  # cut for one drive only
        ([IDLE, (4.0, RELEASED, PRESSED)], "stop-input-closed", 4.0 + FOLLOW_S),
        ([IDLE, (4.0, SILENT, PRESSED)], "stop-input-unread", 4.0 + FOLLOW_S),
        ([IDLE, DOWN], "stop-input-open", 4.0 + PRESS_S),
        ([IDLE, DOWN, (9.0, RELEASED, PRESSED)], "stop-rail-cut", 4.0 + PRESS_S),
        ([IDLE, DOWN, (9.0, RELEASED, SILENT)], "stop-rail-cut", 4.0 + PRESS_S),
        ([IDLE, DOWN, (9.0, PRESSED, RELEASED)], "stop-input-open", 4.0 + PRESS_S),
        ([(0.0, PRESSED, RELEASED)], "stop-input-open", PRESS_S),
        ([(0.0, RELEASED, PRESSED)], "stop-rail-cut", PRESS_S),
        ([(0.0, SILENT, RELEASED)], "stop-input-unread", PRESS_S),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_channel_that_does_not_follow_is_named(
    course: list[tuple[float, Said, Said]], code: str, after: float
) -> None:
    said, at = Desk(course).refusal()
    assert said == code
    assert after <= at < after + 0.2


def test_a_person_may_give_up() -> None:
    with pytest.raises(KeyboardInterrupt):
        Desk([IDLE], given_up_at=3.0).test()


@pytest.mark.parametrize(
    ("course", "seen", "code", "after"),
    [
        ([(0.0, PRESSED, PRESSED)], (PRESSED, PRESSED), "emergency-stop", 0.0),
        ([(0.0, PRESSED, RELEASED), (0.15, PRESSED, PRESSED)], (PRESSED, PRESSED), "emergency-stop", 0.15),
        ([(0.0, PRESSED, RELEASED)], (PRESSED, RELEASED), "stop-channels-disagree", 0.2),
        ([(0.0, RELEASED, PRESSED)], (RELEASED, PRESSED), "stop-channels-disagree", 0.2),
        ([IDLE], (RELEASED, RELEASED), "", 0.0),
        ([(0.0, SILENT, PRESSED)], (SILENT, PRESSED), "", 0.0),
        ([(0.0, PRESSED, RELEASED), (0.1, SILENT, RELEASED)], (SILENT, RELEASED), "", 0.1),
    ],
)
def test_after_a_fault_the_channels_agree_disagree_or_say_nothing(
    course: list[tuple[float, Said, Said]], seen: tuple[Said, Said], code: str, after: float
) -> None:
    desk = Desk(course)
    found, told = look_again(desk.look, 0.2, lambda: desk.now, desk.sleep)
    assert ((found.digital, found.rail), told) == (seen, code)
    assert after <= desk.now < after + 0.11


def refused_in_one_line(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return one_line(told.err)


def test_an_input_is_refused_where_there_is_none_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    robot = tmp_path / "robot.yaml"
    lines = shipped_robots()["knee-exo"].read_text().splitlines()
    robot.write_text("\n".join(line for line in lines if not line.startswith("emergency_stop")))
    plan = str(write_plan(tmp_path / "plan.yaml", {"robot: knee-exo": f"robot: {robot}"}))
    said = refused_in_one_line(capsys, "run", plan, "--on", "serial:/dev/null", "--stop-input", "/dev/null")
    assert "emergency_stop" in said
    assert "emergency_stop" in refused_in_one_line(capsys, "emulate", str(robot), "--stop-input")
    said = refused_in_one_line(capsys, "run", "knee-walking", "--on", "sim", "--stop-input", "/dev/null")
    assert said.startswith("--stop-input")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("unit: 1", "unit: 0", "emergency_stop.unit"),
        ("unit: 1", "unit: 248", "emergency_stop.unit"),
        ("input: 0", "input: 65536", "emergency_stop.input"),
        ("baud: 115200", "baud: 1200", "emergency_stop.baud"),
        ("supply_v: 18", "supply_v: 0", "emergency_stop.supply_v"),
        ("supply_v: 18", "supply_v: .nan", "emergency_stop.supply_v"),
        ("supply_v: 18", "supply_v: 18, silence_ms: 5", "emergency_stop.silence_ms"),
        ("supply_v: 18", "supply_v: 18, disagree_ms: .inf", "emergency_stop.disagree_ms"),
        (", supply_v: 18", "", "emergency_stop.supply_v"),
        ("supply_v: 18", "volts: 18", "emergency_stop.volts"),
    ],
)
def test_a_bad_description_names_its_field(
    old: str, new: str, field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, _, tail = shipped_robots()["knee-exo"].read_text().rpartition("emergency_stop:")
    assert tail.count(old) == 1
    path = tmp_path / "mine.yaml"
    path.write_text(f"{head}emergency_stop:{tail.replace(old, new)}")
    assert f"mine.yaml: {field}: " in refused_in_one_line(capsys, "robot", "check", str(path))


def test_a_button_is_pressed_only_where_there_is_one(tmp_path: Path) -> None:
    answer = careloop(Home(tmp_path / "home"), "emulate", "knee-exo", "--press")
    assert answer.returncode == 3
    assert "careloop emulate" in one_line(answer.stderr)


@dataclass
class Bench:
    """An emulator with a stop input in a home of its own, so that its ports are those of a stranger."""

    home: Home
    ready: dict[str, object]

    @property
    def options(self) -> tuple[str, ...]:
        ports = self.ready["ports"]
        assert isinstance(ports, dict)
        return "--on", f"serial:{ports['main']}", "--stop-input", str(self.ready["stop_input"])

    def move(self, pressed: bool, *contacts: str) -> None:
        move_button(self.home.runtime, "knee-exo", pressed, contacts or ("input", "rail"))


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    stranger = Home(folder / "stranger").prepare()
    process = start(stranger, "emulate", str(folder / "robot.yaml"), "--stop-input", "--json")
    try:
        assert process.stdout is not None
        yield Bench(stranger, json.loads(process.stdout.readline()))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


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
    return session


def events(folder: Path) -> dict[str, dict[str, object]]:
    return {event["code"]: event["values"] for event in json.loads((folder / "events.json").read_text())}


pytestmark = pytest.mark.xdist_group("real-time")


def test_pressed_in_a_session_it_takes_the_torque_and_the_record_says_so(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with bench(tmp_path) as on:
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
    assert [step["asked"] for step in test] == ["stop-press", "stop-release"]
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


def test_a_watcher_that_dies_ends_the_session(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with bench(tmp_path) as on:
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
def test_a_start_is_refused_where_one_channel_does_not_react(tmp_path: Path, contact: str, words: str) -> None:
    home, plan = proven_plan(tmp_path)
    with bench(tmp_path) as on:
        session = start(home, "run", str(plan), *on.options, "--json")
        asked(session)
        pressed = careloop(on.home, "emulate", str(tmp_path / "robot.yaml"), "--press", "--only", contact)
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


def test_only_an_emergency_stop_that_is_not_emulated_stands_for_no_person(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    exercise = load_exercise(plan)
    masters, slaves = zip(*(pty.openpty() for _ in range(2)), strict=True)
    motors, stop = map(os.ttyname, slaves)
    process = start(home, "emulate", str(tmp_path / "robot.yaml"), "--stop-input", "--json")
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        for stop_input in (None, ready["stop_input"]):
            with pytest.raises(CheckFailed) as refusal:
                check_ports(exercise, Target(ports={"main": motors}, stop_input=stop_input), home, no_person=False)
            assert refusal.value.code == "person-not-excluded"
        assert check_ports(exercise, Target(ports={"main": motors}, stop_input=stop), home, no_person=False) is None
        ours = check_ports(exercise, Target(ports=ready["ports"], stop_input=ready["stop_input"]), home, False)
        assert ours is not None
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
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
    tmp_path: Path, contact: str, first: set[str], seen: dict[str, str]
) -> None:
    home, plan = proven_plan(tmp_path)
    with bench(tmp_path) as on:
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
def test_a_session_with_a_stop_that_nobody_needs_runs_to_its_end(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with bench(tmp_path) as on:
        session = begun(home, plan, on)
        out, said = session.communicate(timeout=200)
    assert session.returncode == 0, said
    assert json.loads(out)["reason"] == "completed"
    assert "stop-channels" not in events(only_session(home))


@pytest.mark.sweep
def test_given_up_at_the_start_nothing_runs(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with bench(tmp_path) as on:
        session = start(home, "run", str(plan), *on.options)
        asked(session)
        watcher = watcher_of(only_session(home))
        session.send_signal(signal.SIGINT)
        session.communicate(timeout=200)
        assert session.returncode == 130
        assert not lives(str(watcher))
    assert not (only_session(home) / "ring").exists()


@pytest.mark.sweep
def test_without_its_supervisor_the_input_is_read_until_control_has_stopped(tmp_path: Path) -> None:
    home, plan = proven_plan(tmp_path)
    with bench(tmp_path) as on:
        session = begun(home, plan, on)
        folder = wait_for_rows(home, 1000, session)
        watcher = watcher_of(folder)
        session.kill()
        session.communicate()
        while lives(str(watcher)):
            time.sleep(0.01)
    end = json.loads((folder / "end.json").read_text())
    assert (end["state"], end["reason"]) == ("stopped", "supervisor-gone")
