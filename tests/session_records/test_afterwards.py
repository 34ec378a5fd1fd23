"""After a session: remarks that add up, and corrections that lose nothing and follow the right patient's key."""

from pathlib import Path
from typing import Any

import pytest

from robot.errors import CheckFailed, InputError
from session_records.people.afterwards import Remark
from session_records.store import Started
from tests.session_records.people import NOON, found_in, site

WORDS = "Mrs Li had a cramp"


def test_what_was_said_comes_back_and_the_last_does_not_replace_the_first(tmp_path: Path) -> None:
    said = (Remark(NOON, "Anna", pain=2, borg=12), Remark(NOON, "Li", pain=3, adverse="mild", words=WORDS))
    with site(tmp_path) as here:
        session = here.session(here.patient())
        for one in said:
            here.afterwards.note(session, one)
        assert here.afterwards.remarks(session) == said
        assert found_in(tmp_path, WORDS) == []


@pytest.mark.parametrize(
    ("remark", "code"),
    [
        ({}, "nothing-noted"),
        ({"words": "  "}, "nothing-noted"),
        ({"pain": -1}, "off-scale"),
        ({"pain": 11}, "off-scale"),
        ({"borg": 5}, "off-scale"),
        ({"borg": 21}, "off-scale"),
        ({"adverse": "awful", "words": "x"}, "choice-unknown"),
        ({"adverse": "mild"}, "adverse-without-words"),
        ({"words": "x" * 2001}, "words-too-long"),
    ],
)
def test_a_remark_outside_its_scale_is_refused(tmp_path: Path, remark: dict[str, Any], code: str) -> None:
    with site(tmp_path) as here:
        session = here.session(here.patient())
        with pytest.raises(InputError, match=code):
            here.afterwards.note(session, Remark(NOON, "Anna", **remark))
        assert here.afterwards.remarks(session) == ()


def test_a_session_that_runs_or_is_nobodys_takes_no_remark(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        with pytest.raises(CheckFailed, match="session-without-patient"):
            here.afterwards.note(here.session(), Remark(NOON, "Anna", pain=1))
        runs = here.registry.add("KNEE", Started(plan="p", robot="r", on="sim", started_at=NOON)).session
        with pytest.raises(CheckFailed, match="session-still-runs"):
            here.afterwards.note(runs, Remark(NOON, "Anna", pain=1))
        with pytest.raises(InputError, match="session-unknown"):
            here.afterwards.note("KNEE-1", Remark(NOON, "Anna", pain=1))


def test_a_correction_stands_beside_what_was_there(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        wrong, right = here.patient(), here.patient(record_number="H-2", side="right")
        session = here.session(wrong, prescription=f"{wrong}-1")
        became = {"patient": right, "side": "right", "prescription": None}
        record = here.afterwards.amend(session, "Li", NOON, became, "took the wrong line")
        assert (record.started.patient, record.started.side, record.started.prescription) == (right, "right", None)
        (amendment,) = here.afterwards.amendments(session)
        assert amendment.was == {"patient": wrong, "side": "left", "prescription": f"{wrong}-1"}
        assert (amendment.became, amendment.by, amendment.why) == (became, "Li", "took the wrong line")
        assert [one.session for one in here.registry.list(patient=right)] == [session]
        assert here.registry.list(patient=wrong) == ()
        assert found_in(tmp_path, "took the wrong line") == []


def test_words_follow_the_right_patients_key(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        wrong, right = here.patient(), here.patient(record_number="H-2")
        session = here.session(wrong)
        here.afterwards.note(session, Remark(NOON, "Anna", pain=4, words=WORDS))
        here.afterwards.amend(session, "Anna", NOON, {"side": "right"}, "other leg")
        here.afterwards.amend(session, "Anna", NOON, {"patient": right}, "other person")
        here.patients.erase(wrong, "Anna", NOON)
        assert [one.words for one in here.afterwards.remarks(session)] == [WORDS]
        assert [one.why for one in here.afterwards.amendments(session)] == ["other leg", "other person"]
        here.patients.erase(right, "Anna", NOON)
        assert [(one.pain, one.words) for one in here.afterwards.remarks(session)] == [(4, None)]
        assert [one.why for one in here.afterwards.amendments(session)] == [None, None]


def test_a_correction_needs_a_change_a_reason_and_a_patient_that_is_there(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        whose, erased = here.patient(), here.patient(record_number="H-2")
        session = here.session(whose)
        here.patients.erase(erased, "Anna", NOON)
        for became, why, code in (
            ({"side": "left"}, "x", "nothing-amended"),
            ({"side": "right"}, " ", "nothing-amended"),
            ({"patient": erased}, "x", "patient-erased"),
        ):
            with pytest.raises((InputError, CheckFailed), match=code):
                here.afterwards.amend(session, "Anna", NOON, became, why)
        assert here.afterwards.amendments(session) == ()
        assert here.registry.get(session).started.side == "left"


def test_a_prescription_ends_once_and_a_new_one_takes_its_place(tmp_path: Path) -> None:
    what = {"side": "left", "changes": {}, "repetitions": 5, "minutes": None, "per_week": 3}
    when = {"prescribed_at": NOON, "prescribed_by": "Anna"}
    with site(tmp_path) as here:
        whose = here.patient()
        made = [here.prescriptions.add(whose, plan=plan, **what, **when).prescription for plan in ("a", "a", "b")]
        assert made == [f"{whose}-1", f"{whose}-2", f"{whose}-3"]
        assert [one.ended_at for one in here.prescriptions.list(whose)] == [NOON, None, None]
        here.prescriptions.end(made[1].lower(), "Li", NOON)
        for name, code in ((made[1], "prescription-ended"), ("P-1", "prescription-unknown")):
            with pytest.raises((InputError, CheckFailed), match=code):
                here.prescriptions.end(name, "Li", NOON)
        here.patients.erase(whose, "Anna", NOON)
        assert all(one.ended_at == NOON for one in here.prescriptions.list(whose))
