"""careloop validate: a plan against virtual patients, and its proof."""

from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, print_json, print_table, progress, say, solving

if TYPE_CHECKING:
    from careloop.build import Exercise
    from careloop.proving.validation import Validation
    from careloop.settings import Home

SEED = 1
"""Which patients are sampled unless somebody says."""

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name (plan list), or its file.")]
Patients = Annotated[int | None, typer.Option(min=1, max=100_000, help="Try this many sampled patients instead.")]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="PROFILE",
        help="Where they are sampled from (profiles list), or a file.",
        show_default="all profiles in turn",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, max=999_999_999, help="Which of them; the same gives the same.", show_default=str(SEED)),
]
Jobs = Annotated[int | None, typer.Option(min=1, max=256, help="Processes; by default one a core.")]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "validate",
        epilog=examples(
            "careloop validate knee-walking",
            "careloop validate my-plan.yaml",
            "careloop validate knee-walking --patients 100",
            "careloop validate knee-walking --patients 20 --profile stroke-left-moderate --seed 7",
        ),
    )(validate_plan)


def validate_plan(
    context: typer.Context,
    plan: Plan,
    patients: Patients = None,
    profile: Profile = None,
    seed: Seed = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> int:
    """Try a plan on virtual patients in simulation, and sign a proof if all goes as it should.

    A plan may reach a motor only with such a proof. Status 1 where a trial failed; the report says which and why. With
    --patients the plan is tried, undisturbed, with people sampled from every profile in turn, or from one: that shows
    whom it serves, and proves nothing.
    """
    from careloop.build import load_exercise
    from robot.errors import InputError

    for option, given in {"--profile": profile, "--seed": seed}.items():
        if given is not None and patients is None:
            raise InputError("nobody-sampled", field=option, given=given)
    home = context.obj.home.prepare()
    exercise = load_exercise(plan, solving)
    if patients:
        which = _profiles(profile), patients, SEED if seed is None else seed
        return _validate_sampled(exercise, home, *which, jobs, as_json)
    done = validate_with_bar(exercise, home, jobs)
    memory = _peak_memory_mb(jobs, len(done.results))
    if as_json:
        print_json(
            {
                "validated": done.passed,
                "proof": done.proof,
                "proof_sha256": done.proof_sha256,
                "report": done.report,
                "peak_memory_MB": memory,
                "trials": [one.figures for one in done.results],
            }
        )
    else:
        print_validation(done)
        say(_memory_line(memory))
    return 0 if done.passed else 1


def _profiles(asked: str | None) -> tuple[str, ...]:
    """Where patients are sampled from: what was asked for, or every shipped profile."""
    from sim_models.virtual_patient.profile import shipped_profiles

    return shipped_profiles() if asked is None else (asked,)


def _peak_memory_mb(jobs: int | None, trials: int) -> int:
    from sim_models.trials.runner import peak_memory_mb, workers_of

    return peak_memory_mb(workers_of(jobs, trials))


def _memory_line(memory_mb: int) -> str:
    return f"memory  {memory_mb} MB at most, all processes together"


def validate_with_bar(exercise: "Exercise", home: "Home", jobs: int | None = None) -> "Validation":
    """Validate with a progress bar on the error stream."""
    from rich.progress import Progress

    from careloop.proving.feasibility import check_feasible
    from careloop.proving.validation import cases_of, validate
    from sim_models.trials.matrix import standard_matrix

    check_feasible(exercise)  # before the bar: what cannot be done at all is told in one line
    cases = cases_of(exercise, standard_matrix())
    with Progress(console=progress()) as bar:
        task = bar.add_task(f"{len(cases)} trials on virtual patients", total=len(cases))
        return validate(exercise, home, jobs, lambda result: bar.advance(task))


def _validate_sampled(
    exercise: "Exercise",
    home: "Home",
    profiles: tuple[str, ...],
    patients: int,
    seed: int,
    jobs: int | None,
    as_json: bool,
) -> int:
    """Try a plan with sampled patients, with a progress bar; 0 where all kept every gate."""
    from rich.progress import Progress

    from careloop.proving.feasibility import check_feasible
    from careloop.proving.validation import validate_sampled
    from sim_models.trials.cases import sampled_cases
    from sim_models.trials.sample import causes, sample_verdict, shares

    check_feasible(exercise)  # before the bar, as is who cannot be sampled
    cases = sampled_cases(exercise.plan, profiles, patients, seed)
    with Progress(console=progress()) as bar:
        task = bar.add_task(f"{patients} trials on sampled patients", total=patients)
        done = validate_sampled(exercise, home, cases, seed, jobs, lambda result: bar.advance(task))
    passed, memory = all(one.passed for one in done.results), _peak_memory_mb(jobs, patients)
    if as_json:
        print_json(
            {
                "passed": passed,
                "profiles": {name: {"served": of[0], "tried": of[1]} for name, of in shares(done.results).items()},
                "causes": causes(done.results),
                "report": done.report,
                "peak_memory_MB": memory,
                "trials": [one.figures for one in done.results],
            }
        )
        return 0 if passed else 1
    say(sample_verdict(done.results))
    for name, (served, tried) in shares(done.results).items():
        say(f"{served:5d} of {tried}  {name}")
    for cause, count in causes(done.results).items():
        say(f"{count:5d}  {cause}")
    say(f"report  {done.report} (virtual patients are synthetic; a sample proves nothing)")
    say(_memory_line(memory))
    return 0 if passed else 1


def print_validation(done: "Validation") -> None:
    """Every trial, a line each, and the verdict."""
    from sim_models.trials.wording import number

    worn = any(one.limb_rms_deg is not None for one in done.results)
    print_table(
        (
            "virtual patient",
            "m",
            "kg",
            "condition",
            "changed",
            "ended",
            *(("limb RMS °", "cuff N") if worn else ("tool RMS mm", "contact N")),
            "torque N·m",
            "stop ms",
            "",
        ),
        [
            (
                one.patient,
                one.height_m,
                one.mass_kg,
                one.condition,
                ", ".join(f"{name.rpartition('.')[2]} {value:g}" for name, value in one.changes.items()) or "–",
                one.end.replace("-", " "),
                number(one.limb_rms_deg if worn else one.tool_rms_mm, 1, ""),
                number(one.peak_cuff_force_N if worn else one.peak_contact_N, 0, ""),
                f"{one.peak_tau_Nm:.0f}",
                "–" if one.stop_ms is None else f"{one.stop_ms:.0f}",
                "ok" if one.passed else "; ".join(one.failures),
            )
            for one in done.results
        ],
    )
    passed = sum(one.passed for one in done.results)
    say(f"{passed} of {len(done.results)} trials ended as they should (virtual patients are synthetic)")
    say(f"report  {done.report}")
    say(f"proof   {done.proof}" if done.proof else "proof   none: a plan that fails a trial is not signed")
