"""Every shipped plan tried with a hundred sampled patients: `python -m docs.validation [PLAN ...]` writes the page.

The figures are kept in `validation.json`, an entry for each plan, written after every trial: a run that is interrupted
keeps what it has, and plans can be measured one by one.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, nan, sqrt
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from careloop.build import Exercise, load_exercise, shipped_plans
from robot.contact_limits import contact_limits
from robot.plan import Plan
from robot.proof import sha256_of
from sim_models.tasks.parts import TEETH
from sim_models.trials.cases import sampled_cases
from sim_models.trials.gates import Result, interaction_gate
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.runner import run_trials
from sim_models.trials.sample import causes, shares
from sim_models.virtual_patient.profile import shipped_profiles

FOLDER = Path(__file__).parent
PATIENTS, SEED = 100, 1
"""How many are tried, and the seed that `careloop validate` takes unless told otherwise."""

WANTED = 90
"""So many of a hundred a plan has to serve."""

Figures = Mapping[str, Any]


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PLAN]...", help="Shipped plans; all of them.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes at once; one for each core by default.")] = None,
) -> None:
    """Try shipped plans with sampled patients and write the page: `python -m docs.validation care-meal`."""
    asked = names or list(shipped_plans())
    unknown = [name for name in asked if name not in shipped_plans()]
    if unknown:
        print(f"no plan is named {', '.join(unknown)}; there are {', '.join(shipped_plans())}", file=sys.stderr)
        raise typer.Exit(2)
    with Progress(console=Console(stderr=True)) as bar:
        for name in asked:
            measure(name, jobs, bar)
    print(FOLDER / "validation.md")


def measure(name: str, jobs: int | None, bar: Progress, folder: Path = FOLDER) -> None:
    """Try a plan with its patients, and write what is known after each of them."""
    exercise, tried = load_exercise(name), list[Result]()
    task = bar.add_task(name, total=PATIENTS)

    def keep(result: Result) -> None:
        tried.append(result)
        write({**kept(folder), name: figures_of(exercise, tried)}, folder)
        bar.advance(task)

    cases = sampled_cases(exercise.plan, shipped_profiles(), PATIENTS, SEED)
    run_trials(exercise, cases, standard_matrix(), jobs, keep)


def kept(folder: Path = FOLDER) -> Mapping[str, Figures]:
    """What has been measured so far, by plan."""
    file = folder / "validation.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(measured: Mapping[str, Figures], folder: Path) -> None:
    """The figures and the page made of them into `folder`; plans in the order of their names."""
    ordered = dict(sorted(measured.items()))
    text = json.dumps(ordered, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "validation.json").write_text(f"{text}\n", encoding="utf-8")
    (folder / "validation.md").write_text(text_of(ordered), encoding="utf-8")


def figures_of(exercise: Exercise, tried: Sequence[Result]) -> Figures:
    """What the page tells of a plan: who was served, what failed and for whom, and the worst of each figure."""
    return {
        "plan_sha256": sha256_of(exercise.plan.content),
        "profiles": shares(tried),
        "causes": {cause: [one.patient for one in tried if cause in causes([one])] for cause in causes(tried)},
        "worst": dict(_worst(exercise.plan, tried)),
    }


def _worst(plan: Plan, tried: Sequence[Result]) -> Iterator[tuple[str, str]]:
    """Each figure of a plan at its worst over the patients, beside what is allowed."""
    gates = standard_matrix().gates

    def most(name: str) -> float:
        values = (getattr(one, name) for one in tried)
        return max((value for value in values if value is not None and isfinite(value)), default=nan)

    if plan.posture:
        yield "limb error", f"{most('limb_rms_deg'):.1f} of {gates.limb_rms_deg:g}° RMS"
        yield "beyond the motion", f"{most('overshoot_deg'):.1f} of {gates.overshoot_deg:g}°"
    if plan.limits.cuff:
        yield "cuff", f"{most('peak_cuff_force_N'):.0f} of {plan.limits.cuff.force:g} N"
    if plan.stop.spasm:
        nearest = max(tried, key=lambda one: (one.peak_interaction_Nm or 0.0) / interaction_gate(one, plan))
        joint = (nearest.interaction_joint or "").replace("_", " ")
        yield f"{joint} torque", f"{nearest.peak_interaction_Nm:.1f} of {interaction_gate(nearest, plan):g} N·m"
    if plan.task:
        yield "tool error", f"{most('tool_rms_mm'):.1f} of {gates.tool_rms_mm:g} mm RMS"
        yield from _worst_of_task(plan, [one.task or {} for one in tried])


def _worst_of_task(plan: Plan, tasks: Sequence[Mapping[str, float]]) -> Iterator[tuple[str, str]]:
    """The force on each region, and the task's own figures from the least to the most."""
    for name in tasks[0]:
        low, high = (pick(one[name] for one in tasks) for pick in (min, max))
        words = name.rpartition("_")[0].replace("_", " ")
        region = words.replace(" ", "-")
        if region == TEETH:
            yield "teeth", f"{high:.0f} N, none allowed"
        elif region in contact_limits().regions:
            yield words, f"{high:.0f} of {contact_limits().of(region):g} N"
        else:
            unit = {"s": " s", "deg": "°", "N": " N", "mm": " mm", "share": ""}[name.rpartition("_")[2]]
            yield words, f"{low:.3g} to {high:.3g}{unit}"


