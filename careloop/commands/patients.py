"""careloop patients: whom sessions are for. Who they are is sealed, and shown only with --names."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from careloop.commands.asking import By, Names, Pin, ask, opened, operator
from careloop.commands.output import Json, examples, print_json, print_table, say

if TYPE_CHECKING:
    from careloop.day.desk import Desk
    from session_records.people.patients import Patient

Pseudonym = Annotated[str, typer.Argument(metavar="PSEUDONYM", help="A patient's pseudonym (patients list).")]
Name = Annotated[str | None, typer.Option("--name", help="Family and given name; sealed.")]
Born = Annotated[str | None, typer.Option("--born", metavar="YYYY-MM-DD", help="Day of birth; sealed.")]
RecordNumber = Annotated[str | None, typer.Option("--record-number", help="Number of the health record; sealed.")]
Contact = Annotated[str | None, typer.Option("--contact", help="How to reach them; sealed.")]
Diagnosis = Annotated[str | None, typer.Option("--diagnosis", help="In words; sealed.")]
Limits = Annotated[str | None, typer.Option("--limits", help="What to go easy on, in words; sealed.")]
Against = Annotated[str | None, typer.Option("--contraindications", help="What must not be done, in words; sealed.")]
Side = Annotated[str | None, typer.Option("--side", metavar="left|right|both", help="The affected side.")]
Height = Annotated[float | None, typer.Option("--height", metavar="M", help="Height in m.")]
Mass = Annotated[float | None, typer.Option("--mass", metavar="KG", help="Body mass in kg.")]
Range = Annotated[
    list[str] | None,
    typer.Option("--range", metavar="[SIDE.]JOINT=LOW:HIGH", help="Pain-free range in degrees, as knee=10:80."),
]
Consent = Annotated[
    str | None, typer.Option("--consent", metavar="YYYY-MM-DD|today", help="When the consent was read and signed.")
]
Ask = Annotated[list[str] | None, typer.Option("--ask", metavar="FIELD", help="Ask for a field, as for name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]
History = Annotated[bool, typer.Option("--history", help="Show what was entered before, when and by whom.")]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE", help="Draw progress: .png or .svg.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    made = "careloop patients show P-7F3K9Q"
    group.command("add", epilog=examples("careloop patients add", "careloop patients add --side left --height 1.71"))(
        add
    )
    group.command("list", epilog=examples("careloop patients list", "careloop patients list --names"))(list_patients)
    group.command("show", epilog=examples(made, f"{made} --names --history", f"{made} --picture progress.png"))(show)
    group.command(
        "amend",
        epilog=examples(
            "careloop patients amend P-7F3K9Q --range knee=10:85 --consent today",
            "careloop patients amend P-7F3K9Q --ask name",
        ),
    )(amend)
    group.command("erase", epilog=examples("careloop patients erase P-7F3K9Q"))(erase)
    app.add_typer(
        group,
        name="patients",
        help="Patients: add, list, show, amend or erase one.",
        epilog=examples("careloop patients add", "careloop patients list"),
    )


def add(
    context: typer.Context,
    name: Name = None,
    born: Born = None,
    record_number: RecordNumber = None,
    contact: Contact = None,
    side: Side = None,
    diagnosis: Diagnosis = None,
    height: Height = None,
    mass: Mass = None,
    limits: Limits = None,
    contraindications: Against = None,
    ranges: Range = None,
    consent: Consent = None,
    by: By = None,
    pin: Pin = None,
    as_json: Json = False,
) -> None:
    """Add a patient under a new pseudonym. What is not given is asked for, and so stays out of the shell's history.

    Who it is, and what is written about them, is encrypted under a key of this patient. A script that asks for nothing
    gives at least name, side, height and mass.
    """
    from careloop.commands.patient_fields import ask_missing, entries
    from careloop.commands.values import now

    words = context.obj.words
    given = entries(
        name=name,
        born=born,
        record_number=record_number,
        contact=contact,
        side=side,
        diagnosis=diagnosis,
        height_m=height,
        mass_kg=mass,
        limits=limits,
        contraindications=contraindications,
        consent=consent,
    )
    with opened(context) as site:
        who = operator(words, site, by, pin)
        patient = site.patients.add(who, now(), ask_missing(words, given, ranges))
    if as_json:
        print_json(_plain(patient))
    else:
        say(words("patient-added", patient=patient.pseudonym))


def list_patients(context: typer.Context, names: Names = False, as_json: Json = False) -> None:
    """List the patients by their pseudonyms; with --names also who they are."""

    words = context.obj.words
    with opened(context) as site:
        patients = site.patients.list()
        who = {one.pseudonym: site.patients.words(one).get("name") for one in patients if names}
        last = {one.pseudonym: next(iter(site.registry.list(1, patient=one.pseudonym)), None) for one in patients}
    if as_json:
        print_json([_plain(one) | ({"name": who[one.pseudonym]} if names else {}) for one in patients])
        return
    if not patients:
        say(words("patients-none"))
        return
    codes = ("column-patient", *(("column-name",) if names else ()), "column-side", "column-consent", "column-last")
    rows = [
        (
            one.pseudonym,
            *((words.shown(who[one.pseudonym]),) if names else ()),
            words("patient-is-erased") if one.erased_at else words(f"side-{one.side}"),
            words.shown(one.consent),
            words.shown(seen.started.started_at if (seen := last[one.pseudonym]) else None),
        )
        for one in patients
    ]
    print_table([words(code) for code in codes], rows)


def show(
    context: typer.Context,
    pseudonym: Pseudonym,
    names: Names = False,
    history: History = False,
    picture: Picture = None,
    as_json: Json = False,
) -> None:
    """Show a patient: what to mind, what is prescribed, and progress over the sessions."""
    from careloop.day.progress import visits

    words = context.obj.words
    with opened(context) as site:
        patient = site.patients.get(pseudonym)
        seen = visits(site, patient.pseudonym)
        if picture is not None:
            from careloop.day.picture import save_progress

            save_progress(picture, patient.pseudonym, seen, words)
        if as_json:
            print_json(_in_json(site, patient, names, history) | {"sessions": seen, "picture": picture})
            return
        from careloop.commands.patient_tables import print_patient

        print_patient(site, patient, seen, words, names, history)
    if picture is not None:
        say(str(picture))


def amend(
    context: typer.Context,
    pseudonym: Pseudonym,
    name: Name = None,
    born: Born = None,
    record_number: RecordNumber = None,
    contact: Contact = None,
    side: Side = None,
    diagnosis: Diagnosis = None,
    height: Height = None,
    mass: Mass = None,
    limits: Limits = None,
    contraindications: Against = None,
    ranges: Range = None,
    consent: Consent = None,
    ask_for: Ask = None,
    by: By = None,
    pin: Pin = None,
    as_json: Json = False,
) -> None:
    """Enter something anew: today's range, a consent, a name that was misspelt. What was there stays in the history."""
    from careloop.commands.patient_fields import answers, entries, range_entries
    from careloop.commands.values import now
    from robot.errors import InputError

    words = context.obj.words
    given = entries(
        name=name,
        born=born,
        record_number=record_number,
        contact=contact,
        side=side,
        diagnosis=diagnosis,
        height_m=height,
        mass_kg=mass,
        limits=limits,
        contraindications=contraindications,
        consent=consent,
    )
    if not given and not ranges and not ask_for:
        raise InputError("nothing-given", command="careloop patients amend --help")
    with opened(context) as site:
        before = site.patients.get(pseudonym)
        who = operator(words, site, by, pin)
        given |= answers(words, ask_for or [])
        given |= range_entries(ranges or [], given.get("side", before.side))
        patient = site.patients.amend(before.pseudonym, who, now(), given)
    if as_json:
        print_json(_plain(patient))
    else:
        say(words("patient-amended", patient=patient.pseudonym))


