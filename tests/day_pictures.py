"""Pictures of a day: `python -m tests.day_pictures` draws them into docs/pictures, with patients that were made up."""

import io
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from rich.console import Console

from careloop.build import load_exercise
from careloop.commands import preflight
from careloop.day.desk import desk
from careloop.day.dose import Share
from careloop.day.picture import save_progress
from careloop.day.progress import Visit
from careloop.messages.language import Words
from careloop.settings import Home
from tests.pictures import PICTURES

BEGIN = datetime(2026, 11, 2, 10).astimezone()
ENTRIES = {
    "name": "n",
    "side": "left",
    "height_m": 1.71,
    "mass_kg": 64.0,
    "consent": "2026-10-30",
    "range_deg.left.knee": (10.0, 80.0),
    "limits": "sore patella",
}


def visit(number: int) -> Visit:
    """The fifth session was interrupted, the sixth went on with it."""
    part, rest = number == 4, number == 5
    share = Share(12, 20) if rest else Share(20, 20)
    return Visit(
        session=f"KNEE-{number}",
        started_at=BEGIN + timedelta(days=2 * number - rest * 2),
        plan="knee-walking",
        side="left",
        operator="Anna",
        prescription="P-7F3K9Q-1",
        end="stopped",
        reason="asked" if part else "completed",
        minutes=0.06 * share.repetitions,
        reached_deg={"knee": (22.0 - 0.4 * number, 55.0 + 1.2 * number)},
        repetitions=8 if part else share.repetitions,
        share=share,
        assistance=max(0.5, 0.9 - 0.05 * number),
        effort_Nm={"knee": -0.4 + 0.3 * number},
        because="tired" if part else None,
        pain=max(1, 4 - number // 2) + 3 * part,
        borg=14 - number // 3,
        adverse=(),
    )


def pre_flight(file: Path, words: Words) -> None:
    """The screens before a session, as they are answered."""
    console = Console(record=True, width=110, file=io.StringIO(), highlight=False, markup=False)

    def answered(_: Words, code: str, read: object) -> object:
        line = {"ask-treated-side": "l", "ask-cuff": "y", "ask-systolic": "128", "ask-diastolic": "82"}.get(code, "71")
        console.print(f"{words(code)} {line}")
        return read(line)  # type: ignore[operator]

    def fields(values: dict[str, object], _: Console) -> None:
        for name, value in values.items():
            console.print(f"{name:<30}{value}")

    with tempfile.TemporaryDirectory() as folder, desk(Home(Path(folder))) as site:
        patient = site.patients.add("Anna", BEGIN, ENTRIES)
        what = {"side": "left", "changes": {}, "repetitions": 20, "minutes": None, "per_week": 3}
        prescribed = site.prescriptions.add(
            patient.pseudonym, plan="knee-walking", prescribed_at=BEGIN, prescribed_by="Anna", **what
        )
        pre = preflight.Preflight(words, site, "Anna")
        with patch.multiple(preflight, progress=lambda: console, asked=answered, print_fields=fields):
            preflight.check_patient(pre, patient, prescribed, load_exercise("knee-walking"), Share(12, 20), names=False)
            preflight.check_vitals(pre)
            preflight.check_cuff(pre)
    drawn = console.export_svg(title="careloop treat", unique_id="pre-flight")
    file.write_text(drawn.replace(patient.pseudonym, "P-7F3K9Q"), encoding="utf-8")


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    save_progress(PICTURES / "progress.svg", "P-7F3K9Q", [visit(number) for number in range(10)], Words())
    pre_flight(PICTURES / "pre-flight.svg", Words())
