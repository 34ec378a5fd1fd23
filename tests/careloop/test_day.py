"""The day sheet: what should have been done by a day, what was, and what is missing."""

from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from careloop.day.desk import Desk, desk
from careloop.day.progress import visits
from careloop.day.sheet import DAYS, day_sheet, expected, html_sheet
from careloop.messages.language import Words
from careloop.settings import Home
from session_records.people.afterwards import Remark
from session_records.people.prescriptions import Prescription
from session_records.store import Ended, Started

MONDAY = date(2026, 11, 16)


def at(day: int, hour: int = 10) -> datetime:
    return datetime.combine(MONDAY + timedelta(days=day), datetime.min.time()).astimezone() + timedelta(hours=hour)


def prescribed(site: Desk, per_week: int = 3, day: int = 0) -> Prescription:
    entries = {"name": "n", "side": "left", "height_m": 1.7, "mass_kg": 70.0}
    patient = site.patients.add("Anna", at(day, 7), entries).pseudonym
    return again(site, patient, per_week, day)


def again(site: Desk, patient: str, per_week: int, day: int) -> Prescription:
    what = {"plan": "knee-walking", "side": "left", "changes": {}, "repetitions": 5, "minutes": None}
    return site.prescriptions.add(patient, **what, per_week=per_week, prescribed_at=at(day, 8), prescribed_by="Anna")


def done(site: Desk, what: Prescription, day: int, reason: str = "completed", end: str = "stopped") -> str:
    whose = {"patient": what.patient, "side": "left", "prescription": what.prescription}
    started = Started(plan="p", robot="r", on="sim", started_at=at(day), **whose)
    session = site.registry.add("KNEE", started).session
    site.registry.finish(session, Ended(end=end, reason=reason))
    return session


def test_three_a_week_are_monday_wednesday_and_friday() -> None:
    week = [MONDAY + timedelta(days=day) for day in range(DAYS)]
    assert [expected(3, day) for day in week] == [1, 1, 2, 2, 3, 3, 3]
    assert [expected(5, day) for day in week] == [1, 2, 3, 4, 5, 5, 5]
    assert [expected(7, day) for day in week] == [1, 2, 3, 4, 5, 6, 7]


@given(st.integers(1, 21))
def test_the_weeks_number_is_reached_without_ever_going_back(per_week: int) -> None:
    week = [expected(per_week, MONDAY + timedelta(days=day)) for day in range(DAYS)]
    assert week == sorted(week)
    assert week[-1] == per_week
    steps = [after - before for before, after in zip([0, *week], week, strict=False)]
    assert max(steps) <= -(-per_week // 5)


def test_what_was_missed_stays_due_until_it_was_done(tmp_path: Path) -> None:
    with desk(Home(tmp_path)) as site:
        what = prescribed(site)
        due = []
        for day in range(DAYS):
            (line,) = day_sheet(site, MONDAY + timedelta(days=day)).lines
            due.append(line.due)
            if day in (1, 2, 6):
                done(site, what, day)
        assert due == [True, True, True, False, True, True, True]
        (line,) = day_sheet(site, MONDAY + timedelta(days=6)).lines
        assert (line.done, line.due, len(line.today)) == (3, False, 1)
        (line,) = day_sheet(site, MONDAY + timedelta(days=7)).lines
        assert (line.done, line.due) == (0, True)


def test_a_session_that_ended_early_is_shown_and_does_not_count_and_a_refused_one_is_neither(tmp_path: Path) -> None:
    with desk(Home(tmp_path)) as site:
        what = prescribed(site)
        stopped = done(site, what, 0, reason="spasm")
        done(site, what, 0, reason="bus-silent", end="refused")
        (line,) = day_sheet(site, MONDAY).lines
        assert ([one.session for one in line.today], line.done, line.due) == ([stopped], 0, True)
        assert [one.session for one in visits(site, what.patient)] == [stopped]


def test_a_new_prescription_goes_on_counting_where_the_one_that_it_replaced_was(tmp_path: Path) -> None:
    with desk(Home(tmp_path)) as site:
        first = prescribed(site)
        done(site, first, 0)
        second = again(site, first.patient, 3, 1)
        (line,) = day_sheet(site, MONDAY + timedelta(days=2)).lines
        assert (line.prescription, line.done, line.due) == (second, 1, True)
        (line,) = day_sheet(site, MONDAY).lines
        assert line.prescription.prescription == first.prescription


def test_what_is_missing_is_named_until_it_is_there(tmp_path: Path) -> None:
    with desk(Home(tmp_path)) as site:
        what = prescribed(site)
        assert day_sheet(site, MONDAY).lines[0].missing == ("missing-session", "missing-consent", "missing-range")
        site.patients.amend(what.patient, "Anna", at(0), {"consent": "2026-11-16", "range_deg.left.knee": (10, 80)})
        assert day_sheet(site, MONDAY).lines[0].missing == ("missing-session",)
        session = done(site, what, 0)
        assert day_sheet(site, MONDAY).lines[0].missing == ("missing-remarks",)
        site.afterwards.note(session, Remark(at(0), "Anna", pain=1))
        assert day_sheet(site, MONDAY).lines[0].missing == ("missing-remarks",)
        site.afterwards.note(session, Remark(at(0), "Anna", borg=12))
        assert day_sheet(site, MONDAY).lines[0].missing == ()
        assert day_sheet(site, MONDAY + timedelta(days=2)).lines[0].missing == (
            "missing-session",
            "missing-range-today",
        )


def test_a_session_without_a_prescription_of_that_day_is_told_beside(tmp_path: Path) -> None:
    with desk(Home(tmp_path)) as site:
        what = prescribed(site)
        site.prescriptions.end(what.prescription, "Anna", at(0, 9))
        session = done(site, what, 0)
        sheet = day_sheet(site, MONDAY)
        assert sheet.lines == ()
        assert [(whose, one.session) for whose, one in sheet.others] == [(what.patient, session)]


def test_the_page_stands_alone_and_what_is_on_it_cannot_be_markup(tmp_path: Path) -> None:
    with desk(Home(tmp_path)) as site:
        what = prescribed(site)
        done(site, what, 0)
        site.prescriptions.add(
            what.patient, plan="<script>", side="left", changes={}, repetitions=1, minutes=None, per_week=1,
            prescribed_at=at(0), prescribed_by="Anna",
        )  # fmt: skip
        page = html_sheet(day_sheet(site, MONDAY), Words("zh", "zh_CN"))
    assert "<script>" not in page
    assert "http" not in page and "src=" not in page and "url(" not in page
    assert what.prescription in page and "2026年11月16日" in page
