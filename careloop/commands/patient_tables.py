"""A patient and their progress as tables."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from careloop.commands.output import print_fields, print_records, print_table, say
from careloop.day.desk import Desk
from careloop.day.progress import Visit
from careloop.day.sheet import done_in_words, dose_in_words, settings_in_words
from careloop.messages.language import Words
from session_records.people.fields import DAYS, IDENTITY, SEALED, WORDS, joint_of
from session_records.people.patients import Entry, Patient
from session_records.people.prescriptions import Prescription

UNITS = {"height_m": "metres", "mass_kg": "kilograms"}


def print_patient(
    site: Desk, patient: Patient, seen: Sequence[Visit], words: Words, names: bool, history: bool
) -> None:
    """Everything of a patient; who it is only with `names`."""
    sealed = site.patients.words(patient)
    shown = [*(IDENTITY if names else ()), *WORDS]
    print_fields(
        {
            words("column-patient"): patient.pseudonym,
            **({words("patient-is-erased"): words.shown(patient.erased_at)} if patient.erased_at else {}),
            **{words(f"field-{field.replace('_', '-')}"): _shown(field, sealed.get(field), words) for field in shown},
            words("column-side"): words(f"side-{patient.side}"),
            words("field-height-m"): words("metres", value=patient.height_m),
            words("field-mass-kg"): words("kilograms", value=patient.mass_kg),
            words("field-consent"): words.shown(patient.consent) if patient.consent else words("consent-missing"),
            **{
                words("field-range", side=words(f"side-{side}"), joint=words.joint(joint)): words(
                    "range-measured", low=one.low_deg, high=one.high_deg, at=one.at
                )
                for (side, joint), one in patient.ranges.items()
            },
        }
    )
    _print_prescriptions(site, patient, words)
    print_visits(seen, words)
    if history:
        _print_history(site.patients.history(patient), words, names)


def print_visits(seen: Sequence[Visit], words: Words) -> None:
    """Progress, a line for each session."""
    say("")
    if not seen:
        say(words("sessions-none"))
        return
    codes = (
        "column-session",
        "column-started",
        "column-exercise",
        "column-side",
        "column-reached",
        "column-repetitions",
        "column-minutes",
        "column-assistance",
        "column-effort",
        "column-ended",
        "column-pain",
        "column-borg",
        "column-adverse",
    )
    rows = [
        (
            one.session,
            words.moment(one.started_at),
            one.plan,
            words(f"side-{one.side}") if one.side else words.shown(None),
            words.listed([_reached(joint, ends, words) for joint, ends in one.reached_deg.items()]),
            done_in_words(one, words),
            words.shown(None if one.minutes is None else round(one.minutes, 1)),
            words.shown(None) if one.assistance is None else words("percent", value=round(100.0 * one.assistance)),
            words.listed([words("newton-metres", value=round(value, 1)) for value in one.effort_Nm.values()])
            or words.shown(None),
            words(f"because-{one.because}") if one.because else words(one.reason or "visit-runs"),
            words.shown(one.pain),
            words.shown(one.borg),
            words.listed([words(f"adverse-{severity}") for severity in one.adverse]) or words.shown(None),
        )
        for one in seen
    ]
    print_records([words(code) for code in codes], rows)


def _reached(joint: str, ends: tuple[float, float], words: Words) -> str:
    return words("range-reached", joint=words.joint(joint), low=round(ends[0]), high=round(ends[1]))


def _print_prescriptions(site: Desk, patient: Patient, words: Words) -> None:
    prescribed = site.prescriptions.list(patient.pseudonym)
    if not prescribed:
        return
    say("")
    print_prescriptions(prescribed, words)


def print_prescriptions(prescribed: Sequence[Prescription], words: Words) -> None:
    """Prescriptions, a line each."""
    codes = (
        "column-prescription",
        "column-exercise",
        "column-side",
        "column-settings",
        "column-dose",
        "column-per-week",
        "column-prescribed",
        "column-until",
    )
    rows = [
        (
            one.prescription,
            one.plan,
            words(f"side-{one.side}"),
            settings_in_words(one, words) or words.shown(None),
            dose_in_words(one, words),
            one.per_week,
            words("at-by", at=one.prescribed_at, by=one.prescribed_by),
            words("at-by", at=one.ended_at, by=one.ended_by) if one.ended_at else words.shown(None),
        )
        for one in prescribed
    ]
    print_records([words(code) for code in codes], rows)


def _print_history(entries: Sequence[Entry], words: Words, names: bool) -> None:
    say("")
    rows = [
        (words.moment(one.at), one.by, _field(one.field, words), _value(one, words))
        for one in entries
        if names or one.field not in IDENTITY
    ]
    print_table([words(code) for code in ("column-when", "column-by", "column-field", "column-entered")], rows)


def _field(field: str, words: Words) -> str:
    place = joint_of(field)
    if place is not None:
        return words("field-range", side=words(f"side-{place[0]}"), joint=words.joint(place[1]))
    return words(f"field-{field.replace('_', '-')}")


def _shown(field: str, value: Any, words: Words) -> str:
    if field in UNITS:
        return words(UNITS[field], value=value)
    return words.shown(date.fromisoformat(value) if value and field in DAYS else value)


def _value(entry: Entry, words: Words) -> str:
    if entry.field in SEALED and entry.value is None:
        return words("patient-is-erased")
    if entry.field == "side":
        return words(f"side-{entry.value}")
    if isinstance(entry.value, list):
        return words("degrees-between", low=entry.value[0], high=entry.value[1])
    return _shown(entry.field, entry.value, words)
