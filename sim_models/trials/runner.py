"""Trials in parallel processes, reproducible in any number of them."""

import multiprocessing
import os
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from robot.controller import Controller
from sim_models.trials.cases import Case
from sim_models.trials.gates import Result, judge
from sim_models.trials.matrix import Matrix
from sim_models.trials.trial import Subject, run_trial


def run_trials(
    subject: Subject,
    cases: Sequence[Case],
    matrix: Matrix,
    jobs: int | None = None,
    done: Callable[[Result], None] = lambda result: None,
) -> tuple[Result, ...]:
    """Run every case and judge it; results in the order of the cases, `done` told of each as it ends, in that order.

    `subject` is sent to the processes once. `jobs` defaults to one process a core.
    """
    context = multiprocessing.get_context("spawn")
    workers = workers_of(jobs, len(cases))
    results = []
    with ProcessPoolExecutor(workers, context, _prepare, (subject, matrix)) as pool:
        for result in pool.map(_run, cases):
            done(result)
            results.append(result)
    return tuple(results)


def workers_of(jobs: int | None, trials: int) -> int:
    """How many processes run so many trials, where `jobs` or by default one a core are allowed."""
    return min(jobs or os.cpu_count() or 1, trials)


def peak_memory_mb(workers: int) -> int:
    """The most that this process and so many workers can have held by now, in MB: each one's own peak at once.

    Of processes that have ended the system tells the largest one's peak: every worker counts for as much.
    """
    own, worker = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round((own + workers * worker) * 1024 / 1e6)


_subject: Subject
_matrix: Matrix
_controllers: dict[tuple[object, ...], Controller] = {}


def _prepare(subject: Subject, matrix: Matrix) -> None:
    global _subject, _matrix
    _subject, _matrix = subject, matrix


def _run(case: Case) -> Result:
    key = (tuple(sorted(case.changes.items())), case.repetitions)
    if key not in _controllers:
        _controllers[key] = _subject.controller(case.changes, case.repetitions)
    controller = _controllers[key]
    return judge(run_trial(controller, case, _matrix), case, controller.plan, _matrix.gates)
