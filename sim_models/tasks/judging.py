"""A care task's trial, held against its criteria and against the force that each region of the body may bear."""

from collections.abc import Iterator

from robot.contact_limits import contact_limits
from robot.plan_task import PlanTask
from sim_models.tasks import bathing, meal, reposition
from sim_models.tasks.course import Course, Outcome
from sim_models.tasks.criteria import criteria
from sim_models.tasks.parts import TEETH


def judged(course: Course, task: PlanTask) -> Outcome:
    """What came of a task, by its own measure."""
    if task.meal is not None:
        return meal.judged(course, task.meal, criteria())
    if task.bathing is not None:
        return bathing.judged(course, task.bathing, criteria())
    if task.reposition is not None:
        return reposition.judged(course, task.reposition, criteria())
    raise TypeError("a task is one of three")


def pressed_too_hard(course: Course) -> Iterator[str]:
    """Which regions bore more than the limit for patients, in words; what touches a tooth counts as on the face."""
    for region, force in course.peaks.items():
        limit = contact_limits().of("face" if region == TEETH else region)
        if not force <= limit:
            yield f"{region} pressed with {force:.0f} N, over {limit:g} N"


def too_deep(course: Course, task: PlanTask) -> Iterator[str]:
    """Whether a spoon came further into the mouth than it ever may, in words."""
    deepest, most = meal.deepest_mm(course) if task.meal else 0.0, criteria().meal.deepest_mm
    if not deepest <= most:
        yield f"spoon {deepest:.0f} mm behind the lips, over {most:g} mm"


def dropped(course: Course, task: PlanTask, since_s: float) -> Iterator[str]:
    """Whether a carried limb fell too far from the moment in s at which power was lost, in words."""
    if task.reposition is None:
        return
    drop = reposition.drop_mm(course, since_s)
    if not drop <= task.reposition.drop_mm:
        yield f"forearm fell by {drop:.0f} mm, over {task.reposition.drop_mm:g} mm"
