"""The report: what it says, what it never says, and that it stands alone."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from robot.errors import CheckFailed
from robot.runtime.session_state import Event
from robot.tick import Array
from session_records.events import write_events
from session_records.folder import TRUTH, SessionDescription, write_session
from session_records.journal import Journal
from session_records.metrics import Truth, summarise
from session_records.recovery import close_session
from session_records.report.page import LONGEST_LIST, render, session_report
from session_records.store import Ended, Registry, SessionRecord, Started
from session_records.trace import Trace, TraceFacts
from session_records.truth import TruthWriter
from tests.session_records.conftest import LAYOUT, RATE_HZ, START_S, exercise

FLAGS = {1: "measurement not finite", 256: "torque rate limited"}
VOID = {"meta", "img", "br", "link", "input", "hr"}
MOMENT = datetime(2026, 11, 21, 13, 4, 5, tzinfo=UTC)


class WellFormed(HTMLParser):
    """Fails on an element that is not closed, or closed in the wrong place; collects the words and the pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.pictures: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            self.pictures.append(dict(attrs)["src"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def sentence(code: str, values: Mapping[str, float | str]) -> str:
    return f"{code} {dict(values)}" if values else code


def page_of(rows: Array, truth: Truth | None = None, events: tuple[Event, ...] = (), on: str = "emulator") -> str:
    trace = Trace(
        TraceFacts("KNEE-20261121-0001", "0.1.0", RATE_HZ, 0.0, ("knee",), {}, len(rows), 0),
        dict(zip(LAYOUT.columns, rows.T, strict=True)),
    )
    started = Started(plan="knee-passive", robot="knee-exo", on=on, started_at=MOMENT, height_m=1.71, mass_kg=64.0)
    record = SessionRecord("KNEE-20261121-0001", started, Ended(end="stopped", reason="finished", trace_sha256="ab12"))
    return render(record, trace, summarise(trace, FLAGS, truth), truth, FLAGS, events, sentence)


@cache
def plain_page() -> str:
    return page_of(exercise(1.0))


def truth_of(rows: Array) -> dict[str, Array]:
    return {"knee_limb_q_rad": rows[:, LAYOUT.slices["q"]][:, 0], "knee_cuff_force_N": np.full(len(rows), 42.0)}


def test_without_truth_the_page_says_that_limb_and_cuff_were_not_measured() -> None:
    page = WellFormed(plain_page())
    assert "Limb and cuff were not measured." in page.text
    assert "Limb error (RMS) not measured" in page.text
    assert "Peak cuff force not measured" in page.text
    assert len(page.pictures) == 2


@pytest.mark.parametrize(("on", "name"), [("emulator", "emulator's truth"), ("sim", "simulation's truth")])
def test_with_truth_the_page_names_its_source_and_that_nobody_was_in_the_robot(on: str, name: str) -> None:
    rows = exercise(1.0)
    page = WellFormed(page_of(rows, truth_of(rows), on=on))
    assert f"Limb angle and cuff force are the {name}, of a synthetic patient: nobody was in the robot" in page.text
    assert f"Peak cuff force 42 N cuff on limb, {name}" in page.text
    assert "not measured." not in page.text
    assert len(page.pictures) == 3


def test_the_page_names_session_plan_robot_and_person_without_identity() -> None:
    text = WellFormed(plain_page()).text
    for part in (
        "Session KNEE-20261121-0001",
        "knee-passive on knee-exo, started 2026-11-21 13:04:05 UTC",
        "Ended: stopped – finished",
        "Person (run parameters) 1.71 m, 64.0 kg",
        "Trace (SHA-256) ab12",
        "Recorded by careloop 0.1.0",
    ):
        assert part in text


def test_figures_are_in_units_that_people_read() -> None:
    text = WellFormed(page_of(exercise(2.0, error_deg=1.0))).text
    assert "Encoder error (RMS) 0.71° encoder against reference, in the exercise; approach and fades left out" in text
    assert "Peak torque 8.0 N·m" in text
    assert "Rate 1000.0 Hz asked for 1000 Hz" in text
    text = WellFormed(page_of(exercise(2.0, amplitude_deg=30.0))).text
    assert "Range reached, knee -30.0° to 30.0°" in text


def test_events_and_interventions_stand_in_order_of_time_with_bursts_in_one_line() -> None:
    rows = exercise(3.0)
    flags = rows[:, LAYOUT.slices["flags"]]
    flags[500] = 1.0
    for start in (1000, 1100, 1200):
        flags[start : start + 10] = 256.0
    flags[2900] = 256.0
    text = WellFormed(page_of(rows, events=(Event(0.7, "bus-silent", {"age_ms": 61.0}),))).text
    assert (
        "0.500 s guard measurement not finite 1 ms "
        "0.700 s event bus-silent {'age_ms': 61.0} "
        "1.000 s guard torque rate limited, 3 times 210 ms "
        "2.900 s guard torque rate limited 1 ms"
    ) in text
    assert "torque rate limited 4 31 ms 1.000 s 2.900 s" in text


def test_a_long_list_of_interventions_is_cut_and_says_by_how_much() -> None:
    rows = exercise(60.0)
    rows[::1200, LAYOUT.slices["flags"]] = 256.0
    events = tuple(Event(59.0 + index / 100, "late-event", {}) for index in range(30))
    text = WellFormed(page_of(rows, events=events)).text
    count = len(range(0, len(rows), 1200))
    assert f"{count - LONGEST_LIST} later lines of the guard are left out here" in text
    assert text.count("late-event") == 30


def test_a_quiet_session_says_so() -> None:
    text = WellFormed(plain_page()).text
    assert "The guard did not intervene." in text
    assert "Nothing was reported." in text


def test_nothing_is_fetched_from_elsewhere() -> None:
    page = page_of(exercise(1.0), truth_of(exercise(1.0)))
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "@import" not in page
    assert "<script" not in page


def test_every_picture_is_an_svg_that_can_be_parsed_and_lateness_is_drawn_where_measured() -> None:
    rows = exercise(1.0)
    rows[:, LAYOUT.slices["lateness"]] = np.geomspace(1e-5, 3e-3, len(rows))[:, None]
    pictures = WellFormed(page_of(rows, truth_of(rows))).pictures
    assert len(pictures) == 5
    for source in pictures:
        assert ElementTree.fromstring(base64.b64decode(source.partition(",")[2])).tag.endswith("svg")


def test_what_people_wrote_cannot_become_markup() -> None:
    page = page_of(exercise(0.5), events=(Event(0.1, "<script>alert(1)</script>", {}),))
    assert "<script" not in page
    assert "<script>alert(1)</script>" in WellFormed(page).text


def test_equal_sessions_give_equal_pages() -> None:
    assert page_of(exercise(1.0)) == plain_page()


def test_measurements_that_are_missing_do_not_stop_the_report() -> None:
    rows = exercise(3.0)
    rows[:, LAYOUT.slices["q"]] = np.nan
    text = WellFormed(page_of(rows)).text
    assert "Encoder error (RMS) not measured" in text


@pytest.mark.parametrize("rows", [1, 2, 101])
def test_a_session_of_a_few_rows_has_a_report(rows: int) -> None:
    short = exercise(0.1)[:rows]
    short[:, LAYOUT.slices["lateness"]] = 1e-5
    assert f"Rows {rows} one for each tick" in WellFormed(page_of(short, truth_of(short))).text


def test_a_session_in_the_registry_is_reported_from_its_files(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry:
        started = Started(plan="knee-passive", robot="knee-exo", on="emulator", started_at=MOMENT)
        session = registry.add("KNEE", started).session
        folder = registry.folder(session)
        write_session(folder, SessionDescription.of(LAYOUT, session, RATE_HZ, START_S))
        journal = Journal(folder, LAYOUT.columns)
        journal.append(exercise(1.0))
        journal.close()
        with pytest.raises(CheckFailed, match="session-without-trace"):
            session_report(registry, session, FLAGS, sentence)
        with TruthWriter(folder / TRUTH, ("knee_limb_q_rad", "knee_cuff_force_N")) as truth:
            for tick in range(1100):
                truth(START_S + tick / RATE_HZ, (0.0, 33.0))
        write_events(folder, (Event(0.25, "state-running", {}),))
        close_session(registry, session, "stopped", "finished", "0.1.0", FLAGS)
        text = WellFormed(session_report(registry, session, FLAGS, sentence)).text
        assert "Peak cuff force 33 N" in text
        assert "0.250 s event state-running" in text
        assert f"Session {session}" in text
        (folder / "trace.parquet").write_bytes(b"changed")
        with pytest.raises(CheckFailed, match="trace-changed"):
            session_report(registry, session, FLAGS, sentence)
