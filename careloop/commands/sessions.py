"""careloop sessions: the sessions of this site: list, show, export, replay; and steer the one that runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands import afterwards, steering
from careloop.commands.output import Json, examples, plain, print_fields, print_json, print_table, progress, say

if TYPE_CHECKING:
    from careloop.messages.language import Words
    from careloop.session.replay import Recorded, Replay
    from session_records.store import Registry, SessionRecord

COLUMNS = (
    *("column-session", "column-patient", "column-started", "column-plan"),
    *("column-on", "column-ended", "column-seconds", "column-encoder-rms"),
)

Session = Annotated[str, typer.Argument(metavar="ID", help="A session's id (sessions list).")]
To = Annotated[str, typer.Option("--to", metavar="FORMAT", help="The format: csv.")]
Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Where to; by default beside the trace.")]
Most = Annotated[int, typer.Option("--most", min=1, max=100000, help="The newest so many.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("list", epilog=examples("careloop sessions list"))(list_sessions)
    group.command("show", epilog=examples("careloop sessions show KNEE-20261121-0001"))(show)
    group.command("export", epilog=examples("careloop sessions export KNEE-20261121-0001 --to csv"))(export)
    group.command("replay", epilog=examples("careloop sessions replay KNEE-20261121-0001"))(replay)
    steering.add_to(group)
    afterwards.add_to(group)
    app.add_typer(
        group,
        name="sessions",
        help="Sessions: list them; show, export or replay one; steer the one that runs.",
        epilog=examples("careloop sessions list"),
    )


def list_sessions(context: typer.Context, most: Most = 50, as_json: Json = False) -> None:
    """List the sessions, newest first. A session whose process was killed is closed from what it left."""
    with _registry(context) as registry:
        _recover(registry)
        records = registry.list(most)
    if as_json:
        print_json(records)
        return
    words = context.obj.words
    if not records:
        say(words("sessions-none-yet"))
        return
    print_table(
        [words(code) for code in COLUMNS],
        [
            (
                one.session,
                words.shown(one.started.patient),
                words.moment(one.started.started_at),
                one.started.plan,
                one.started.on,
                _ended(one, words),
                _metric(one, "duration_s"),
                _metric(one, "encoder_rms_deg"),
            )
            for one in records
        ],
    )


def show(context: typer.Context, session: Session, as_json: Json = False) -> None:
    """Show one session: who, what, how it ended, its figures, where trace and report are, and what happened when."""
    from careloop.messages import sentence
    from careloop.session.summary import in_words, summary
    from session_records.events import read_events

    with _registry(context) as registry:
        _recover(registry)
        record, folder = registry.get(session), registry.folder(session)
    if as_json:
        facts = {"started": record.started, "ended": record.ended, "events": read_events(folder)}
        print_json({**summary(record, folder), **facts, **afterwards.told(context, session)})
        return
    started, words = record.started, context.obj.words
    size = words("metres", value=started.height_m), words("kilograms", value=started.mass_kg)
    reason = [] if record.ended is None else [sentence(record.ended.reason, {}, words.language)]
    print_fields(
        {
            words("column-session"): record.session,
            words("column-plan"): words.listed([started.plan, started.robot, started.on]),
            words("column-started"): words.moment(started.started_at),
            words("column-person"): words.listed(size),
            words("column-proof"): words("proof-not-needed")
            if started.on == "sim"
            else words.shown(started.proof_hash),
            words("column-ended"): words.listed([_ended(record, words), *reason]),
        }
    )
    if record.ended is not None and record.ended.metrics:
        print_fields(in_words(summary(record, folder), words))
    afterwards.print_told(context, session)
    events = read_events(folder)
    if events:
        titles = [words("column-seconds"), words("column-event")]
        print_table(titles, [(one.time_s, sentence(one.code, one.values, words.language)) for one in events])


def export(context: typer.Context, session: Session, to: To, output: Output = None) -> None:
    """Write a session's trace in another format; every column's name ends with its unit."""
    from robot.errors import CheckFailed, InputError
    from session_records.export import FORMATS

    if to not in FORMATS:
        raise InputError("format-unknown", field="--to", given=to, known=", ".join(FORMATS))
    with _registry(context) as registry:
        _recover(registry)
        record, folder = registry.get(session), registry.folder(session)
        if record.ended is None or record.ended.trace is None:
            raise CheckFailed("session-without-trace", session=session)
        target = output or folder / f"{session}.{to}"
        with progress().status(f"writing {target}"):
            FORMATS[to](registry.home / record.ended.trace, target)
    say(str(target))


def replay(context: typer.Context, session: Session, as_json: Json = False) -> int:
    """Compute a session again from its record, and compare: every output of law and guard in every tick.

    Bit for bit where the mathematical library is the one that ran, within 1e-12 elsewhere. Status 1 where a number
    differs, or where law or guard are no longer the ones that ran.
    """
    from careloop.session.replay import recorded_session

    with _registry(context) as registry:
        _recover(registry)
        with progress().status(f"building what ran in {session}"):
            recorded = recorded_session(registry, session)
    done = _replay_with_bar(recorded)
    if as_json:
        libm = {"recorded": recorded.then.libm, "here": recorded.here.libm}
        compiler = {"recorded": recorded.then.built_by, "here": recorded.here.built_by}
        print_json(
            {"session": session, "same": done.difference is None, **plain(done), "missing": recorded.missing}
            | {"libm": libm, "compiler": compiler}
        )
    else:
        print_fields({"session": session, **_replay_in_words(recorded, done)})
    return 0 if done.difference is None else 1


def _replay_with_bar(recorded: "Recorded") -> "Replay":
    from rich.progress import Progress

    from careloop.session.replay import replay as compute_again

    with Progress(console=progress()) as bar:
        task = bar.add_task(f"{recorded.rows} ticks", total=recorded.rows)
        return compute_again(recorded, lambda rows: bar.advance(task, rows))


def _replay_in_words(recorded: "Recorded", done: "Replay") -> dict[str, str]:
    missing = f"; {recorded.missing} are missing from the record" if recorded.missing else ""
    how = (
        "bit for bit: the mathematical library answers as it did then"
        if done.exact
        else f"within 1e-12: the mathematical library is another one; largest deviation {done.largest:.1e}"
    )
    first = done.difference
    result = (
        "the same in every tick"
        if first is None
        else f"differs first in tick {first.tick} ({first.time_s:.3f} s), {first.column}: "
        f"recorded {first.recorded!r}, replayed {first.replayed!r}"
    )
    return {"compared": f"{done.rows} ticks of {done.columns} numbers{missing}", "how": how, "result": result}


def _registry(context: typer.Context) -> "Registry":
    from session_records.store import Registry

    return Registry.open(context.obj.home.prepare().root)


def _recover(registry: "Registry") -> None:
    """Close every session whose processes died, from its ring and journal; remove what a kill left of others."""
    from session_records.leftovers import discard_leftovers

    discard_leftovers(registry)
    unfinished = registry.unfinished()
    if not unfinished:
        return
    from careloop.session.recovery import recover_all

    recover_all(registry, unfinished, lambda line: progress().print(line))


def _ended(record: "SessionRecord", words: "Words") -> str:
    return words("visit-runs" if record.ended is None else f"ended-{record.ended.end}")


def _metric(record: "SessionRecord", name: str) -> str:
    value = ((record.ended.metrics if record.ended else None) or {}).get(name)
    return "–" if value is None else f"{value:.1f}"
