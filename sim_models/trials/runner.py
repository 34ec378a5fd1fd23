"""Trials in parallel processes, reproducible in any number of them."""

import multiprocessing
import os
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
    workers = min(jobs or os.cpu_count() or 1, len(cases))
    results = []
    with ProcessPoolExecutor(workers, context, _prepare, (subject, matrix)) as pool:
        for result in pool.map(_run, cases):
            done(result)
            results.append(result)
    return tuple(results)


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