def erase(
    context: typer.Context,
    pseudonym: Pseudonym,
    yes: Yes = False,
    by: By = None,
    pin: Pin = None,
    as_json: Json = False,
) -> None:
    """Erase who a patient is, for good: their key is destroyed. Their sessions stay, under the pseudonym alone.

    Copies of the keys folder that were made elsewhere must be destroyed there.
    """
    from careloop.commands.values import now
    from robot.errors import InputError

    words = context.obj.words
    with opened(context) as site:
        patient = site.patients.get(pseudonym)
        who = operator(words, site, by, pin)
        if not yes:
            say(words("erase-warning", patient=patient.pseudonym))
            if ask(words, "ask-erase").upper() != patient.pseudonym:
                raise InputError("erase-not-confirmed", patient=patient.pseudonym)
        patient = site.patients.erase(patient.pseudonym, who, now())
    if as_json:
        print_json(_plain(patient))
    else:
        say(words("patient-was-erased", patient=patient.pseudonym))


def _plain(patient: "Patient") -> dict[str, Any]:
    """A patient without anything that is sealed."""
    return {
        "pseudonym": patient.pseudonym,
        "added_at": patient.added_at,
        "erased_at": patient.erased_at,
        "side": patient.side,
        "height_m": patient.height_m,
        "mass_kg": patient.mass_kg,
        "consent": patient.consent,
        "ranges_deg": [
            {"side": side, "joint": joint, "low": one.low_deg, "high": one.high_deg, "at": one.at}
            for (side, joint), one in patient.ranges.items()
        ],
    }


def _in_json(site: "Desk", patient: "Patient", names: bool, history: bool) -> dict[str, Any]:
    from session_records.people.fields import SEALED

    told = _plain(patient) | {"prescriptions": site.prescriptions.list(patient.pseudonym)}
    if names:
        told["sealed"] = site.patients.words(patient)
    if history:
        told["history"] = [one for one in site.patients.history(patient) if names or one.field not in SEALED]
    return told