def interval(served: int, tried: int) -> tuple[float, float]:
    """Wilson's score interval of 95 % for a share (E. B. Wilson 1927, JASA 22: 209-212)."""
    z, share = 1.96, served / tried
    middle = (share + z**2 / (2 * tried)) / (1 + z**2 / tried)
    half = z / (1 + z**2 / tried) * sqrt(share * (1 - share) / tried + z**2 / (4 * tried**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def text_of(measured: Mapping[str, Figures]) -> str:
    """The whole page, in Markdown."""
    parts = (_served(measured), _by_profile(measured), _worst_table(measured), _failed(measured))
    return "\n".join([_HEAD, *("\n".join([*part, ""]) for part in parts)])


_HEAD = f"""# Validation with sampled patients

Every shipped plan, tried with {PATIENTS} patients sampled by seed {SEED} from all shipped [profiles](patients.md) in
turn, of those whom the plan's bounds of height and mass admit, and nothing going wrong. Patients and robots are
synthetic: this says how a plan copes with the people of this simulation, and nothing of any person. It is no proof
either; that is the [standard matrix](proof.md). This page is written by:

```console
$ make validation
```

`PLANS="care-meal"` measures some alone. `careloop validate PLAN --patients {PATIENTS}` gives the same figures of one
plan, with a report, and `careloop trial PLAN --patient NAME` repeats the trial of one patient.

A patient is *served* when the exercise completes, the task succeeds, and every gate and every limit of force holds,
those on each region of the body included. At least {WANTED} of {PATIENTS} are wanted. Somebody whose reflex or
tremor looks like a spasm is not served: the session stops, safely, as it should.
"""


def _served(measured: Mapping[str, Figures]) -> Iterator[str]:
    yield f"## Who was served\n\n| plan | served | 95 % interval | {WANTED} of {PATIENTS} |\n| --- | --- | --- | --- |"
    for plan, figures in measured.items():
        served, tried = _total(figures)
        low, high = interval(served, tried)
        said = "met" if served >= WANTED else "**missed**"
        verdict = said if tried == PATIENTS else f"{tried} tried only"
        yield f"| `{plan}` | {served} of {tried} | {100 * low:.0f} to {100 * high:.0f} % | {verdict} |"
    missing = [name for name in shipped_plans() if name not in measured]
    if missing:
        yield f"\nNot measured: {', '.join(f'`{name}`' for name in missing)}."


def _total(figures: Figures) -> tuple[int, int]:
    served, tried = zip(*figures["profiles"].values(), strict=True)
    return sum(served), sum(tried)


def _by_profile(measured: Mapping[str, Figures]) -> Iterator[str]:
    names = shipped_profiles()
    yield f"| plan | {' | '.join(names)} |\n{'| --- ' * (len(names) + 1)}|"
    for plan, figures in measured.items():
        of = figures["profiles"]
        yield f"| `{plan}` | {' | '.join('{} of {}'.format(*of.get(name, (0, 0))) for name in names)} |"


def _worst_table(measured: Mapping[str, Figures]) -> Iterator[str]:
    yield "## The worst of all patients, against what is allowed\n"
    yield "Of a task's own figures the range. Forces are peaks over the whole trial, whatever its end.\n"
    yield "| plan | |\n| --- | --- |"
    for plan, figures in measured.items():
        yield f"| `{plan}` | {'; '.join(f'{name} {value}' for name, value in figures['worst'].items())} |"


def _failed(measured: Mapping[str, Figures]) -> Iterator[str]:
    yield "## What failed\n"
    rows = [
        f"| `{plan}` | {cause} | {len(patients)} | {', '.join(f'`{one}`' for one in patients)} |"
        for plan, figures in measured.items()
        for cause, patients in figures["causes"].items()
    ]
    yield from ["| plan | cause | patients | who |\n| --- | --- | --- | --- |", *rows] if rows else ["Nothing."]


if __name__ == "__main__":
    typer.run(main)
