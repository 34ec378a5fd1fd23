"""What a pre-flight refuses and what it only warns of, and how much of a dose is left after an interruption."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careloop.build import load_exercise
from careloop.day.desk import desk
from careloop.day.dose import Share, left_of, whole_repetitions
from careloop.day.preflight import (
    EMULATED,
    VITALS,
    calibration_of,
    check_health,
    check_pressures,
    confirmed_side,
    consent_of,
    read_side,
    read_vital,
    unusual,
)
from careloop.day.treating import case_of, held, kept_refusal, started_of
from careloop.settings import Home
from hardware.bus import Health
from robot.description import load_robot
from robot.errors import CheckFailed, InputError
from session_records.people.checks import Calibration, Check
from session_records.people.patients import Patient
from session_records.store import Ended, Started
from tests.careloop.sessions import write_plan

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
PATIENT = Patient(
    pseudonym="P-7F3K9Q",
    added_at=NOON,
    erased_at=None,
    side="left",
    height_m=1.7,
    mass_kg=70.0,
    consent=None,
    ranges={},
)


def refusal(*what: object) -> str:
    function, *given_ = what
    with pytest.raises((CheckFailed, InputError)) as problem:
        function(*given_)  # type: ignore[operator]
    return problem.value.code


def test_a_side_is_typed_in_either_language_and_must_be_the_prescribed_one() -> None:
    assert [read_side(line) for line in ("l", " L ", "left", "左", "r", "RIGHT", "右")] == ["left"] * 4 + ["right"] * 3
    assert refusal(read_side, "") == refusal(read_side, "knee") == "side-not-read"
    assert confirmed_side("left", "left", "P-1") == "left"
    assert refusal(confirmed_side, "right", "left", "P-1") == "side-not-confirmed"


def test_without_a_consent_nobody_is_treated() -> None:
    assert refusal(consent_of, PATIENT) == "consent-not-entered"
    assert consent_of(replace(PATIENT, consent=date(2026, 11, 17))) == "2026-11-17"


@pytest.mark.parametrize("line", ["", "nan", "inf", "-inf", "1e999", "-120", "12O", "0", "1200", "٣٤e"])
@pytest.mark.parametrize("vital", VITALS, ids=lambda vital: vital.name)
def test_a_vital_that_cannot_be_true_is_not_taken(vital: object, line: str) -> None:
    assert refusal(read_vital, vital, line) in {"vital-not-a-number", "vital-not-plausible"}


@given(st.sampled_from(VITALS), st.floats())
def test_a_vital_is_taken_within_what_is_plausible_and_nowhere_else(vital: object, value: float) -> None:
    low, high = vital.plausible  # type: ignore[attr-defined]
    try:
        taken = read_vital(vital, repr(value))  # type: ignore[arg-type]
    except InputError:
        assert not low <= value <= high
    else:
        assert low <= taken <= high and abs(taken - value) <= 0.5


def test_what_is_unusual_is_told_at_both_ends_and_what_is_usual_is_not() -> None:
    assert unusual({"systolic": 180, "diastolic": 110, "heart-rate": 120}) == ()
    assert unusual({"systolic": 90, "diastolic": 50, "heart-rate": 50}) == ()
    assert unusual({"systolic": 181, "diastolic": 49, "heart-rate": 121}) == VITALS
    for vital in VITALS:
        assert vital.plausible[0] < vital.usual[0] < vital.usual[1] < vital.plausible[1]


def test_pressures_that_are_swapped_are_noticed() -> None:
    check_pressures(120, 80)
    assert refusal(check_pressures, 80, 120) == refusal(check_pressures, 80, 80) == "pressures-swapped"


def test_a_calibration_holds_to_its_last_day_and_an_emulator_needs_none() -> None:
    def days_ago(days: int) -> Calibration:
        return Calibration("knee-exo", NOON - timedelta(days=days), "Anna")

    def found(last: Calibration | None, emulated: bool = False) -> str:
        return calibration_of("knee-exo", 30, last, NOON.astimezone(), emulated=emulated)

    assert found(days_ago(30)) == (NOON - timedelta(days=30)).astimezone().date().isoformat()
    for last, code in (
        (days_ago(31), "calibration-overdue"),
        (days_ago(-2), "calibration-overdue"),
        (None, "calibration-missing"),
    ):
        with pytest.raises(CheckFailed, match=code):
            found(last)
        assert found(last, emulated=True) == EMULATED


def test_drives_answer_have_their_voltage_and_are_cool() -> None:
    robot = load_robot("knee-exo")
    assert check_health(robot, [Health(24.0, 30.0)]) == (Health(24.0, 30.0),)
    for health, code in (
        (None, "drive-not-answering"),
        (Health(14.9, 30.0), "drive-voltage"),
        (Health(35.1, 30.0), "drive-voltage"),
        (Health(float("nan"), 30.0), "drive-voltage"),
        (Health(24.0, 80.1), "drive-hot"),
        (Health(24.0, float("nan")), "drive-hot"),
    ):
        with pytest.raises(CheckFailed, match=code):
            check_health(robot, [health])


@given(st.floats(1.0, 120.0), st.floats(0.5, 60.0))
def test_minutes_are_as_many_whole_repetitions_as_fit(minutes: float, cycle_s: float) -> None:
    count = whole_repetitions(minutes, cycle_s)
    assert count * cycle_s <= minutes * 60.0 + 1e-6 or count == 1
    assert (count + 1) * cycle_s > minutes * 60.0 - 1e-6


@given(st.integers(1, 1000), st.lists(st.integers(0, 1000), max_size=6))
def test_what_interruptions_leave_adds_up_to_the_dose(of: int, stops: list[int]) -> None:
    """However often it is interrupted: what was done and what is left are the dose, until all of it is done."""
    today: list[tuple[Share, int, bool]] = []
    total = 0
    for stop in stops:
        share = left_of(of, today)
        assert 0 < share.repetitions <= of and share.of == of
        assert total % of == share.before
        done = min(stop, share.repetitions)
        today.append((share, done, done == share.repetitions))
        total += done
    assert left_of(of, [*today, (Share(of, of), of, True)]) == Share(of, of)
    assert left_of(of + 1, [(Share(of, of), 0, False)]) == Share(of + 1, of + 1)  # prescribed anew since then


def test_what_was_interrupted_today_is_gone_on_with_and_yesterdays_is_not(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "short.yaml", {})
    now = NOON
    with desk(Home(tmp_path / "home")) as site:
        who = {"name": "n", "side": "left", "height_m": 1.7, "mass_kg": 70.0}
        patient = site.patients.add("Anna", now, who)
        what = {"plan": str(plan), "side": "left", "changes": {}, "per_week": 3, "prescribed_by": "Anna"}
        prescribed = site.prescriptions.add(
            patient.pseudonym, repetitions=20, minutes=None, prescribed_at=now - timedelta(days=9), **what
        )
        assert held(site, patient, None, now) == (prescribed,)

        def done(share: Share, repetitions: int, reason: str, at: datetime, end: str = "stopped") -> None:
            case = replace(case_of(site, patient, prescribed, now, from_start=True), share=share)
            session = site.registry.add("KNEE", started_of(case, "emulator", "Anna", at)).session
            site.preflights.enter(
                session, [Check("dose", {"repetitions": share.repetitions, "of": share.of}, at, "Anna")]
            )
            site.registry.finish(session, Ended(end=end, reason=reason, metrics={"repetitions": repetitions}))

        def share(from_start: bool = False) -> Share:
            return case_of(site, patient, prescribed, now, from_start).share

        done(Share(20, 20), 5, "asked", now - timedelta(days=1))
        assert share() == Share(20, 20)
        done(Share(20, 20), 8, "spasm", now - timedelta(seconds=3))
        assert (share(), share(from_start=True)) == (Share(12, 20), Share(20, 20))
        done(Share(12, 20), 0, "consent-not-entered", now - timedelta(seconds=2), end="refused")
        assert share() == Share(12, 20)
        done(Share(12, 20), 12, "completed", now - timedelta(seconds=1))
        assert share() == Share(20, 20)
        minutes = site.prescriptions.add(
            patient.pseudonym, repetitions=None, minutes=10.0, prescribed_at=now - timedelta(seconds=1), **what
        )
        cycle_s = load_exercise(plan).cycle.lasts_s
        assert case_of(site, patient, minutes, now, False).share.of == int(600.0 / cycle_s)


def test_a_refusal_is_a_session_with_its_reason_and_what_was_settled_before(tmp_path: Path) -> None:
    with desk(Home(tmp_path / "home")) as site:
        started = Started(plan="p", robot="knee-exo", on="serial", started_at=NOON, patient="P-7F3K9Q", side="left")
        checks: list[Check] = []
        with pytest.raises(CheckFailed), kept_refusal(site, started, checks):
            checks.append(Check("side", "left", NOON, "Anna"))
            raise CheckFailed("calibration-missing", robot="knee-exo")
        with pytest.raises(KeyboardInterrupt), kept_refusal(site, started, []):
            raise KeyboardInterrupt
        given_up, refused = site.registry.list()
        assert [(one.ended and one.ended.end, one.ended and one.ended.reason) for one in (refused, given_up)] == [
            ("refused", "calibration-missing"),
            ("refused", "asked"),
        ]
        assert site.preflights.of(refused.session) == (Check("side", "left", NOON, "Anna"),)
        assert site.preflights.of(given_up.session) == ()
