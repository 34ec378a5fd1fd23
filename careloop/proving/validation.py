"""Validation: the trials of the standard matrix, the report, and, where all passed, the signed proof."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from careloop.build import Exercise, shipped_plans
from careloop.proving.feasibility import check_feasible
from careloop.proving.law_needs import law_needs
from careloop.proving.parts import made_with, proof_parts
from careloop.settings import Home
from robot.proof import Proof, sha256_of, site_key, write_proof
from sim_models.trials.cases import Case, corner_cases, standard_cases
from sim_models.trials.gates import Result
from sim_models.trials.matrix import Matrix, standard_matrix
from sim_models.trials.report import write_report
from sim_models.trials.runner import run_trials
from sim_models.trials.sample import write_sample_report


@dataclass(frozen=True, slots=True)
class Validation:
    """What came of it: every trial, the report, and the proof where all trials passed."""

    results: tuple[Result, ...]
    report: Path
    proof: Path | None
    proof_sha256: str | None

    @property
    def passed(self) -> bool:
        """Whether every trial ended as it should."""
        return self.proof is not None


def cases_of(exercise: Exercise, matrix: Matrix) -> tuple[Case, ...]:
    """The trials of a plan: the standard ones and the corners of its adjustable ranges."""
    return standard_cases(exercise.plan, exercise.robot, matrix) + corner_cases(exercise.plan, matrix)


def validate(exercise: Exercise, home: Home, jobs: int | None, done: Callable[[Result], None]) -> Validation:
    """Run the standard matrix and sign what passed; `done` is told of each trial, in the order of `cases_of`.

    Raises `PlanError` where the drive cannot do the plan at all, or not what its law asks for.
    """
    check_feasible(exercise)
    law_needs(exercise)
    matrix = standard_matrix()
    controller = exercise.controller()
    parts = proof_parts(exercise, controller, matrix)
    results = run_trials(exercise, cases_of(exercise, matrix), matrix, jobs, done)
    figures = [result.figures for result in results]
    proof = Proof(
        plan=exercise.plan.name,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        parts=parts,
        figures=figures,
        made_with=made_with(controller),
    )
    name = proof.sha256[:16] if all(result.passed for result in results) else f"refused-{sha256_of(figures)[:16]}"
    path, called = home.proofs / f"{name}.html", called_as(exercise)
    report = write_report(path, exercise.plan, exercise.robot, results, matrix, proof, called)
    if not all(result.passed for result in results):
        return Validation(results, report, None, None)
    return Validation(results, report, write_proof(proof, site_key(home.keys), home.proofs), proof.sha256)


@dataclass(frozen=True, slots=True)
class Sampled:
    """What came of trials with sampled patients: every trial, and the report."""

    results: tuple[Result, ...]
    report: Path


def validate_sampled(
    exercise: Exercise,
    home: Home,
    cases: Sequence[Case],
    seed: int,
    jobs: int | None,
    done: Callable[[Result], None],
) -> Sampled:
    """Try a plan with the `sampled_cases` of a seed. It proves nothing."""
    matrix = standard_matrix()
    results = run_trials(exercise, cases, matrix, jobs, done)
    name = sha256_of([exercise.plan.content, [one.figures for one in results]])[:16]
    path, called = home.proofs / f"sampled-{name}.html", called_as(exercise)
    return Sampled(results, write_sample_report(path, exercise.plan, results, matrix.gates, seed, called))


def called_as(exercise: Exercise) -> str:
    """What a plan is called on the command line: a shipped one by its name, others by their file."""
    name = Path(exercise.file).stem
    shipped = shipped_plans().get(name)
    return name if shipped is not None and shipped.name == exercise.file else exercise.file
