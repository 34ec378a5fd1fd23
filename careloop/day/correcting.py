"""What a correction of a session may say: patient, side and prescription must belong together."""

from careloop.day.desk import Desk
from robot.errors import CheckFailed, InputError

NONE = "none"
"""Given for a prescription: the session belongs to none."""


def correction(
    site: Desk, session: str, patient: str | None, side: str | None, prescription: str | None
) -> dict[str, str | None]:
    """The fields as they become. Raises `InputError` where they do not belong together.

    A prescription brings its patient and side. Where patient or side change and none is given, there is none.
    """
    started = site.registry.get(session).started
    prescribed = site.prescriptions.get(prescription) if prescription not in (None, NONE) else None
    named = patient or (prescribed.patient if prescribed else started.patient)
    if named is None:
        raise CheckFailed("session-without-patient", session=session)
    whose = site.patients.get(named)
    if whose.erased_at is not None:
        raise CheckFailed("patient-erased", patient=whose.pseudonym)
    sides = whose.sides
    only = sides[0] if len(sides) == 1 else None
    chosen = side or (prescribed.side if prescribed else started.side if started.side in sides else only)
    if chosen not in sides:
        raise InputError("side-not-affected", field="--side", given=chosen, affected=", ".join(sides))
    if prescribed is not None and (prescribed.patient, prescribed.side) != (whose.pseudonym, chosen):
        raise InputError("prescription-of-another", field="--prescription", given=prescribed.prescription)
    kept = (whose.pseudonym, chosen) == (started.patient, started.side) and prescription != NONE
    unnamed = started.prescription if kept else None
    became = {
        "patient": whose.pseudonym,
        "side": chosen,
        "prescription": prescribed.prescription if prescribed else unnamed,
    }
    return {name: value for name, value in became.items() if value != getattr(started, name)}
