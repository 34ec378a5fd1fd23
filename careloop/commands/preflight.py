"""The pre-flight of a treatment as it is asked: one screen a group, and a line for everything that is settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from careloop.build import Exercise
from careloop.commands.asking import asked
from careloop.commands.output import print_fields, progress
from careloop.commands.values import now
from careloop.day import preflight as rules
from careloop.day.desk import Desk
from careloop.day.dose import Share
from careloop.day.prescribing import check_range
from careloop.day.sheet import settings_in_words
from careloop.messages.language import Words
from robot.errors import CheckFailed, InputError
from session_records.people.checks import Check
from session_records.people.patients import Patient
from session_records.people.prescriptions import Prescription

TAKEN = "✓"

UNITS = {"systolic": "mmhg", "diastolic": "mmhg", "heart-rate": "per-minute", "disk": "megabytes-free"}
"""Items that are a number, and the sentence that gives it its unit."""


@dataclass
class Preflight:
    """A pre-flight that is going on: who does it, what for, and what was settled so far, in `checks`."""

    words: Words
    site: Desk
    operator: str
    checks: list[Check] = field(default_factory=list)

    def confirmed(self, item: str, value: Any = True) -> None:
        """Settle what a person confirmed or entered, and say so."""
        self._settle(Check(item, value, now(), self.operator))

    def measured(self, item: str, value: Any) -> None:
        """Settle what the machine found, and say so."""
        self._settle(Check(item, value, now()))

    def _settle(self, check: Check) -> None:
        self.checks.append(check)
        progress().print(f"{TAKEN} {self.words('mind', field=title(check, self.words), said=shown(check, self.words))}")

    def screen(self, code: str, fields: Mapping[str, str], **values: Any) -> None:
        """A heading, and what belongs under it."""
        console = progress()
        console.print()
        console.rule(self.words(code, **values), align="left")
        if fields:
            print_fields(fields, console)


def check_patient(
    pre: Preflight, patient: Patient, prescribed: Prescription, exercise: Exercise, share: Share, names: bool
) -> None:
    """Whom, which side, how much and what to mind: one screen, confirmed by typing the side that is treated.

    Raises `CheckFailed` for another side than the prescription's, and where there is no consent.
    """
    words, sealed = pre.words, pre.site.patients.words(patient)
    consent = rules.consent_of(patient)
    check_range(exercise, patient, prescribed.side)
    own = {joint: patient.ranges[prescribed.side, joint] for joint in exercise.range_deg}
    fields = {
        **({words("field-name"): words.shown(sealed.get("name"))} if names else {}),
        words("column-exercise"): prescribed.plan,
        words("column-settings"): settings_in_words(prescribed, words) or words("as-planned"),
        words("column-dose"): share_in_words(share, words),
        words("column-side"): words(f"side-{prescribed.side}"),
        words("field-contraindications"): sealed.get("contraindications") or words("none-entered"),
        words("field-limits"): sealed.get("limits") or words("none-entered"),
        words("field-consent"): words.shown(patient.consent),
        **{
            words("field-range", side=words(f"side-{prescribed.side}"), joint=words.joint(joint)): words(
                "range-measured", low=one.low_deg, high=one.high_deg, at=one.at
            )
            for joint, one in own.items()
        },
    }
    pre.screen("screen-patient", fields, patient=patient.pseudonym)
    if share.before:
        progress().print(words("resumes", before=share.before, left=share.repetitions, of=share.of))
    typed = asked(words, "ask-treated-side", rules.read_side)
    pre.confirmed("side", rules.confirmed_side(typed, prescribed.side, prescribed.prescription))
    pre.confirmed("patient", patient.pseudonym)
    pre.confirmed("contraindications")
    pre.confirmed("consent", consent)
    pre.confirmed("range", {joint: [one.low_deg, one.high_deg] for joint, one in own.items()})
    pre.confirmed("dose", {"repetitions": share.repetitions, "of": share.of})


def check_vitals(pre: Preflight) -> None:
    """Blood pressure and heart rate; what is unusual is asked about again, and refuses where that is denied."""
    words = pre.words
    values: dict[str, int] = {}
    pre.screen("screen-vitals", {})
    for vital in rules.VITALS:

        def read(line: str, vital: rules.Vital = vital) -> int:
            value = rules.read_vital(vital, line)
            if vital.name == "diastolic":
                rules.check_pressures(values["systolic"], value)
            return value

        values[vital.name] = asked(words, f"ask-{vital.name}", read)
        pre.confirmed(vital.name, values[vital.name])
    odd = rules.unusual(values)
    for one in odd:
        low, high = one.usual
        progress().print(
            words("vital-unusual", name=words(f"check-{one.name}"), value=values[one.name], low=low, high=high)
        )
    if odd:
        require_yes(words, "ask-unusual", "vitals-not-confirmed")
        pre.confirmed("unusual", [one.name for one in odd])


def check_cuff(pre: Preflight) -> None:
    """The cuff sits, and the axes are aligned. Raises `CheckFailed` where that is denied."""
    pre.screen("screen-cuff", {})
    require_yes(pre.words, "ask-cuff", "cuff-not-confirmed")
    pre.confirmed("cuff")


def require_yes(words: Words, question: str, refusal: str) -> None:
    """An answer that says yes; anything that says no raises `CheckFailed`, and what says neither is asked again."""
    if not asked(words, question, _read_yes):
        raise CheckFailed(refusal)


def _read_yes(line: str) -> bool:
    yes, no = {"y", "yes", "是", "j"}, {"n", "no", "否", "不"}
    if line.lower() not in yes | no:
        raise InputError("yes-or-no", given=line[:20])
    return line.lower() in yes


def share_in_words(share: Share, words: Words) -> str:
    """How much a session does, and of what."""
    if share.before:
        return words("share-rest", repetitions=share.repetitions, of=share.of)
    return words("dose-repetitions", count=share.of)


def title(check: Check, words: Words) -> str:
    """An item of the pre-flight by its name."""
    return words(f"check-{check.item}")


def shown(check: Check, words: Words) -> str:
    """What was found of an item, as a person reads it."""
    value = check.value
    match check.item:
        case "side":
            return words(f"side-{value}")
        case "dose":
            return share_in_words(Share(**value), words)
        case "range":
            ends = [
                words("range-reached", joint=words.joint(name), low=low, high=high)
                for name, (low, high) in value.items()
            ]
            return words.listed(ends)
        case "calibration" if value == rules.EMULATED:
            return words("calibration-emulated")
        case "consent" | "calibration":
            return words.day(date.fromisoformat(value))
        case "camera":
            seen = [words("angle-seen", joint=words.joint(name), angle=angle) for name, angle in value.items()]
            return words("patient-seen", angles=words.listed(seen))
        case "unusual":
            return words.listed([words(f"check-{name}") for name in value])
        case "bus":
            return words("drives-answer", count=value)
        case "temperature" | "voltage":
            code = "celsius" if check.item == "temperature" else "volts"
            return words.listed([words(code, value=one) for one in value])
        case "proof":
            return str(value)[:12]
        case item if item in UNITS:
            return words(UNITS[item], value=value)
    return words("confirmed") if value is True else words.shown(value)
