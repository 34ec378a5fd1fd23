"""careloop sessions note and amend: what is entered once a session has ended."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from careloop.commands.asking import By, Pin, ask, opened, operator
from careloop.commands.output import Json, examples, print_fields, print_json, print_table, say

if TYPE_CHECKING:
    from careloop.messages.language import Words
    from session_records.people.afterwards import Remark
    from session_records.people.checks import Check

Session = Annotated[str, typer.Argument(metavar="ID", help="A session's id (sessions list).")]
Pain = Annotated[int | None, typer.Option("--pain", metavar="0-10", help="Pain: 0 none, 10 the worst imaginable.")]
Borg = Annotated[int | None, typer.Option("--borg", metavar="6-20", help="Exertion on Borg's scale.")]
Note = Annotated[str | None, typer.Option("--note", help="In words; sealed.")]
AskNote = Annotated[bool, typer.Option("--ask-note", help="Ask for the note: it stays out of the shell's history.")]
Because = Annotated[
    str | None,
    typer.Option("--because", metavar="REASON", help="Why it ended: completed, tired, pain, spasm, technical, other."),
]
Adverse = Annotated[
    str | None, typer.Option("--adverse", metavar="mild|moderate|severe", help="An adverse event; needs a note.")
]
Whose = Annotated[str | None, typer.Option("--patient", metavar="PSEUDONYM", help="Whom the session was for.")]
Side = Annotated[str | None, typer.Option("--side", metavar="left|right", help="The side that was treated.")]
What = Annotated[str | None, typer.Option("--prescription", metavar="ID", help="What it was done for; or none.")]
Why = Annotated[str, typer.Option("--why", help="Why it is corrected; sealed.")]

TITLES = {"patient": "column-patient", "side": "column-side", "prescription": "column-prescription"}


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group of sessions."""
    made = "KNEE-20261121-0001"
    group.command(
        "note",
        epilog=examples(
            f"careloop sessions note {made} --pain 2 --borg 12",
            f"careloop sessions note {made} --because tired",
            f"careloop sessions note {made} --adverse mild --ask-note",
        ),
    )(note)
    group.command(
        "amend", epilog=examples(f'careloop sessions amend {made} --patient P-7F3K9Q --side left --why "wrong line"')
    )(amend)


def note(
    context: typer.Context,
    session: Session,
    pain: Pain = None,
    borg: Borg = None,
    words_: Note = None,
    ask_note: AskNote = False,
    adverse: Adverse = None,
    because: Because = None,
    by: By = None,
    pin: Pin = None,
    as_json: Json = False,
) -> None:
    """Enter what was said after a session: why it ended, pain, exertion, a note, an adverse event.

    Nothing is overwritten.
    """
    from careloop.commands.values import now
    from session_records.people.afterwards import Remark

    words = context.obj.words
    with opened(context) as site:
        site.registry.get(session)
        who = operator(words, site, by, pin)
        said = ask(words, "ask-note") if ask_note else words_
        remark = site.afterwards.note(session, Remark(now(), who, pain, borg, adverse, said, because))
    if as_json:
        print_json({"session": session, **_plain(remark)})
    else:
        say(words("noted", session=session))


def amend(
    context: typer.Context,
    session: Session,
    why: Why,
    whose: Whose = None,
    side: Side = None,
    prescription: What = None,
    by: By = None,
    pin: Pin = None,
    as_json: Json = False,
) -> None:
    """Correct the patient, side or prescription of a session. What was there stays beside it, with who and why.

    Another patient or side also takes the session off its prescription, unless one is given.
    """
    from careloop.commands.values import now
    from careloop.day.correcting import correction
    from robot.errors import InputError

    words = context.obj.words
    if not (whose or side or prescription):
        raise InputError("nothing-given", command="careloop sessions amend --help")
    with opened(context) as site:
        became = correction(site, session, whose, side, prescription)
        record = site.afterwards.amend(session, operator(words, site, by, pin), now(), became, why)
    if as_json:
        print_json({"session": session, "was_corrected": became, "started": record.started})
    else:
        say(words("session-amended", session=session))


def told(context: typer.Context, session: str) -> dict[str, Any]:
    """What was checked before a session, said of it and corrected, for programs: without words, which are sealed."""
    with opened(context) as site:
        remarks, amendments = site.afterwards.remarks(session), site.afterwards.amendments(session)
        checks = site.preflights.of(session)
    return {
        "preflight": checks,
        "remarks": [_plain(one) for one in remarks],
        "amendments": [{"at": one.at, "by": one.by, "was": one.was, "became": one.became} for one in amendments],
    }


def _plain(remark: "Remark") -> dict[str, Any]:
    """A remark without its words."""
    return {name: getattr(remark, name) for name in ("at", "by", "pain", "borg", "adverse", "because")}


def print_told(context: typer.Context, session: str) -> None:
    """For whom and by whom a session was, what was checked before it, said of it and corrected; nothing if nobody's."""
    words = context.obj.words
    with opened(context) as site:
        started = site.registry.get(session).started
        remarks, amendments = site.afterwards.remarks(session), site.afterwards.amendments(session)
        checks = site.preflights.of(session)
    if started.patient is None:
        return
    named = {name: getattr(started, name) for name in TITLES}
    print_fields({**_titled(named, words), words("column-operator"): words.shown(started.operator)})
    _print_checks(checks, words)
    _print_remarks(remarks, words)
    if amendments:
        say("")
        corrected = [
            (
                words("at-by", at=one.at, by=one.by),
                _line(one.was, words),
                _line(one.became, words),
                words.shown(one.why),
            )
            for one in amendments
        ]
        titles = ("column-corrected", "column-was", "column-became", "column-why")
        print_table([words(code) for code in titles], corrected)


def _print_checks(checks: "Sequence[Check]", words: "Words") -> None:
    from careloop.commands.preflight import shown, title

    if checks:
        say("")
        rows = [(title(one, words), shown(one, words), one.by or words("by-machine")) for one in checks]
        print_table([words(code) for code in ("column-check", "column-found", "column-by")], rows)


def _print_remarks(remarks: "Sequence[Remark]", words: "Words") -> None:
    if remarks:
        say("")
        rows = [
            (
                words("at-by", at=one.at, by=one.by),
                words(f"because-{one.because}") if one.because else words.shown(None),
                words.shown(one.pain),
                words.shown(one.borg),
                words(f"adverse-{one.adverse}") if one.adverse else words.shown(None),
                words.shown(one.words),
            )
            for one in remarks
        ]
        codes = ("column-noted", "column-because", "column-pain", "column-borg", "column-adverse", "column-note")
        print_table([words(code) for code in codes], rows)


def _titled(values: Mapping[str, str | None], words: "Words") -> dict[str, str]:
    shown = {**values, "side": words(f"side-{values['side']}")} if values.get("side") else values
    return {words(TITLES[name]): words.shown(value) for name, value in shown.items()}


def _line(values: Mapping[str, str | None], words: "Words") -> str:
    return words.listed([f"{title}: {value}" for title, value in _titled(values, words).items()])
