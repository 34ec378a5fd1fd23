"""A treatment from the command to what is said afterwards, at a terminal with the emulator; and every way it ends."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from careloop.day.desk import Desk, desk
from careloop.day.progress import Visit, visits
from careloop.day.sheet import day_sheet
from careloop.emulation.running import move_button
from careloop.settings import Home
from session_records.people.checks import Calibration
from session_records.process import lives
from tests.careloop.sessions import careloop, command, emulated, one_line, proven_plan
from tests.careloop.terminal import Terminal, members, terminal
from tests.session_records.people import found_in

WHO = {"name": "Wang Xiaoming", "record_number": "H-778812", "contraindications": "see Doctor Zhao"}
ENGLISH = {
    "operator": "Operator:",
    "side": "(l left, r right):",
    "sided": "✓ side: left",
    "pressure": "✓ upper blood pressure: 120 mmHg",
    "lower": "✓ lower blood pressure: 80 mmHg",
    "rate": "✓ heart rate: 70 per minute",
    "upper?": "Upper blood pressure",
    "lower?": "Lower blood pressure",
    "rate?": "Heart rate",
    "cuff?": "Cuff closed",
    "cuff": "✓ cuff and axis: confirmed",
    "press": "press the emergency stop",
    "release": "release the emergency stop",
    "squeeze": "press the hand switch",
    "let go": "release the hand switch",
    "held": "trial done, held",
}
CHINESE = {
    "operator": "操作者：",
    "side": "（l 左，r 右）：",
    "sided": "✓ 侧别：左",
    "pressure": "✓ 收缩压：120 毫米汞柱",
    "lower": "✓ 舒张压：80 毫米汞柱",
    "rate": "✓ 心率：70 次/分",
    "upper?": "收缩压",
    "lower?": "舒张压",
    "rate?": "心率",
    "cuff?": "绑带已扣好",
    "cuff": "✓ 绑带与转轴：已确认",
    "press": "按下急停",
    "release": "松开急停",
    "squeeze": "请让患者现在按下手持开关",
    "let go": "请让患者松开手持开关",
    "held": "试做完成，保持不动",
}
MOST_INPUTS = 10
"""From the command to the first motion, for the second session of a known patient."""

pytestmark = pytest.mark.xdist_group("treat")  # one clinic for all; the last look at it is at what all have left


@dataclass
class Clinic:
    """A home with an operator, a patient and a prescription; an emulator with a stop's input."""

    home: Home
    plan: Path
    patient: str
    emulator: "subprocess.Popen[str]"
    ready: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CARELOOP_ON": f"serial:{self.ready['ports']['main']}",
            "CARELOOP_STOP_INPUT": self.ready["stop_input"],
            "LC_ALL": "C.UTF-8",
        }

    def treat(self, *options: str) -> list[str]:
        return command(self.home, *options, "treat", self.patient)

    def move(self, pressed: bool, *contacts: str) -> None:
        move_button(self.home.runtime, "knee-exo", pressed, contacts or ("input", "rail"))

    def visits(self) -> tuple[Visit, ...]:
        with desk(self.home) as site:
            return visits(site, self.patient)


@contextlib.contextmanager
def clinic(folder: Path, repetitions: int = 2) -> Iterator[Clinic]:
    home, plan = proven_plan(folder)
    at = datetime.now().astimezone()
    with desk(home) as site:
        site.operators.add("Anna", "4711", at)
        ranges = {"range_deg.left.knee": (10.0, 80.0), "consent": at.date().isoformat()}
        who = {**WHO, **ranges, "side": "left", "height_m": 1.75, "mass_kg": 75.0}
        patient = site.patients.add("Anna", at, who).pseudonym
        prescribe(site, patient, plan, repetitions)
    with emulated(home, folder / "robot.yaml", "--stop-input") as (emulator, ready):
        yield Clinic(home, plan, patient, emulator, ready)


