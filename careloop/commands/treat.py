"""careloop treat: a patient's prescribed session, from who and whom to what is said afterwards."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.asking import By, Names, Pin, opened, operator
from careloop.commands.output import Json, examples, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careloop.commands.preflight import Preflight
    from careloop.day.desk import Desk
    from careloop.messages.language import Words
    from careloop.session.run import Outcome
    from session_records.people.prescriptions import Prescription

Pseudonym = Annotated[str, typer.Argument(metavar="PSEUDONYM", help="A patient's pseudonym (patients list).")]
On = Annotated[
    str, typer.Option("--on", envvar="CARELOOP_ON", metavar="serial:PORT", help="The motors' port, as run takes it.")
]
StopInput = Annotated[
    str | None,
    typer.Option(
        "--stop-input", envvar="CARELOOP_STOP_INPUT", metavar="PORT", help="The emergency stop's digital input."
    ),
]
Which = Annotated[
    str | None, typer.Option("--prescription", metavar="ID", help="Which one; else the one that holds, or asked for.")
]
FromStart = Annotated[
    bool, typer.Option("--from-start", help="Do the whole dose, also where a session was interrupted today.")
]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    made = "careloop treat P-7F3K9Q --on serial:/dev/ttyUSB0 --stop-input /dev/ttyUSB1"
    app.command("treat", epilog=examples(made, "careloop --lang zh treat P-7F3K9Q --from-start"))(treat)


def treat(
    context: typer.Context,
    pseudonym: Pseudonym,
    on: On,
    stop_input: StopInput = None,
    which: Which = None,
    from_start: FromStart = False,
    names: Names = False,
    by: By = None,
    pin: Pin = None,
    as_json: Json = False,
) -> int:
    """Treat a patient as prescribed: pre-flight, start test of the stops, a slow trial, the exercise, afterwards.

    Whatever must be confirmed or measured before it is asked for, a screen at a time, and recorded; without it there is
    no session. Space stops, p pauses; closing the terminal stops softly. Never tried on a real motor.
    """
    from careloop.commands.closing import ask_afterwards
    from careloop.commands.preflight import Preflight
    from careloop.commands.treating import pre_flight, run_case
    from careloop.commands.values import now
    from careloop.day.treating import case_of, held
    from robot.errors import InputError

    words = context.obj.words
    if not on.startswith("serial:"):
        raise InputError("treat-needs-motors", field="--on", given=on)
    if stop_input is None:
        raise InputError("treat-needs-stop", field="--stop-input")
    with _hangups_interrupt(), opened(context) as site:
        patient = site.patients.get(pseudonym)
        prescribed = held(site, patient, which, now())
        pre = Preflight(words, site, operator(words, site, by, pin))
        case = case_of(site, patient, _chosen(pre, prescribed), now(), from_start)
        target = pre_flight(pre, case, context.obj.home, on, stop_input, names)
        outcome, gone = run_case(pre, case, context.obj.home, target)
        if not gone:
            ask_afterwards(words, site, outcome.record.session, pre.operator)
        _print(site, outcome, words, as_json)
    return outcome.status


def _chosen(pre: "Preflight", prescribed: "Sequence[Prescription]") -> "Prescription":
    """The only one, or the one that is chosen by its number."""
    from careloop.commands.asking import asked, read_number
    from careloop.day.sheet import dose_in_words

    words = pre.words
    if len(prescribed) == 1:
        return prescribed[0]
    lines = {
        f"{number} {one.prescription}": words.listed([one.plan, words(f"side-{one.side}"), dose_in_words(one, words)])
        for number, one in enumerate(prescribed, 1)
    }
    pre.screen("screen-prescriptions", lines, patient=prescribed[0].patient)
    return prescribed[asked(words, "ask-prescription", lambda line: read_number(line, (1, len(prescribed)))) - 1]


@contextmanager
def _hangups_interrupt() -> Iterator[None]:
    """The end of the terminal or of the process is taken as Ctrl-C is, so that what has begun is closed."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(site: "Desk", outcome: "Outcome", words: "Words", as_json: bool) -> None:
    """How it ended, and what was reached."""
    from careloop.commands.patient_tables import print_visits
    from careloop.day.progress import visit

    seen = visit(site, outcome.record)
    if as_json:
        print_json({"visit": seen, "folder": outcome.folder, "notices": outcome.end.notices})
        return
    say(words("mind", field=outcome.record.session, said=words(outcome.end.reason)))
    print_visits((seen,), words)
