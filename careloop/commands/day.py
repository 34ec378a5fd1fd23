"""careloop day: the day sheet."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.asking import Names, opened
from careloop.commands.output import Json, examples, print_json, print_table, say

if TYPE_CHECKING:
    import datetime

    from careloop.day.sheet import Sheet
    from careloop.messages.language import Words

Day = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Another day than today.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also as a page that prints on A4.")]

COLUMNS = (
    "column-prescription",
    "column-exercise",
    "column-side",
    "column-dose",
    "column-today",
    "column-week",
    "column-missing",
)


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("day", epilog=examples("careloop day", "careloop day --date 2026-11-23 --html day.html"))(day)


def day(
    context: typer.Context, date: Day = None, html: Html = None, names: Names = False, as_json: Json = False
) -> None:
    """Show the day sheet: what is prescribed, what was done of it, and what is missing.

    Names are shown on the screen alone, with --names; the page has pseudonyms and room for writing.
    """
    from careloop.day.sheet import day_sheet

    words = context.obj.words
    with opened(context) as site:
        sheet = day_sheet(site, _chosen(date))
        who = {one.patient.pseudonym: site.patients.words(one.patient).get("name") for one in sheet.lines if names}
    if html is not None:
        _write(html, sheet, words)
    if as_json:
        print_json({"day": sheet.day, "lines": sheet.lines, "others": sheet.others, "page": html})
        return
    _print(sheet, words, who if names else None)
    if html is not None:
        say(str(html))


def _print(sheet: "Sheet", words: "Words", names: dict[str, str | None] | None) -> None:
    from careloop.day.sheet import line_in_words

    say(words("sheet-heading", day=words.weekday(sheet.day)))
    if sheet.lines:
        rows = [
            (
                *(() if names is None else (words.shown(names[line.patient.pseudonym]),)),
                *line_in_words(line, words).values(),
            )
            for line in sheet.lines
        ]
        codes = (*(() if names is None else ("column-name",)), *COLUMNS)
        print_table([words(code) for code in codes], rows)
    else:
        say(words("sheet-empty"))
    if sheet.others:
        say("")
        say(words("sheet-others"))
        rows = [(whose, one.session, one.plan, words(one.reason or "visit-runs")) for whose, one in sheet.others]
        print_table(
            [words(code) for code in ("column-patient", "column-session", "column-exercise", "column-ended")], rows
        )


def _write(path: Path, sheet: "Sheet", words: "Words") -> None:
    from careloop.day.sheet import html_sheet
    from robot.errors import DeviceError

    try:
        path.write_text(html_sheet(sheet, words), encoding="utf-8")
    except OSError as problem:
        raise DeviceError("page-not-written", file=path, reason=problem.strerror or str(problem)) from problem


def _chosen(given: str | None) -> "datetime.date":
    import datetime

    from careloop.commands.values import now
    from robot.errors import InputError

    if given is None:
        return now().date()
    try:
        return datetime.date.fromisoformat(given)
    except ValueError as problem:
        raise InputError("day-not-read", field="--date") from problem