def prescribe(site: Desk, patient: str, plan: Path, repetitions: int, **changes: float) -> str:
    at = datetime.now().astimezone()
    what = {"side": "left", "minutes": None, "per_week": 3, "prescribed_at": at, "prescribed_by": "Anna"}
    made = site.prescriptions.add(patient, plan=str(plan), changes=changes, repetitions=repetitions, **what)
    return made.prescription


def to_first_motion(at: Terminal, on: Clinic, words: dict[str, str]) -> int:
    """Walk from the command to the approach, and see what every input does; how many there were.

    The emergency stop stays where it is pressed, so its release is one more; the hand switch springs back.
    """
    at.answer(words["operator"], "Anna", "PIN")
    at.send("4711\n")
    at.answer(words["side"], "l", words["sided"])
    at.answer(words["upper?"], "120", words["pressure"])
    at.answer(words["lower?"], "80", words["lower"])
    at.answer(words["rate?"], "70", words["rate"])
    at.answer(words["cuff?"], "y", words["cuff"])
    at.expect(words["press"])
    on.move(True)
    at.expect(words["release"])
    on.move(False)
    at.expect(words["squeeze"])
    on.move(True, "hand")
    at.expect(words["let go"])
    on.move(False, "hand")
    return len(at.typed) + 3


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with clinic(tmp_path_factory.mktemp("clinic"), repetitions=1) as on:
        yield on


def test_the_whole_path_in_english(shared: Clinic) -> None:
    with terminal(shared.treat(), shared.environment) as at:
        assert to_first_motion(at, shared, ENGLISH) <= MOST_INPUTS
        at.expect(ENGLISH["held"])
        at.send("\r")
        at.expect("the exercise was completed")
        at.expect("Enter leaves this page")
        at.send("\r")
        for question, line in (("Why it ended", "2"), ("Pain", "3"), ("Exertion", "12"), ("Adverse event", "")):
            at.answer(question, line, "\n")
        at.answer("Note", "a little tired", "✓ ")
        assert at.wait() == 0, at.text
    (seen,) = shared.visits()
    assert (seen.done, seen.share and seen.share.of, seen.completed) == (1, 1, True)
    assert (seen.because, seen.pain, seen.borg, seen.operator, seen.side) == ("tired", 3, 12, "Anna", "left")
    with desk(shared.home) as site:
        settled = {one.item: one.by for one in site.preflights.of(seen.session)}
    assert {"side", "systolic", "cuff", "proof", "temperature", "emergency-stop", "hand-switch"} <= set(settled)
    assert (settled["cuff"], settled["bus"]) == ("Anna", None)


@pytest.mark.sweep
def test_the_whole_path_in_chinese_with_a_stop_after_the_trial_and_the_day_goes_on(shared: Clinic) -> None:
    before = shared.visits()
    with terminal(shared.treat("--lang", "zh"), shared.environment) as at:
        assert to_first_motion(at, shared, CHINESE) <= MOST_INPUTS
        at.expect(CHINESE["held"])
        at.send(" ")
        at.expect("有人要求停止")
        at.expect("按回车键离开本页")
        at.send("\r")
        for question, line in (
            ("结束原因", "3"),
            ("疼痛", "7"),
            ("用力程度", ""),
            ("不良事件", "1"),
            ("发生了什么", ""),
        ):
            at.answer(question, line, "\n")
        at.expect("不良事件需要文字说明")
        at.answer("发生了什么", "小腿抽筋，两分钟后缓解", "✓ ")
        assert at.wait() == 130, at.text
    seen = shared.visits()[len(before)]
    assert (seen.reason, seen.because, seen.pain, seen.borg, seen.adverse) == ("asked", "pain", 7, None, ("mild",))
    assert seen.session in run(shared.home, "--lang", "zh", "day")[1]
    assert "upper blood pressure" in run(shared.home, "sessions", "show", seen.session)[1]


