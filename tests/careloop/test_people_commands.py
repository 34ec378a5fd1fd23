"""The commands of people and papers: bad input in one line, two languages without a word of the other, no identity."""

import io
import json
import re
import shlex
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from careloop.__main__ import main
from careloop.day.desk import desk
from careloop.settings import Home
from session_records.store import Ended, Started
from tests.session_records.people import found_in

WHO = {"--name": "王小明", "--born": "1961-05-30", "--record-number": "H-778812", "--contact": "13800001234"}
WORDS = {"--diagnosis": "stroke of Mr Wang", "--limits": "sore since Harbin", "--contraindications": "see doctor Zhao"}
PLAIN = {"--side": "left", "--height": "1.71", "--mass": "64", "--range": "knee=10:80", "--consent": "today"}
SECRETS = (*WHO.values(), *WORDS.values())

Run = Callable[..., tuple[int, str, str]]


def options(*groups: dict[str, str]) -> list[str]:
    return [word for group in groups for pair in group.items() for word in pair]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: Any, capsys: Any) -> Run:
    """Runs a command in a home with one operator, whose PIN is in the environment; returns status, output, errors."""
    monkeypatch.setenv("CARELOOP_HOME", str(tmp_path / "home"))
    with desk(Home(tmp_path / "home")) as site:
        site.operators.add("Anna", "4711", datetime.now().astimezone())
    monkeypatch.setenv("CARELOOP_OPERATOR", "Anna")
    monkeypatch.setenv("CARELOOP_PIN", "4711")

    def command(*words: str, typed: str = "", language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main(["--lang", language, *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return command


@pytest.fixture
def patient(run: Run) -> str:
    status, said, _ = run("patients", "add", *options(WHO, WORDS, PLAIN), "--json")
    assert status == 0
    return str(json.loads(said)["pseudonym"])


def with_session(home: Path, patient: str | None) -> str:
    with desk(Home(home)) as site:
        at = datetime.now().astimezone()
        started = Started(plan="p", robot="knee-exo", on="sim", started_at=at, height_m=1.7, mass_kg=70.0)
        session = site.registry.add("KNEE", started).session
        metrics = {"exercise_s": 600.0, "joints": {"knee": {"low_deg": 20.0, "high_deg": 63.0}}}
        site.registry.finish(session, Ended(end="stopped", reason="completed", metrics=metrics))
        if patient is not None:
            site.afterwards.amend(session, "Anna", at, {"patient": patient, "side": "left"}, "test")
    return session


def test_what_is_not_given_is_asked_for_one_line_each(run: Run, monkeypatch: Any) -> None:
    monkeypatch.delenv("CARELOOP_OPERATOR")
    monkeypatch.delenv("CARELOOP_PIN")
    status, said, asked = run("patients", "add", typed="Anna\n4711\nWang\nboth\n1.71\n64\n")
    assert status == 0, asked
    assert re.fullmatch(r"the patient is P-\w{6}: write this pseudonym into the health record\n", said)
    assert [line.strip() for line in asked.splitlines()] == [
        "Operator:",
        "PIN:",
        "Family and given name:",
        "Affected side (left, right, both):",
        "Height in m:",
        "Body mass in kg:",
    ]


def test_a_range_without_a_side_is_that_of_every_affected_side(run: Run, patient: str) -> None:
    run("patients", "amend", patient, "--side", "both", "--range", "right.knee=5:95", "--range", "left.knee=0:70")
    ranges = json.loads(run("patients", "show", patient, "--json")[1])["ranges_deg"]
    assert {(one["side"], one["low"], one["high"]) for one in ranges} == {("left", 0, 70), ("right", 5, 95)}
    run("patients", "amend", patient, "--range", "knee=10:60")
    ranges = json.loads(run("patients", "show", patient, "--json")[1])["ranges_deg"]
    assert {(one["side"], one["low"], one["high"]) for one in ranges} == {("left", 10, 60), ("right", 10, 60)}


ADD = "patients add --name x --side left --height 1.7 --mass 70"
RX = "prescriptions add PATIENT knee-walking --per-week 3"
REFUSED = [
    ("patients show P-000000", 2, "there is no patient P-000000"),
    ("patients add --name x --side up --height 1.7 --mass 70", 2, "--side: up is not possible here"),
    ("patients add --name x --side left --height nan --mass 70", 2, "--height: nan is not a number"),
    ("patients add --name x --side left --height 171 --mass 70", 2, "--height: 171 is outside 0.5 to 2.5 m"),
    ("patients add --name x --side left --height tall --mass 70", 2, "'--height'"),
    ("patients add --name x --side left --height 1.7", 2, "the input ended before the answer to: Body mass in kg:"),
    (f"{ADD} --range knee", 2, "--range: knee is not a range"),
    (f"{ADD} --range right.knee=1:2", 2, "--range: right is not a side"),
    (f"{ADD} --born 30.5.61", 2, "--born: this is not a day"),
    (f"{ADD} --consent 2999-01-01", 2, "--consent: this day is in"),
    ("patients amend P-1", 2, "nothing to enter is given: careloop patients amend --help"),
    ("patients amend PATIENT --range knee=80:10", 2, "--range: 80 to 10 is no range"),
    ("patients amend PATIENT --ask shoe", 2, "--ask: shoe is not possible here"),
    ("patients erase PATIENT", 2, "the input ended before the answer"),
    ("patients show PATIENT --picture p.gif", 2, "--picture: a picture's name ends with one of .png, .svg"),
    ("patients show PATIENT --picture /nowhere/p.png", 3, "/nowhere/p.png: it cannot be written"),
    ("patients amend PATIENT --mass 70 --by Bob", 2, "there is no operator Bob; there are Anna"),
    ("patients amend PATIENT --mass 70 --pin 1", 1, "this is not the PIN of Anna; tries left: 2"),
    ("operators add Anna", 2, "there is an operator Anna already"),
    ("operators add Li --pin 0000", 2, "--pin: a PIN has 4 to 12 digits"),
    ("prescriptions add PATIENT nothing --per-week 3", 2, "there is no plan named nothing"),
    (RX, 2, "give either --repetitions or --minutes"),
    (f"{RX} --repetitions 5 --minutes 5", 2, "give either"),
    (f"{RX} --repetitions 0", 2, "--repetitions: 0 is not between"),
    (f"{RX} --minutes nan", 2, "--minutes: nan is not between 1 and"),
    ("prescriptions add PATIENT knee-walking --minutes 5 --per-week 22", 2, "--per-week: 22 is not between 1 and"),
    (f"{RX} --minutes 5 --side right", 2, "--side: right is not a side"),
    (f"{RX} --minutes 5 --range hip=1:2", 2, "--range: hip is not"),
    (f"{RX} --minutes 5 --speed 2", 2, "motion.speed: 2 is outside"),
    (f"{RX} --minutes 5 --speed nan", 2, "motion.speed: nan is outside"),
    ("prescriptions end P-1", 2, "there is no prescription P-1"),
    ("sessions note KNEE-1 --pain 1", 2, "there is no session KNEE-1"),
    ("sessions amend KNEE-1 --why x", 2, "nothing to enter is given"),
    ("sessions amend KNEE-1 --side left --why x", 2, "there is no session KNEE-1"),
    ("day --date today", 2, "--date: this is not a day"),
    ("day --html /nowhere/day.html", 3, "/nowhere/day.html: it cannot be written"),
]


def test_bad_input_is_one_line_that_says_what_to_do(run: Run, patient: str) -> None:
    for command, status, said in REFUSED:
        ended, _, errors = run(*shlex.split(command.replace("PATIENT", patient)))
        assert ended == status, command
        assert said in errors, command
        told = [line for line in errors.splitlines() if line.strip() and not line.endswith(": ")]
        assert len(told) == 1, errors
        assert not any(secret in errors for secret in SECRETS)
    assert [one["pseudonym"] for one in json.loads(run("patients", "list", "--json")[1])] == [patient]


def test_a_prescription_stays_inside_the_patients_own_range(run: Run, patient: str) -> None:
    asked = ("prescriptions", "add", patient, "knee-walking", "--repetitions", "5", "--per-week", "3")
    assert run(*asked)[0] == 0
    run("patients", "amend", patient, "--range", "knee=25:60")
    status, _, said = run(*asked)
    assert status == 2
    assert said == (
        f"--range: 20 to 65° leaves the knee's pain-free range of {patient} (left), 25 to 60°: "
        "prescribe --range knee=25:60 or less, or measure again\n"
    )
    status, _, said = run(*(word.replace("knee-walking", "knee-reaching") for word in asked))
    assert status == 2
    assert said.startswith("motion: the motion leads the knee from 25 to 65")
    assert "choose another plan, or measure again" in said
    run("patients", "amend", patient, "--side", "right")
    assert f"careloop patients amend {patient} --range right.knee=LOW:HIGH" in run(*asked)[2]
    run("patients", "amend", patient, "--mass", "150")
    assert "mass: 150 is outside" in run(*asked)[2]


def test_a_correction_needs_what_belongs_together(run: Run, patient: str, tmp_path: Path) -> None:
    session = with_session(tmp_path / "home", None)
    run("prescriptions", "add", patient, "knee-walking", "--repetitions", "5", "--per-week", "3")
    amend = ("sessions", "amend", session, "--why", "x")
    assert "is nobody's" in run(*amend, "--side", "left")[2]
    assert (
        "right is not a side that is treated here; it is: left"
        in run(*amend, "--patient", patient, "--side", "right")[2]
    )
    assert run(*amend, "--prescription", f"{patient}-1")[0] == 0
    started = json.loads(run("sessions", "show", session, "--json")[1])["started"]
    assert (started["patient"], started["side"], started["prescription"]) == (patient, "left", f"{patient}-1")
    run("patients", "amend", patient, "--side", "both")
    assert run(*amend, "--side", "right")[0] == 0
    told = json.loads(run("sessions", "show", session, "--json")[1])
    assert (told["started"]["side"], told["started"]["prescription"]) == ("right", None)
    assert told["amendments"][1]["was"] == {"side": "left", "prescription": f"{patient}-1"}
    assert "is for another patient or side" in run(*amend, "--prescription", f"{patient}-1", "--side", "right")[2]


def test_no_identity_is_anywhere_in_the_home_or_in_what_is_printed_unasked(
    run: Run, patient: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    session = with_session(home, patient)
    note = ("sessions", "note", session, "--pain", "2", "--borg", "12", "--note", WORDS["--diagnosis"])
    page, picture = str(home / "day.html"), str(home / "progress.svg")
    printed = [
        run(*command)[1]
        for command in (
            ("prescriptions", "add", patient, "knee-walking", "--repetitions", "5", "--per-week", "3", "--json"),
            (*note, "--json"),
            ("patients", "list"),
            ("patients", "list", "--json"),
            ("patients", "show", patient, "--json", "--history", "--picture", picture),
            ("day", "--html", page),
            ("day", "--json"),
            ("sessions", "show", session, "--json"),
        )
    ]
    assert not [secret for secret in SECRETS if any(secret in text for text in printed)]
    assert (home / "registry.db").stat().st_size
    assert [place for secret in SECRETS for place in found_in(home, secret)] == []
    shown = run("patients", "show", patient, "--names", "--history")[1]
    assert [secret for secret in SECRETS if secret not in shown] == ["1961-05-30"]  # written as the locale does
    assert "May 30, 1961" in shown
    assert WHO["--name"] in run("day", "--names")[1]
    status, _, warning = run("patients", "erase", patient, typed=f"{patient}\n")
    assert status == 0, warning
    assert [place for secret in SECRETS for place in found_in(home, secret)] == []
    shown = run("patients", "show", patient, "--names", "--history")
    assert shown[0] == 0
    assert not any(secret in shown[1] for secret in SECRETS)
    assert run("sessions", "show", session)[0] == 0
    assert sqlite3.connect(home / "registry.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


ENGLISH = re.compile(r"[A-Za-z]{2,}")
NAMED = re.compile(
    r"P-\w{6}(-\d+)?|PSEUDONYM|"
    r"KNEE-\S+|knee-walking|Anna|careloop( --?[a-z-]+| [a-z]+)*|--[a-z-]+|knee(=\S*)?|PIN|YAML|"
    r"\b(left|right|both|today|none)\b|/\S+|[\w-]+\.(png|html|yaml)|\b(kg|cm|Nm|Borg)\b"
)
"""What stays as it is in Chinese: what is typed, ids, names, units."""


def test_everything_a_therapist_reads_is_there_in_chinese(run: Run, patient: str, tmp_path: Path) -> None:
    session = with_session(tmp_path / "home", patient)
    page, picture = str(tmp_path / "day.html"), str(tmp_path / "progress.png")
    prescribe = ("prescriptions", "add", patient, "knee-walking", "--repetitions", "5", "--per-week", "3")
    runs = [
        run(*command, typed=typed, language="zh")
        for command, typed in (
            (("operators", "list"), ""),
            (("operators", "add", "Anna"), ""),
            (("patients", "add"), "王\nleft\n1.7\n70\n"),
            (("patients", "list", "--names"), ""),
            (("patients", "amend", patient, "--ask", "name"), "李\n"),
            (("patients", "amend", patient, *options(dict.fromkeys(WORDS, "无"))), ""),
            (("patients", "amend", patient), ""),
            (prescribe, ""),
            ((*prescribe, "--range", "knee=80:10"), ""),
            (("prescriptions", "add", patient, "knee-walking", "--per-week", "3"), ""),
            (("prescriptions", "list"), ""),
            (("sessions", "note", session, "--pain", "2", "--adverse", "mild", "--note", "抽筋"), ""),
            (("sessions", "note", session, "--pain", "12"), ""),
            (("sessions", "amend", session, "--prescription", f"{patient}-1", "--why", "选错"), ""),
            (("day", "--names", "--html", page), ""),
            (("prescriptions", "end", f"{patient}-1"), ""),
            (("patients", "show", patient, "--names", "--picture", picture), ""),
            (("patients", "erase", patient), f"{patient}\n"),
            (("patients", "show", patient, "--wrong"), ""),
            (("patients", "show"), ""),
        )
    ]
    read = "\n".join(out + errors for _, out, errors in runs)
    read += re.sub(r"<style>.*</style>|<[^>]*>", "", Path(page).read_text(encoding="utf-8"), flags=re.DOTALL)
    left = {word for line in read.splitlines() for word in ENGLISH.findall(NAMED.sub("", line))}
    assert left == set()
    assert Path(picture).stat().st_size > 10_000


def test_the_locale_chooses_language_dates_and_decimal_point(run: Run, patient: str, monkeypatch: Any) -> None:
    monkeypatch.delenv("LC_ALL")
    for locale, expected in (
        ("zh_CN.UTF-8", "身高                      1.71 米"),
        ("de_DE.UTF-8", "height                        1,71 m"),
        ("en_GB.UTF-8", "height                        1.71 m"),
        ("C", "height                        1.71 m"),
    ):
        monkeypatch.setenv("LANG", locale)
        monkeypatch.setattr("sys.stdin", io.StringIO())
        printed = io.StringIO()
        monkeypatch.setattr("sys.stdout", printed)
        assert main(["patients", "show", patient]) == 0
        assert expected in printed.getvalue()
