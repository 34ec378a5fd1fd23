"""The day sheet: what is prescribed on a day, what was done of it, and what is missing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from careloop.day.desk import Desk
from careloop.day.progress import ALL, Visit, refused, visit
from careloop.messages.language import Words
from session_records.people.patients import Patient
from session_records.people.prescriptions import Prescription

WORKING_DAYS, DAYS = 5, 7

SETTINGS = {"motion.speed": "setting-speed", "assistance": "setting-assistance"}
"""Adjustable values that a therapist knows by a name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A prescription on a day.

    `today` the sessions of that day, also by a prescription whose place this one took; `done` completed ones from
    Monday to that day; `due` whether there should have been more by then; `missing` the codes of what is not there.
    """

    prescription: Prescription
    patient: Patient
    today: tuple[Visit, ...]
    done: int
    due: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A day: its prescriptions, those that are due first, and sessions of patients that nothing was prescribed for."""

    day: date
    lines: tuple[Line, ...]
    others: tuple[tuple[str, Visit], ...]


def day_sheet(site: Desk, day: date) -> Sheet:
    """The sheet of a day by the clock on the wall, in a week that begins on Monday."""
    monday, end = _begins(day - timedelta(days=day.weekday())), _begins(day + timedelta(days=1))
    records = [one for one in site.registry.list(ALL, since=monday) if one.started.patient and not refused(one)]
    week = [(str(one.started.patient), visit(site, one)) for one in reversed(records) if one.started.started_at < end]
    patients = {one.pseudonym: one for one in site.patients.list()}
    prescribed = site.prescriptions.list()
    kinds = {one.prescription: (one.patient, one.plan, one.side) for one in prescribed}
    lines = [
        _line(one, patients[one.patient], [seen for _, seen in week if kinds.get(str(seen.prescription)) == kind], day)
        for one in prescribed
        if one.holds_at(end) and (kind := kinds[one.prescription])
    ]
    listed = {seen.session for line in lines for seen in line.today}
    today = [(whose, seen) for whose, seen in week if seen.started_at >= _begins(day)]
    return Sheet(
        day,
        tuple(sorted(lines, key=lambda line: (not line.due, line.prescription.prescription))),
        tuple((whose, seen) for whose, seen in today if seen.session not in listed),
    )


def html_sheet(sheet: Sheet, words: Words) -> str:
    """The sheet as a page that stands alone and prints on A4; pseudonyms only, with room for writing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("sheet.html").render(sheet=sheet, words=words, line_in_words=line_in_words)


def line_in_words(line: Line, words: Words) -> dict[str, str]:
    """A line as a person reads it, by column."""
    prescribed = line.prescription
    return {
        "prescription": prescribed.prescription,
        "exercise": prescribed.plan,
        "side": words(f"side-{prescribed.side}"),
        "dose": words.listed(
            [one for one in (dose_in_words(prescribed, words), settings_in_words(prescribed, words)) if one]
        ),
        "today": "; ".join(_visit_in_words(one, words) for one in line.today) or words("none-yet"),
        "week": words("week-count", done=line.done, of=prescribed.per_week),
        "missing": words.listed([words(code) for code in line.missing]) or words("nothing-missing"),
    }


def dose_in_words(prescribed: Prescription, words: Words) -> str:
    """Repetitions or minutes."""
    if prescribed.repetitions is not None:
        return words("dose-repetitions", count=prescribed.repetitions)
    return words("dose-minutes", minutes=prescribed.minutes)


def settings_in_words(prescribed: Prescription, words: Words) -> str:
    """What is set in the plan, each value with what it is; a range with both of its ends as one."""
    ranges: dict[str, dict[str, float]] = {}
    said = []
    for name, value in prescribed.changes.items():
        place, _, end = name.rpartition(".")
        _, _, joint = place.partition("motion.range_deg.")
        if joint:
            ranges.setdefault(joint, {})[end] = value
        elif name in SETTINGS:
            said.append(words(SETTINGS[name], value=value))
        else:
            said.append(words("setting-other", name=name, value=value))
    return words.listed(said + [_range(words.joint(joint), ends, words) for joint, ends in ranges.items()])


def _range(joint: str, ends: Mapping[str, float], words: Words) -> str:
    code = "range-reached" if len(ends) == 2 else "setting-low" if "low" in ends else "setting-high"
    return words(code, joint=joint, **ends)


def done_in_words(one: Visit, words: Words) -> str:
    """Repetitions that are done of the dose, what an interrupted session did before included."""
    if one.share is None or one.done is None:
        return words.shown(one.done)
    return words("week-count", done=one.done, of=one.share.of)


def _visit_in_words(one: Visit, words: Words) -> str:
    how = words("visit-done") if one.completed else words("visit-ended", reason=words(one.reason or "visit-runs"))
    counted = "" if one.done is None else f" ({done_in_words(one, words)})"
    return f"{one.session} {how}{counted}"


def _line(prescribed: Prescription, patient: Patient, week: Sequence[Visit], day: date) -> Line:
    today = tuple(one for one in week if one.started_at >= _begins(day))
    done = sum(one.completed for one in week)
    due = done < expected(prescribed.per_week, day)
    return Line(
        prescription=prescribed,
        patient=patient,
        today=today,
        done=done,
        due=due,
        missing=tuple(_missing(prescribed, patient, today, due, day)),
    )


def expected(per_week: int, day: date) -> int:
    """How many sessions there should have been at the end of a day, spread evenly from Monday to Friday.

    Three a week are Monday, Wednesday and Friday. More than five are spread over all seven days.
    """
    days = WORKING_DAYS if per_week <= WORKING_DAYS else DAYS
    return math.floor(per_week * min(day.weekday() + 1, days) / days + 0.5)


def _missing(prescribed: Prescription, patient: Patient, today: Sequence[Visit], due: bool, day: date) -> list[str]:
    measured = [one.at.astimezone().date() for (side, _), one in patient.ranges.items() if side == prescribed.side]
    absent = {
        "missing-session": due,
        "missing-consent": patient.consent is None,
        "missing-range": not measured,
        "missing-range-today": bool(measured) and max(measured) != day and not today,
        "missing-remarks": any(one.end is not None and (one.pain is None or one.borg is None) for one in today),
    }
    return [code for code, is_absent in absent.items() if is_absent]


def _begins(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()