@pytest.mark.sweep
def test_a_closed_terminal_stops_softly_and_the_record_is_closed(tmp_path: Path) -> None:
    with clinic(tmp_path) as on:
        with terminal(on.treat(), on.environment) as at:
            to_first_motion(at, on, ENGLISH)
            at.expect("trial")
            at.close()
            at.wait()
        (seen,) = on.visits()
        assert (seen.end, seen.reason, seen.share and seen.share.repetitions) == ("stopped", "asked", 2)
        with desk(on.home) as site:
            assert site.registry.unfinished() == site.registry.running() == ()


def run(home: Home, *words: str, typed: str = "", **environment: str) -> tuple[int, str, str]:
    """A command in this process, its answers read from a pipe: status, output and errors."""
    done = careloop(home, *words, typed=typed, **environment)
    return done.returncode, done.stdout, done.stderr


def refused(on: Clinic, *typed: str, port: str | None = None) -> str:
    """The one line of a treatment that is refused."""
    told = {**on.environment, "CARELOOP_OPERATOR": "Anna", "CARELOOP_PIN": "4711"}
    told |= {"CARELOOP_ON": f"serial:{port}"} if port else {}
    status, out, errors = run(on.home, "treat", on.patient, typed="".join(f"{line}\n" for line in typed), **told)
    assert status in {1, 2, 3}, out
    return errors.splitlines()[-1]


def last_refusal(on: Clinic) -> str | None:
    with desk(on.home) as site:
        record = site.registry.list(1)[0]
    assert record.ended is not None and record.ended.end == "refused"
    assert not (on.home.sessions / record.session / "ring").exists()
    assert run(on.home, "sessions", "show", record.session)[0] == 0
    return record.ended.reason


def test_what_must_not_begin_is_refused_with_one_line_and_kept(shared: Clinic) -> None:
    at = datetime.now().astimezone()
    assert "put the cuff on the left side" in refused(shared, "r")
    assert last_refusal(shared) == "side-not-confirmed"
    assert "let the patient rest" in refused(shared, "l", "190", "80", "70", "n")
    assert last_refusal(shared) == "vitals-not-confirmed"
    assert "careloop robot calibrated knee-exo" in refused(shared, "l", port="/dev/null")
    assert last_refusal(shared) == "calibration-missing"
    with desk(shared.home) as site:
        site.calibrations.enter(Calibration("knee-exo", at - timedelta(days=366), "Anna"))
    assert "is overdue" in refused(shared, "l", port="/dev/null")
    assert last_refusal(shared) == "calibration-overdue"
    with desk(shared.home) as site:
        site.patients.amend(shared.patient, "Anna", at, {"range_deg.left.knee": (30.0, 80.0)})
    assert "leaves the knee's pain-free range" in refused(shared, "l")
    assert last_refusal(shared) == "outside-patient-range"
    with desk(shared.home) as site:
        site.patients.amend(shared.patient, "Anna", at, {"range_deg.left.knee": (10.0, 80.0)})
        new = {"name": "n", "side": "left", "height_m": 1.75, "mass_kg": 75.0, "range_deg.left.knee": (10.0, 80.0)}
        other = site.patients.add("Anna", at, new).pseudonym
        prescribe(site, other, shared.plan, 1)
    assert f"careloop patients amend {other} --consent today" in refused(replace(shared, patient=other))
    assert last_refusal(shared) == "consent-not-entered"


def test_what_cannot_be_is_one_line_and_nothing_has_happened(shared: Clinic) -> None:
    with desk(shared.home) as site:
        before = len(site.registry.list())
    words = ("treat", shared.patient, "--on", "sim")
    assert "give --on serial:PORT" in one_line(run(shared.home, *words)[2])
    assert "--stop-input" in one_line(run(shared.home, *words[:3], "serial:/dev/null")[2])
    assert "there is no patient" in refused(replace(shared, patient="P-000000"))
    with desk(shared.home) as site:
        assert len(site.registry.list()) == before


