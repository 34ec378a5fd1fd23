"""A care task's share of what a trial has to keep: the force on each region, the task itself, and a limb that falls."""

from math import inf

import numpy as np

from robot.plan_task import PlanTask
from sim_models.tasks.course import Course, Outcome
from sim_models.tasks.criteria import criteria
from sim_models.tasks.judging import dropped, judged, pressed_too_hard, too_deep
from sim_models.trials.trial import Recording


def task_outcome(recording: Recording, task: PlanTask, completed: bool) -> Outcome:
    """The figures of a care task's trial and all that it did not keep.

    Forces, and how deep a spoon comes, have to stay within their limits always; the task has to succeed where the trial
    completed in a condition that leaves the robot sound; a carried limb must not fall far where power was lost.
    """
    course, condition = course_of(recording), recording.condition
    outcome = judged(course, task)
    missed = [*pressed_too_hard(course), *too_deep(course, task)]
    if completed and condition.name in criteria().succeeds_in:
        missed += outcome.missed
    if condition.power_lost_s < inf:
        missed += dropped(course, task, condition.power_lost_s)
    peaks = {f"{region.replace('-', '_')}_N": force for region, force in course.peaks.items()}
    return Outcome({**peaks, **outcome.figures}, tuple(missed), outcome.missed if completed else ())


def course_of(recording: Recording) -> Course:
    """What a task is measured on; what was watched after the last row belongs to the last repetition."""
    repetition = recording.field("repetition")[:, 0]
    after = len(recording.truth) - len(repetition)
    return Course(
        recording.truth_columns, recording.truth, np.pad(repetition, (0, max(0, after)), mode="edge"), recording.dt
    )