def test_three_wrong_pins_lock_the_name_and_nothing_else_has_happened(shared: Clinic) -> None:
    with desk(shared.home) as site:
        before = len(site.registry.list())
        site.operators.add("Li", "8642", datetime.now().astimezone())
    with terminal(shared.treat(), shared.environment) as at:
        at.expect("Operator:")
        at.send("Li\n")
        for left in ("tries left: 2", "tries left: 1", "Li is locked for 5 min more; another operator may go on"):
            at.answer("PIN:", "1111", left)
        assert at.wait() == 1
    with desk(shared.home) as site:
        assert len(site.registry.list()) == before


def test_no_identity_is_left_anywhere_and_erasing_leaves_records_that_open(shared: Clinic) -> None:
    """After everything that was treated, refused and said here."""
    printed = [
        run(shared.home, *words)[1]
        for words in (("day",), ("patients", "show", shared.patient, "--json"), ("sessions", "list", "--json"))
    ]
    secrets = (*WHO.values(), "小腿抽筋", "a little tired")
    assert [place for secret in secrets for place in found_in(shared.home.root, secret)] == []
    assert not [secret for secret in secrets if any(secret in text for text in printed)]
    with desk(shared.home) as site:
        site.patients.erase(shared.patient, "Anna", datetime.now().astimezone())
        seen = [one.session for one in site.registry.list(patient=shared.patient)]
    for session in seen:
        status, shown, _ = run(shared.home, "sessions", "show", session)
        assert status == 0
        assert not any(secret in shown for secret in secrets)
    assert "was erased" in refused(shared, "l")


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("contacts", "reason", "status"), [(("input", "rail"), "emergency-stop", 4), (("hand",), "hand-switch", 4)]
)
def test_a_stop_that_is_pressed_ends_the_session(
    tmp_path: Path, contacts: tuple[str, ...], reason: str, status: int
) -> None:
    with clinic(tmp_path) as on:
        with terminal(on.treat(), on.environment) as at:
            to_first_motion(at, on, ENGLISH)
            at.expect(ENGLISH["held"])
            on.move(True, *contacts)
            at.expect("Enter leaves this page")
            at.send("\r")
            for question in ("Why it ended", "Pain", "Exertion", "Adverse event", "Note"):
                at.answer(question, "", "\n")
            assert at.wait() == status, at.text
        on.move(False, *contacts)
        (seen,) = on.visits()
        assert (seen.reason, seen.because, seen.pain) == (reason, None, None)
        with terminal(on.treat(), on.environment) as at:
            to_first_motion(at, on, ENGLISH)
            at.expect("trial")
            at.send(" ")
            at.expect("Enter leaves this page")


@pytest.mark.sweep
def test_a_cable_that_is_pulled_ends_in_a_fault_and_the_record_is_closed(tmp_path: Path) -> None:
    with clinic(tmp_path) as on:
        with terminal(on.treat(), on.environment) as at:
            to_first_motion(at, on, ENGLISH)
            at.expect(ENGLISH["held"])
            on.emulator.kill()
            at.expect("Enter leaves this page")
            at.send("\r")
            at.answer("Why it ended", "5", "Pain")
            for _ in range(4):
                at.send("\n")
            assert at.wait() == 3, at.text
        (seen,) = on.visits()
        assert (seen.end, seen.because) == ("fault", "technical")


@pytest.mark.sweep
def test_everything_killed_at_once_loses_nothing_but_the_moment(tmp_path: Path) -> None:
    with clinic(tmp_path) as on:
        with terminal(on.treat(), on.environment) as at:
            to_first_motion(at, on, ENGLISH)
            at.expect(ENGLISH["held"])
            killed = members(at.process.pid)
            assert len(killed) > 2
            for process in killed:
                os.kill(process, signal.SIGKILL)
            at.wait()
            while any(lives(str(process)) for process in killed):
                time.sleep(0.01)
        assert run(on.home, "day")[0] == 0
        (seen,) = on.visits()
        assert (seen.end, seen.share and seen.share.of) == ("interrupted", 2)
        assert (on.home.sessions / seen.session / "trace.parquet").exists()
        with desk(on.home) as site:
            (line,) = day_sheet(site, datetime.now().astimezone().date()).lines
        assert (line.due, [one.session for one in line.today]) == (line.due, [seen.session])
